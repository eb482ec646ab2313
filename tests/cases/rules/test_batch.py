"""Which actions may be taken on several cases in one go: read from our own table."""

import pytest

from cases.rules.town import table
from cityloop.cases.rules.batch import asked_once, is_batchable


@pytest.mark.parametrize(
    "code", ["accept", "reject", "file", "dispatch", "urge", "send_check", "close", "approve_extension", "sign"]
)
def test_what_is_the_same_for_all_can_be_done_to_all(code: str) -> None:
    assert is_batchable(table().actions[code])


@pytest.mark.parametrize("code", ["report", "self_report", "merge", "split", "withdraw"])
def test_what_is_of_one_case_cannot(code: str) -> None:
    assert not is_batchable(table().actions[code])


def test_the_department_of_a_dispatch_is_chosen_case_by_case() -> None:
    assert "department" not in {need.name for need in asked_once(table().actions["dispatch"])}
    assert "departments" in {need.name for need in asked_once(table().actions["consult"])}
