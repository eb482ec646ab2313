"""Handing a shift over, and taking it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.rights import may
from cityloop.cases.queries.shifts import HANDED_OVER, TAKEN, handover, may_take, open_work
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed
from cityloop.kernel.translation import _
from cityloop.notices.actions import Party, tell
from cityloop.organisation.rules.staffing import HeldPost, Viewer

MOST_MARKS = 60
LONGEST_REMARKS, LONGEST_REMARK = 4000, 500


def hand_over(
    held: HeldPost,
    *,
    viewer: Viewer,
    key: UUID,
    coming: int | None = None,
    remarks: str = "",
    marks: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> UUID:
    """Hand over the shift of a post with its open work as it is now; whoever comes is told. Sent twice it is done once.

    Args:
        coming: Who comes; None leaves it open, and everybody in the post is told.
        marks: Remarks by the numbers of the cases that are pointed out.
        now: The city's time; None asks its clock.
    Returns:
        The hand-over's id.
    Raises:
        NotAllowed: The viewer does not hold the post, or it works in no shifts.
        InvalidInput: Who comes does not hold the post, a text is too long, or a case is none that the viewer sees.
    """
    if held not in viewer.posts or not may(held.jurisdiction, held.post, "shifts") or viewer.user_id is None:
        raise NotAllowed(_("None of your posts works in shifts."))
    marks = marks or {}
    home = loop_city(held.jurisdiction)
    at = now or home.city.now()
    _check(coming, remarks, marks, home.city.holders(held.post), viewer)
    cases = {
        row.number: row
        for row in models.Case.objects.visible_to(viewer)
        .filter(number__in=[*marks])
        .only("id", "number", "state", "seq")
    }
    if unknown := [number for number in marks if number not in cases]:
        raise InvalidInput(_("There is no case “%(number)s” that you may see.") % {"number": unknown[0][:40]})
    work = [
        {"kind": one.kind, "name": one.name, "lights": {light.value: count for light, count in one.lights.items()}}
        for one in open_work(viewer.wearing(held.key), held)
    ]
    row = models.ShiftHandover(
        jurisdiction=held.jurisdiction, post=held.post, left_by=viewer.user_id, coming=coming, at=at, remarks=remarks,
        work=work, key=key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            models.HandoverMark.objects.bulk_create(
                models.HandoverMark(
                    handover=row,
                    case_id=cases[number].id,
                    remark=remark,
                    state=cases[number].state,
                    seq=cases[number].seq,
                )
                for number, remark in marks.items()
            )
            tell(held.jurisdiction, HANDED_OVER, str(row.id), [Party(held.post, None, coming)], at=at)
    except IntegrityError:
        before = models.ShiftHandover.objects.filter(left_by=viewer.user_id, key=key).first()
        if before is None:
            raise
        return before.id
    return row.id


def _check(coming: int | None, remarks: str, marks: Mapping[str, str], holders: list[int], viewer: Viewer) -> None:
    faults = []
    if coming is not None and (coming not in holders or coming == viewer.user_id):
        faults.append(Fault("coming", _("must be somebody else who holds this post now")))
    if len(remarks) > LONGEST_REMARKS:
        faults.append(Fault("remarks", _("must have at most %(most)d characters") % {"most": LONGEST_REMARKS}))
    if any(len(remark) > LONGEST_REMARK for remark in marks.values()):
        faults.append(Fault("marks", _("must have at most %(most)d characters") % {"most": LONGEST_REMARK}))
    if len(marks) > MOST_MARKS:
        faults.append(Fault("marks", _("point out at most %(most)d cases") % {"most": MOST_MARKS}))
    if faults:
        raise InvalidInput(_("This shift cannot be handed over so."), faults=faults)


def take_over(handover_id: UUID, *, viewer: Viewer, now: datetime | None = None) -> None:
    """Take a shift over: signed with name and time, once; whoever left is told.

    Raises:
        NotFound: There is no such hand-over that the viewer may read.
        Conflict: It is taken already.
        NotAllowed: The viewer does not hold the post there, or has handed it over themselves.
    """
    handover(viewer, handover_id)
    with transaction.atomic():
        row = models.ShiftHandover.objects.select_for_update().get(pk=handover_id)
        if row.taken_at is not None:
            if row.taken_by == viewer.user_id:
                return
            raise Conflict(_("Somebody has taken this shift over before you."))
        if not may_take(row, viewer):
            raise NotAllowed(_("A shift is taken over by somebody else who holds its post."))
        row.taken_at = now or loop_city(row.jurisdiction).city.now()
        row.taken_by = viewer.user_id
        row.save(update_fields=["taken_at", "taken_by"])
        tell(row.jurisdiction, TAKEN, str(row.id), [Party("", None, row.left_by)], at=row.taken_at)
