"""What the codes of a part are called, in the language of now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cityloop.assets.choices import ChangeKind, Decision, Origin, PartState, Seen
from cityloop.geography.queries import region_names, regions
from cityloop.kernel.translation import language
from cityloop.organisation.queries import City, city
from cityloop.standards.choices import ObjectType, RegionLevel
from cityloop.standards.rules import Category, category_key, symbol_of

SHAPES = {
    PartState.INTACT: "●", PartState.DAMAGED: "◐", PartState.LOST: "■", PartState.ABANDONED: "○", PartState.REMOVED: "×",
}  # fmt: skip
"""Never colour alone: each state has a shape of its own."""


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class of parts that a city uses."""

    code: str
    name: str
    big_name: str
    geometry: str


@dataclass(frozen=True, slots=True)
class AreaLine:
    """A street or a community; ``street`` is the name of the street that it lies in, its own for a street."""

    code: str
    name: str
    street: str


def name_of(one: Category) -> str:
    """Return what a class is called."""
    return one.name_zh if language().startswith("zh") else one.name_en or one.name_zh


def classes_of(home: City) -> list[ClassLine]:
    """Return the classes of parts that a city uses today, by code."""
    chinese = language().startswith("zh")
    found = [one for one in home.categories.values() if one.type == ObjectType.PART]
    return [
        ClassLine(
            one.code, name_of(one), one.big_name_zh if chinese else one.big_name_en or one.big_name_zh, one.geometry
        )
        for one in sorted(found, key=lambda one: one.code)
    ]


def areas_of(home: City) -> list[AreaLine]:
    """Return the streets of a city with their communities, by code: two queries."""
    today = home.today()
    streets = {one.code: one.name for one in regions(home.code, today, level=RegionLevel.STREET)}
    rows = [
        *regions(home.code, today, level=RegionLevel.STREET),
        *regions(home.code, today, level=RegionLevel.COMMUNITY),
    ]
    return sorted(
        (AreaLine(one.code, one.name, streets.get(one.code[:9], "")) for one in rows), key=lambda one: one.code
    )


class PartWords:
    """The names of one city's classes, units and areas, each asked for once."""

    def __init__(self, home: City, areas: Iterable[str] = ()) -> None:
        self.home = home
        self._units = {one.code: one.name for one in home.departments.values()}
        self._areas: Mapping[str, str] = region_names({code for code in areas if code}, home.today())

    @classmethod
    def of(cls, jurisdiction: str, areas: Iterable[str] = ()) -> "PartWords":
        return cls(city(jurisdiction), areas)

    def category(self, scheme: str, class_code: str) -> Category | None:
        key = category_key(scheme, ObjectType.PART, class_code)
        return self.home.categories_on(self.home.today(), scheme).get(key)

    def class_name(self, scheme: str, class_code: str) -> str:
        known = self.category(scheme, class_code)
        return name_of(known) if known else class_code

    def sign(self, scheme: str, class_code: str) -> str:
        """Return the name of the symbol of a class."""
        known = self.category(scheme, class_code)
        return symbol_of(known.scheme, known.type, known.big_code, known.name_zh) if known else "other"

    def unit(self, code: str, name: str = "") -> str:
        """Return what a unit is called: a department of the city, or one that is known by name alone."""
        return self._units.get(code, code) or name

    def area(self, code: str) -> str:
        return self._areas.get(code, code)

    def where(self, street: str, community: str) -> str:
        return " · ".join(self.area(code) for code in (street, community) if code)


def state_words(state: str) -> str:
    return str(PartState(state).label) if state in PartState.values else state


def state_shape(state: str) -> str:
    return SHAPES[PartState(state)] if state in PartState.values else ""


def label_of(kind: type[ChangeKind | Decision | Origin | Seen], value: Any) -> str:
    """Return what a value of a closed list is called."""
    return str(kind(value).label) if value in kind.values else str(value)
