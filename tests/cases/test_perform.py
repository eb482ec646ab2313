"""The one door, on the real database."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cases.conftest import BROKEN_COVER, MANHOLE, OPEN_COVER, PHOTOS, POINT, Desk
from cast import CITY, NOW, OTHER_CITY, SINCE, make_person
from cityloop.cases import actions, models
from cityloop.cases.actions import Performed
from cityloop.cases.actions.tables import set_table
from cityloop.cases.queries import default_text, table
from cityloop.cases.queries.case_detail import case_detail
from cityloop.cases.queries.found import find
from cityloop.cases.queries.timeline import timeline
from cityloop.cases.queries.verifying import verify
from cityloop.cases.queries.words import PersonName
from cityloop.geography.actions import DutyGridPlan, lay_regular_grid, make_duty_grids
from cityloop.geography.queries import locate
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, KeyReused, NotAllowed, NotFound, Outdated
from cityloop.organisation.actions import appoint, record_absence
from cityloop.organisation.queries import system_viewer, viewer_of

Made = TypeVar("Made")
DOOR = import_module("cityloop.cases.actions.perform")
"""The module; its package has a function of the same name."""
KEY = UUID(int=7)
WHY = {"opinion": "理由"}
CALL = {"source": "hotline", "point": None, "photos": None}


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    """A version never changes, so processes remember it; only a test takes one back."""
    yield
    table.cache_clear()


def together(calls: Iterable[Callable[[], Made]]) -> list[Made | CityError]:
    """Do all of ``calls`` at the same moment, each in a thread and on a connection of its own."""
    waiting = list(calls)
    gate = threading.Barrier(len(waiting))

    def call(one: Callable[[], Made]) -> Made | CityError:
        gate.wait()
        try:
            return one()
        except CityError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(call, waiting))


def events(number: str) -> list[str]:
    return list(models.CaseEvent.objects.filter(case__number=number).order_by("seq").values_list("action", flat=True))


def rows() -> tuple[int, ...]:
    """Return how much stands in each table: what a refused act must leave as it was."""
    tables = (models.Case, models.CaseEvent, models.Task, models.CaseText, models.CaseCounter)
    return tuple(table.objects.count() for table in tables)


def case(number: str) -> models.Case:
    return models.Case.objects.get(number=number)


def test_a_case_runs_the_whole_loop(desk: Desk) -> None:
    number = desk.to_close()
    done = desk("duty_chief", number, "close", condition_met=True)
    assert done.state == "closed"
    assert done.seq == 9
    assert number.startswith("99010120260701")


def test_what_was_done_can_be_read_in_the_same_instant(desk: Desk) -> None:
    number = desk.in_disposal()
    row = case(number)
    assert (row.state, row.kind, row.department, row.seq) == ("in_disposal", "working", "HW", 5)
    assert row.due_at == NOW + timedelta(hours=6), "four working hours from ten in the morning, over noon"
    assert row.unit_grid
    assert (row.location.x, row.location.y) == (120.005, 30.005)
    [task] = models.Task.objects.open().filter(case=row)
    assert (task.kind, task.post, task.department_id) == (
        "in_disposal",
        "dept_clerk",
        desk.cast.departments["sanitation"],
    )
    assert task.due_at == row.due_at
    done = models.Task.objects.filter(case=row, done_seq=5)
    assert [(one.kind, one.done_by) for one in done] == [("dispatched", desk.cast["dept_clerk"])]


def test_a_number_tells_place_and_day_of_the_city(desk: Desk) -> None:
    desk.now = NOW.replace(hour=16, minute=30)  # half past midnight of the next day in Shanghai
    assert desk.report().number == f"{CITY}2026070200001"
    desk.now -= timedelta(hours=1)
    assert desk.report().number == f"{CITY}2026070100001"
    assert desk.report().number == f"{CITY}2026070100002"


REFUSED_ACTS: dict[str, tuple[str, dict[str, Any], type[CityError]]] = {
    "in the wrong state": ("file", {}, Conflict),
    "with what does not fit": ("send_verify", {"collector": 404}, InvalidInput),
    "by the wrong post": ("urge", WHY, NotAllowed),
    "that does not exist": ("teleport", {}, InvalidInput),
    "with what PostgreSQL cannot hold": ("accept", {"category": "a\x00b"}, InvalidInput),
    "with half a sign": ("accept", {"opinion": "\ud800"}, InvalidInput),
    "with a number beyond all bounds": ("accept", {"opinion": 10**30}, InvalidInput),
    "with a case number that is none": ("merge", {"master": "\x00"}, InvalidInput),
    "that makes a case": ("report", {}, Conflict),
}


def test_a_refused_act_writes_nothing(desk: Desk, subtests: pytest.Subtests) -> None:
    number = desk.report().number
    before = rows()
    for name, (action, inputs, refusal) in REFUSED_ACTS.items():
        with subtests.test(name):
            with pytest.raises(refusal):
                desk("acceptor", number, action, **inputs)
            assert rows() == before


REFUSED_REPORTS: dict[str, dict[str, Any]] = {
    "swapped axes": {"point": {"lon": 30.005, "lat": 120.005, "system": "wgs84"}},
    "outside the city": {"point": {"lon": 121.5, "lat": 30.005, "system": "wgs84"}},
    "an unknown class": {"category": "gb47678_2026/part/99999"},
    "a class that PostgreSQL cannot hold": {"category": "a\x00b"},
    "a megabyte of text": {"description": "x" * 1_000_000},
    "a time before all times": {"external_due": "0001-01-01T00:00:00+08:00"},
    "too few photos": {"photos": PHOTOS[:1]},
}


def test_a_refused_report_takes_no_number(desk: Desk, subtests: pytest.Subtests) -> None:
    before = rows()
    for name, inputs in REFUSED_REPORTS.items():
        with subtests.test(name):
            with pytest.raises(InvalidInput):
                desk.report(**inputs)
            assert rows() == before
    assert desk.report().number.endswith("00001")


# --- the same request twice


def test_a_report_sent_twice_makes_one_case(desk: Desk) -> None:
    first, again = desk.report(key=KEY), desk.report(key=KEY)
    assert (again.number, again.seq, again.at) == (first.number, first.seq, first.at)
    assert (first.repeated, again.repeated) == (False, True)
    assert models.Case.objects.count() == 1


def test_an_act_sent_twice_is_done_once_even_when_the_case_has_moved_on(desk: Desk) -> None:
    number = desk.report().number
    first = desk("acceptor", number, "accept", key=KEY, opinion="属实")
    desk("duty_chief", number, "file")
    again = desk("acceptor", number, "accept", key=KEY, opinion="属实")
    assert again == Performed(
        **{name: getattr(first, name) for name in ("number", "case", "seq", "action", "state", "at")}, repeated=True
    )
    assert events(number) == ["report", "accept", "file"]


def test_a_key_belongs_to_one_request(desk: Desk) -> None:
    number, other = desk.report().number, desk.report().number
    desk("acceptor", number, "accept", key=KEY, opinion="属实")
    for action, inputs in (("accept", {"opinion": "另一句"}), ("accept", {}), ("send_verify", {"opinion": "属实"})):
        with pytest.raises(KeyReused):
            desk("acceptor", number, action, key=KEY, **inputs)
    with pytest.raises(KeyReused):
        desk("acceptor", other, "accept", key=KEY, opinion="属实")
    with pytest.raises(KeyReused):
        desk.report("acceptor", key=KEY)


def test_a_key_belongs_to_one_person(desk: Desk) -> None:
    number = desk.report(key=KEY).number
    desk("acceptor", number, "accept", key=KEY)
    desk("duty_chief", number, "file", key=KEY)
    assert events(number) == ["report", "accept", "file"]


def test_a_request_refused_before_may_be_sent_again_with_its_key(desk: Desk) -> None:
    number = desk.report().number
    with pytest.raises(Conflict):
        desk("duty_chief", number, "file", key=KEY)
    desk("acceptor", number, "accept")
    assert desk("duty_chief", number, "file", key=KEY).state == "filed"


def test_a_report_sent_again_is_answered_though_the_place_is_restricted_by_now(desk: Desk) -> None:
    first = desk.report(key=KEY)
    models.RestrictedZone.objects.create(jurisdiction=CITY, name="夜市", reason="夜市开放")
    with pytest.raises(Conflict, match="夜市开放"):
        desk.report()
    assert desk.report(key=KEY).number == first.number


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What ``perform`` wrote to the log at INFO and above."""
    return [record.getMessage() for record in caplog.records if record.name == DOOR.__name__]


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_sent_again_is_logged_once(committed_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    together([lambda: committed_desk.report(key=KEY)] * 4)
    number = models.Case.objects.get().number
    together([lambda: committed_desk("acceptor", number, "accept", key=KEY)] * 4)
    committed_desk.report(key=KEY)
    committed_desk("acceptor", number, "accept", key=KEY)
    collector, acceptor = (committed_desk.cast[who] for who in ("collector", "acceptor"))
    assert lines(caplog) == [f"case {number}: report by {collector}", f"case {number}: accept by {acceptor}"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_logged(committed_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A line for what did not happen sends its reader after a case that is not there."""
    caplog.set_level("INFO")
    number = committed_desk.report().number
    caplog.clear()
    with transaction.atomic():
        committed_desk.report()
        committed_desk("acceptor", number, "accept")
        transaction.set_rollback(True)
    assert lines(caplog) == []
    committed_desk("acceptor", number, "accept")
    assert len(lines(caplog)) == 1


def test_an_act_that_took_the_case_out_of_sight_is_answered_again(desk: Desk) -> None:
    number = desk.in_disposal()
    post = make_person("guest", "dept_clerk", department_id=desk.cast.departments["sanitation"])
    guest = viewer_of(post, NOW)
    first = actions.perform(number, "note", WHY, actor=guest, key=KEY, via="api", now=NOW)
    nobody = system_viewer("nobody", OTHER_CITY)
    moved = type(guest)(guest.user_id, guest.name, nobody.posts, nobody.jurisdictions)
    with pytest.raises(NotFound):
        actions.perform(number, "note", WHY, actor=moved, key=uuid4(), via="api", now=NOW)
    again = actions.perform(number, "note", WHY, actor=moved, key=KEY, via="api", now=NOW)
    assert (again.seq, again.repeated) == (first.seq, True)


@pytest.mark.django_db(transaction=True)
def test_a_report_sent_by_many_threads_at_once_makes_one_case(committed_desk: Desk) -> None:
    done = together([lambda: committed_desk.report(key=KEY)] * 8)
    assert {one.number for one in done if isinstance(one, Performed)} == {f"{CITY}2026070100001"}
    assert sorted(one.repeated for one in done if isinstance(one, Performed)) == [False] + [True] * 7
    assert committed_desk.report().number == f"{CITY}2026070100002", "the seven took no number"


@pytest.mark.django_db(transaction=True)
def test_an_act_sent_by_many_threads_at_once_is_done_once(committed_desk: Desk) -> None:
    number = committed_desk.report().number
    done = together([lambda: committed_desk("acceptor", number, "accept", key=KEY)] * 8)
    assert sorted(one.repeated for one in done if isinstance(one, Performed)) == [False] + [True] * 7
    assert events(number) == ["report", "accept"]


@pytest.mark.django_db(transaction=True)
def test_one_key_on_two_cases_at_once_is_taken_once(committed_desk: Desk, slow_door: None) -> None:
    numbers = [committed_desk.report().number for _ in range(2)]
    done = together([lambda n=number: committed_desk("acceptor", n, "accept", key=KEY) for number in numbers])  # type: ignore[misc]
    assert sorted(type(one).__name__ for one in done) == ["KeyReused", "Performed"]


# --- two people at once


@pytest.fixture
def slow_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody who has the row looks at it for a while: whoever comes meanwhile meets the lock."""
    gather = DOOR.gather

    def gather_slowly(*args: Any) -> Any:
        facts = gather(*args)
        threading.Event().wait(0.15)
        return facts

    monkeypatch.setattr(DOOR, "gather", gather_slowly)


@pytest.mark.django_db(transaction=True)
def test_of_two_dispatchers_who_press_at_once_one_gets_the_case(committed_desk: Desk, slow_door: None) -> None:
    number = committed_desk.filed()
    done = together(
        lambda code=code: committed_desk("dispatcher", number, "dispatch", department=code)  # type: ignore[misc]
        for code in ("HW", "SZ")
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Performed"]
    assert events(number) == ["report", "accept", "file", "dispatch"]
    assert verify().findings == []


@pytest.mark.django_db(transaction=True)
def test_acts_that_do_not_exclude_each_other_wait_for_each_other(committed_desk: Desk, slow_door: None) -> None:
    number = committed_desk.filed()
    done = together([lambda: committed_desk("dispatcher", number, "note", **WHY)] * 6)
    assert sorted(one.seq for one in done if isinstance(one, Performed)) == [4, 5, 6, 7, 8, 9]
    assert verify().findings == []


@pytest.mark.django_db(transaction=True)
def test_two_cases_merged_into_each_other_at_once_do_not_both_vanish(committed_desk: Desk, slow_door: None) -> None:
    one, other = committed_desk.report().number, committed_desk.report().number
    done = together(
        [
            lambda: committed_desk("acceptor", one, "merge", master=other),
            lambda: committed_desk("acceptor", other, "merge", master=one),
        ]
    )
    assert sorted(type(outcome).__name__ for outcome in done) == ["Conflict", "Performed"]
    assert sorted(row.state for row in models.Case.objects.order_by("id")) == ["merged", "reported"]


def test_who_has_seen_an_older_case_is_told(desk: Desk) -> None:
    number = desk.filed()
    desk("dispatcher", number, "note", **WHY)
    dispatcher = desk.cast.viewer("dispatcher")
    with pytest.raises(Outdated, match="you saw event 3, it stands at 4"):
        actions.perform(
            number, "dispatch", {"department": "HW"}, actor=dispatcher, key=KEY, via="api", now=NOW, expected_seq=3
        )
    done = actions.perform(
        number, "dispatch", {"department": "HW"}, actor=dispatcher, key=KEY, via="api", now=NOW, expected_seq=4
    )
    assert done.seq == 5


# --- numbers

THREADS, CREATES = 32, 96
"""Ten thousand are made by ``soak/numbers.py``."""


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_numbers_without_a_gap(committed_desk: Desk) -> None:
    """A third of the reports is refused or sent twice: none of these takes a number."""
    desk, keys = committed_desk, [uuid4() for _ in range(CREATES)]
    made: list[Performed] = []

    def worker(number: int) -> None:
        try:
            for key in keys[number::THREADS]:
                made.append(desk.report(key=key))
                assert desk.report(key=key).repeated
                with pytest.raises(InvalidInput):
                    desk.report(photos=[])
                rolled_back(desk)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(worker, range(THREADS)))
    numbers = sorted(one.number for one in made)
    assert numbers == [f"{CITY}20260701{number:05d}" for number in range(1, CREATES + 1)]
    assert models.Case.objects.count() == CREATES
    assert verify().findings == []


class Changed(Exception):
    """Somebody changed their mind before the commit."""


def rolled_back(desk: Desk) -> None:
    with pytest.raises(Changed):
        report_and_change_ones_mind(desk)


@transaction.atomic
def report_and_change_ones_mind(desk: Desk) -> None:
    desk.report()
    raise Changed


def test_a_rollback_leaves_no_gap(desk: Desk) -> None:
    assert desk.report().number.endswith("00001")
    rolled_back(desk)
    assert desk.report().number.endswith("00002")


def test_a_day_has_as_many_numbers_as_five_digits_say(desk: Desk) -> None:
    desk.report()
    models.CaseCounter.objects.update(last=99_998)
    assert desk.report().number.endswith("99999")
    before = rows()
    with pytest.raises(Conflict, match="99,999"):
        desk.report()
    number = models.Case.objects.order_by("number").values_list("number", flat=True).first()
    assert number is not None
    with pytest.raises(Conflict, match="99,999"):
        desk("acceptor", number, "split", category=MANHOLE, description="另一处")
    assert rows() == before


# --- split, merge


def test_a_split_makes_a_second_case_with_a_number(desk: Desk) -> None:
    number = desk.report().number
    done = desk("acceptor", number, "split", key=KEY, category=MANHOLE, condition=OPEN_COVER, description="另一处")
    child = case(done.child)
    assert done.child == f"{CITY}2026070100002"
    assert (child.state, child.source, child.condition, child.via) == ("reported", "collector", OPEN_COVER, "system")
    assert child.snapshot["values"]["split_from"] == number
    assert (child.location.x, child.location.y) == (120.005, 30.005)
    assert models.CaseText.objects.get(case=child, field="description").text == "另一处"
    again = desk("acceptor", number, "split", key=KEY, category=MANHOLE, condition=OPEN_COVER, description="另一处")
    assert (again.child, again.repeated) == (done.child, True)
    assert verify().findings == []


def test_the_second_case_of_a_split_keeps_reporter_and_address_and_both_name_each_other(desk: Desk) -> None:
    said = {"reporter": {"name": "李女士", "phone": "13800001111"}, "address": "人民路 1 号", "description": "两处"}
    number = desk.report("citizen", **CALL | {"source": "web"}, **said).number
    children = [
        desk("acceptor", number, "split", category=MANHOLE, description=f"第{place}处").child for place in ("二", "三")
    ]
    acceptor = desk.cast.viewer("acceptor")
    for child in children:
        detail = case_detail(find(child, acceptor))
        assert detail.reporter is not None
        assert (detail.reporter.name, detail.reporter.phone) == ("李女士", "13800001111")
        assert detail.reported_by is not None
        assert (detail.reported_by.id, detail.place.address) == (desk.cast["citizen"], "人民路 1 号")
        assert (detail.split_from, detail.split_into) == (number, [])
        assert timeline(find(child, acceptor))[0].cases == [number]
        assert find(child, desk.cast.viewer("citizen")).row.number == child, "whoever reported it sees both"
    detail = case_detail(find(number, acceptor))
    assert (detail.split_from, detail.split_into) == (None, children)
    assert [line.cases for line in timeline(find(number, acceptor))] == [[], [children[0]], [children[1]]]
    texts = models.CaseText.objects.filter(field="reporter_phone").values_list("salt", flat=True)
    assert len({bytes(salt) for salt in texts}) == 3
    assert verify().findings == []


def test_of_a_split_ones_reporter_the_departments_see_stars(desk: Desk) -> None:
    number = desk.report("citizen", **CALL | {"source": "web"}).number
    child = desk("acceptor", number, "split", category=MANHOLE, condition=OPEN_COVER, description="另一处").child
    desk("acceptor", child, "accept")
    desk("duty_chief", child, "file")
    desk("dispatcher", child, "dispatch", department="HW")
    found = find(child, desk.cast.viewer("dept_clerk"))
    assert case_detail(found).reported_by == PersonName(None, "c**")
    assert (case_detail(found).split_from, timeline(found)[0].cases) == (None, []), "its parent is not the department's"


def test_an_erased_reporter_is_not_carried_on(desk: Desk) -> None:
    number = desk.report("acceptor", **CALL, reporter={"name": "李女士"}, address="人民路 1 号").number
    models.CaseText.objects.filter(case__number=number, field="reporter_name").update(
        text=None, salt=None, erased_at=NOW
    )
    child = desk("acceptor", number, "split", category=MANHOLE, description="另一处").child
    assert set(models.CaseText.objects.filter(case__number=child).values_list("field", flat=True)) == {
        "address",
        "description",
    }


def test_a_report_that_asks_for_no_reporter_takes_none_over(desk: Desk) -> None:
    number = desk.report("acceptor", **CALL, reporter={"name": "李女士"}, address="人民路 1 号").number
    text = default_text()
    for line in ("      reporter: {type: reporter}\n", "      address: {type: text, max: 500}\n"):
        text = text.replace(line, "", 1)
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    child = desk("acceptor", number, "split", category=MANHOLE, description="另一处").child
    assert list(models.CaseText.objects.filter(case__number=child).values_list("field", flat=True)) == ["description"]


def test_a_merged_case_names_its_master_by_number(desk: Desk) -> None:
    master, number = desk.report().number, desk.report().number
    desk("acceptor", number, "merge", master=master)
    assert case_detail(find(number, desk.cast.viewer("acceptor"))).master == master


def test_two_people_may_split_with_the_same_key(desk: Desk) -> None:
    numbers = [desk.report(key=uuid4()).number for _case in range(2)]
    for number in numbers:
        desk("acceptor", number, "accept")
        desk("duty_chief", number, "file")
    children = {
        desk(who, number, "split", key=KEY, category=MANHOLE, condition=OPEN_COVER, description="另一处").child
        for who, number in zip(("acceptor", "dispatcher"), numbers, strict=True)
    }
    assert len(children) == 2
    assert "" not in children


def test_a_split_by_another_name_is_answered_again_with_its_second_case(desk: Desk) -> None:
    text = default_text().replace("  split:\n    number: 38", "  divide:\n    number: 38")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    number = desk.report().number
    first, again = (
        desk("acceptor", number, "divide", key=KEY, category=MANHOLE, description="另一处") for _again in range(2)
    )
    assert again.repeated
    assert first.child == again.child != ""


def test_a_split_whose_second_case_is_refused_does_not_stand(desk: Desk) -> None:
    number = desk.report().number
    models.RestrictedZone.objects.create(jurisdiction=CITY, name="夜市", reason="夜市开放")
    before = rows()
    with pytest.raises(Conflict, match="夜市开放"):
        desk("acceptor", number, "split", category=MANHOLE, description="另一处")
    assert rows() == before
    assert case(number).seq == 1


def test_a_case_is_merged_and_stands_on_its_own_again(desk: Desk) -> None:
    master, number = desk.report().number, desk.report().number
    desk("acceptor", number, "merge", master=master)
    row = case(number)
    assert (row.state, row.kind, row.master, row.due_at) == ("merged", "void", case(master).id, None)
    assert not models.Task.objects.open().filter(case=row).exists()
    assert row.reporter_user == desk.cast["collector"]
    desk("acceptor", number, "unmerge", **WHY)
    row = case(number)
    assert (row.state, row.master) == ("reported", None)
    assert verify().findings == []


def test_into_what_a_case_cannot_be_merged(desk: Desk) -> None:
    number, closed = desk.report().number, desk.to_close()
    desk("duty_chief", closed, "close", condition_met=True)
    merged = desk.report().number
    desk("acceptor", merged, "merge", master=number)
    for master in (number, "9" * 19, "x", "", f"{OTHER_CITY}2026070100001"):
        with pytest.raises(InvalidInput):
            desk("acceptor", number, "merge", master=master)
    for master in (closed, merged):
        with pytest.raises(Conflict, match="open one"):
            desk("acceptor", number, "merge", master=master)


# --- texts


def test_words_stand_apart_from_the_event(desk: Desk) -> None:
    reporter = {"name": "王某某", "phone": "13800000000"}
    number = desk.report("acceptor", **CALL, description="井盖破损", address="人民路 1 号", reporter=reporter).number
    desk("acceptor", number, "accept", opinion="属实")
    bodies = list(models.CaseEvent.objects.order_by("id").values_list("body", flat=True))
    kept = " ".join(bodies) + orjson.dumps(case(number).snapshot).decode()
    for words in ("王某某", "13800000000", "井盖破损", "人民路", "属实"):
        assert words not in kept
    texts = models.CaseText.objects.order_by("seq", "field")
    assert [(text.seq, text.field, text.text, text.personal) for text in texts] == [
        (1, "address", "人民路 1 号", False),
        (1, "description", "井盖破损", False),
        (1, "reporter_name", "王某某", True),
        (1, "reporter_phone", "13800000000", True),
        (2, "opinion", "属实", False),
    ]
    digests = orjson.loads(bodies[0])["texts"]
    assert set(digests) == {"address", "description", "reporter_name", "reporter_phone"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests.values())


def test_the_same_words_leave_different_digests(desk: Desk) -> None:
    for _ in range(2):
        desk.report("acceptor", **CALL, description="井盖破损")
    digests = {
        orjson.loads(body)["texts"]["description"]
        for body in models.CaseEvent.objects.order_by("id").values_list("body", flat=True)
    }
    assert len(digests) == 2


def test_erasing_a_person_breaks_no_chain(desk: Desk) -> None:
    desk.report("acceptor", **CALL, reporter={"name": "王某某", "phone": "13800000000"})
    erased = models.CaseText.objects.filter(personal=True).update(text=None, salt=None, erased_at=timezone.now())
    assert erased == 2
    assert verify().findings == []


# --- history is appended, never edited


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: models.CaseEvent.objects.update(action="x"), id="by an update"),
        pytest.param(lambda: models.CaseEvent.objects.all()._raw_delete("default"), id="by a delete"),
    ],
)
def test_an_event_cannot_be_changed(desk: Desk, change: Callable[[], object]) -> None:
    number = desk.report().number
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        change()
    assert events(number) == ["report"]


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(days=400)])
def test_a_clock_set_back_writes_no_history_backwards(desk: Desk, back: timedelta) -> None:
    number = desk.in_disposal()
    desk.later(minutes=5)
    desk("dept_clerk", number, "note", **WHY)
    latest = desk.now
    desk.now -= back
    done = desk("dept_clerk", number, "feedback")
    assert done.at == latest, "a note counts too"
    assert case(number).snapshot["clocks"]["disposal"]["runs"][-1][1] == latest.isoformat().replace("+00:00", "Z")


