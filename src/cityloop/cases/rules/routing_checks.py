"""What is wrong with a table of routing rules: conflicts, names of what is gone, rules that never win, gaps."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import combinations

from cityloop.cases.rules.routing import (
    DAY_MINUTES,
    MOST_PRIORITY,
    DefaultOrder,
    Routing,
    Rule,
    Subject,
    days_of,
    folded,
    is_big_key,
    is_day,
    minutes_of,
    rank,
)
from cityloop.standards.choices import ObjectType


@dataclass(frozen=True, slots=True)
class Class:
    """A small class that the city uses: its key, its big class's, and whether it is a part or an event."""

    key: str
    big: str
    kind: str


@dataclass(frozen=True, slots=True)
class Area:
    """A community with its street, or a street that has none; one of the two may be ``""``."""

    street: str
    community: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a version is checked against: what there is in the city today.

    Args:
        grids: The duty grids; where each lies is not known here.
    """

    classes: Sequence[Class]
    areas: Sequence[Area]
    grids: AbstractSet[str] = frozenset()
    departments: AbstractSet[str] = frozenset()
    sources: AbstractSet[str] = frozenset()
    keys: AbstractSet[str] = field(init=False)
    codes: Mapping[str, AbstractSet[str]] = field(init=False)

    def __post_init__(self) -> None:
        keys = {one.key for one in self.classes} | {one.big for one in self.classes}
        codes = {
            "street": frozenset(one.street for one in self.areas) - {""},
            "community": frozenset(one.community for one in self.areas) - {""},
            "grid": self.grids,
        }
        object.__setattr__(self, "keys", frozenset(keys))
        object.__setattr__(self, "codes", codes)


@dataclass(frozen=True, slots=True)
class Gone:
    """A rule names something that there is not, or not any more. ``what`` is the field, ``code`` what stands in it."""

    rule: Rule
    what: str
    code: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A rule that says what cannot be: ``what`` is the field, ``why`` one of ``WHYS``."""

    rule: Rule
    what: str
    why: str


WHYS = frozenset({"needed", "mixed", "bad", "own", "twice"})
"""Missing; levels mixed in one rule; not of the form; a department beside itself; a number that stands twice."""


@dataclass(frozen=True, slots=True)
class Conflicting:
    """Two rules of equal rank that could both hold and send a case to different departments; ``example`` fits both."""

    one: Rule
    other: Rule
    example: Subject


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A rule that never wins, and the rules that always do in its place; none where nothing fits it at all."""

    rule: Rule
    by: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A class for which nothing gives a department, and the areas where that is so; all of them where ``everywhere``."""

    category: str
    areas: tuple[Area, ...]
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found. ``is_grave``: the version may not take force."""

    malformed: list[Malformed]
    gone: list[Gone]
    conflicts: list[Conflicting]
    shadowed: list[Shadowed]
    gaps: list[Gap]

    @property
    def is_grave(self) -> bool:
        return bool(self.malformed or self.gone or self.conflicts)

    @property
    def is_empty(self) -> bool:
        return not (self.is_grave or self.shadowed or self.gaps)


def check(rules: Sequence[Rule], known: Known, order: DefaultOrder) -> Findings:
    """Return what is wrong with ``rules`` in the city ``known``."""
    return Findings(
        list(malformed(rules)),
        list(gone(rules, known)),
        list(conflicts(rules, known)),
        list(shadowed(rules, known)),
        list(gaps(rules, known, order)),
    )


# --- what a rule says by itself


def malformed(rules: Iterable[Rule]) -> Iterator[Malformed]:
    """Yield what cannot be meant in each rule."""
    seen: set[int] = set()
    for rule in rules:
        yield from (Malformed(rule, what, why) for what, why in _malformed(rule))
        if rule.n in seen or rule.n < 1:
            yield Malformed(rule, "n", "twice" if rule.n in seen else "bad")
        seen.add(rule.n)


def _malformed(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.department:
        yield "department", "needed"
    if rule.department in rule.co_departments:
        yield "co_departments", "own"
    if len({is_big_key(key) for key in rule.classes}) > 1:
        yield "classes", "mixed"
    if bool(rule.areas) != (rule.level in {"street", "community", "grid"}):
        yield "areas", "bad"
    if rule.kind and rule.kind not in ObjectType.values:
        yield "kind", "bad"
    if rule.hours is not None and not _are_hours(rule.hours):
        yield "hours", "bad"
    if not set(rule.weekdays) <= set(range(1, 8)):
        yield "weekdays", "bad"
    if rule.season is not None and [*map(is_day, rule.season)] != [True, True]:
        yield "season", "bad"
    if not 0 <= rule.priority <= MOST_PRIORITY:
        yield "priority", "bad"
    if any(not word.strip() for word in rule.words):
        yield "words", "bad"


def _are_hours(hours: Sequence[int]) -> bool:
    """Return whether a span of the day is one; from midnight to midnight is none, it would always hold."""
    if len(hours) != 2 or hours[0] == hours[1]:
        return False
    return 0 <= hours[0] < DAY_MINUTES and 0 < hours[1] <= DAY_MINUTES and hours[1] - hours[0] < DAY_MINUTES


def gone(rules: Iterable[Rule], known: Known) -> Iterator[Gone]:
    """Yield the codes that stand for nothing in the city."""
    for rule in rules:
        named: tuple[tuple[str, Iterable[str], AbstractSet[str]], ...] = (
            ("department", [rule.department] if rule.department else [], known.departments),
            ("co_departments", rule.co_departments, known.departments),
            ("classes", rule.classes, known.keys),
            ("owners", rule.owners, known.departments),
            ("keepers", rule.keepers, known.departments),
            ("areas", rule.areas, known.codes.get(rule.level, frozenset())),
            ("sources", rule.sources, known.sources),
        )
        for what, codes, there in named:
            yield from (Gone(rule, what, code) for code in codes if code not in there)


# --- one rule beside another


def conflicts(rules: Sequence[Rule], known: Known) -> Iterator[Conflicting]:
    """Yield the pairs that nothing puts in order: the same conditions, neither within the other, another department."""
    bigs = {one.big: one for one in known.classes}
    classes = {one.key: one for one in known.classes}
    for pair in _of_equal_weight(rules):
        one, other = sorted(pair, key=lambda rule: rule.n)
        if one.outcome == other.outcome or _lies_within(one, other) != _lies_within(other, one):
            continue
        example = _example(one, other, classes, bigs)
        if example is not None:
            yield Conflicting(one, other, example)


def _of_equal_weight(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Yield pairs of rules with the same conditions and priority and, where they name classes, one in common: each pair once."""
    groups: dict[tuple[int, int, str], list[Rule]] = {}
    for rule in rules:
        for key in rule.classes or ("",):
            groups.setdefault((rule.weight, rule.priority, key), []).append(rule)
    seen: set[tuple[int, int]] = set()
    for group in groups.values():
        for one, other in combinations(group, 2):
            pair = (min(one.n, other.n), max(one.n, other.n))
            if pair not in seen:
                seen.add(pair)
                yield one, other


