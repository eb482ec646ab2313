"""Who reported is forgotten when its time has come, and nothing of the case's history breaks."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.actions.test_looking import CALLER, a_call
from cases.conftest import Desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.actions import set_table
from cityloop.cases.actions.erasing import erase_reporters
from cityloop.cases.queries import default_text
from cityloop.cases.queries.case_detail import case_detail
from cityloop.cases.queries.found import find
from cityloop.cases.queries.timeline import timeline
from cityloop.cases.queries.verifying import verify
from cityloop.kernel.errors import InvalidInput

YEARS = timedelta(days=1096)
NOT_FOUND = {"reason": "not_found", "opinion": "查无此事", "reply": "现场未发现"}


def left(number: str) -> list[str | None]:
    rows = models.CaseText.objects.filter(case__number=number, personal=True).order_by("field")
    return list(rows.values_list("text", flat=True))


def over(desk: Desk, source: str = "app", **inputs: Any) -> str:
    """Return the number of a closed case that tells of a caller."""
    number = desk.in_disposal(who="acceptor", source=source, reporter=CALLER, **inputs)
    desk("dept_clerk", number, "feedback")
    desk("acceptor", number, "send_check", collector=desk.cast["collector"])
    desk("collector", number, "check_back", result="pass")
    desk("duty_chief", number, "close", condition_met=True, reply="已修复")
    return number


def test_a_reporter_is_erased_when_the_case_has_been_over_for_so_long(desk: Desk) -> None:
    number = over(desk)
    assert erase_reporters(now=desk.now + YEARS) == 0, "not a moment early"
    assert erase_reporters(now=desk.now + YEARS + timedelta(seconds=1)) == 2
    assert left(number) == [None, None]
    assert erase_reporters(now=desk.now + YEARS + timedelta(days=1)) == 0
    found = find(number, desk.cast.viewer("acceptor", desk.now))
    reporter = case_detail(found).reporter
    assert reporter is not None
    assert (reporter.name, reporter.phone) == (None, None)
    assert timeline(found)[0].texts == {"reporter_name": None, "reporter_phone": None}
    assert verify().findings == []


def test_what_was_said_of_the_matter_stays(desk: Desk) -> None:
    number = over(desk, description="井盖破损")
    erase_reporters(now=desk.now + 2 * YEARS)
    texts = models.CaseText.objects.filter(case__number=number, field="description")
    assert [text.text for text in texts] == ["井盖破损"]


def test_a_case_in_hand_is_never_touched(desk: Desk) -> None:
    number = a_call(desk)
    assert erase_reporters(now=desk.now + 10 * YEARS) == 0
    assert left(number) == [CALLER["name"], CALLER["phone"]]


def test_a_case_that_came_to_nothing_is_over_too(desk: Desk) -> None:
    number = a_call(desk)
    desk("acceptor", number, "reject", **NOT_FOUND)
    assert erase_reporters(now=desk.now + YEARS + timedelta(days=1)) == 2
    assert left(number) == [None, None]


def test_a_case_that_came_back_is_counted_from_its_last_act(desk: Desk) -> None:
    number = over(desk)
    desk.later(days=5)
    desk("duty_chief", number, "reopen", opinion="又坏了")
    assert erase_reporters(now=desk.now + 2 * YEARS) == 0


def test_each_source_has_a_period_of_its_own(desk: Desk) -> None:
    app, web = over(desk), over(desk, "web")
    text = default_text().replace(
        "app:           {zh: 市民 App, en: Citizen app, public: true, ",
        "app:           {zh: 市民 App, en: Citizen app, public: true, reporter_days: 30, ",
    )
    set_table(CITY, text, actor_id=None, now=desk.now, note="")
    assert erase_reporters(now=desk.now + timedelta(days=31)) == 2
    assert left(app) == [None, None], "by the table in force, though the case runs by an older one"
    assert left(web) == [CALLER["name"], CALLER["phone"]]


@pytest.mark.parametrize("days", ["-1", "36501", "often"])
def test_a_period_that_makes_no_sense_is_refused_with_its_line(desk: Desk, days: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_table(
            CITY,
            default_text().replace("reporter_days: 1096", f"reporter_days: {days}"),
            actor_id=None,
            now=desk.now,
            note="",
        )
    assert "reporter_days" in str([fault.field for fault in refused.value.faults])


def test_a_case_taken_up_and_closed_again_is_counted_anew(desk: Desk) -> None:
    number = over(desk)
    first = desk.now
    desk.later(days=5)
    desk("duty_chief", number, "reopen", opinion="又坏了")
    assert due(number) == set()
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dept_clerk", number, "sign")
    desk("dept_clerk", number, "feedback")
    desk("acceptor", number, "send_check", collector=desk.cast["collector"])
    desk("collector", number, "check_back", result="pass")
    assert due(number) == set()
    desk("duty_chief", number, "close", condition_met=True, reply="又修")
    assert due(number) == {(CITY, desk.now)}
    assert erase_reporters(now=first + YEARS + timedelta(days=1)) == 0
    assert erase_reporters(now=desk.now + YEARS + timedelta(days=1)) == 2


def due(number: str) -> set[tuple[str, Any]]:
    rows = models.CaseText.objects.filter(case__number=number, personal=True, over_at__isnull=False)
    return set(rows.order_by("pk").values_list("over_in", "over_at"))


def test_what_was_over_before_texts_knew_it_is_filled_in(desk: Desk) -> None:
    done, in_hand = over(desk), a_call(desk)
    was = due(done)
    models.CaseText.objects.update(over_at=None, over_in="")
    import_module("cityloop.cases.migrations.0011_text_over_filled").fill(None, SimpleNamespace(connection=connection))
    assert due(done) == was == {(CITY, desk.now)}
    assert due(in_hand) == set()


def test_a_text_of_a_case_that_is_over_learns_it_when_it_is_written(desk: Desk) -> None:
    """History is written so: the case first, as it ended, then what was said."""
    number = over(desk)
    case = models.Case.objects.get(number=number)
    models.CaseText.objects.create(case=case, seq=99, field="reporter_name", text="乙", salt=b"x" * 16, personal=True)
    models.CaseText.objects.create(case=case, seq=99, field="opinion", text="好", salt=b"x" * 16)
    told = dict(models.CaseText.objects.filter(case=case, seq=99).order_by("pk").values_list("field", "over_at"))
    assert told == {"reporter_name": desk.now, "opinion": None}


def test_an_index_gives_what_is_due(desk: Desk) -> None:
    """The hourly look must not go through every text that is left: most are of cases that ended not long ago."""
    over(desk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as asked:
            erase_reporters(now=desk.now + timedelta(days=1))
        [statement] = [query["sql"] for query in asked if f"over_in = '{CITY}'" in query["sql"]]
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    condition = next(line for line in plan.splitlines() if "Index Cond" in line and "over_at" in line)
    assert "text_due" in plan, plan
    assert "over_in" in condition, plan


def test_so_many_at_once_and_the_rest_the_next_time(desk: Desk) -> None:
    for _ in range(3):
        desk("acceptor", a_call(desk), "reject", **NOT_FOUND)
    much_later = desk.now + 2 * YEARS
    assert [erase_reporters(now=much_later, most=4) for _ in range(3)] == [4, 2, 0]