def test_a_clock_set_back_after_a_withdrawal(desk: Desk) -> None:
    number = desk.filed()
    desk.later(minutes=5)
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dispatcher", number, "withdraw")
    latest = desk.now
    desk.now -= timedelta(days=1)
    assert desk("dispatcher", number, "dispatch", department="HW").at == latest
    at = models.CaseEvent.objects.filter(case__number=number).order_by("seq").values_list("at", flat=True)
    assert list(at) == sorted(at)


def test_an_act_taken_back_opens_its_tasks_again_with_their_numbers(desk: Desk) -> None:
    number = desk.filed()
    before = list(models.Task.objects.open().filter(case__number=number).values("n", "kind", "due_at", "opened_seq"))
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dept_clerk", number, "note", **WHY)
    desk("dispatcher", number, "withdraw")
    after = list(models.Task.objects.open().filter(case__number=number).values("n", "kind", "due_at", "opened_seq"))
    assert after == before
    assert verify().findings == []


# --- who may see and act


def test_a_stranger_is_told_nothing(desk: Desk) -> None:
    number = desk.filed()
    told = []
    for asked in (number, "9901012026070199999", "x", "\x00", ""):
        with pytest.raises(NotFound) as refusal:
            desk("stranger", asked, "dispatch", department="HW")
        told.append(refusal.value.message.replace(f"“{asked}”", "…"))
    assert len(set(told)) == 1, "what exists looks like what does not"
    assert events(number) == ["report", "accept", "file"]


