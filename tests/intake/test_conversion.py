import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography.rules import Extent
from cityloop.intake.choices import Noticed
from cityloop.intake.rules.conversion import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    NAMESPACE,
    Converter,
    PastRequest,
    Refusal,
    Taken,
    position_of,
)
from cityloop.intake.rules.mapping import RequestMapping
from intake.samples import ROW, sample

CITY = Extent(-76.72, 39.19, -76.52, 39.38)
LATEST = datetime(2026, 1, 1, tzinfo=UTC)


def convert(
    mapping: RequestMapping | None = None, *, row: int = 7, extent: Extent | None = None, **changes: Any
) -> Taken | Refusal:
    return Converter(mapping or sample(), identity="990299/sample", latest=LATEST, extent=extent)(
        {**ROW, **changes}, row
    )


def taken(*args: Any, **changes: Any) -> Taken:
    result = convert(*args, **changes)
    assert isinstance(result, Taken), result
    return result


def refused(*args: Any, **changes: Any) -> Refusal:
    result = convert(*args, **changes)
    assert isinstance(result, Refusal), result
    return result


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_whole_row() -> None:
    assert taken() == Taken(
        row=7,
        request=PastRequest(
            key=uuid.UUID(bytes=uuid.uuid5(NAMESPACE, "990299/sample\n17-4").bytes),
            reported_at=utc("2019-03-01 14:00:00"),
            closed_at=utc("2019-03-02 15:30:00"),
            category="gb47678_2026/event/06013",
            condition="gb47678_2026/event/06013#c1",
            source="hotline",
            lon=-76.612189,
            lat=39.290385,
            description="Pothole",
            address="FALLS RD 3300 · Hampden",
            department="roads",
            external_number="17-4",
            external_due_at=utc("2019-03-05 04:59:59"),
        ),
        noticed=("fit_good",),
    )


@pytest.mark.parametrize(
    ("changes", "reason", "column"),
    [
        pytest.param({"number": " "}, "no_id", "number", id="no number"),
        pytest.param({"opened": ""}, "no_time", "opened", id="no time of report"),
        pytest.param({"opened": None}, "no_time", "opened", id="no time of report, Parquet"),
        pytest.param({"opened": "yesterday"}, "bad_time", "opened", id="a time that cannot be read"),
        pytest.param({"closed": "31.02.2019"}, "bad_time", "closed", id="a close that cannot be read"),
        pytest.param({"opened": "1019-03-01"}, "implausible_time", "opened", id="a thousand years early"),
        pytest.param({"closed": "2029-03-01"}, "implausible_time", "closed", id="in the future"),
        pytest.param({"closed": "2019-03-01 08:59:59"}, "negative_duration", "closed", id="closed before it was open"),
        pytest.param({"status": "Spam"}, "status", "status", id="a status that is refused"),
        pytest.param({"text": "Fire DRILL no. 3"}, "pattern", "text", id="a drill"),
    ],
)
def test_a_row_is_refused_with_reason_column_and_value(changes: dict[str, Any], reason: str, column: str) -> None:
    refusal = refused(**changes)
    assert (refusal.row, refusal.reason, refusal.column) == (7, reason, column)
    assert refusal.value == str(changes[column] or "").strip()
    assert refusal.text


def test_a_class_without_a_place_is_refused_where_there_is_no_default() -> None:
    mapping = sample(("  default: {category: gb47678_2026/event/10999, department: roads}\n", ""))
    refusal = refused(mapping, kind="Sofa")
    assert (refusal.reason, refusal.value) == ("unknown_class", "Sofa")


