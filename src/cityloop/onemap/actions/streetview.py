"""How far an import of street view is, and what of it stands on the map: each step one transaction.

Who may ask for it, what is in a picture and where its bytes lie is known above (``places.streetview``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction

from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _, how_said
from cityloop.onemap.choices import StreetState
from cityloop.onemap.models import StreetPicture, StreetRun, StreetView
from cityloop.onemap.rules.streetview import Shot

FROM: Final = {
    StreetState.CHECKING: {StreetState.FAILED},
    StreetState.APPLYING: {StreetState.CHECKED},
    StreetState.UNDOING: {StreetState.APPLIED},
    StreetState.DROPPED: {StreetState.CHECKED, StreetState.FAILED},
}
"""What may be begun, and from which states."""

BACK: Final = {
    StreetState.CHECKING: StreetState.FAILED,
    StreetState.APPLYING: StreetState.CHECKED,
    StreetState.UNDOING: StreetState.APPLIED,
}
"""Where an import stands again when what was begun was refused. What is begun is gone on with after a worker was killed."""

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """What was found in one picture: what it becomes, or why it is not taken.

    Args:
        shot, day: What is taken, and from which day it stands on the map; both None where ``reason`` says why not.
        given: Parameters of the reason's words.
        notes: Reasons that are only noted of a good picture.
    """

    number: int
    name: str
    sha256: str = ""
    shot: Shot | None = None
    day: date | None = None
    reason: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def begin(
    jurisdiction: str,
    name: str,
    *,
    system: str,
    actor_id: int | None,
    now: datetime,
    size: int = 0,
    sha256: str = "",
    waits: bool = False,
) -> StreetRun:
    """Write down that pictures came, and are to be checked; where it ``waits``, after ``call``."""
    return StreetRun.objects.create(
        jurisdiction=jurisdiction,
        file_name=name[:255],
        file_bytes=size,
        file_sha256=sha256,
        system=system,
        asked_by=actor_id,
        asked_at=now,
        started_at=now,
        beat_at=None if waits else now,
    )


def call(run: StreetRun, *, name: str, system: str, now: datetime) -> bool:
    """Give an import whose file came first its name, and the system of its list; return whether it may be checked now.

    A form that comes twice changes nothing: what was checked by one system is never said to be in another.
    """
    waiting = StreetRun.objects.filter(pk=run.pk, state=StreetState.CHECKING, beat_at=None)
    return waiting.update(file_name=name[:255] or run.file_name, system=system, beat_at=now) == 1


@transaction.atomic
def move(run_id: UUID, state: StreetState, *, actor_id: int | None, now: datetime) -> StreetRun:
    """Let an import be checked again, applied, undone or dropped.

    Raises:
        Conflict: It stands elsewhere, or there is nothing good to apply.
    """
    row = StreetRun.objects.select_for_update().get(pk=run_id)
    if row.state not in FROM[state]:
        raise Conflict(_("This import is “%(state)s”: that cannot be done now.") % {"state": row.get_state_display()})
    if state == StreetState.APPLYING and not row.counts.get("good"):
        raise Conflict(_("No picture of this import can be taken."))
    row.state, row.beat_at, row.started_at, row.finished_at = state, now, now, None
    row.failure, row.failure_said, row.done = "", None, 0
    if state == StreetState.APPLYING:
        row.applied_by, row.total = actor_id, row.counts["good"]
    if state == StreetState.UNDOING:
        row.undone_by = actor_id
    if state == StreetState.DROPPED:
        row.finished_at = now
    row.save()
    return row


def forget_pictures(run: StreetRun) -> None:
    """Forget what was found: the import is checked anew."""
    StreetPicture.objects.filter(run=run).delete()
    StreetRun.objects.filter(pk=run.pk).update(done=0, counts={})


@transaction.atomic
def note(run: StreetRun, found: Iterable[FoundPicture], *, done: int, total: int, now: datetime) -> None:
    """Write down what was found in some pictures, and how far the check is."""
    StreetPicture.objects.bulk_create(
        [
            StreetPicture(
                run=run,
                number=one.number,
                name=one.name[:255],
                is_good=not one.reason,
                reason=one.reason,
                given=dict(one.given),
                notes=list(one.notes),
                sha256=one.sha256,
                facts={**asdict(one.shot), "day": one.day.isoformat()} if one.shot and one.day else {},
            )
            for one in found
        ]
    )
    beat(run, done=done, total=total, now=now)


def turn(run: StreetRun, headings: Mapping[int, float]) -> None:
    """Give good pictures, by their number, headings that were found when all were known."""
    rows = StreetPicture.objects.filter(run=run, is_good=True, number__in=headings)
    for row in rows.order_by("number"):
        row.facts["heading_deg"] = headings[row.number]
        row.notes = [*row.notes, "heading_of_way"]
        row.save(update_fields=["facts", "notes"])


def beat(run: StreetRun, *, done: int, total: int, now: datetime) -> None:
    """Give a sign of life."""
    StreetRun.objects.filter(pk=run.pk).update(done=done, total=total, beat_at=now)


def checked(run: StreetRun, *, now: datetime) -> None:
    """All pictures are checked: somebody decides."""
    rows = StreetPicture.objects.filter(run=run)
    counts = {"good": rows.filter(is_good=True).count(), "bad": rows.filter(is_good=False).count()}
    for kind in ("pano", "photo"):
        counts[kind] = rows.filter(is_good=True, facts__kind=kind).count()
    StreetRun.objects.filter(pk=run.pk, state=StreetState.CHECKING).update(
        state=StreetState.CHECKED, counts=counts, finished_at=now
    )


def failed(run_id: UUID, words: str, *, now: datetime) -> None:
    """What was begun was refused: the import stands where it stood before, with the reason."""
    for state, back in BACK.items():
        StreetRun.objects.filter(pk=run_id, state=state).update(
            state=back, failure=words[:500], failure_said=how_said(words), finished_at=now
        )


def stored(
    picture: StreetPicture, file_id: UUID, sha256: str, size: tuple[int, int], squares: Mapping[str, Any] | None
) -> None:
    """Write down where a picture lies that is taken; it stands on the map when all of its import do."""
    picture.file_id, picture.squares = file_id, squares
    # What was made smaller on its way is another content, and the one that stands here.
    picture.facts |= {"stored": sha256, "width": size[0], "height": size[1]}
    picture.save(update_fields=["file_id", "squares", "facts"])


def left_out(picture: StreetPicture, reason: str) -> None:
    """Write down that a picture that was good is not taken after all."""
    picture.is_good, picture.reason = False, reason
    picture.save(update_fields=["is_good", "reason"])


@transaction.atomic
def put_on_map(run_id: UUID, *, now: datetime) -> int:
    """Put all stored pictures of an import on the map at once; return how many."""
    run = StreetRun.objects.select_for_update().get(pk=run_id)
    rows = StreetPicture.objects.filter(run=run, is_good=True, file_id__isnull=False).order_by("number")
    views = [_view_of(run, row) for row in rows.iterator(AT_ONCE)]
    StreetView.objects.bulk_create(views, batch_size=AT_ONCE)
    bad = StreetPicture.objects.filter(run=run, is_good=False).count()
    run.counts = run.counts | {"taken": len(views), "good": len(views), "bad": bad}
    run.state, run.applied_at, run.finished_at = StreetState.APPLIED, now, now
    run.save(update_fields=["counts", "state", "applied_at", "finished_at"])
    return len(views)


def _view_of(run: StreetRun, row: StreetPicture) -> StreetView:
    facts = row.facts
    assert row.file_id is not None  # asked for above
    return StreetView(
        jurisdiction=run.jurisdiction,
        valid_from=date.fromisoformat(facts["day"]),
        run=run,
        number=row.number,
        kind=facts["kind"],
        taken_at=datetime.fromisoformat(facts["taken"]) if facts["taken"] else None,
        geometry=Point(facts["lon"], facts["lat"], srid=4490),
        heading_deg=facts["heading_deg"],
        pitch_deg=facts["pitch_deg"],
        roll_deg=facts["roll_deg"],
        width=facts["width"],
        height=facts["height"],
        sha256=facts["stored"],
        file_id=row.file_id,
        squares=row.squares,
    )


def take_off_map(run: StreetRun) -> None:
    """Take all pictures of an import off the map; their bytes go after that."""
    StreetView.objects.filter(run=run).delete()


def let_go(picture: StreetPicture) -> None:
    """Write down that the bytes of a picture are gone."""
    picture.file_id, picture.squares = None, None
    picture.save(update_fields=["file_id", "squares"])


def undone(run: StreetRun, *, now: datetime) -> None:
    """All of an import is taken out again."""
    StreetRun.objects.filter(pk=run.pk, state=StreetState.UNDOING).update(
        state=StreetState.UNDONE, undone_at=now, finished_at=now
    )
