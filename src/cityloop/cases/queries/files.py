"""The files of a case as its reader may see them, and the cases on which a file hangs."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from cityloop.cases import models
from cityloop.cases.queries.found import Found, Named
from cityloop.cases.queries.privacy import is_of_the_public, is_public, knowing_post, may_know_reporter, own_events
from cityloop.kernel.errors import Unavailable
from cityloop.media import queries as media
from cityloop.media.choices import Kind as Media
from cityloop.media.choices import Variant
from cityloop.media.queries import MediaFile, Place
from cityloop.organisation.rules.staffing import Viewer

ABSENT = "absent"
"""The state of a file that an event names and that is not here: a case told as history."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """A photo that was seen before: the very ``same`` file, or one that looks alike.

    ``number`` is of the case on which the earlier one hangs; None where the reader may not see it, or it hangs on none.
    """

    same: bool
    number: str | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case: what the event says of it, then what is known of it.

    Args:
        seq: The event that names it.
        kind: What it is of: ``close``, ``after`` and so on.
        media: ``photo``, ``video`` or ``sound``; None where it is absent.
        state: A state of the media room, or ``absent``.
        why: Why it cannot be shown or was erased.
        position: lon, lat in degrees, WGS 84, by its camera; of what one of the public sent only for those who may know who
            reported.
        taken: By its camera, as ISO 8601; without an offset where the camera gave none. Shown as ``position`` is.
        links: Paths by variant, signed; the original's for those only who are trusted with what a camera writes into it.
    """

    seq: int
    kind: str
    sha256: str
    id: UUID | None = None
    media: str | None = None
    state: str = ABSENT
    why: str | None = None
    type: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    position: tuple[float, float] | None = None
    taken: str | None = None
    links: Mapping[str, str] | None = None
    alike: Reuse | None = None
    erased_at: datetime | None = None


_Uses = dict[Place | UUID, list["_Earlier"]]


class _Earlier(NamedTuple):
    """The first time that a file was named, by a case that the reader sees or by one that they do not see."""

    id: int
    number: str | None


def files_stand(found: Found) -> list[tuple[str, str]]:
    """Return how far the files of a case are, for a fingerprint: one query, none where it has none."""
    return sorted((sha256, file.state) for (_city, sha256), (file, _is_own) in _files(found).items())


def _files(found: Found) -> dict[Place, tuple[MediaFile, bool]]:
    """Return what is known of a case's files: asked for once for a case that was found, by its fingerprint or to be shown."""
    known: dict[Place, tuple[MediaFile, bool]] | None = found.row.__dict__.get("_known_files")
    if known is None:
        places = {(one.lies_in, one.sha256) for one in found.files}
        known = found.row.__dict__["_known_files"] = media.files_at(places, found.viewer.user_id or 0)
    return known


def small_copies(found: Found, digests: Collection[str]) -> dict[str, bytes]:
    """Return the small copies of a case's photos by digest, for paper; what cannot be read or shown is left out."""
    copies: dict[str, bytes] = {}
    for file, _is_own in _files(found).values():
        if file.sha256 in digests and file.kind == Media.PHOTO:
            with suppress(Unavailable):  # a paper with an empty place is better than none
                if (data := media.copy_of(file, Variant.SMALL)) is not None:
                    copies[file.sha256] = data
    return copies


def case_files(found: Found, viewer: Viewer | None = None) -> list[CaseFile]:
    """Return the files of a case in the order of its events: none asked for where it has none, else at most four queries.

    Args:
        viewer: Whose cases are named where a photo was used before; None: those of ``found``'s.
    """
    # Kept with the case: its page asks twice, for the whole and for what happened.
    held: list[CaseFile] | None = found.row.__dict__.get("_shown_files")
    if viewer is None and held is not None:
        return held
    lines = _case_files(found, viewer)
    if viewer is None:
        found.row.__dict__["_shown_files"] = lines
    return lines


def _case_files(found: Found, viewer: Viewer | None) -> list[CaseFile]:
    if not found.files:
        return []
    shown, strange = _for_the_public(found) if is_of_the_public(found) else (found.files, _of_the_public(found))
    known = _files(found)
    earlier = _earlier(known, viewer or found.viewer)
    originals = knowing_post(found) is not None
    return [
        _line(one, known.get((one.lies_in, one.sha256)), earlier, originals, hidden=one.seq in strange) for one in shown
    ]


def _for_the_public(found: Found) -> tuple[list[Named], frozenset[int]]:
    """Return the files that one of the public sees, their own and of others the kinds that the table shows them, and the
    events of those others.
    """
    own = own_events(found)
    shown = [one for one in found.files if one.seq in own or one.kind in found.loop.public_sees.photos]
    return shown, frozenset(one.seq for one in shown if one.seq not in own)


