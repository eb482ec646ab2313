"""The one door, on the real database."""

from cases.conftest import Desk


def test_a_case_runs_the_whole_loop(desk: Desk) -> None:
    number = desk.to_close()
    done = desk("duty_chief", number, "close", condition_met=True)
    assert done.state == "closed"
    assert done.seq == 9
    assert number.startswith("99010120260701")
