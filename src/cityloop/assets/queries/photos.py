"""Photos of parts and proposals as pages show them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cityloop.assets import models
from cityloop.kernel.translation import _
from cityloop.media import queries as media
from cityloop.media.choices import State, Variant


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo: ``small`` shows it, ``large`` opens it; ``says`` stands where there is nothing to show."""

    id: int
    sha256: str
    small: str
    large: str
    says: str
    at: datetime
    media: str = "photo"


def shots_of_part(jurisdiction: str, code: str) -> list[Shot]:
    """Return the photos of a part, the newest first: two queries."""
    rows = models.PartPhoto.objects.filter(jurisdiction=jurisdiction, code=code).order_by("-at", "-id")
    return [shot for _row, shot in _shots(rows)]


def shots_of_proposals(ids: Collection[UUID]) -> dict[UUID, list[Shot]]:
    """Return the photos of proposals, by proposal: two queries, none where nothing is asked."""
    found: dict[UUID, list[Shot]] = {}
    if ids:
        for row, shot in _shots(models.PartPhoto.objects.filter(proposal_id__in=ids).order_by("id")):
            found.setdefault(row.proposal_id, []).append(shot)  # type: ignore[arg-type]  # filtered by it
    return found


def files_named(places: Collection[media.Place]) -> set[media.Place]:
    """Return those of some files that are photos of parts, or of what proposals say: one query."""
    rows = models.PartPhoto.objects.filter(
        lies_in__in={place for place, _digest in places}, sha256__in={digest for _place, digest in places}
    )
    return {*rows.order_by("lies_in", "sha256").values_list("lies_in", "sha256")} & set(places)


def _shots(rows: Iterable[models.PartPhoto]) -> list[tuple[models.PartPhoto, Shot]]:
    held = list(rows)
    files = media.files_at({(one.lies_in, one.sha256) for one in held})
    shots, seen = [], set[tuple[str, str, UUID | None]]()
    for row in held:
        key = (row.code, row.sha256, None if row.code else row.proposal_id)
        if key in seen:
            continue
        seen.add(key)
        known = files.get((row.lies_in, row.sha256))
        links = media.links(known[0], originals=False) if known else {}
        small = links.get(Variant.SMALL, "")
        shots.append((row, Shot(row.pk, row.sha256, small, links.get(Variant.LARGE, ""), _says(known), row.at)))
    return shots


def _says(known: "tuple[media.MediaFile, bool] | None") -> str:
    if known is None:
        return _("The photo is not here.")
    if known[0].state == State.ERASED:
        return _("The photo was erased: %(why)s") % {"why": known[0].why}
    return "" if known[0].state == State.READY else _("The photo is being prepared.")
