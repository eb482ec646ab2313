"""Routing rules and what they decide, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cityloop.cases.queries.words import Words
from cityloop.cases.rules.routing import (
    AREA,
    BY_RULE,
    DUTY,
    OWNER,
    STREET,
    Rule,
    Ruling,
    Subject,
    deciding_condition,
    is_big_key,
)
from cityloop.kernel.translation import _, lazy, listed
from cityloop.standards.choices import ObjectType

SHOWN = 3
"""Of a condition with many alternatives so many are named."""

CONDITIONS: Mapping[str, object] = {
    "small": lazy("small class"),
    "big": lazy("big class"),
    "owner": lazy("owner of the part"),
    "keeper": lazy("keeper of the part"),
    "grid": lazy("duty grid"),
    "community": lazy("community"),
    "street": lazy("street"),
    "words": lazy("words said"),
    "source": lazy("source"),
    "kind": lazy("part or event"),
    "hours": lazy("time of day"),
    "weekdays": lazy("weekdays"),
    "season": lazy("season"),
}

FIELDS: Mapping[str, object] = {
    "n": lazy("Number"),
    "department": lazy("Lead department"),
    "co_departments": lazy("Co-handlers"),
    "classes": lazy("Small or big classes"),
    "kind": lazy("Part or event"),
    "owners": lazy("Owner of the part"),
    "keepers": lazy("Keeper of the part"),
    "areas": lazy("Areas"),
    "level": lazy("Kind of area"),
    "sources": lazy("Sources"),
    "hours": lazy("Time of day"),
    "weekdays": lazy("Weekdays"),
    "season": lazy("Season"),
    "words": lazy("Words said"),
    "priority": lazy("Priority"),
    "note": lazy("Note"),
}

DAYS = (
    lazy("Mon"), lazy("Tue"), lazy("Wed"), lazy("Thu"), lazy("Fri"), lazy("Sat"), lazy("Sun"),
)  # fmt: skip

LEVELS: Mapping[str, object] = {"street": lazy("Streets"), "community": lazy("Communities"), "grid": lazy("Duty grids")}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a case should go, in words.

    Args:
        department: Code; ``""`` where nothing gives one.
        reason: One sentence: the rule, or what the default order went by, and which rules gave way.
        runners_up: What would have come next, each with its department's code and name.
        returned_by: The department that returned the case before, where it is the suggested one.
    """

    department: str
    name: str
    co_departments: tuple[str, ...]
    co_names: tuple[str, ...]
    version: int
    rule: int
    by: str
    reason: str
    gave_way: tuple[int, ...]
    runners_up: tuple["RunnerUp", ...]
    returned_by: str = ""


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """A rule that holds too, or the default order (rule 0), and where it would have sent the case."""

    rule: int
    department: str
    name: str
    words: str


def clock(minute: int) -> str:
    """Return a minute of the day as clocks show it; the last one's end is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


class RuleWords:
    """Says rules of one city. ``areas`` are the names of streets, communities and duty grids, by code."""

    def __init__(self, words: Words, areas: Mapping[str, str]) -> None:
        self.words = words
        self.areas = areas

    @cached_property
    def _bigs(self) -> Mapping[str, str]:
        chinese = self.words.is_chinese
        return {
            f"{one.scheme}/{one.type}/{one.big_code}": one.big_name_zh
            if chinese
            else one.big_name_en or one.big_name_zh
            for one in self.words.city.categories.values()
        }

    def category(self, key: str) -> str:
        """Return what a small or big class is called; its key where it is gone."""
        return (self._bigs.get(key) or key) if is_big_key(key) else self.words.category(key).name

    def department(self, code: str) -> str:
        named = self.words.department(code)
        return named.name if named else ""

    def area(self, code: str) -> str:
        return self.areas.get(code) or code

    def kind(self, kind: str) -> str:
        return str(ObjectType(kind).label)

    def conditions(self, rule: Rule) -> list[str]:
        """Return a rule's conditions, one text each, in the order in which they weigh."""
        return [text for text in self._conditions(rule) if text]

    def _conditions(self, rule: Rule) -> Iterator[str]:
        yield few(self.category(key) for key in rule.classes)
        if rule.owners:
            yield _("owned by %(names)s") % {"names": few(map(self.department, rule.owners))}
        if rule.keepers:
            yield _("kept by %(names)s") % {"names": few(map(self.department, rule.keepers))}
        yield few(map(self.area, rule.areas))
        if rule.words:
            yield _("“%(words)s” is said") % {"words": _("” or “").join(rule.words)}
        yield few(self.words.source(code).name for code in rule.sources)
        if rule.kind in ObjectType.values:
            yield self.kind(rule.kind)
        if rule.hours:
            yield f"{clock(rule.hours[0])}–{clock(rule.hours[1])}"
        yield listed(DAYS[day - 1] for day in rule.weekdays if 1 <= day <= len(DAYS))
        if rule.season:
            yield _("%(first)s to %(last)s") % {"first": rule.season[0], "last": rule.season[1]}

    def outcome(self, rule: Rule) -> str:
        """Return where a rule sends a case."""
        lead = self.department(rule.department)
        if not rule.co_departments:
            return lead
        return _("%(lead)s, with %(others)s") % {
            "lead": lead,
            "others": listed(map(self.department, rule.co_departments)),
        }

    def rule(self, rule: Rule) -> str:
        """Return a rule in one line: ``Rule 12: exposed waste · East street → sanitation``."""
        conditions = " · ".join(self.conditions(rule)) or _("every case")
        return _("Rule %(n)d: %(conditions)s → %(department)s") % {
            "n": rule.n, "conditions": conditions, "department": self.outcome(rule),
        }  # fmt: skip

    def reason(self, ruling: Ruling, subject_names: Mapping[str, str]) -> str:
        """Return why a case goes where it goes.

        Args:
            subject_names: Names of the case's class and area, for the default order.
        """
        if ruling.rule is None:
            return self._by_default(ruling, subject_names)
        told = self.rule(ruling.rule)
        if not ruling.gave_way:
            return told
        numbers = listed(str(one.n) for one in ruling.gave_way)
        return _("%(rule)s; the more general rules %(numbers)s give way") % {"rule": told, "numbers": numbers}

    def _by_default(self, ruling: Ruling, names: Mapping[str, str]) -> str:
        named = {"department": self.department(ruling.department), **names}
        told = {
            OWNER: _("No rule fits: the part belongs to %(department)s"),
            AREA: _("No rule fits: in %(area)s the class %(category)s is the duty of %(department)s"),
            DUTY: _("No rule fits: the class %(category)s is the duty of %(department)s"),
            STREET: _("No rule fits, and nobody has the duty: %(department)s has the area %(area)s"),
        }
        return told.get(ruling.by, _("No rule fits, and no department has the duty: choose one")) % named

    def before(self, winner: Rule, other: Rule) -> str:
        """Return why ``winner`` comes before ``other``."""
        name = deciding_condition(winner, other)
        if not name:
            return _("it covers less") if winner.priority == other.priority else _("it has the higher priority")
        return _("it names a %(condition)s") % {"condition": CONDITIONS[name]}

    def subject(self, subject: Subject) -> str:
        """Return an example of a case in words."""
        parts = [
            self.category(subject.category) if subject.category else _("any class"),
            _("part of %(owner)s") % {"owner": self.department(subject.owner)} if subject.owner else "",
            _("kept by %(names)s") % {"names": self.department(subject.keeper)} if subject.keeper else "",
            *(self.area(code) for code in (subject.street, subject.community, subject.duty_grid) if code),
            self.words.source(subject.source).name if subject.source else "",
            f"{subject.month_day} {DAYS[subject.weekday - 1]} {clock(subject.minute)}",
            f"“{subject.text}”" if subject.text else "",
        ]
        return " · ".join(part for part in parts if part)


