"""What a face needs to draw a city's loop: its table as data, its classes with their limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from typing import Any

from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.loop_page import limit_words
from cityloop.cases.queries.possible import Possible
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.rules.inputs import schema_of
from cityloop.cases.rules.table import Action, Label, Table
from cityloop.geography.queries import locate
from cityloop.kernel.hashing import canonical
from cityloop.kernel.translation import _, language
from cityloop.standards.rules import Category, Condition


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A filing condition with the city's limit for it."""

    key: str
    text: str
    closing: str
    limit_text: str
    amount: int
    unit: str

    @property
    def words(self) -> str:
        """The condition with its limit, as it stands in a list."""
        return f"{self.text} · {self.limit_text}"

    @property
    def told(self) -> str:
        """Until when the city has it done, and when it counts as done, in words."""
        if not self.closing:
            return self.limit_text
        return _("%(limit)s · closed when: %(closing)s") % {"limit": self.limit_text, "closing": self.closing}


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A class that the city uses; the first of its conditions is the one that is meant where none is named."""

    key: str
    type: str
    code: str
    name: str
    big_code: str
    big_name: str
    dept_kind: str
    geometry: str
    conditions: list[ConditionLine]


def action_schema(jurisdiction: str, version: int, action: str) -> Mapping[str, Any]:
    """Return the JSON Schema of what an action needs under one version of a city's table, in the reader's language."""
    return _schema(jurisdiction, version, action, language())


@lru_cache(maxsize=4096)
def _schema(jurisdiction: str, version: int, action: str, code: str) -> Mapping[str, Any]:
    loop = table(jurisdiction, version)
    return schema_of(loop.actions[action], loop, code)


def schema_now(jurisdiction: str, version: int, possible: Possible) -> Mapping[str, Any]:
    """Return the JSON Schema of what an action needs on a case as it stands: what must be given now is required."""
    schema = action_schema(jurisdiction, version, possible.action.code)
    required = list(dict.fromkeys([*schema.get("required", ()), *possible.required, *possible.only_with]))
    if not required:
        return schema
    told = {name: {**schema["properties"][name], "const": True} for name in possible.only_with}
    return {**schema, "properties": {**schema["properties"], **told}, "required": required}


def table_menu(city: LoopCity) -> dict[str, Any]:
    """Return the table in force as data: codes, names in the reader's language, who may do what, and what it needs.

    ``etag`` stands for all of it: another text, another one.
    """
    version = version_in_force(city.code, city.city.versions)
    return _menu(city.code, version, language())


@lru_cache(maxsize=64)
def _menu(jurisdiction: str, version: int, code: str) -> dict[str, Any]:
    menu = _told(jurisdiction, version, code)
    return menu | {"etag": blake2s(canonical(menu), digest_size=16).hexdigest()}


def _told(jurisdiction: str, version: int, code: str) -> dict[str, Any]:
    loop = table(jurisdiction, version)
    return {
        "jurisdiction": jurisdiction,
        "version": version,
        "code": loop.code,
        "title": loop.title.text(code),
        "sources": [
            {
                **_named(key, source, code),
                "public": source.public,
                "by": _who_may_name(loop, key),
                "photos": source.photos,
                "needs_point": source.point,
            }
            for key, source in loop.sources.items()
        ],
        "posts": [_named(key, post, code) for key, post in loop.posts.items()],
        "steps": [_named(key, step, code) for key, step in loop.steps.items()],
        "clocks": [_named(key, clock, code) for key, clock in loop.clocks.items()],
        "flags": [{**_named(key, flag, code), "type": flag.type} for key, flag in loop.flags.items()],
        "applications": [_named(key, row, code) for key, row in loop.applications.items()],
        "states": [
            {**_named(key, state, code), "kind": state.kind, "step": state.step, "is_final": state.final}
            for key, state in loop.states.items()
        ],
        "actions": [_action(loop, action, jurisdiction, version, code) for action in loop.actions.values()],
    }


def _who_may_name(loop: Table, source: str) -> list[str]:
    reporting = {permit.post for action in loop.actions.values() if action.creates for permit in action.by}
    return [post for post in loop.posts if post in reporting and loop.may_name(post, source)]


def _named(key: str, label: Label, code: str) -> dict[str, Any]:
    return {"code": key, "name": label.text(code)}


def _action(loop: Table, action: Action, jurisdiction: str, version: int, code: str) -> dict[str, Any]:
    decides = loop.applications[action.decides.application].levels if action.decides else ()
    return {
        **_named(action.code, action, code),
        "number": action.number,
        "creates": action.creates,
        "from": [state for state in loop.states if state in action.from_states],
        "to": [target.state for target in action.to if target.state],
        "by": list(
            dict.fromkeys([permit.post for permit in action.by] + [post for level in decides for post in level.by])
        ),
        "schema": _schema(jurisdiction, version, action.code, code),
    }


def category_lines(city: LoopCity, timing_zone: str, *, of_type: str = "") -> Iterator[CategoryLine]:
    """Yield the classes that the city uses today, by key, with the limits of a timing zone.

    Args:
        timing_zone: As the city names its own; ``""`` for the limits that hold in all of them.
        of_type: ``part`` or ``event``; both if empty.
    """
    is_chinese = language().startswith("zh")
    for key in sorted(city.categories):
        category = city.categories[key]
        if of_type in {"", category.type}:
            yield _category(category, city, timing_zone, is_chinese=is_chinese)


def zone_at(city: LoopCity, lon: float, lat: float) -> str:
    """Return the timing zone (区域) whose limits hold at a point, degrees by WGS 84; "" outside the city: one query."""
    located = locate(lon, lat, city.day, jurisdiction=city.code)
    return located.timing_zone if located else ""


def other_limits(city: LoopCity, told: str, zone: str) -> dict[str, ConditionLine]:
    """Return by key the filing conditions whose limit in ``zone`` is another than that in ``told``, the zone shown so far."""
    shown = {one.key: one for line in category_lines(city, told) for one in line.conditions}
    there = (one for line in category_lines(city, zone) for one in line.conditions)
    return {one.key: one for one in there if one != shown[one.key]}


def _category(category: Category, city: LoopCity, timing_zone: str, *, is_chinese: bool) -> CategoryLine:
    return CategoryLine(
        key=category.key,
        type=category.type,
        code=category.code,
        name=category.name_zh if is_chinese else category.name_en or category.name_zh,
        big_code=category.big_code,
        big_name=category.big_name_zh if is_chinese else category.big_name_en or category.big_name_zh,
        dept_kind=category.dept_kind,
        geometry=category.geometry,
        conditions=[_condition(one, city, timing_zone, is_chinese=is_chinese) for one in category.conditions],
    )


def _condition(condition: Condition, city: LoopCity, timing_zone: str, *, is_chinese: bool) -> ConditionLine:
    limit = city.limit_of(condition.key, timing_zone, city.city.now())
    return ConditionLine(
        key=condition.key,
        text=condition.text_zh if is_chinese else condition.text_en or condition.text_zh,
        closing=condition.closing_zh if is_chinese else condition.closing_en or condition.closing_zh,
        limit_text=limit.text or limit_words(limit),
        amount=limit.amount,
        unit=limit.unit,
    )
