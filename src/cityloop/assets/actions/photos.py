"""Photos of parts: kept by the media room, named here by city and digest."""

from collections.abc import Collection, Sequence
from datetime import datetime

from cityloop.assets import models
from cityloop.assets.queries.rights import refuse_unless_manager
from cityloop.kernel.errors import Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.media.choices import Kind
from cityloop.media.queries import Usable, usable
from cityloop.organisation.rules.staffing import Viewer

MOST = 12
"""Photos that are added in one go."""


def photos_of(viewer: Viewer, jurisdiction: str, digests: Sequence[str]) -> list[Usable]:
    """Return the photos with these digests that ``viewer`` may add to parts of a city: those that they have sent, each once.

    Raises:
        InvalidInput: One is no photo of theirs, or there are too many.
    """
    wanted = list(dict.fromkeys(digests))
    if len(wanted) > MOST:
        raise InvalidInput(_("At most %(most)d photos at a time.") % {"most": MOST}, faults=[Fault("photos", "", "")])
    if not wanted:
        return []
    homes = {jurisdiction, *(held.jurisdiction for held in viewer.posts)}
    known = {one.sha256: one for one in usable(wanted, viewer.user_id or 0, homes) if one.kind == Kind.PHOTO}
    if missing := [one for one in wanted if one not in known]:
        words = _("This is no photo that you have sent: %(digest)s. Choose it again.") % {"digest": missing[0][:12]}
        raise InvalidInput(words, faults=[Fault("photos", words, missing[0][:64])])
    return [known[one] for one in wanted]


def add_photos(viewer: Viewer, jurisdiction: str, code: str, digests: Sequence[str], at: datetime) -> int:
    """Add photos that ``viewer`` has sent to a part; return how many are new there.

    Raises:
        NotAllowed: The viewer keeps no data in this city.
        InvalidInput: As ``photos_of``.
    """
    refuse_unless_manager(viewer, jurisdiction)
    before = models.PartPhoto.objects.filter(jurisdiction=jurisdiction, code=code).count()
    hang(photos_of(viewer, jurisdiction, digests), jurisdiction, code, viewer.user_id, at)
    return models.PartPhoto.objects.filter(jurisdiction=jurisdiction, code=code).count() - before


def hang(
    photos: Collection[Usable],
    jurisdiction: str,
    code: str,
    by: int | None,
    at: datetime,
    proposal: "models.Proposal | None" = None,
) -> None:
    """Write which photos belong to a part or to a proposal; what hangs there already stays as it is."""
    models.PartPhoto.objects.bulk_create(
        [
            models.PartPhoto(
                jurisdiction=jurisdiction, code=code, proposal=proposal, lies_in=one.jurisdiction, sha256=one.sha256, by=by, at=at
            )
            for one in photos
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def take_photo_off(viewer: Viewer, jurisdiction: str, code: str, photo_id: int) -> None:
    """Take a photo off a part; the file itself stays with the media room.

    Raises:
        NotAllowed: The viewer keeps no data in this city.
        NotFound: The part has no such photo.
    """
    refuse_unless_manager(viewer, jurisdiction)
    if not models.PartPhoto.objects.filter(pk=photo_id, jurisdiction=jurisdiction, code=code).delete()[0]:
        raise NotFound(_("The part has no such photo."))