def test_a_stranger_reports_nothing_here(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        desk.report("stranger")


def test_a_department_sees_what_it_was_given_and_no_more(desk: Desk) -> None:
    number = desk.filed()
    with pytest.raises(NotFound):
        desk("dept_clerk", number, "note", **WHY)
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dept_clerk", number, "note", **WHY)
    with pytest.raises(NotFound):
        desk("municipal_clerk", number, "note", **WHY)


def test_a_deputy_acts_for_the_absent_and_the_event_says_so(desk: Desk) -> None:
    number = desk.filed()
    absent, deputy = desk.cast["dispatcher"], desk.cast["acceptor"]
    record_absence(absent, CITY, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(days=1), deputy_id=deputy)
    desk("acceptor", number, "dispatch", department="HW")
    event = models.CaseEvent.objects.get(case__number=number, action="dispatch")
    assert (event.person, event.post, orjson.loads(event.body)["for"]) == (deputy, "dispatcher", absent)


def test_a_case_keeps_the_table_that_it_began_under(desk: Desk) -> None:
    old = desk.filed()
    version = set_table(
        CITY, default_text().replace("signing: true ", "signing: false "), actor_id=None, now=NOW, note=""
    )
    new = desk.filed()
    assert (case(old).table_version, case(new).table_version) == (0, version)
    assert case(new).snapshot["values"]["table_version"] == version, "the events tell it"
    assert desk("dispatcher", old, "dispatch", department="HW").state == "dispatched"
    assert desk("dispatcher", new, "dispatch", department="HW").state == "in_disposal"
    assert verify().findings == []


# --- what the door knows by itself


def test_a_similar_open_case_is_marked(desk: Desk) -> None:
    assert "similar" not in case(desk.report().number).snapshot["flags"]
    for lon, category, similar in (
        (120.0057, MANHOLE, False),  # seventy metres away
        (120.005, "gb47678_2026/part/01002", False),
        (120.005, MANHOLE, True),
        (120.0054, MANHOLE, True),  # forty metres away
    ):
        number = desk.report(point=POINT | {"lon": lon}, category=category, condition=None).number
        assert case(number).snapshot["flags"].get("similar", False) is similar, (lon, category)


def test_a_closed_case_is_no_similar_one(desk: Desk) -> None:
    desk("acceptor", desk.report().number, "reject", reason="not_found", **WHY)
    assert "similar" not in case(desk.report().number).snapshot["flags"]


def test_the_city_says_how_near_is_similar(desk: Desk) -> None:
    text = default_text().replace("duplicate_radius_m: 50", "duplicate_radius_m: 100")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    desk.report()
    assert case(desk.report(point=POINT | {"lon": 120.0057}).number).snapshot["flags"] == {"similar": True}


SQUARE = MultiPolygon(Polygon.from_bbox((120.004, 30.004, 120.006, 30.006)), srid=4490)
AWAY = MultiPolygon(Polygon.from_bbox((120.008, 30.008, 120.009, 30.009)), srid=4490)


ZONES: dict[str, tuple[dict[str, Any], bool]] = {
    "everything, everywhere": ({}, True),
    "this class": ({"categories": [MANHOLE]}, True),
    "another class": ({"categories": ["gb47678_2026/part/01002"]}, False),
    "here": ({"area": SQUARE}, True),
    "elsewhere": ({"area": AWAY}, False),
    "from now on": ({"starts_at": NOW, "ends_at": NOW + timedelta(days=1)}, True),
    "until now": ({"ends_at": NOW}, False),
    "in the morning": ({"daily_from": "09:00", "daily_to": "11:00"}, True),
    "a little later": ({"daily_from": "10:01", "daily_to": "11:00"}, False),
    "over night into the morning": ({"daily_from": "22:00", "daily_to": "10:01"}, True),
    "over night": ({"daily_from": "22:00", "daily_to": "10:00"}, False),
    "in another city": ({"jurisdiction": OTHER_CITY}, False),
}


def test_where_and_when_a_class_may_not_be_reported(desk: Desk, subtests: pytest.Subtests) -> None:
    for name, (zone, refused) in ZONES.items():
        row = models.RestrictedZone.objects.create(**{"jurisdiction": CITY, "name": "区", "reason": "夜市开放", **zone})
        with subtests.test(name):
            if refused:
                with pytest.raises(Conflict, match="夜市开放"):
                    desk.report()
            else:
                desk.report()
        row.delete()


def test_a_corrected_place_takes_nothing_of_the_old_one_along(desk: Desk) -> None:
    number = desk.filed()
    old = case(number)
    desk("dispatcher", number, "amend", point={"lon": 120.0011, "lat": 30.0011, "system": "wgs84"}, **WHY)
    row = case(number)
    assert row.unit_grid not in {"", old.unit_grid}
    models_of_grids = connection.cursor()
    models_of_grids.execute(
        "UPDATE geography_unitgrid SET valid_to = %s WHERE code = %s", [date(2026, 1, 1), old.unit_grid]
    )
    desk("dispatcher", number, "amend", point=POINT, **WHY)
    row = case(number)
    assert row.unit_grid == "", "the old place lies in no grid by now"
    assert "unit_grid" not in row.snapshot["values"]
    assert verify().findings == []


ELSEWHERE = POINT | {"lon": 120.0011, "lat": 30.0011}


def lay_duty_grids() -> None:
    """Where cases are reported here lies in the duty grid A, ``ELSEWHERE`` in B."""
    here, there = (locate(point["lon"], point["lat"], NOW.date()) for point in (POINT, ELSEWHERE))
    plans = [DutyGridPlan("A", "甲", (here.unit_grid,)), DutyGridPlan("B", "乙", (there.unit_grid,))]
    make_duty_grids(CITY, plans, date(2020, 1, 1))


def test_an_open_task_moves_with_its_case_into_another_duty_grid(desk: Desk) -> None:
    """It was left in the old grid: whoever walks the new one did not find the check."""
    lay_duty_grids()
    number = desk.in_disposal()
    desk("dept_clerk", number, "feedback")
    desk("acceptor", number, "send_check", collector=desk.cast["collector"])
    checking = models.Task.objects.get(case__number=number, kind="checking")
    desk("dispatcher", number, "amend", point=ELSEWHERE, **WHY)
    tasks = list(models.Task.objects.filter(case__number=number).order_by("n").values_list("n", "duty_grid", "done_at"))
    assert [(n, grid) for n, grid, done in tasks if done is None] == [(checking.n, "B")]
    assert {grid for n, grid, done in tasks if done is not None} == {"A"}
    assert case(number).duty_grid == "B"
    assert verify().findings == []
    models.Task.objects.filter(pk=checking.pk).update(duty_grid="A")
    assert [str(finding.place) for finding in verify().findings] == [f"task {checking.n}"]


def test_an_act_taken_back_leaves_its_tasks_where_the_case_lies_now(desk: Desk) -> None:
    text = default_text().replace("    clocks: {disposal: {relimit_if: condition}}\n", "    withdrawable: true\n")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    lay_duty_grids()
    number = desk.filed()
    desk("dispatcher", number, "amend", point=ELSEWHERE, **WHY)
    desk("dispatcher", number, "withdraw")
    assert [task.duty_grid for task in models.Task.objects.open().filter(case__number=number)] == ["A"]
    assert verify().findings == []


def test_a_report_goes_to_the_city_that_contains_its_point(desk: Desk) -> None:
    """A citizen of one city stands in the other; so does a collector, who has no post there."""
    lay_regular_grid(OTHER_CITY, 120.02, 30.0, 120.03, 30.01, 200, date(2020, 1, 1))
    there = POINT | {"lon": 120.025}
    make_person("neighbour", "acceptor", OTHER_CITY)
    with pytest.raises(NotAllowed, match="in the area of another city") as refused:
        desk.report(point=there)
    [fault] = refused.value.faults
    assert fault.field == "point"
    assert OTHER_CITY not in f"{refused.value} {fault.value}", "who holds no post there may not know of the city"
    neighbour = system_viewer("sensor", OTHER_CITY)
    inputs = {"source": "iot", "category": MANHOLE, "point": there}
    done = actions.report(CITY, inputs, actor=neighbour, key=uuid4(), via="api", now=NOW)
    assert done.number == f"{OTHER_CITY}2026070100001"
    assert case(done.number).jurisdiction == OTHER_CITY
    number = desk.filed()
    with pytest.raises(InvalidInput, match="another jurisdiction"):
        desk("dispatcher", number, "amend", point=there, **WHY)
    with pytest.raises(InvalidInput):
        desk("dispatcher", number, "merge", master=done.number)


def test_who_reports_into_a_city_of_theirs_is_told_whose_it_is(desk: Desk) -> None:
    """A collector with a post in both cities, who names the one and stands in the other."""
    lay_regular_grid(OTHER_CITY, 120.02, 30.0, 120.03, 30.01, 200, date(2020, 1, 1))
    appoint(desk.cast["collector"], "collector", OTHER_CITY, valid_from=SINCE)
    zone = {"jurisdiction": OTHER_CITY, "name": "区", "reason": "夜市开放"}
    models.RestrictedZone.objects.create(**zone)
    with pytest.raises(Conflict, match=r"This point lies in “邻市”, and there: .*夜市开放"):
        desk.report(point=POINT | {"lon": 120.025})


def test_only_an_action_that_makes_a_case_makes_one(desk: Desk) -> None:
    with pytest.raises(Conflict, match="does not make a case"):
        actions.report(CITY, {}, actor=desk.cast.viewer("acceptor"), key=KEY, via="api", now=NOW, action="accept")


def test_a_case_stays_in_its_jurisdiction(desk: Desk) -> None:
    number = desk.filed()
    with pytest.raises(InvalidInput, match="outside the city"):
        desk("dispatcher", number, "amend", point={"lon": 121.0, "lat": 30.0, "system": "wgs84"}, **WHY)
    assert case(number).condition == BROKEN_COVER
