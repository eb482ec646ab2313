"""Which of their cities somebody acts in, where a call may leave it out."""

from collections.abc import Collection

from cityloop.kernel.errors import Fault, InvalidInput, NotAllowed
from cityloop.kernel.translation import _, listed


def home_asked(homes: Collection[str], wanted: str | None) -> str:
    """Return the code of the city that somebody acts in: the one named, or the only one in which they hold a post.

    Args:
        homes: Codes of the jurisdictions in which they hold a post.
        wanted: The one named; empty or None where none was.
    Raises:
        NotAllowed: They hold no post there, or none at all.
        InvalidInput: They hold posts in several cities and named none.
    """
    if wanted:
        if wanted not in homes:
            raise NotAllowed(_("You hold no post in “%(city)s”.") % {"city": wanted[:40]})
        return wanted
    if not homes:
        raise NotAllowed(_("You hold no post now. Ask your system administrator for an appointment."))
    if len(homes) > 1:
        raise InvalidInput(
            _("You hold posts in several cities: name one as “jurisdiction”."),
            faults=[Fault("jurisdiction", _("name one of: %(names)s") % {"names": listed(sorted(homes))})],
        )
    return next(iter(homes))
