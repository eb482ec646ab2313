"""Texts that a page carries and nobody but this server reads."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.hiding import hidden, revealed

VALUES = st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(VALUES)
def test_what_is_hidden_comes_back_to_whoever_hid_it(value: object) -> None:
    assert revealed(hidden(value, salt="a"), salt="a", max_age_s=60) == value


def test_nobody_reads_it_on_the_way() -> None:
    token = hidden(["990101", "9901012026070100001"], salt="a")
    assert b"990101" not in base64.urlsafe_b64decode(token)


@pytest.mark.parametrize(
    "bend", [lambda t: t[:-5] + "AAAA=", lambda t: "", lambda t: "x" * 200, lambda t: "汉字", lambda t: t[1:]]
)
def test_what_was_bent_is_refused(bend: object) -> None:
    with pytest.raises(ValueError, match="not hidden here"):
        revealed(bend(hidden("x", salt="a")), salt="a", max_age_s=60)  # type: ignore[operator]


def test_it_holds_for_its_purpose_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token = hidden("x", salt="a")
    with pytest.raises(ValueError, match="not hidden here"):
        revealed(token, salt="b", max_age_s=60)
    later = time.time() + 61
    monkeypatch.setattr("time.time", lambda: later)
    with pytest.raises(ValueError, match="not hidden here"):
        revealed(token, salt="a", max_age_s=60)
