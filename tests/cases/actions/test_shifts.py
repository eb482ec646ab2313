"""Shifts: handed over with their open work, taken over once by somebody else, never changed afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import InternalError, ProgrammingError, transaction

from cases.conftest import Desk
from cast import CITY, make_person
from cityloop.cases.actions.shifts import hand_over, take_over
from cityloop.cases.models import HandoverMark, ShiftHandover
from cityloop.cases.queries.shifts import handover, handovers, seat, seats_of, told_of_shifts
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, NotAllowed, NotFound
from cityloop.notices.queries import inbox
from cityloop.organisation.models import Duty
from cityloop.organisation.queries import city, viewer_of


@pytest.fixture
def relief(desk: Desk) -> int:
    """A second duty chief."""
    return make_person("relief", "duty_chief")


def handed(desk: Desk, who: str = "duty_chief", **more: object) -> ShiftHandover:
    viewer = desk.cast.viewer(who, desk.now)
    [held] = seats_of(viewer)
    made = hand_over(held, viewer=viewer, key=uuid4(), now=desk.now, **more)  # type: ignore[arg-type]
    return ShiftHandover.objects.get(pk=made)


def test_it_keeps_the_open_work_and_tells_whoever_comes_what_became_of_each_case(desk: Desk, relief: int) -> None:
    number, other = desk.report().number, desk.report().number
    desk("acceptor", number, "accept")
    desk("acceptor", other, "accept")
    row = handed(desk, coming=relief, remarks="Rain at six.", marks={number: "the caller is waiting"})
    assert [(one["kind"], sum(one["lights"].values())) for one in row.work] == [("accepted", 2)]
    desk.later(minutes=5)
    desk("duty_chief", number, "file", condition="gb47678_2026/part/01001#cov_break")
    viewer = viewer_of(relief, desk.now)
    [notice] = inbox(viewer)
    said = told_of_shifts([notice], viewer)[notice.id]
    assert (said.words, said.url) == ("A shift is handed over", f"/desk/shift/{row.id}")
    read = handover(viewer, row.id)
    [mark] = read.marks
    assert (mark.number, mark.remark, mark.then, mark.now) == (
        number,
        "the caller is waiting",
        "To file",
        "To dispatch",
    )
    assert [(one.action, one.who) for one in mark.since] == [("File", "duty_chief · Duty chief")]
    assert read.may_take


def test_it_is_taken_once_by_somebody_else_in_the_post(desk: Desk, relief: int) -> None:
    row = handed(desk)
    for who, refusal in (
        ("duty_chief", NotAllowed),
        ("leader", NotAllowed),
        ("acceptor", NotFound),
        ("stranger", NotFound),
    ):
        with pytest.raises(refusal):
            take_over(row.id, viewer=desk.cast.viewer(who))
    third = make_person("third", "duty_chief")
    take_over(row.id, viewer=viewer_of(relief, desk.now), now=desk.now)
    take_over(row.id, viewer=viewer_of(relief, desk.now), now=desk.later(hours=1))
    with pytest.raises(Conflict):
        take_over(row.id, viewer=viewer_of(third, desk.now))
    row.refresh_from_db()
    assert (row.taken_by, row.taken_at) == (relief, desk.now - timedelta(hours=1))
    assert [one.kind for one in inbox(desk.cast.viewer("duty_chief"))][:1] == ["shift.taken"]
    assert handovers(desk.cast.viewer("duty_chief")) == []


@pytest.mark.parametrize("change", [{"remarks": "other"}, {"work": []}, {"taken_by": None, "taken_at": None}])
def test_nothing_of_it_is_changed_afterwards(desk: Desk, relief: int, change: dict[str, object]) -> None:
    row = handed(desk, marks={desk.report().number: "look"})
    take_over(row.id, viewer=viewer_of(relief, desk.now), now=desk.now)
    for rows, what in ((ShiftHandover.objects, change), (HandoverMark.objects, {"remark": "other"})):
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            rows.update(**what)  # type: ignore[attr-defined]
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        ShiftHandover.objects.all()._raw_delete("default")


def test_what_cannot_be_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    viewer = desk.cast.viewer("duty_chief")
    [held] = seats_of(viewer)
    for wrong in (
        {"coming": desk.cast["duty_chief"]},
        {"coming": desk.cast["acceptor"]},
        {"remarks": "x" * 4001},
        {"marks": {"9901012020010100001": ""}},
        {"marks": {desk.report().number: "x" * 501}},
    ):
        with pytest.raises(InvalidInput):
            hand_over(held, viewer=viewer, key=uuid4(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        hand_over(held, viewer=desk.cast.viewer("leader"), key=uuid4())
    assert not ShiftHandover.objects.exists()


def test_sent_twice_it_is_handed_over_once(desk: Desk) -> None:
    viewer = desk.cast.viewer("acceptor")
    [held] = seats_of(viewer)
    key = uuid4()
    number = desk.report().number
    made = {hand_over(held, viewer=viewer, key=key, marks={number: "look"}) for _time in range(2)}
    assert len(made) == ShiftHandover.objects.count() == 1


def test_the_roster_says_who_comes(desk: Desk, relief: int) -> None:
    viewer = desk.cast.viewer("duty_chief")
    [held] = seats_of(viewer)
    assert [(one.id, one.at) for one in seat(viewer, held).comers] == [(relief, "")]
    later = make_person("later", "duty_chief")
    starts = city(CITY).now() + timedelta(hours=1)
    Duty.objects.create(
        jurisdiction=CITY, user_id=later, post="duty_chief", starts_at=starts, ends_at=starts + timedelta(hours=8)
    )
    assert [one.id for one in seat(viewer, held).comers] == [later, relief]


def test_only_the_post_and_who_answers_for_the_city_read_it(desk: Desk) -> None:
    row = handed(desk, "acceptor")
    for who in ("acceptor", "duty_chief", "inspector", "leader"):
        assert handover(desk.cast.viewer(who), row.id).line.left_by == "acceptor"
    for who in ("dispatcher", "dept_clerk", "citizen", "stranger"):
        with pytest.raises(CityError):
            handover(desk.cast.viewer(who), row.id)