def by_event(files: Iterable[CaseFile]) -> dict[int, list[CaseFile]]:
    """Return files by the number of the event that names them."""
    sorted_out: dict[int, list[CaseFile]] = {}
    for file in files:
        sorted_out.setdefault(file.seq, []).append(file)
    return sorted_out


def _line(
    named: Named,
    known: tuple[MediaFile, bool] | None,
    earlier: _Uses,
    originals: bool,
    *,
    hidden: bool,
) -> CaseFile:
    if known is None:
        return CaseFile(named.seq, named.kind, named.sha256)
    file, is_own = known
    shows_origin = is_own or not hidden
    return CaseFile(
        seq=named.seq,
        kind=named.kind,
        sha256=named.sha256,
        id=file.id,
        media=file.kind,
        state=file.state,
        why=file.why or None,
        type=file.type,
        bytes=file.bytes,
        width=file.width or None,
        height=file.height or None,
        seconds=file.seconds or None,
        position=(file.lon, file.lat) if shows_origin and file.lon is not None and file.lat is not None else None,
        taken=file.taken.isoformat() if shows_origin and file.taken else None,
        links=media.links(file, originals=originals or is_own),
        alike=_reuse(named, file, earlier),
        erased_at=file.erased_at,
    )


def _reuse(named: Named, file: MediaFile, earlier: _Uses) -> Reuse | None:
    if file.pool:
        return None
    if same := [one for one in earlier.get(file.place, ()) if one.id < named.id]:
        return Reuse(True, next((one.number for one in same if one.number), None))
    if file.alike is None:
        return None
    return Reuse(False, next((one.number for one in earlier.get(file.alike.id, ()) if one.number), None))


def _earlier(known: Mapping[Place, tuple[MediaFile, bool]], viewer: Viewer) -> _Uses:
    """Return the first uses of these files, by place, and of those that they look like, by id: two queries."""
    compared = [file for file, _is_own in known.values() if not file.pool]
    like = media.places_of({file.alike.id for file in compared if file.alike})
    places = {*(file.place for file in compared), *like.values()}
    uses = _uses(places, viewer)
    return uses | {file_id: uses[place] for file_id, place in like.items() if place in uses}


def _uses(places: Collection[Place], viewer: Viewer) -> _Uses:
    """Return by file its first use in a case that ``viewer`` sees and in one that they do not see: at most two each."""
    if not places:
        return {}
    seen = Exists(models.Case.objects.visible_to(viewer).filter(pk=OuterRef("case_id")))
    rows = (
        models.Attachment.objects.filter(_at(places))
        .annotate(is_seen=seen)
        .order_by("sha256", "lies_in", "is_seen", "id")
        .distinct("sha256", "lies_in", "is_seen")
        .values_list("lies_in", "sha256", "id", "is_seen", "case__number")
    )
    uses: _Uses = {}
    for lies_in, sha256, use_id, is_seen, number in rows:
        uses.setdefault((lies_in, sha256), []).append(_Earlier(use_id, number if is_seen else None))
    return uses


def _at(places: Collection[Place]) -> Q:
    return reduce(or_, (Q(lies_in=lies_in, sha256=sha256) for lies_in, sha256 in places))


def _of_the_public(found: Found) -> frozenset[int]:
    """Return the events by which one of the public named files, where the reader may not know who that was: one query or none."""
    if may_know_reporter(found):
        return frozenset()
    named, held = {one.seq for one in found.files}, found.row.__dict__.get("held_events")
    if held is not None:
        return frozenset(one["seq"] for one in held if one["seq"] in named and is_public(found.loop, one["post"]))
    rows = models.CaseEvent.objects.filter(case_id=found.row.id, seq__in=named)
    return frozenset(
        seq for seq, post in rows.order_by("seq").values_list("seq", "post") if is_public(found.loop, post)
    )


def cases_of(places: Collection[Place]) -> dict[Place, list[tuple[UUID, str]]]:
    """Return by file the cases on which it hangs, id and number, in their order: one query.

    For whoever has decided that they may be told: the console, which shows each administrator their own city's files.
    """
    if not places:
        return {}
    rows = models.Attachment.objects.filter(_at(places)).order_by("case__number").values_list(
        "lies_in", "sha256", "case_id", "case__number"
    )  # fmt: skip
    hangs: dict[Place, list[tuple[UUID, str]]] = {}
    for lies_in, sha256, case, number in rows.distinct():
        hangs.setdefault((lies_in, sha256), []).append((case, number))
    return hangs