def why_malformed(why: str) -> str:
    """Return in words why a rule says what cannot be (``rules.routing_checks.WHYS``)."""
    return {
        "needed": _("is missing"),
        "mixed": _("small and big classes in one rule: make two"),
        "own": _("the lead department cannot be its own co-handler"),
        "twice": _("this number stands twice"),
    }.get(why, _("is not of the form that is asked for"))


def few(names: Iterable[str]) -> str:
    """Return names as one text, the first few where there are many."""
    held = list(names)
    if len(held) <= SHOWN + 1:
        return listed(held)
    return _("%(names)s and %(count)d more") % {"names": listed(held[:SHOWN]), "count": len(held) - SHOWN}


def areas_named(rules: Iterable[Rule]) -> set[str]:
    """Return the codes of the areas that rules name."""
    return {code for rule in rules for code in rule.areas}


def said_at_dispatch(fact: Mapping[str, object], chosen: str, words: Words) -> str:
    """Return what the event of a dispatch keeps of the rules, in words: which rule, and whether it was followed."""
    suggested = str(fact.get("suggested") or "")
    named = words.department(suggested)
    given = {"version": fact.get("version"), "rule": fact.get("rule"), "department": named.name if named else ""}
    if fact.get("by") == BY_RULE:
        why = _("Suggested by rule %(rule)s of version %(version)s: %(department)s") % given
    elif suggested:
        why = _("Suggested by the default order: %(department)s") % given
    else:
        why = _("No department was suggested")
    return why if chosen in {"", suggested} or not suggested else _("%(why)s; another was chosen") % {"why": why}


def suggestion(
    ruling: Ruling,
    version: int,
    say: RuleWords,
    names: Mapping[str, str],
    default: tuple[str, str],
    returned_by: str = "",
) -> Suggestion:
    """Return a ruling in words.

    Args:
        default: What the default order gives, and by what: the last of the runners-up.
    """
    runners = [
        RunnerUp(one.n, one.department, say.department(one.department), say.rule(one)) for one in ruling.gave_way
    ]
    if ruling.rule is not None and default[0]:
        told = say.reason(Ruling(default[0], (), default[1]), names)
        runners.append(RunnerUp(0, default[0], say.department(default[0]), told))
    return Suggestion(
        department=ruling.department,
        name=say.department(ruling.department),
        co_departments=ruling.co_departments,
        co_names=tuple(map(say.department, ruling.co_departments)),
        version=version,
        rule=ruling.rule.n if ruling.rule else 0,
        by=ruling.by,
        reason=say.reason(ruling, names),
        gave_way=tuple(one.n for one in ruling.gave_way),
        runners_up=tuple(_others(runners, ruling.department)),
        returned_by=say.department(returned_by) if returned_by == ruling.department else "",
    )


def _others(runners: Sequence[RunnerUp], suggested: str) -> Iterator[RunnerUp]:
    """Yield each other department once, by the first rule that names it."""
    seen = {suggested}
    for one in runners:
        if one.department not in seen:
            seen.add(one.department)
            yield one
