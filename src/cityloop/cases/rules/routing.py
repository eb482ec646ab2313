"""Who gets a case: rules that a dispatcher writes down, and the order in which they give way to each other.

A rule holds for a case where each of its conditions does; an empty condition always does. Of the rules that hold the *most
specific* wins. That is decided condition by condition, the heaviest first: does the rule name the class (a small class before
a big one), the owner of the part, its keeper, the area (a duty grid before a community before a street), words, the source, whether it is
a part or an event, hours, weekdays, the season? Each has a weight above the sum of all lighter ones (``WEIGHTS``), so the
order is total and one comparison of two numbers. Of two rules with the same conditions the one with the higher priority wins,
a number that somebody has given it for this alone, then the one that covers less. Where
neither covers the other and both could hold, they *conflict* if they name different departments (``routing_checks``): a
version with a conflict never takes force.

Where no rule holds the order of GB/T 30428-style rules decides: parts to their owner first, then by area; events by area
first, then to the owner (部件先属主后属地、事件先属地后属主).
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Any, Final

from cityloop.standards.choices import ObjectType

WEIGHTS: Final[Mapping[str, int]] = {
    "season": 1, "weekdays": 2, "hours": 4, "kind": 8, "source": 16, "words": 32,
    "street": 64, "community": 128, "grid": 192, "keeper": 256, "owner": 512, "big": 1024, "small": 2048,
}  # fmt: skip
"""What each condition weighs: more than all lighter ones together, of which ``street``, ``community`` and ``grid`` are one
condition, and ``big`` and ``small`` another."""

DAY_MINUTES = 24 * 60
MOST_NOTE = 200
MOST_WORD = 40
MOST_PRIORITY = 9

NO_RULE = 0
"""In place of a rule's number, where the default order decided."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked of a case: codes, ``""`` where unknown.

    Args:
        category: ``scheme/type/code``.
        big: ``scheme/type/big class``.
        kind: ``part`` or ``event``.
        owner: Code of the department that owns the part, by the registry; ``keeper`` of the one that maintains it.
        minute: Of the city's day, 0 to 1439.
        weekday: 1 is Monday.
        month_day: ``MM-DD``.
        text: Description and address, as ``folded``.
    """

    category: str
    big: str
    kind: str
    owner: str = ""
    keeper: str = ""
    street: str = ""
    community: str = ""
    duty_grid: str = ""
    source: str = ""
    minute: int = 0
    weekday: int = 1
    month_day: str = "01-01"
    text: str = ""

    @property
    def areas(self) -> frozenset[str]:
        return frozenset({self.street, self.community, self.duty_grid} - {""})


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. Each condition is a set of alternatives; an empty one always holds.

    Args:
        n: Its number, unique in a version; it stays with the rule from version to version.
        department: Code of the department that leads.
        co_departments: Codes of co-handlers.
        classes: Keys of small classes, or of big ones; not both in one rule.
        kind: ``part``, ``event`` or ``""``.
        owners: Codes of departments that own the part; ``keepers`` of those that maintain it.
        areas: Codes of streets, of communities, or of duty grids; not mixed. ``level`` says which: street, community, grid.
        hours: From and until, in minutes of the day; a span that ends before it begins goes over midnight.
        weekdays: 1 is Monday.
        season: First and last day, ``MM-DD`` each; one that ends before it begins goes over New Year.
        words: Any one of them, in the description or the address.
        priority: 0 to 9: which of two rules with the same conditions comes first.
        note: Why the rule is there.
    """

    n: int
    department: str
    co_departments: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kind: str = ""
    owners: tuple[str, ...] = ()
    keepers: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    level: str = ""
    sources: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    weekdays: tuple[int, ...] = ()
    season: tuple[str, str] | None = None
    words: tuple[str, ...] = ()
    priority: int = 0
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the rule without what is empty."""
        return {name: value for name, value in asdict(self).items() if value or name == "n"}

    @property
    def is_big(self) -> bool:
        """Whether its classes are big ones."""
        return any(is_big_key(key) for key in self.classes)

    @property
    def weight(self) -> int:
        """How specific it is: the sum of what its conditions weigh."""
        return sum(WEIGHTS[name] for name in conditions_of(self))

    @property
    def breadth(self) -> int:
        """How much it covers beside others with the same conditions: a rule within another covers less."""
        return prod(
            (
                *(
                    len(one) or 1
                    for one in (self.classes, self.owners, self.keepers, self.areas, self.sources, self.weekdays)
                ),
                len(minutes_of(self)),
                len(days_of(self)),
                len(self.words) or 1,
            )
        )

    @property
    def outcome(self) -> tuple[str, frozenset[str]]:
        """Where it sends a case: rules that agree in this never conflict."""
        return self.department, frozenset(self.co_departments)


_TUPLES = frozenset({
    "co_departments", "classes", "owners", "keepers", "areas", "sources", "hours", "weekdays", "season", "words",
})  # fmt: skip
_NAMES = frozenset(one.name for one in fields(Rule))


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    """Return the rule that ``Rule.to_json`` wrote; what a later CityLoop added is left aside."""
    held: dict[str, Any] = {name: tuple(v) if name in _TUPLES else v for name, v in data.items() if name in _NAMES}
    return Rule(**held)


def is_big_key(key: str) -> bool:
    """Return whether a key is that of a big class: its code has two digits, a small class's more."""
    return len(key.rpartition("/")[2]) <= 2


