"""Whoever edits history, or what is shown of it, is found out."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from cases.conftest import PHOTOS, Desk
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases import models
from cityloop.cases.actions import set_table
from cityloop.cases.actions.verifying import verify_changes
from cityloop.cases.projections import as_event
from cityloop.cases.queries import loop_city
from cityloop.cases.queries.agreeing import batches
from cityloop.cases.queries.tables import default_text
from cityloop.cases.queries.verifying import Verified, verify
from cityloop.cases.rules.clocks import explain
from cityloop.cases.rules.history import chained
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.organisation.actions import change_day
from cityloop.organisation.rules.calendar_days import DayException

WHY = {"opinion": "理由"}


@contextmanager
def tampering() -> Iterator[None]:
    """As somebody with the database's keys: without the triggers that keep events; undone at the end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


def found() -> list[str]:
    return [str(finding) for finding in verify().findings]


@pytest.fixture
def number(desk: Desk) -> str:
    """A case that has seen much: verified, merged, sent back, returned, extended, deferred, withdrawn, reworked, closed."""
    number, other = desk.report().number, desk.report().number
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("acceptor", "send_verify", {}), ("collector", "verify_back", {"result": "exists"}),
        ("acceptor", "merge", {"master": other}), ("acceptor", "unmerge", WHY), ("acceptor", "accept", {}),
        ("duty_chief", "file", {}), ("dispatcher", "return_to_supervision", {"reason": "wrong_class", **WHY}),
        ("acceptor", "accept", {}), ("duty_chief", "file", {}),
        ("dispatcher", "dispatch_multi", {"department": "HW", "co_departments": ["SZ"]}), ("dept_clerk", "sign", {}),
        ("municipal_clerk", "co_feedback", WHY), ("dept_clerk", "return", {"reason": "not_ours", **WHY}),
        ("dispatcher", "dispatch", {"department": "HW"}), ("dispatcher", "withdraw", {}),
        ("dispatcher", "dispatch", {"department": "HW"}), ("dept_clerk", "sign", {}),
        ("dept_clerk", "redispatch", {"handler": desk.cast["handler"]}), ("handler", "apply_extension", WHY),
        ("dispatcher", "approve_extension", {}), ("duty_chief", "approve_extension", {}),
        ("dept_clerk", "apply_defer", {"reason": "weather", "until": NOW + timedelta(days=9), **WHY}),
        ("dispatcher", "approve_defer", {}), ("leader", "approve_defer", {}), ("dept_clerk", "resume", {}),
        ("leader", "supervise", {"level": 1, "supervision": "leader", "reply_by": NOW + timedelta(days=9), **WHY}),
        ("dept_clerk", "note", WHY), ("dept_clerk", "feedback", {}), ("acceptor", "send_check", {}),
        ("collector", "check_back", {"result": "not_pass", "photos": [PHOTOS[0] | {"kind": "check"}]}),
        ("duty_chief", "rework", WHY), ("dept_clerk", "feedback", {}), ("acceptor", "send_check", {}),
        ("collector", "check_back", {"result": "pass"}), ("duty_chief", "close", {"condition_met": True}),
    ]  # fmt: skip
    for who, action, inputs in steps:
        desk.later(minutes=7)
        desk(who, number, action, **inputs)
    return number


def test_what_was_never_touched_agrees(number: str) -> None:
    done = verify()
    assert done.findings == []
    assert (done.cases, done.events) == (2, 37)
    assert [different for _cases, _events, different, _sample in batches("")] == [[]], (
        "the quick half says so by itself"
    )


CASE_COLUMNS = [column.name for column in models.Case._meta.fields if column.name not in {"id", "number"}]
TASK_COLUMNS = [column.name for column in models.Task._meta.fields if column.name not in {"id", "case", "n"}]


