"""The bulk twin, beside the one door."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cityloop.cases import models
from cityloop.cases.actions import PastCase, Replay
from cityloop.cases.queries.verifying import verify

BEGAN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def past(number: int, *, closed: bool = True, **changes: object) -> PastCase:
    given: dict[str, object] = {
        "key": UUID(int=number << 64),
        "reported_at": BEGAN + timedelta(hours=number),
        "closed_at": BEGAN + timedelta(hours=number + 30) if closed else None,
        "category": MANHOLE,
        "condition": BROKEN_COVER,
        "source": "hotline",
        "lon": 120.005,
        "lat": 30.005,
        "description": "井盖破损\t一处\\n",
        "address": "人民路 1 号",
        "department": "HW",
    }
    return PastCase(**(given | changes))  # type: ignore[arg-type] # the test's own words


def test_past_cases_are_written_once(desk: Desk) -> None:
    replay = Replay("990101", label="test")
    batch = [past(1), past(2, closed=False), past(3, lon=None, lat=None), past(4, department="NONE")]
    count = replay.write(batch)
    assert (count.made, count.already, [index for index, _why in count.refused]) == (3, 0, [3])
    again = replay.write(batch)
    assert (again.made, again.already, len(again.refused)) == (0, 3, 1)
    states = list(models.Case.objects.order_by("number").values_list("state", flat=True))
    assert states == ["closed", "dispatched", "closed"]


def test_verify_cannot_tell_the_twin_from_the_door(desk: Desk) -> None:
    Replay("990101", label="test").write([past(1), past(2, closed=False), past(3, lon=None, lat=None)])
    desk("duty_chief", desk.to_close(), "close", condition_met=True)
    done = verify()
    assert done.findings == []
    assert (done.cases, done.events) == (4, 9 + 4 + 9 + 9)
