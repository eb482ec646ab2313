from datetime import UTC, datetime, timedelta

import pytest

from cityloop.organisation.rules.lockout import locked_until

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def minutes_ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("failures", "opens_in"),
    [
        pytest.param([], None, id="nobody tried"),
        pytest.param([1, 2, 3, 4], None, id="four failures"),
        pytest.param([1, 2, 3, 4, 5], 10, id="five: until the oldest of them is fifteen minutes old"),
        pytest.param([1, 2, 3, 4, 15], None, id="the fifth is just too old"),
        pytest.param([1, 2, 3, 4, 5, 14], 10, id="of six the last five count"),
        pytest.param([5, 1, 4, 2, 3], 10, id="in any order"),
    ],
)
def test_the_door(failures: list[float], opens_in: float | None) -> None:
    until = locked_until(minutes_ago(*failures), NOW)
    assert until == (None if opens_in is None else NOW + timedelta(minutes=opens_in))
