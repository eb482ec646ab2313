import pytest

from cityloop.cases.queries.wording import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (900, "15 min"),
        (-900, "−15 min"),
        (3600, "1 h 00 min"),
        (5400, "1 h 30 min"),
    ],
)
def test_a_span_is_told_without_hours_that_it_has_not(seconds: float, words: str) -> None:
    assert duration(seconds) == words
