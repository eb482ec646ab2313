import pytest

from cityloop.geography.choices import RegionLevel
from cityloop.geography.rules.codes import (
    belongs_to,
    division_level,
    grid_code,
    is_region_code,
    level_rank,
    parent_codes,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("320508019044007", "320508019044007", id="as it should be"),
        pytest.param(" 320508 019 044 007 ", "320508019044007", id="with spaces"),
        pytest.param("32050801904407", "320508019044007", id="14 digits, as CJ/T 213 wrote it"),
        pytest.param("3205080190440", None, id="13 digits"),
        pytest.param("320508019044000", None, id="number 000"),
        pytest.param("32050801904400", None, id="number 00 of the old kind"),
        pytest.param("32050801904400a", None, id="a letter"),
        pytest.param("３２０５０８０１９０４４００７", None, id="wide digits"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_grid_code(text: str, code: str | None) -> None:
    assert grid_code(text) == code


def test_parents_are_told_innermost_first() -> None:
    assert parent_codes("320508019044007") == [
        "320508019044", "320508019", "320508", "320500", "320000",
    ]  # fmt: skip
    assert parent_codes("320508") == ["320500", "320000"]
    assert parent_codes("320500") == ["320000"]
    assert parent_codes("320000") == []


@pytest.mark.parametrize("division", ["320508", "320500", "320000"])
def test_a_code_belongs_to_its_district_city_and_province(division: str) -> None:
    assert belongs_to("320508019044007", division)
    assert not belongs_to("330508019044007", division)


def test_a_neighbouring_district_is_another_division() -> None:
    assert not belongs_to("320508019044007", "320509")


@pytest.mark.parametrize(
    ("division", "level"),
    [("320000", RegionLevel.PROVINCE), ("320500", RegionLevel.CITY), ("320508", RegionLevel.DISTRICT)],
)
def test_division_level(division: str, level: RegionLevel) -> None:
    assert division_level(division) == level


def test_a_region_code_has_the_digits_of_its_level() -> None:
    assert is_region_code("320508019044", RegionLevel.COMMUNITY)
    assert not is_region_code("320508019044", RegionLevel.STREET)
    assert not is_region_code("320508\n", RegionLevel.DISTRICT)


def test_levels_are_ranked_from_the_province_down() -> None:
    assert [level_rank(level) for level in ("province", "city", "district", "street", "community")] == [0, 1, 2, 3, 4]
