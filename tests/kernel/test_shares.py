import pytest

from cityloop.kernel.shares import tenths


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 3, "0.0"),
        (1, 3, "33.3"),
        (3, 3, "100.0"),
        (1622, 1624, "99.9"),
        (39_999, 40_000, "99.9"),
        (1, 40_000, "0.1"),
    ],
)
def test_only_all_is_a_hundred_percent_and_only_nothing_is_none(part: int, whole: int, words: str) -> None:
    assert tenths(part, whole) == words
