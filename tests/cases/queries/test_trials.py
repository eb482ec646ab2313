"""A table tried on the cases of a city, from the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.queries import trials
from cityloop.cases.queries.tables import default_text, example_text, table_in_force
from cityloop.cases.queries.trial_words import trial_lines
from cityloop.cases.queries.trials import trial
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Table


def without_signing() -> Table:
    text = default_text()
    assert text.count("  signing: true ") == 1
    return read_table(text.replace("  signing: true ", "  signing: false "))


def some_cases(desk: Desk) -> list[str]:
    """Make cases that went far, went back, were taken back, were put off."""
    far = desk.to_close(reporter={"name": "甲", "phone": "1"}, description="井盖破损")
    desk("duty_chief", far, "close", condition_met=True, reply="已修")
    desk.now = desk.later(minutes=1)
    back = desk.in_disposal()
    desk("dept_clerk", back, "return", reason="not_ours", opinion="x")
    desk("dispatcher", back, "reject_return", opinion="x")
    desk("dept_leader", back, "apply_extension", opinion="x")
    desk("dispatcher", back, "approve_extension")
    taken = desk.report().number
    desk("acceptor", taken, "accept")
    desk("acceptor", taken, "withdraw")
    desk("acceptor", taken, "send_verify")
    return [far, back, taken]


def test_a_city_tried_under_its_own_table_goes_its_own_way(desk: Desk) -> None:
    some_cases(desk)
    counted = trial(CITY, table_in_force(CITY)).to_json()
    assert (counted["cases"], counted["unchanged"], counted["untold"], counted["other_deadlines"]) == (3, 3, 0, 0)
    assert counted["acts"] == models.CaseEvent.objects.count()


def test_what_would_have_gone_elsewhere_is_counted_and_named(desk: Desk) -> None:
    far, back, _taken = some_cases(desk)
    seen: list[tuple[int, int]] = []
    counted = trial(CITY, without_signing(), progress=lambda done, count: seen.append((done, count))).to_json()
    assert counted["elsewhere_by"] == [
        {
            "action": "dispatch",
            "from": "filed",
            "was": "dispatched",
            "would_be": "in_disposal",
            "cases": 2,
            "examples": [far, back],
        }
    ]
    assert (counted["impossible"], counted["unchanged"]) == (0, 1)
    assert seen == [(0, 3), (3, 3)]
    lines = list(trial_lines(counted, table_in_force(CITY), without_signing()))
    assert lines[0] == "2 of 3 would have gone elsewhere."
    assert f"2: “Dispatch” from “To dispatch” led to “To sign”, would lead to “In disposal” ({far}, {back})" in lines[1]


def test_a_table_of_another_kind_of_city_says_where_it_stops(desk: Desk) -> None:
    some_cases(desk)
    other = read_table(example_text("verified_first"))
    counted = trial(CITY, other).to_json()
    assert [line["would_be"] for line in counted["elsewhere_by"]] == ["filed"]
    assert "3 of 3 would have gone elsewhere." in trial_lines(counted, table_in_force(CITY), other)


def test_a_sample_is_the_same_each_time(desk: Desk) -> None:
    for _ in range(6):
        desk.report()
    first, again = (trial(CITY, table_in_force(CITY), sample=4).to_json() for _ in range(2))
    assert first == again
    assert first["cases"] == 4
    assert trial(CITY, table_in_force(CITY), sample=40).cases == 6


def test_the_cases_are_asked_for_batch_by_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city may have millions: no more of their ids are held than are tried at a time."""
    for _ in range(5):
        desk.report()
    monkeypatch.setattr(trials, "BATCH", 2)
    for sample, sizes in ((None, [2, 2, 1]), (3, [2, 1])):
        batches = trials._batches(CITY, sample)
        with CaptureQueriesContext(connection) as asked:
            first = next(batches)
        assert len([query for query in asked if "LIMIT 2" in query["sql"]]) == 1
        found = [first, *batches]
        assert [len(batch) for batch in found] == sizes
        assert len({key for batch in found for key in batch}) == sum(sizes)
    whole = trial(CITY, without_signing()).to_json()
    monkeypatch.setattr(trials, "BATCH", 500)
    assert trial(CITY, without_signing()).to_json() == whole


def test_an_index_gives_each_batch(desk: Desk) -> None:
    desk.report()
    given = {"jurisdiction": CITY, "picked": None, "most": 500, "at": trials.FIRST[0], "id": trials.FIRST[1]}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("DROP INDEX case_by_class")  # of one row it is as cheap to sort what another index gives
        cursor.execute(f"EXPLAIN {trials.NEXT}", given)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "case_by_report" in plan, plan
    assert "Sort" not in plan, plan


def test_several_processes_count_the_same(committed_desk: Desk) -> None:
    some_cases(committed_desk)
    alone = trial(CITY, without_signing()).to_json()
    assert trial(CITY, without_signing(), processes=2).to_json() == alone
    assert trial("990102", without_signing(), processes=2).cases == 0