def another(column: Any, value: Any) -> Any:
    """Return some other value for a column, one that its table takes."""
    kind = type(column).__name__
    if column.name == "location":
        return Point(value.x, value.y + 0.0000001, srid=4490)
    if column.name == "kind" and column.model is models.Case:
        return "paused"
    if column.name == "snapshot":
        return {**value, "flags": {**value["flags"], "typical": True}}
    if kind == "BinaryField":
        return bytes(32)
    if kind == "ArrayField":
        return [*value, 4_000_000]
    if kind == "DateTimeField":
        return value + timedelta(microseconds=1) if value else NOW
    if kind in {"IntegerField", "BigIntegerField"}:
        return (value or 0) + 1
    if kind == "UUIDField":
        return "00000000-0000-7000-8000-000000000001"
    return f"{value}x"[-column.max_length :]


def test_a_changed_column_of_a_case_is_named(number: str, subtests: pytest.Subtests) -> None:
    for name in CASE_COLUMNS:
        # Only a closed case has a closing time, the table itself keeps that.
        row = (
            models.Case.objects.filter(number=number)
            if name == "closed_at"
            else models.Case.objects.exclude(number=number)
        )
        with subtests.test(name), tampering():
            held = row.get()
            row.update(**{name: another(models.Case._meta.get_field(name), getattr(held, name))})
            told = found()
            assert {line.split(": ")[0] for line in told} == {held.number}
            if name not in {"seq", "head", "table_version", "jurisdiction"}:
                assert [line.split(": ")[1] for line in told] == [name]
    assert found() == []


def test_a_changed_column_of_a_task_is_named(number: str, subtests: pytest.Subtests) -> None:
    row = models.Task.objects.filter(case__number=number, n=1)
    for name in TASK_COLUMNS:
        with subtests.test(name), tampering():
            row.update(**{name: another(models.Task._meta.get_field(name), getattr(row.get(), name))})
            assert [line.split(": ")[:2] for line in found()] == [[number, "task 1"]]
    assert found() == []


def test_of_a_row_only_what_differs_is_told_as_people_write_it(number: str) -> None:
    models.Task.objects.filter(case__number=number, n=1).update(post="leader", due_at=NOW)
    [line] = found()
    assert line.startswith(f"{number}: task 1: is post leader, due_at 2026-")
    assert ", the events tell post acceptor, due_at " in line
    assert not any(sign in line for sign in "()='")


def test_a_task_that_is_gone_or_made_up_is_named(number: str) -> None:
    row = models.Task.objects.filter(case__number=number).order_by("n").first()
    assert row is not None
    models.Task.objects.filter(pk=row.pk).delete()
    row.pk, row.n = None, 999
    row.save(force_insert=True)
    assert found() == [f"{number}: task 1: is missing", f"{number}: task 999: is not told by any event"]


def test_a_place_that_holds_no_point_is_named(number: str) -> None:
    models.Case.objects.filter(number=number).update(location=Point(srid=4490))
    assert found() == [f"{number}: location: is not where the events tell"]


# --- events


def event(number: str, seq: int) -> models.CaseEvent:
    return models.CaseEvent.objects.get(case__number=number, seq=seq)


def test_a_flipped_byte_in_any_event_is_named(number: str, subtests: pytest.Subtests) -> None:
    for row in models.CaseEvent.objects.filter(case__number=number).order_by("seq"):
        with subtests.test(row.action), tampering():
            middle = len(row.body) // 2
            flipped = row.body[:middle] + chr(ord(row.body[middle]) ^ 1) + row.body[middle + 1 :]
            models.CaseEvent.objects.filter(pk=row.pk).update(body=flipped)
            assert found() == [f"{number}: event {row.seq}: the hash does not fit what the event says"]
    assert found() == []