def conditions_of(rule: Rule) -> list[str]:
    """Return the conditions that a rule has, as ``WEIGHTS`` names them, the heaviest first."""
    held = {
        "small": rule.classes and not rule.is_big,
        "big": rule.classes and rule.is_big,
        "owner": rule.owners,
        "keeper": rule.keepers,
        "grid": rule.level == "grid",
        "community": rule.level == "community",
        "street": rule.level == "street",
        "words": rule.words,
        "source": rule.sources,
        "kind": rule.kind,
        "hours": rule.hours is not None,
        "weekdays": rule.weekdays,
        "season": rule.season is not None,
    }
    return [name for name, is_there in held.items() if is_there]


def minutes_of(rule: Rule) -> frozenset[int]:
    """Return the minutes of the day in which a rule holds: all without hours."""
    if rule.hours is None:
        return _ALL_MINUTES
    first, last = rule.hours
    if first < last:
        return frozenset(range(first, last))
    return frozenset((*range(first, DAY_MINUTES), *range(last)))


def days_of(rule: Rule) -> frozenset[str]:
    """Return the days of a year, ``MM-DD``, in which a rule holds: all without a season."""
    if rule.season is None:
        return _ALL_DAYS
    first, last = rule.season
    if first <= last:
        return frozenset(day for day in _ALL_DAYS if first <= day <= last)
    return frozenset(day for day in _ALL_DAYS if day >= first or day <= last)


_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ALL_MINUTES = frozenset(range(DAY_MINUTES))
_ALL_DAYS = frozenset(f"{m:02d}-{d:02d}" for m, days in enumerate(_LENGTHS, start=1) for d in range(1, days + 1))


def is_day(text: str) -> bool:
    """Return whether ``text`` is a day of a year as a season names it, the 29th of February among them."""
    return text in _ALL_DAYS


def folded(text: str) -> str:
    """Return ``text`` as words are looked for in it: full-width signs as narrow ones, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def holds(rule: Rule, subject: Subject) -> bool:
    """Return whether each condition of ``rule`` holds for ``subject``."""
    return (
        (not rule.classes or subject.category in rule.classes or subject.big in rule.classes)
        and (not rule.kind or rule.kind == subject.kind)
        and (not rule.owners or subject.owner in rule.owners)
        and (not rule.keepers or subject.keeper in rule.keepers)
        and (not rule.areas or not subject.areas.isdisjoint(rule.areas))
        and (not rule.sources or subject.source in rule.sources)
        and (rule.hours is None or _within(subject.minute, *rule.hours))
        and (not rule.weekdays or subject.weekday in rule.weekdays)
        and (rule.season is None or _in_season(subject.month_day, *rule.season))
        and (not rule.words or any(folded(word) in subject.text for word in rule.words))
    )


def _within(minute: int, first: int, last: int) -> bool:
    return first <= minute < last if first < last else minute >= first or minute < last


def _in_season(day: str, first: str, last: str) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


def rank(rule: Rule) -> tuple[int, int, int, int]:
    """Return what rules are sorted by, the most specific first; the number stands last so that the order is total."""
    return -rule.weight, -rule.priority, rule.breadth, rule.n


class Routing:
    """The rules of one version, put in order once: asking for a case then looks at few of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=rank))
        self.by_number: Mapping[int, Rule] = {rule.n: rule for rule in self.rules}
        self.asks_for_words = any(rule.words for rule in self.rules)
        by_class: dict[str, list[int]] = {}
        self._everywhere = [place for place, rule in enumerate(self.rules) if not rule.classes]
        for place, rule in enumerate(self.rules):
            for key in rule.classes:
                by_class.setdefault(key, []).append(place)
        self._by_class = by_class

    def may_hold(self, category: str, big: str) -> list[Rule]:
        """Return the rules whose class fits, the most specific first."""
        places = [*self._by_class.get(category, ()), *self._by_class.get(big, ()), *self._everywhere]
        return [self.rules[place] for place in sorted(places)]

    def holding(self, subject: Subject) -> list[Rule]:
        """Return the rules that hold, the most specific first: the first one decides."""
        return [rule for rule in self.may_hold(subject.category, subject.big) if holds(rule, subject)]


