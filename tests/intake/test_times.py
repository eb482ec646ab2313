from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.intake.rules.mapping import TimeColumn
from cityloop.intake.rules.times import Edge, TimeReader

NEW_YORK = ZoneInfo("America/New_York")


def reader(*formats: str, zone: ZoneInfo = NEW_YORK, edge: Edge = "start", **facts: Any) -> TimeReader:
    column = TimeColumn(column="at", formats=formats, **facts) if formats else TimeColumn(column="at", **facts)
    return TimeReader(column, zone, edge)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("formats", "value", "expected"),
    [
        pytest.param((), "2019-01-15 09:30:15", "2019-01-15 14:30:15", id="winter"),
        pytest.param((), "2019-07-15T09:30:15", "2019-07-15 13:30:15", id="summer, with T"),
        pytest.param((), "2019-01-15 09:30", "2019-01-15 14:30:00", id="no seconds"),
        pytest.param((), "2019-01-15", "2019-01-15 05:00:00", id="a bare day"),
        pytest.param((), "2019-1-5 9:30:15", "2019-01-05 14:30:15", id="no leading zeros"),
        pytest.param(("%m/%d/%Y %I:%M %p",), "7/4/2019 1:05 PM", "2019-07-04 17:05:00", id="American"),
        pytest.param(("%Y年%m月%d日",), "2019年07月04日", "2019-07-04 04:00:00", id="Chinese day"),
        pytest.param(("%Y-%m-%d %H.%M", "%d.%m.%Y"), "04.07.2019", "2019-07-04 04:00:00", id="the second format"),
        pytest.param(("%Y-%m-%d", "%Y-%m-%d %H.%M"), "2019-07-04 10.15", "2019-07-04 14:15:00", id="ISO day first"),
        pytest.param(("iso",), "2019-01-15T09:30:15.250+08:00", "2019-01-15 01:30:15.250", id="an offset rules"),
        pytest.param(("iso",), "2019-01-15T09:30:15Z", "2019-01-15 09:30:15", id="Zulu"),
        pytest.param(("%Y-%m-%d %H:%M:%S %z",), "2019-01-15 09:30:15 +0100", "2019-01-15 08:30:15", id="%z"),
        pytest.param(("unix",), "1547541015", "2019-01-15 08:30:15", id="Unix seconds"),
        pytest.param(("unix_ms",), 1547541015000, "2019-01-15 08:30:15", id="Unix milliseconds, as a number"),
    ],
)
def test_a_time_is_read_as_it_is_written(formats: tuple[str, ...], value: object, expected: str) -> None:
    assert reader(*formats).read(value) == utc(expected)


@pytest.mark.parametrize("value", ["soon", "2019-13-45", "2019-02-29 10:00:00", "15.01.2019", "2019-01-15 25:00:00"])
def test_what_no_format_reads_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=value):
        reader().read(value)


def test_a_bare_day_stands_for_its_edge() -> None:
    assert reader(edge="end").read("2019-01-15") == utc("2019-01-16 04:59:59")
    assert reader(edge="end", bare_day="start").read("2019-01-15") == utc("2019-01-15 05:00:00")
    assert reader(edge="end").read("2019-01-15 00:00:00") == utc("2019-01-15 05:00:00")


def test_a_time_that_only_means_its_day_is_moved_to_the_edge() -> None:
    due = reader("iso", ignore_time=True, bare_day="end")
    assert due.read("2019-01-15T00:00:00") == utc("2019-01-16 04:59:59")
    assert due.read("2019-01-15T23:30:00+00:00") == utc("2019-01-16 04:59:59")
    assert due.read("2019-01-15T02:30:00+00:00") == utc("2019-01-15 04:59:59")  # the evening before, in New York


def test_parquet_gives_values() -> None:
    assert reader().read(datetime.fromisoformat("2019-01-15 09:30")) == utc("2019-01-15 14:30:00")
    aware = datetime(2019, 1, 15, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert reader().read(aware) == utc("2019-01-15 01:30:00")
    assert reader(edge="end").read(date(2019, 1, 15)) == utc("2019-01-16 04:59:59")


def test_an_hour_that_comes_twice_is_the_first_unless_asked() -> None:
    assert reader().read("2019-11-03 01:30:00") == utc("2019-11-03 05:30:00")
    assert reader().read("2019-11-03 01:30:00", later=True) == utc("2019-11-03 06:30:00")


def test_an_hour_that_never_came_stays_on_its_day() -> None:
    assert reader().read("2019-03-10 02:30:00") == utc("2019-03-10 07:30:00")


@given(
    moment=st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01")).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    separator=st.sampled_from(" T"),
)
def test_the_quick_way_reads_what_strptime_reads(moment: datetime, separator: str) -> None:
    text = moment.isoformat(sep=separator)
    quick = reader().read(text)
    slow = datetime.strptime(text, f"%Y-%m-%d{separator}%H:%M:%S").replace(tzinfo=NEW_YORK).astimezone(UTC)
    assert quick == slow


@given(text=st.text("0123456789-: T+Zab", min_size=0, max_size=21))
def test_no_text_is_read_that_strptime_would_not_read(text: str) -> None:
    formats = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
    try:
        reader(*formats).read(text)
    except ValueError:
        return
    assert any(_reads(text, one) for one in formats)


def _reads(text: str, one: str) -> bool:
    try:
        datetime.strptime(text, one)  # noqa: DTZ007
    except ValueError:
        return False
    return True