@pytest.mark.parametrize(
    ("kind", "category", "noticed"),
    [
        ("Lamp", "gb47678_2026/part/01037", ("fit_near",)),
        ("Road: rough", "gb47678_2026/event/06013", ("class_by_default", "fit_good")),
        ("Road: icy", "gb47678_2026/event/06013", ("class_by_default", "fit_good")),
        ("Road: ice ahead", "gb47678_2026/event/10001", ("class_by_default", "fit_good")),
        ("Sofa", "gb47678_2026/event/10999", ("class_by_default", "fit_none")),
    ],
)
def test_the_class_comes_from_the_value_then_the_longest_prefix_then_the_default(
    kind: str, category: str, noticed: tuple[str, ...]
) -> None:
    result = taken(kind=kind)
    assert result.request.category == category
    assert result.noticed == noticed


def test_a_rule_without_a_condition_takes_the_categorys_first() -> None:
    converter = Converter(
        sample(),
        identity="x",
        latest=LATEST,
        first_conditions={"gb47678_2026/part/01037": "gb47678_2026/part/01037#unlit"},
    )
    result = converter({**ROW, "kind": "Lamp"}, 2)
    assert isinstance(result, Taken)
    assert result.request.condition == "gb47678_2026/part/01037#unlit"


@pytest.mark.parametrize(
    ("changes", "closed_at", "noticed"),
    [
        pytest.param({"closed": ""}, None, "closed_without_time", id="closed, but no one knows when"),
        pytest.param({"status": "Open"}, None, "open_with_time", id="open, with a closing time"),
        pytest.param({"status": "Open", "closed": ""}, None, None, id="open"),
        pytest.param({"status": "Duplicate"}, "2019-03-02 15:30:00", "ended_duplicate", id="a duplicate is closed"),
        pytest.param({"status": "Duplicate", "closed": ""}, None, None, id="a duplicate still open"),
        pytest.param(
            {"status": "New word"}, "2019-03-02 15:30:00", "status_by_times", id="an unknown status goes by its times"
        ),
        pytest.param({"closed": "2019-03-01"}, "2019-03-02 04:59:59", None, id="a bare day of close is its end"),
        pytest.param({"closed": "2019-03-01 09:00:00"}, "2019-03-01 14:00:00", None, id="closed in the same second"),
    ],
)
def test_what_a_status_does_to_the_close(changes: dict[str, Any], closed_at: str | None, noticed: str | None) -> None:
    result = taken(**changes)
    assert result.request.closed_at == (utc(closed_at) if closed_at else None)
    assert [code for code in result.noticed if not code.startswith("fit_")] == ([noticed] if noticed else [])


def test_a_duplicate_keeps_the_word_in_its_description() -> None:
    assert taken(status="Duplicate", text="deep").request.description == "Pothole · deep · [duplicate]"


def test_on_the_night_the_clocks_go_back_the_second_hour_is_meant() -> None:
    request = taken(opened="2019-11-03 01:50:00", closed="2019-11-03 01:10:00").request
    assert request.reported_at == utc("2019-11-03 05:50:00")
    assert request.closed_at == utc("2019-11-03 06:10:00")


@pytest.mark.parametrize(
    ("lon", "lat", "noticed"),
    [
        pytest.param("", "", Noticed.NO_POSITION, id="none"),
        pytest.param(None, None, Noticed.NO_POSITION, id="none, Parquet"),
        pytest.param("-77", "39", Noticed.WHOLE_DEGREES, id="both cut to whole degrees"),
        pytest.param("-76.61", "39.0", Noticed.WHOLE_DEGREES, id="one cut to whole degrees"),
        pytest.param("0", "0", Noticed.WHOLE_DEGREES, id="null island"),
        pytest.param("-76.61", "", Noticed.UNREADABLE_POSITION, id="half a position"),
        pytest.param("west", "north", Noticed.UNREADABLE_POSITION, id="words"),
        pytest.param("nan", "39.3", Noticed.UNREADABLE_POSITION, id="not a number"),
        pytest.param("inf", "39.3", Noticed.UNREADABLE_POSITION, id="infinite"),
        pytest.param("-200.5", "39.3", Noticed.UNREADABLE_POSITION, id="off the globe"),
        pytest.param("39.290385", "-76.612189", Noticed.FAR_AWAY, id="swapped"),
        pytest.param("-76.385375", "39.657851", Noticed.FAR_AWAY, id="far outside"),
    ],
)
def test_a_bad_position_is_dropped_and_the_row_stays_workable(lon: Any, lat: Any, noticed: Noticed) -> None:
    result = taken(lon=lon, lat=lat, extent=CITY)
    assert (result.request.lon, result.request.lat) == (None, None)
    assert noticed.value in result.noticed