WORDS = 4
"""Where the words stand among ``_sides``."""


def _sides(rule: Rule) -> tuple[AbstractSet[object], ...]:
    """Return what a rule covers, side by side; an empty side covers all."""
    return (
        frozenset(rule.classes),
        frozenset(rule.owners),
        frozenset(rule.keepers),
        frozenset(rule.areas),
        frozenset(map(folded, rule.words)),
        *_other_sides(rule),
    )


def _other_sides(rule: Rule) -> tuple[AbstractSet[object], ...]:
    return (
        frozenset(rule.sources),
        frozenset({rule.kind} - {""}),
        minutes_of(rule) if rule.hours is not None else frozenset(),
        frozenset(rule.weekdays),
        days_of(rule) if rule.season is not None else frozenset(),
    )


def _is_within(narrow: AbstractSet[object], wide: AbstractSet[object]) -> bool:
    return not wide or bool(narrow and narrow <= wide)


def _lies_within(one: Rule, other: Rule) -> bool:
    """Return whether ``other`` holds wherever ``one`` does, and their words and codes say so by themselves."""
    return all(_is_within(mine, theirs) for mine, theirs in zip(_sides(one), _sides(other), strict=True))


def _example(one: Rule, other: Rule, classes: Mapping[str, Class], bigs: Mapping[str, Class]) -> Subject | None:
    """Return a case for which both hold; None where there is none."""
    pairs = list(zip(_sides(one), _sides(other), strict=True))
    del pairs[WORDS]  # a text may hold the words of both
    both = [_shared(mine, theirs) for mine, theirs in pairs]
    if any(side is None for side in both):
        return None
    keys, owners, keepers, areas, sources, kinds, minutes, weekdays, days = (sorted(side or ()) for side in both)  # type: ignore[type-var] # each side is of one type
    kind = str(kinds[0]) if kinds else ""
    chosen = next((classes.get(str(key)) or bigs.get(str(key)) for key in keys), None)
    if chosen is not None and kind and chosen.kind != kind:
        return None
    if chosen is None:
        chosen = next((known for known in classes.values() if not kind or known.kind == kind), Class("", "", kind))
    area, level = str(areas[0]) if areas else "", one.level
    said = " ".join(dict.fromkeys(word for rule in (one, other) for word in rule.words[:1]))
    return Subject(
        category=chosen.key,
        big=chosen.big,
        kind=chosen.kind,
        owner=str(owners[0]) if owners else "",
        keeper=str(keepers[0]) if keepers else "",
        street=area if level == "street" else "",
        community=area if level == "community" else "",
        duty_grid=area if level == "grid" else "",
        source=str(sources[0]) if sources else "",
        minute=int(str(minutes[0])) if minutes else 0,
        weekday=int(str(weekdays[0])) if weekdays else 1,
        month_day=str(days[0]) if days else "01-01",
        text=folded(said),
    )


