from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from cityloop.intake.mappings import read_shipped, shipped_names
from cityloop.intake.rules.mapping import days_of, minutes_of_span
from cityloop.intake.rules.mapping_file import check_against, read_mapping
from cityloop.kernel.errors import InvalidInput
from cityloop.organisation.rules.calendar_days import DaySpan
from cityloop.standards.package import package
from intake.samples import MAPPING, sample


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_mapping(text, "sample.yaml")
    return {fault.field: fault.why for fault in caught.value.faults}


def test_a_sound_mapping_is_read() -> None:
    mapping = sample()
    assert mapping.jurisdiction.code == "990299"
    assert mapping.classes.values["Pothole"].condition_key == "gb47678_2026/event/06013#c1"


def test_the_calendar_becomes_a_rule_of_the_city() -> None:
    closed = "calendar:\n  closed_days: [2019-07-04]\n"
    rule = sample(("calendar:\n", closed), ('"13:00-17:00"', '"13:00-16:30"')).calendar.rule("America/New_York")
    assert rule.time_zone == "America/New_York"
    assert rule.workday == timedelta(hours=7, minutes=30)
    assert rule.hours_on(date(2019, 7, 3)) == (DaySpan(480, 720), DaySpan(780, 990))
    assert rule.hours_on(date(2019, 7, 4)) == ()
    assert rule.hours_on(date(2019, 7, 6)) == ()
    assert not rule.public_holidays


def test_every_column_is_named_once() -> None:
    columns = sample().columns()
    assert columns == (
        "number", "opened", "closed", "due", "lon", "lat", "kind", "channel", "status", "text", "street", "house", "town",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        pytest.param(
            "column: kind", "colum: kind", "classes.colum", "did you mean “column”", id="a slip in a field's name"
        ),
        pytest.param('"990299"', "990299", "jurisdiction.code", "put it in quotes", id="a code without quotes"),
        pytest.param('"990299"', '"9902"', "jurisdiction.code", "does not have the form", id="a code too short"),
        pytest.param("America/New_York", "Amerika/NY", "time_zone", "no time zone", id="an unknown zone"),
        pytest.param("08:00-12:00", "8-12", "calendar.weekly", "is no span", id="a span without minutes"),
        pytest.param("13:00-17:00", "11:00-17:00", "calendar.weekly", "overlap", id="spans that overlap"),
        pytest.param("mon-fri", "monday", "calendar.weekly", "is no day", id="a day in full"),
        pytest.param("default: web", "default: www", "source.default", "write one of", id="an unknown channel"),
        pytest.param(
            "{column: opened}",
            '{column: opened, formats: ["yyyy-mm-dd"]}',
            "times.reported.formats.0",
            "has no year",
            id="a format of another tool",
        ),
        pytest.param(
            '"(?i)drill"', '"(drill"', "refuse.0.holds", "no regular expression", id="a pattern that does not close"
        ),
        pytest.param('"{town}"', '"town"', "texts.address.1", "names no column", id="a text without a column"),
        pytest.param("{cell_m: 500}", "{margin_m: 5}", "grid.cell_m", "is missing", id="no grid to lay"),
        pytest.param("time_zone: America/New_York\n", "", "time_zone", "is missing", id="a field left out"),
    ],
)
def test_a_fault_names_its_place_and_what_to_change(old: str, new: str, field: str, why: str) -> None:
    assert old in MAPPING
    text = MAPPING.replace(old, new, 1)
    faults = faults_of(text)
    assert field in faults
    assert why in faults[field]
    assert faults[field].startswith("line ")


def test_the_line_is_that_of_the_file() -> None:
    line = MAPPING.splitlines().index("time_zone: America/New_York") + 1
    assert faults_of(MAPPING.replace("New_York", "York"))["time_zone"].startswith(f"line {line}: ")


def test_all_faults_are_told_at_once() -> None:
    text = MAPPING.replace("cell_m: 500", "cell_m: 5").replace("New_York", "York").replace("fit: near", "fit: so-so")
    assert set(faults_of(text)) == {"grid.cell_m", "time_zone", "classes.values.Lamp.fit"}


def test_a_department_must_be_made_before_it_is_used() -> None:
    faults = faults_of(MAPPING.replace("department: lamps", "department: lights"))
    assert "lights" in str(faults)
    assert "roads, lamps" in str(faults)


def test_a_class_named_twice_is_found() -> None:
    line = "    Lamp: {category: gb47678_2026/part/01037, department: lamps, fit: near}\n"
    faults = faults_of(MAPPING.replace(line, line * 2))
    assert "stands twice" in faults["classes.values.Lamp"]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert "begin with “name:”" in str(faults_of(text))


def test_broken_yaml_names_the_line() -> None:
    assert list(faults_of('name: sample\nabout: "never closed\n')) == ["line 3"]


def test_what_the_catalogue_does_not_hold_is_told() -> None:
    @dataclass(frozen=True)
    class Condition:
        key: str

    @dataclass(frozen=True)
    class Category:
        conditions: tuple[Condition, ...]

    catalogue = {
        "gb47678_2026/event/06013": Category((Condition("gb47678_2026/event/06013#c2"),)),
        "gb47678_2026/event/10001": Category(()),
    }
    faults = {fault.field: fault.why for fault in check_against(sample(), catalogue, ["municipal", "street"])}
    assert set(faults) == {
        "departments.1.kind",
        "classes.values.Pothole.condition",
        "classes.values.Lamp.category",
    }
    lines = MAPPING.splitlines()
    for field, what in (("departments.1.kind", "lamps"), ("classes.values.Lamp.category", "Lamp:")):
        number = next(number for number, line in enumerate(lines, start=1) if what in line)
        assert faults[field].startswith(f"line {number}: "), faults[field]


def test_an_own_class_may_not_take_a_national_number() -> None:
    catalogue = {category.key: category for category in package().categories}
    kinds = [kind.id for kind in package().department_kinds]
    mapping = sample(("key: gb47678_2026/event/10999", "key: gb47678_2026/event/10002"), ("/10999", "/06011"))
    assert [fault.field for fault in check_against(mapping, catalogue, kinds)] == ["own_classes.0.key"]


def test_days_and_spans() -> None:
    assert days_of("mon, wed-fri") == ("mon", "wed", "thu", "fri")
    assert minutes_of_span("22:30-24:00") == (1350, 1440)
    for wrong in ("24:00-24:00", "10:00-09:00", "23:00-24:30"):
        with pytest.raises(ValueError, match=wrong):
            minutes_of_span(wrong)


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_mapping_agrees_with_the_catalogue(name: str) -> None:
    catalogue = {category.key: category for category in package().categories}
    mapping = read_shipped(name)
    assert mapping.name == name
    assert check_against(mapping, catalogue, [kind.id for kind in package().department_kinds]) == []


def test_the_five_mappings_are_shipped() -> None:
    assert shipped_names() == ("baltimore311", "la311", "taipei_1999", "taipei_disaster", "zurich_reports")


def test_an_unknown_shipped_mapping_names_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="la311"):
        read_shipped("la312")