def test_a_position_of_another_system_is_converted_at_the_door() -> None:
    mapping = sample(("{lon: lon, lat: lat}", "{lon: lon, lat: lat, system: gcj02}"))
    request = taken(mapping, lon="116.397541", lat="39.908901").request  # the domain page's Beijing
    assert request.lon == pytest.approx(116.3913, abs=1e-6)
    assert request.lat == pytest.approx(39.9075, abs=1e-6)


def test_a_due_date_that_cannot_be_read_costs_only_itself() -> None:
    result = taken(due="after Easter")
    assert result.request.external_due_at is None
    assert "bad_due" in result.noticed


def test_a_channel_the_mapping_does_not_know_takes_the_default() -> None:
    result = taken(channel="Pigeon")
    assert result.request.source == "web"
    assert "source_by_default" in result.noticed


def test_texts_leave_out_what_is_empty_and_stay_on_one_line() -> None:
    request = taken(house=" ", text="two\nlines\tand a \x00 zero").request
    assert request.address == "Hampden"
    assert request.description == "Pothole · two lines and a zero"


def test_a_compatibility_letter_takes_its_usual_spelling() -> None:
    assert taken(text="處\uf9e4").request.description == "Pothole · 處理"


def test_bytes_that_are_no_letters_are_marked() -> None:
    result = taken(text=b"caf\xe9".decode("utf-8", "surrogateescape"))
    assert result.request.description == "Pothole · caf\N{REPLACEMENT CHARACTER}"
    assert "bad_text" in result.noticed


def test_a_very_long_text_is_cut() -> None:
    result = taken(text="x" * 1_000_000, town="y" * 1_000_000)
    assert len(result.request.description) == LONGEST_DESCRIPTION
    assert len(result.request.address) == LONGEST_ADDRESS
    assert "text_cut" in result.noticed


def test_the_key_names_source_and_row_and_nothing_else() -> None:
    key = taken().request.key
    assert taken(row=99, kind="Lamp", opened="2018-01-01").request.key == key
    other = Converter(sample(), identity="990298/sample", latest=LATEST)(ROW, 7)
    assert isinstance(other, Taken)
    assert other.request.key != key
    assert key.version == 5


def test_rows_without_a_number_are_told_apart_by_their_place() -> None:
    mapping = sample(("file: {id: number}\n", ""))
    first, second = taken(mapping, row=2).request, taken(mapping, row=3).request
    assert first.key != second.key
    assert first.external_number == ""


texts = st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats(), st.datetimes(), st.dates())


@settings(deadline=None)  # the first row of a run loads translations
@given(row=st.fixed_dictionaries(dict.fromkeys(ROW, texts)))
def test_any_row_is_taken_or_refused_and_never_breaks_the_run(row: dict[str, Any]) -> None:
    result = Converter(sample(), identity="x", latest=LATEST, extent=CITY)(row, 2)
    if isinstance(result, Taken):
        request = result.request
        assert request.closed_at is None or request.reported_at <= request.closed_at
        assert (request.description + request.address + request.external_number).encode().find(b"\0") == -1


@given(lon=st.floats(), lat=st.floats())
def test_a_position_is_within_the_globe_or_none(lon: float, lat: float) -> None:
    found = position_of(lon, lat)
    assert isinstance(found, Noticed) or (abs(found[0]) < 180 and abs(found[1]) < 90)
