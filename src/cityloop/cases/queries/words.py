"""What codes are called, in the reader's language; a code stands for itself where no name is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityloop.cases.choices import Kind
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import default_table, table
from cityloop.cases.rules.engine import DECIDE
from cityloop.cases.rules.table import Label, Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, language
from cityloop.organisation.queries import people
from cityloop.organisation.queries.cities import standard_classes
from cityloop.standards.rules import Category, Condition

SYSTEM = "system"
"""The post in whose name the system acts."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A code and what it is called."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class StateName:
    code: str
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class PersonName:
    """Somebody by name. ``id`` is null and the name shortened where the reader may not know who it is."""

    id: int | None
    name: str


class Words:
    """The names of one table and one city in the language of the moment; ``now`` is the city's time."""

    def __init__(self, loop: Table, city: LoopCity) -> None:
        self.loop = loop
        self.city = city
        self.now = city.city.now()
        self.is_chinese = language().startswith("zh")

    def label(self, label: Label) -> str:
        return label.zh if self.is_chinese else label.en

    def state(self, code: str) -> StateName:
        state = self.loop.states[code]
        return StateName(code, self.label(state), state.kind)

    def action(self, code: str) -> Coded:
        return self._of(self.loop.actions, code)

    def post(self, code: str) -> Coded:
        return Coded(code, _("System")) if code == SYSTEM else self._of(self.loop.posts, code)

    def clock(self, code: str) -> Coded:
        return self._of(self.loop.clocks, code)

    def flag(self, code: str) -> Coded:
        return self._of(self.loop.flags, code)

    def source(self, code: str) -> Coded:
        return self._of(self.loop.sources, code)

    def application(self, code: str) -> Coded:
        return self._of(self.loop.applications, code)

    def task(self, kind: str) -> Coded:
        """Return the name of a kind of task: the table's, its state's, or that of the application to decide on.

        Where a table names none, that of the flag or action with the same code, then that of CityLoop's own table.
        """
        application = self.loop.applications.get(kind.removeprefix(DECIDE))
        if application is not None and kind.startswith(DECIDE):
            return Coded(kind, _("To decide: %(name)s") % {"name": self.label(application)})
        loop, own = self.loop, default_table()
        known = (loop.tasks, loop.states, loop.flags, loop.actions, own.tasks)
        return self._of(next((labels for labels in known if kind in labels), {}), kind)

    def department(self, code: str) -> Coded | None:
        if not code:
            return None
        department = self.city.department(code)
        return Coded(code, department.name if department else code)

    def department_of(self, department_id: int | None) -> Coded | None:
        department = self.city.city.departments.get(department_id) if department_id is not None else None
        return Coded(department.code, department.name) if department else None

    def category(self, key: str) -> Coded:
        category = self._category(key)
        if category is None:
            return Coded(key, key)
        return Coded(key, category.name_zh if self.is_chinese else category.name_en or category.name_zh)

    def condition(self, key: str) -> Coded | None:
        """Return the name of a filing condition; None where a case has none yet."""
        if not key:
            return None
        condition = self.condition_of(key)
        if condition is None:
            return Coded(key, key)
        return Coded(key, condition.text_zh if self.is_chinese else condition.text_en or condition.text_zh)

    def closing(self, key: str) -> str:
        """Return the closing condition that belongs to a filing condition, ``""`` where none is known."""
        condition = self.condition_of(key) if key else None
        if condition is None:
            return ""
        return condition.closing_zh if self.is_chinese else condition.closing_en or condition.closing_zh

    def condition_of(self, key: str) -> Condition | None:
        category = self._category(key.partition("#")[0])
        return next((one for one in category.conditions if one.key == key), None) if category else None

    def _category(self, key: str) -> Category | None:
        """Return a class of the city, or one that it no longer uses: its old cases still have to be called something."""
        if (found := self.city.categories.get(key)) is not None:
            return found
        try:
            return standard_classes(key.partition("/")[0], self.city.day, self.city.city.versions[0]).get(key)
        except NotFound:  # no such scheme, or the key of a case without a filing condition
            return None

    def _of(self, labels: Mapping[str, Label], code: str) -> Coded:
        label = labels.get(code)
        return Coded(code, self.label(label) if label else code)


def words_of(jurisdiction: str, table_version: int) -> Words:
    return Words(table(jurisdiction, table_version), loop_city(jurisdiction))


def names_of(ids: set[int | None]) -> dict[int, str]:
    """Return the names of people by id: one query, none where nobody is asked for."""
    wanted = {one for one in ids if one is not None}
    return {one.id: one.name for one in people(wanted).values()} if wanted else {}


def person_name(person: int | None, names: Mapping[int, str]) -> PersonName | None:
    return None if person is None else PersonName(person, names.get(person, ""))
