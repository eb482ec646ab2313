"""Whoever takes a case away whole breaks no chain; the anchors tell."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.conftest import Desk
from cases.test_verifying import found, tampering
from cast import NOW
from cityloop.cases import models
from cityloop.cases.actions.anchoring import anchor
from cityloop.cases.queries.anchors import anchor_lines, check_anchors, check_notes
from cityloop.cases.rules.anchors import Note

LATER = NOW + timedelta(minutes=10)


def told() -> list[str]:
    return [str(finding) for finding in check_anchors()]


def test_anchors_follow_each_other_without_a_gap(desk: Desk) -> None:
    desk.in_disposal()
    first = anchor(now=NOW, most=3)
    assert [(one.n, one.events) for one in first] == [(1, 3), (2, 2)]
    assert anchor(now=LATER) == []
    desk.report()
    assert [(one.n, one.events) for one in anchor(now=LATER)] == [(3, 1)]
    assert [one.position for one in anchor_lines()] == sorted(
        models.CaseEvent.objects.order_by("id").values_list("id", flat=True)[n] for n in (2, 4, 5)
    )
    assert told() == []


def test_an_anchor_is_written_to_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.report()
    with caplog.at_level(logging.INFO, "cityloop.cases.actions.anchoring"):
        [made] = anchor(now=NOW)
    assert f"anchor 1: {bytes(made.hash).hex()} (1 events up to {made.position})" in caplog.text


def test_a_case_that_is_taken_away_whole_is_seen(desk: Desk) -> None:
    """With its number given back and the counter put right nothing but the anchor knows of it."""
    desk.report()
    number = desk.report().number
    desk("acceptor", number, "accept")
    anchor(now=NOW)
    row = models.Case.objects.get(number=number)
    with tampering():
        for table in (models.CaseEvent, models.Task, models.CaseText):
            table.objects.filter(case=row)._raw_delete("default")
        models.Case.objects.filter(pk=row.pk)._raw_delete("default")
        models.CaseCounter.objects.update(last=1)
        [finding] = found()
    assert finding.startswith("anchor 1: events: anchored were 3 events up to number ")
    assert finding.endswith(", there are 1")
    assert found() == []


def swap(desk: Desk) -> None:
    """Give two events each other's place in the order of all."""
    one, other = models.CaseEvent.objects.order_by("id")[:2]
    for row, place in ((one, -1), (other, one.pk), (one, other.pk)):
        models.CaseEvent.objects.filter(case=row.case_id, seq=row.seq).update(id=place)


FORGED: dict[str, tuple[Any, list[str]]] = {
    "an event's hash": (
        lambda _: models.CaseEvent.objects.filter(seq=1).update(hash=bytes(32)),
        ["anchor 1: hash: is not the hash of the anchor before and of the events since"],
    ),
    "the order of two events": (
        swap,
        ["anchor 1: hash: is not the hash of the anchor before and of the events since"],
    ),
    "an anchor's hash": (
        lambda _: models.Anchor.objects.filter(n=2).update(hash=bytes(32)),
        [f"anchor {n}: hash: is not the hash of the anchor before and of the events since" for n in (2, 3)],
    ),
    "an anchor's time": (
        lambda _: models.Anchor.objects.filter(n=2).update(at=LATER),
        ["anchor 2: hash: is not the hash of the anchor before and of the events since"],
    ),
    "no anchor": (
        lambda _: models.Anchor.objects.filter(n=2)._raw_delete("default"),
        ["anchor 3: number: the anchor before it is missing"],
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_changed_behind_an_anchor_is_named(desk: Desk, name: str) -> None:
    forge, what = FORGED[name]
    for _ in range(3):
        desk.report()
        anchor(now=NOW)
    with tampering():
        forge(desk)
        findings = told()
    assert findings[: len(what)] == what


RESTORED = " (after a restore only notes of before the backup hold)"


def test_anchors_rewritten_to_fit_are_told_by_a_note_kept_elsewhere(desk: Desk) -> None:
    desk.report()
    anchor(now=NOW)
    [kept] = [Note(line.n, bytes.fromhex(line.hash)) for line in anchor_lines()]
    assert list(check_notes([kept])) == []
    with tampering():
        models.Anchor.objects.all()._raw_delete("default")
        anchor(now=LATER)
        assert told() == []
        assert [str(one) for one in check_notes([kept, Note(2, bytes(32))])] == [
            f"anchor 1: note: differs from what was noted elsewhere{RESTORED}",
            f"anchor 2: note: was noted elsewhere and is missing here{RESTORED}",
        ]


@pytest.mark.parametrize("act", [lambda rows: rows.update(events=7), lambda rows: rows._raw_delete("default")])
def test_the_database_lets_nobody_change_an_anchor(desk: Desk, act: Any) -> None:
    desk.report()
    anchor(now=NOW)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        act(models.Anchor.objects.all())


def test_what_is_not_committed_yet_is_left_to_the_next_anchor(committed_desk: Desk) -> None:
    """Numbers of events are committed in another order than they are given: an anchor never runs ahead of one."""
    written, goes_on = Event(), Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                committed_desk.report()
                written.set()
                assert goes_on.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(slowly)
        assert written.wait(30)
        assert anchor(now=NOW, patience_s=0.1) == []
        goes_on.set()
        slow.result()
    assert [one.events for one in anchor(now=NOW)] == [1]


def test_two_workers_make_one_anchor(committed_desk: Desk) -> None:
    committed_desk.report()

    def make(_: int) -> int:
        try:
            return len(anchor(now=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(make, range(4))) == 1
    assert told() == []
