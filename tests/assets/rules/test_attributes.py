import pytest

from cityloop.assets import models
from cityloop.assets.rules.attributes import EXTRAS, TYPES, attributes_of, extras_of, missing
from cityloop.standards.choices import Scheme

SEEN_ELSEWHERE = {"street_name", "community_name"}  # names of areas, which the regions know


@pytest.mark.parametrize(
    ("scheme", "count", "extras"), [("gb47678_2026", 18, 0), ("gb30428_2013", 18, 4), ("cjt214_2007", 18, 4)]
)
def test_each_scheme_has_its_attributes(scheme: str, count: int, extras: int) -> None:
    assert (len(attributes_of(scheme)), len(extras_of(scheme))) == (count, extras)


def test_each_attribute_is_a_column_of_the_registry_or_an_extra() -> None:
    columns = {field.name for field in models.Part._meta.get_fields()}
    for scheme in Scheme.values:
        for one in attributes_of(scheme):
            assert one.name.startswith(EXTRAS) or one.name in columns | SEEN_ELSEWHERE, one
            assert one.type in TYPES
            assert one.need in {"must", "if", "may"}


def test_a_unit_is_known_by_its_code_or_its_name() -> None:
    whole = {"code": "1", "name": "a", "unit_grid": "1", "state": "intact", "valid_from": "2026-01-01"}
    assert [one.name for one in missing("gb47678_2026", whole)] == ["supervisor"]
    assert missing("gb47678_2026", whole | {"supervisor_name": "某局"}) == []
    assert missing("gb47678_2026", whole | {"supervisor": "x"}) == []