def _shared(mine: AbstractSet[object], theirs: AbstractSet[object]) -> AbstractSet[object] | None:
    """Return what two sides have in common, empty where either says nothing; None where nothing is."""
    if not mine or not theirs:
        return mine or theirs
    return mine & theirs or None


# --- all rules together


def shadowed(rules: Sequence[Rule], known: Known) -> Iterator[Shadowed]:
    """Yield the rules that never win: wherever one holds, rules before it hold that leave nothing over.

    Walked through class by class and community by community, to the first place where the rule does win.
    """
    routing = Routing(rules)
    classes_of: dict[str, list[Class]] = {}
    for one in known.classes:
        classes_of.setdefault(one.key, []).append(one)
        classes_of.setdefault(one.big, []).append(one)
    for rule in routing.rules:
        covered = [one for key in rule.classes for one in classes_of.get(key, ())] if rule.classes else known.classes
        fitting = [one for one in covered if not rule.kind or one.kind == rule.kind]
        if not covered:
            continue  # it names classes that are gone: told as such
        if not fitting:
            yield Shadowed(rule, ())
            continue
        winners = _always_before(rule, fitting, known.areas, routing)
        if winners is not None:
            yield Shadowed(rule, tuple(winners))


def _always_before(
    rule: Rule, classes: Iterable[Class], areas: Collection[Area], routing: Routing
) -> list[Rule] | None:
    """Return the rules that win everywhere in place of ``rule``; None where it wins somewhere."""
    places: Collection[Area] = areas or (Area("", ""),)
    if rule.level in {"street", "community"}:
        places = [one for one in places if getattr(one, rule.level) in rule.areas]
    elif rule.level == "grid":
        places = (Area("", ""),)  # where a duty grid lies is not known: only rules without an area, or of it, cover it
    winners: dict[int, Rule] = {}
    for one in classes:
        before = [other for other in routing.may_hold(one.key, one.big) if rank(other) < rank(rule)]
        before = [other for other in before if _leaves_nothing(other, rule)]
        if not before:
            return None
        for place in places:
            winner = next((other for other in before if _covers(other, rule, place)), None)
            if winner is None:
                return None
            winners[winner.n] = winner
    return list(winners.values()) if places else None


def _leaves_nothing(other: Rule, rule: Rule) -> bool:
    """Return whether ``other`` holds wherever ``rule`` does, class and area apart."""
    return all(
        _is_within(narrow, wide) for narrow, wide in zip(_without_place(rule), _without_place(other), strict=True)
    )


def _without_place(rule: Rule) -> tuple[AbstractSet[object], ...]:
    return (
        frozenset(rule.owners),
        frozenset(rule.keepers),
        frozenset(map(folded, rule.words)),
        *_other_sides(rule),
    )


def _covers(other: Rule, rule: Rule, place: Area) -> bool:
    if not other.areas:
        return True
    if rule.level == "grid":
        return other.level == "grid" and set(rule.areas) <= set(other.areas)
    return bool({place.street, place.community} & set(other.areas))


def gaps(rules: Sequence[Rule], known: Known, order: DefaultOrder) -> Iterator[Gap]:
    """Yield the classes and areas for which neither a rule without further conditions nor the default order gives a department.

    Rules that ask for words, owners, keepers, sources or times count for nothing here: a case may come without.
    """
    plain = [rule for rule in rules if not (rule.owners or rule.keepers or rule.words or any(_other_sides(rule)))]
    routing = Routing(rule for rule in plain if rule.department in known.departments)
    areas = tuple(known.areas) or (Area("", ""),)
    for one in known.classes:
        holding = routing.may_hold(one.key, one.big)
        if any(not rule.areas for rule in holding):
            continue
        missing = tuple(
            area
            for area in areas
            if not any({area.street, area.community} & set(rule.areas) for rule in holding)
            and not order(Subject(one.key, one.big, one.kind, street=area.street, community=area.community))[0]
        )
        if missing:
            yield Gap(one.key, missing, len(missing) == len(areas))