def deciding_condition(winner: Rule, other: Rule) -> str:
    """Return by which condition ``winner`` is the more specific; ``""`` where it only covers less."""
    theirs = conditions_of(other)
    return next((name for name in conditions_of(winner) if name not in theirs), "")


# --- where no rule holds

OWNER, AREA, DUTY, STREET, NOBODY = "owner", "area", "duty", "street", "none"
"""What the default order goes by: the part's owner, a department of the class's kind that is named after the area, the only
department of that kind, the office of the street; or nothing fits."""

STREET_OFFICE = "street"
"""The kind of department that a street's office is (the standards' department kinds)."""


@dataclass(frozen=True, slots=True)
class Office:
    """A department as the default order sees it; ``depth`` is how many stand above it."""

    code: str
    name: str
    kind: str
    depth: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the default order knows of a city.

    Args:
        offices: The departments that work now.
        kinds: The kind of department that a class is for, by class.
        regions: Names of streets and communities, by code.
    """

    offices: Sequence[Office]
    kinds: Mapping[str, str]
    regions: Mapping[str, str]

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(one.code for one in self.offices)


class DefaultOrder:
    """Parts to their owner first, then by area; events by area first, then to the owner."""

    def __init__(self, around: Surroundings) -> None:
        self._codes = around.codes
        self._kinds = around.kinds
        self._only: dict[str, str] = {}
        self._local: dict[tuple[str, str], str] = {}
        by_kind: dict[str, list[Office]] = {}
        for office in around.offices:
            by_kind.setdefault(office.kind, []).append(office)
        for kind, offices in by_kind.items():
            least = min(one.depth for one in offices)
            top = [one for one in offices if one.depth == least]
            if len(top) == 1:
                self._only[kind] = top[0].code
            for code, name in around.regions.items():
                named = [one for one in offices if name and name in one.name]
                if len(named) == 1:
                    self._local[kind, code] = named[0].code

    def __call__(self, subject: Subject) -> tuple[str, str]:
        """Return the department (``""`` where none fits) and what it was found by."""
        kind = self._kinds.get(subject.category, "")
        area = self._of_area(kind, subject)
        steps = [(AREA, area), (DUTY, self._only.get(kind, "")), (STREET, self._of_area(STREET_OFFICE, subject))]
        owner = (OWNER, subject.owner if subject.owner in self._codes else "")
        steps = [owner, *steps] if subject.kind == ObjectType.PART else [steps[0], owner, *steps[1:]]
        return next(((code, by) for by, code in steps if code), ("", NOBODY))

    def _of_area(self, kind: str, subject: Subject) -> str:
        return self._local.get((kind, subject.community)) or self._local.get((kind, subject.street)) or ""


# --- the answer


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where a case goes: by a rule, or by the default order (``by``); rules that gave way come after it, in order."""

    department: str
    co_departments: tuple[str, ...]
    by: str
    rule: Rule | None = None
    gave_way: tuple[Rule, ...] = ()


BY_RULE = "rule"


def decide(
    routing: Routing, order: Callable[[Subject], tuple[str, str]], subject: Subject, working: Collection[str]
) -> Ruling:
    """Return where ``subject`` goes.

    Args:
        order: What is asked where no rule holds (``DefaultOrder``).
        working: Codes of the departments that work now: a rule whose department has ended since is passed by.
    """
    found = [rule for rule in routing.holding(subject) if rule.department in working]
    if found:
        first, *others = found
        return Ruling(first.department, first.co_departments, BY_RULE, first, tuple(others))
    department, by = order(subject)
    return Ruling(department, (), by)
