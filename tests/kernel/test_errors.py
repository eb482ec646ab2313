from typing import Any

import pytest
from django.utils import translation

from cityloop.kernel.errors import SHOWN, Fault, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("SZ", "SZ"), (None, "null"), (True, "true"), (["SZ"], '["SZ"]'), ({"lon": 31.19, "系": None}, '{"lon": 31.19, "系": null}'),
        (10**30, "1" + "0" * 30), (float("nan"), "NaN"), (b"x", "\"b'x'\""), ("x" * 500, "x" * SHOWN),
    ],
)  # fmt: skip
def test_a_wrong_value_is_shown_as_it_was_sent(value: Any, text: str) -> None:
    assert shown(value) == text


def test_place_and_reason_are_told_with_the_colon_of_the_language() -> None:
    for code, text in (("en", "source: is missing"), ("zh-hans", "source：is missing")):
        with translation.override(code):
            assert Fault("source", "is missing").told() == text
    assert Fault("", "is missing").told() == "is missing"
