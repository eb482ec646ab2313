"""Who counts as one sender, and when a proof of work is asked for."""

import pytest

from cityloop.intake.rules.defence import ATTACK_REFUSALS, ATTACK_REPORTS, FREE_AN_HOUR, asks_for_work, sender_of


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "", True),
    ],
)
def test_a_household_is_one_sender(one: str, other: str, are_one: bool) -> None:
    assert (sender_of(one) == sender_of(other)) is are_one


@pytest.mark.parametrize(
    ("mode", "reports", "refusals", "own", "asks"),
    [
        ("attack", 0, 0, 1, False),
        ("attack", ATTACK_REPORTS, ATTACK_REFUSALS, FREE_AN_HOUR, False),
        ("attack", ATTACK_REPORTS + 1, 0, 1, True),
        ("attack", 0, ATTACK_REFUSALS + 1, 1, True),
        ("attack", 0, 0, FREE_AN_HOUR + 1, True),
        ("always", 0, 0, 0, True),
        ("never", 999, 999, 999, False),
    ],
)
def test_work_is_asked_for_under_attack_or_as_the_city_says(
    mode: str, reports: int, refusals: int, own: int, asks: bool
) -> None:
    assert asks_for_work(mode, reports=reports, refusals=refusals, own_reports=own) is asks
