from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.instants import YEARS, NoInstant, instant_of, why_no_instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01T09:00:00+08:00",
        "2026-07-01 09:00:00+08:00",
        "2026-07-01t01:00:00z",
        "2026-07-01T01:00:00.000Z",
        "2026-07-01T01:00:00.000000000Z",
        "2026-06-30T20:30:00-04:30",
        "2026-07-01T01:00:00-00:00",
    ],
)
def test_an_instant_is_read_whatever_its_offset(text: str) -> None:
    instant = instant_of(text)
    assert instant == datetime(2026, 7, 1, 1, tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    "given",
    [
        "", "12345", "1782867600", "1782867600.5", "-1", "soon", "2026-07-01", "20260701T010000Z", "2026-W27-3T01:00:00Z",
        "2026-07-01T09:00:00", "2026-07-01T09:00+08:00", "2026-07-01T09:00:00+0800", "2026-07-01T09:00:00+08",
        "2026-07-01T09:00:00 08:00", "2026-07-01T09:00:00+08:00 ", "2026-07-01T09:00:00,5Z", "2026-13-01T09:00:00Z",
        "2026-02-29T09:00:00Z", "2026-07-01T25:00:00Z", "2026-07-01T23:59:60Z", "2026-07-01T09:00:00+25:00",
        "2026-07-01T09:00:00+08:00[Asia/Shanghai]", "２０２６-07-01T09:00:00Z", "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-12:00", 12345, 1e300, True, None, ["2026-07-01T09:00:00Z"],
    ],
)  # fmt: skip
def test_what_only_looks_like_an_instant_is_refused(given: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # the words are its caller's
        instant_of(given)


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ("0001-01-01T00:00:00+08:00", "beyond_years", "1970 to 2199"),
        ("99999-07-01T09:00:00Z", "beyond_years", "1970 to 2199"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "beyond_years", "1970 to 2199"),
        ("2026-07-01T25:61:00Z", "no_such_time", "hours from 00 to 23"),
        ("2026-02-30T09:00:00Z", "no_such_time", "no such day"),
        ("2026-07-01T09:00:00", "unwritten", "with an offset"),
        (datetime(2026, 7, 1), "unwritten", "with an offset"),  # noqa: DTZ001 # that is what is refused
    ],
)
def test_it_is_told_what_is_wrong_with_it(given: Any, kind: str, words: str) -> None:
    with pytest.raises(NoInstant) as refused:
        instant_of(given)
    assert refused.value.kind == kind
    with translation.override("en"):
        assert words in why_no_instant(kind, years=YEARS)


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-23 * 60, 23 * 60))  # noqa: DTZ001 # made aware below
def test_what_is_written_is_read_again(local: datetime, offset_min: int) -> None:
    instant = local.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    assert instant_of(instant.isoformat()) == instant