NO_FIT = "event 6: the hash does not fit what the event says"
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "the action": ({"action": "archive"}, NO_FIT),
    "the time": ({"at": NOW}, NO_FIT),
    "the person": ({"person": 1}, NO_FIT),
    "the post": ({"post": "leader"}, NO_FIT),
    "the door": ({"via": "demo"}, NO_FIT),
    "the state before": ({"from_state": "filed"}, NO_FIT),
    "the state after": ({"to_state": "closed"}, NO_FIT),
    "the hash": ({"hash": bytes(32)}, NO_FIT),
    "the jurisdiction": ({"jurisdiction": OTHER_CITY}, "event 6: does not follow from the event before it"),
    "its place": ({"seq": 60}, "event 6: missing: the next one is event 7"),
}


def test_a_changed_event_is_named(number: str, subtests: pytest.Subtests) -> None:
    for name, (change, what) in CHANGES.items():
        with subtests.test(name), tampering():
            models.CaseEvent.objects.filter(pk=event(number, 6).pk).update(**change)
            assert found() == [f"{number}: {what}"]


REMOVED = {
    1: "event 1: missing: the next one is event 2",
    9: "event 9: missing: the next one is event 10",
    36: "head: the case ends at event 36, its events at 35",
}


def test_a_removed_event_is_named(number: str, subtests: pytest.Subtests) -> None:
    for seq, what in REMOVED.items():
        with subtests.test(what), tampering():
            models.CaseEvent.objects.filter(pk=event(number, seq).pk)._raw_delete("default")
            assert found() == [f"{number}: {what}"]
    with tampering():
        models.CaseEvent.objects.filter(case__number=number)._raw_delete("default")
        assert found() == [f"{number}: events: the case has none"]


def test_an_event_that_was_rewritten_with_a_fitting_hash_breaks_the_next(number: str) -> None:
    """A forger who knows how we hash still has to rewrite everything that follows, the case's head included."""
    row, before = event(number, 6), event(number, 5)
    row.post = "leader"
    with tampering():
        forged = chained(as_event(row), bytes(before.hash), number)
        models.CaseEvent.objects.filter(pk=row.pk).update(post="leader", hash=forged)
        assert found() == [f"{number}: event 7: the hash does not fit what the event says"]


def test_an_event_that_cannot_be_folded_is_named(number: str) -> None:
    row = event(number, 36)
    row.body = '{"done":[999]}'
    with tampering():
        head = chained(as_event(row), bytes(event(number, 35).hash), number)
        models.CaseEvent.objects.filter(pk=row.pk).update(body=row.body, hash=head)
        models.Case.objects.filter(number=number).update(head=head)
        assert found() == [f"{number}: events: cannot be folded (KeyError)"]


# --- numbers, texts


def test_a_number_that_is_missing_is_named(desk: Desk) -> None:
    numbers = [desk.report().number for _ in range(3)]
    row = models.Case.objects.get(number=numbers[1])
    with tampering():
        for table in (models.CaseEvent, models.Task, models.CaseText):
            table.objects.filter(case=row)._raw_delete("default")
        models.Case.objects.filter(pk=row.pk)._raw_delete("default")
        assert found() == [
            f"{CITY} 20260701: numbers: 2 numbers from 1 to 3, the counter stands at 3; missing: {numbers[1]}"
        ]
        assert verify(OTHER_CITY).findings == []


def test_a_counter_that_was_moved_is_named(desk: Desk) -> None:
    desk.report()
    models.CaseCounter.objects.update(last=F("last") + 1)
    assert found() == [
        f"{CITY} 20260701: numbers: 1 numbers from 1 to 1, the counter stands at 2; missing: {CITY}2026070100002"
    ]


def test_a_changed_number_is_named(desk: Desk) -> None:
    number = desk.report().number
    models.Case.objects.filter(number=number).update(number=f"{number[:-1]}2")
    told = found()
    assert told[0] == f"{number[:-1]}2: event 1: the hash does not fit what the event says"
    assert "numbers from 2 to 2" in told[1]


OTHER_WORDS = "is not what the event's digest stands for"
CHANGED_TEXTS: dict[str, tuple[Callable[[Any], object], str]] = {
    "other words": (lambda texts: texts.update(text="别的话"), OTHER_WORDS),
    "another salt": (lambda texts: texts.update(salt=bytes(16)), OTHER_WORDS),
    "no row": (lambda texts: texts._raw_delete("default"), "is missing"),
}


