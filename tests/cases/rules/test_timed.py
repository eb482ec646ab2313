"""What moves by itself is read from the table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.rules.town import table
from cityloop.cases.rules.timed import timed_actions


def test_under_the_default_table_cases_are_archived_and_resumed() -> None:
    archive, resume = timed_actions(table())
    assert archive == ("archive", ("closed", "forced_closed"), True, "closed_at", timedelta(days=7))
    assert resume == ("resume", ("deferred", "suspended"), False, "resume_on", timedelta())


def test_the_wait_is_the_citys_own() -> None:
    archive, _resume = timed_actions(table(reopen_days=30))
    assert archive.latest(datetime(2026, 7, 31, tzinfo=UTC)) == datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"by": ()}, id="not the system's"),
        pytest.param({"guards": ()}, id="nothing to wait for"),
        pytest.param({"one_of": ("opinion",)}, id="an input is wanted"),
        pytest.param({"creates": True}, id="it makes a case"),
    ],
)
def test_an_action_lacking_one_thing_waits_for_people(change: dict[str, Any]) -> None:
    loop = table()
    resume = loop.actions["resume"].model_copy(update=change)
    changed = loop.model_copy(update={"actions": {**loop.actions, "resume": resume}})
    assert [timed.action for timed in timed_actions(changed)] == ["archive"]


def test_an_action_that_needs_an_answer_waits_for_people() -> None:
    loop = table()
    resume = loop.actions["resume"]
    opinion = resume.needs["opinion"].model_copy(update={"required": True})
    asking = resume.model_copy(update={"needs": {"opinion": opinion}})
    changed = loop.model_copy(update={"actions": {**loop.actions, "resume": asking}})
    assert [timed.action for timed in timed_actions(changed)] == ["archive"]
