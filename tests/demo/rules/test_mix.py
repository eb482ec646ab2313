from cityloop.demo.rules.mix import HOURS, OWN_CLASS, SOURCES, TROUBLES
from cityloop.demo.rules.reports import SPOT_KINDS
from cityloop.demo.rules.staff import UNITS
from cityloop.standards.queries import package_catalogue


def test_every_class_is_one_of_the_standard_or_the_citys_own() -> None:
    known = package_catalogue()
    assert [one.category for one in TROUBLES if one.category not in known] == [OWN_CLASS]


def test_every_class_has_a_department() -> None:
    known, kinds = package_catalogue(), {unit.kind for unit in UNITS}
    assert {known[one.category].dept_kind for one in TROUBLES if one.category in known} <= kinds


def test_parts_are_two_to_five_in_a_hundred() -> None:
    parts = sum(one.weight for one in TROUBLES if "/part/" in one.category)
    assert 0.02 <= parts / sum(one.weight for one in TROUBLES) <= 0.05


def test_most_is_reported_by_collectors() -> None:
    assert 0.85 <= SOURCES["collector"] / sum(SOURCES.values()) <= 0.97


def test_hours_and_hot_spots_are_known() -> None:
    assert {one.hours for one in TROUBLES} == set(HOURS)
    assert {spot for one in TROUBLES for spot in one.spots} == set(SPOT_KINDS)
