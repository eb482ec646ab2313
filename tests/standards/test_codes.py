"""The published codes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.standards.rules import (
    CaseNumber,
    GridCode,
    MatterCode,
    PartCode,
    RegionCode,
    check_case_number,
    check_grid_code,
    check_matter_code,
    check_part_code,
    check_region_code,
)


def counted(digits: int) -> st.SearchStrategy[str]:
    return st.integers(1, 10**digits - 1).map(lambda number: f"{number:0{digits}}")


divisions = st.integers(100_000, 999_999).map(str)
grids = st.builds(GridCode, divisions, counted(3), counted(3), counted(3))
parts = st.builds(PartCode, divisions, counted(2), st.one_of(counted(2), counted(3)), counted(6))
matters = st.builds(MatterCode, divisions, counted(2), counted(3))
cases = st.builds(CaseNumber, divisions, st.dates(), st.integers(1, 99_999))


@given(grid=grids)
def test_a_grid_code_is_read_as_written(grid: GridCode) -> None:
    assert len(str(grid)) == 15
    assert GridCode.parse(str(grid)) == grid
    assert GridCode.parse(check_grid_code(str(grid))) == grid


@given(grid=st.builds(GridCode, divisions, counted(3), counted(3), counted(2).map("0{}".format)))
def test_a_legacy_grid_code_is_the_same_grid(grid: GridCode) -> None:
    legacy = str(grid)[:12] + str(grid)[13:]
    assert GridCode.parse(legacy, accept_legacy=True) == grid
    with pytest.raises(InvalidInput, match="has 14 digits"):
        GridCode.parse(legacy)


@given(part=parts)
def test_a_part_code_is_read_as_written(part: PartCode) -> None:
    assert PartCode.parse(str(part)) == part
    scheme = "gb47678_2026" if len(part.small) == 3 else "cjt214_2007"
    assert check_part_code(str(part), scheme) == str(part)
    other = "gb30428_2013" if len(part.small) == 3 else "gb47678_2026"
    with pytest.raises(InvalidInput, match="it must have"):
        PartCode.parse(str(part), other)


@given(matter=matters)
def test_a_matter_code_is_read_as_written(matter: MatterCode) -> None:
    assert len(str(matter)) == 11
    assert MatterCode.parse(check_matter_code(str(matter))) == matter


@given(case=cases)
def test_a_case_number_is_read_as_written(case: CaseNumber) -> None:
    assert len(str(case)) == 19
    assert CaseNumber.parse(check_case_number(str(case))) == case


@given(first=cases, second=cases)
def test_case_numbers_sort_as_their_texts_do(first: CaseNumber, second: CaseNumber) -> None:
    assert (first < second) == (str(first) < str(second))


def test_each_field_of_a_code_is_what_it_says() -> None:
    grid = GridCode.parse("320508 019 044 007")
    assert (grid.division, grid.street, grid.community, grid.sequence) == ("320508", "019", "044", "007")
    assert (grid.street_code, grid.community_code) == ("320508019", "320508019044")
    part = PartCode.parse("3205080102000003")
    assert (part.division, part.big, part.small, part.sequence, part.class_code) == (
        "320508", "01", "02", "000003", "0102",
    )  # fmt: skip
    newer = PartCode.parse("32050802003000004", "gb47678_2026")
    assert (newer.big, newer.small, newer.sequence, newer.class_code) == ("02", "003", "000004", "02003")
    matter = MatterCode.parse("32050806010")
    assert (matter.division, matter.class_code) == ("320508", "06010")
    case = CaseNumber.parse("3205082026070100042")
    assert (case.division, case.day, case.sequence) == ("320508", date(2026, 7, 1), 42)


@pytest.mark.parametrize(
    ("check", "text", "why"),
    [
        pytest.param(check_grid_code, "32050801904400", "has 14 digits; it must have 15", id="grid too short"),
        pytest.param(check_grid_code, "32050801904400A", "digits only", id="letter"),
        pytest.param(check_grid_code, "３20508019044007", "digits only", id="full-width digit"),
        pytest.param(check_grid_code, "", "digits only", id="nothing"),
        pytest.param(
            check_grid_code, "320508019044000", "sequence “000” must be at least 1", id="grid without sequence"
        ),
        pytest.param(check_grid_code, "020508019044001", "may not begin with 0", id="no such division"),
        pytest.param(check_part_code, "320508010100001", "it must have 16 / 17", id="part too short"),
        pytest.param(check_part_code, "3205080001000001", "big class “00”", id="no big class"),
        pytest.param(check_part_code, "3205080101000000", "sequence “000000”", id="part without sequence"),
        pytest.param(check_matter_code, "320508060100", "has 12 digits; it must have 11", id="matter too long"),
        pytest.param(check_matter_code, "32050806000", "small class “000”", id="no small class"),
        pytest.param(check_case_number, "3205082026023000001", "“20260230” is not a day", id="30 February"),
        pytest.param(check_case_number, "3205082026070100000", "between 1 and 99999", id="case zero"),
        pytest.param(check_region_code, "32050", "it must have 2 / 4 / 6 / 9 / 12", id="five digits"),
        pytest.param(check_region_code, "320008", "a district needs a city", id="district without city"),
        pytest.param(check_region_code, "320000001", "cannot lie in a province", id="street in a province"),
        pytest.param(check_region_code, "320508000044", "counted from 001", id="community without street"),
    ],
)
def test_a_wrong_code_is_refused_with_the_reason(check: object, text: str, why: str) -> None:
    assert callable(check)
    with pytest.raises(InvalidInput, match=why) as refused:
        check(text)
    assert refused.value.faults


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(InvalidInput, match="gb1"):
        check_part_code("3205080101000001", "gb1")


@pytest.mark.parametrize(
    ("text", "code", "level", "parent"),
    [
        ("32", "320000", "province", None),
        ("320000", "320000", "province", None),
        ("3205", "320500", "city", "320000"),
        ("320508", "320508", "district", "320500"),
        ("320508000000", "320508", "district", "320500"),
        ("320508019", "320508019", "street", "320508"),
        ("320508019000", "320508019", "street", "320508"),
        ("441900003", "441900003", "street", "441900"),
        ("320508019044", "320508019044", "community", "320508019"),
    ],
)
def test_a_region_code_knows_its_level_and_what_lies_above(
    text: str, code: str, level: str, parent: str | None
) -> None:
    region = RegionCode.parse(text)
    assert (str(region), region.level) == (code, level)
    assert (region.parent and str(region.parent)) == parent
    assert check_region_code(text, level) == code
    assert RegionCode.parse(str(region)) == region


def test_a_region_code_of_another_level_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another level"):
        check_region_code("320508", "street")
