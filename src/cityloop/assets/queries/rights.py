"""Who may do what to the parts of a city."""

from cityloop.kernel.errors import NotAllowed
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

MANAGERS = ("data_admin", "sysadmin")


def is_manager(viewer: Viewer, jurisdiction: str) -> bool:
    """Return whether ``viewer`` keeps the data of a city: changes parts, decides on proposals, begins surveys."""
    if viewer.is_system:
        return jurisdiction in viewer.works_in or "" in viewer.works_in
    return viewer.holds(*MANAGERS, jurisdiction=jurisdiction)


def refuse_unless_manager(viewer: Viewer, jurisdiction: str) -> None:
    """Refuse whoever does not keep the data of a city.

    Raises:
        NotAllowed: They do not.
    """
    if not is_manager(viewer, jurisdiction):
        raise NotAllowed(
            _("Only a data administrator of the city changes its parts. Propose the change instead: they decide on it.")
        )


def managed_by(viewer: Viewer) -> list[str]:
    """Return the codes of the cities whose data ``viewer`` keeps."""
    return sorted({held.jurisdiction for held in viewer.posts if held.post in MANAGERS})