def test_a_changed_text_is_named(number: str, subtests: pytest.Subtests) -> None:
    for name, (change, what) in CHANGED_TEXTS.items():
        with subtests.test(name), tampering():
            change(models.CaseText.objects.filter(case__number=number, seq=5))
            assert found() == [f"{number}: text opinion of event 5: {what}"]


def test_a_text_that_was_made_up_is_named(number: str) -> None:
    row = models.CaseText.objects.filter(case__number=number, seq=5).get()
    row.pk, row.field = None, "reply"
    row.save(force_insert=True)
    assert found() == [f"{number}: text reply of event 5: is not told by any event"]


# --- the tables that decided


@pytest.mark.parametrize(("city", "version", "of"), [(CITY, 1, CITY), ("", 0, "CityLoop")])
def test_a_changed_text_of_a_table_is_named(desk: Desk, city: str, version: int, of: str) -> None:
    set_table(CITY, default_text(), actor_id=None, now=NOW, note="")
    assert found() == []
    with tampering():
        row = models.LoopTable.objects.filter(jurisdiction=city, version=version)
        row.update(text=row.get().text.replace("reopen_days: 7", "reopen_days: 9"))
        told = [f"table {version} of {of}: text: is not the one that was kept"]
        assert found() == told
        assert [str(one) for one in verify(CITY).findings] == told
        assert [str(one) for one in verify(OTHER_CITY).findings] == ([] if city else told)
        assert [str(one) for one in verify_changes(now=NOW, most=0).findings] == told


# --- what changes around a case


def test_a_holiday_added_later_does_not_touch_finished_cases(desk: Desk, number: str) -> None:
    before = finished(number)
    version = change_day(CITY, "office", date(2026, 7, 1), DayException("holiday"))
    change_day(CITY, "shift", date(2026, 7, 1), DayException("holiday"))
    assert finished(number) == before
    assert found() == []
    later = desk.in_disposal()
    clock = snapshot_from_json(models.Case.objects.get(number=later).snapshot).clocks["disposal"]
    assert clock.version == version, "cases to come count by the new calendar"


def finished(number: str) -> tuple[Any, ...]:
    """Return all that is told of a case's time: its columns, its tasks, the explanations of its clocks."""
    row = models.Case.objects.get(number=number)
    city, snapshot = loop_city(row.jurisdiction), snapshot_from_json(row.snapshot)
    told = {
        stage: orjson.dumps(explain(stage, clock, city.calendar(clock.calendar, clock.version)))
        for stage, clock in snapshot.clocks.items()
    }
    tasks = list(models.Task.objects.filter(case=row).order_by("n").values_list("n", "due_at", "warn_at"))
    return row.due_at, row.closed_at, tasks, told


def test_only_one_jurisdiction_may_be_asked_for(desk: Desk) -> None:
    desk.report()
    assert verify(CITY).cases == 1
    assert verify(OTHER_CITY) == Verified(0, 0, [])


@pytest.mark.parametrize("code", ["999999", "33010", "hangzhou"])
def test_a_jurisdiction_that_does_not_exist_is_refused(desk: Desk, code: str) -> None:
    with pytest.raises(CommandError, match=code):
        call_command("verify", jurisdiction=code)


def test_verifying_tells_how_far_it_is(desk: Desk) -> None:
    for _ in range(3):
        desk.report()
    told: list[int] = []
    verify(progress=told.append)
    assert told == [3]


def test_the_command_ends_badly_when_something_is_found(desk: Desk) -> None:
    number = desk.report().number
    out = io.StringIO()
    call_command("verify", stdout=out)
    assert "1 cases and 1 events looked at, 0 findings." in out.getvalue()
    models.Case.objects.filter(number=number).update(street="330106001")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify", stdout=out, jurisdiction=CITY)
    assert out.getvalue().startswith(f"{number}: street: ")
