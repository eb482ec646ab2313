"""The page of a city's routing rules: a version line by line, what is wrong with it, what it changes, what trying it showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.routing import NO_VERSION, Regions, regions_of, routing_in_force
from cityloop.cases.queries.routing_checks import FindingLine, finding_lines, findings_of
from cityloop.cases.queries.routing_words import CONDITIONS, RuleWords
from cityloop.cases.queries.tables import Standing, standing, table_in_force
from cityloop.cases.queries.words import Words, names_of
from cityloop.cases.rules.routing import Routing, Rule, rule_from_json
from cityloop.cases.rules.routing_sheet import Names, differences
from cityloop.geography import queries as geography
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _

MOST_VERSIONS = 60
"""In the history of a page."""

EDITORS = ("dispatcher", "duty_chief", "sysadmin")
"""Posts that read the rules, and draft."""

DECIDERS = ("duty_chief", "sysadmin")
"""Posts that put a version in force."""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in the history."""

    version: int
    standing: Standing
    effective_from: datetime | None
    note: str
    rules: int
    created_at: datetime
    made_by: str
    put_by: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in words; ``weight`` says which conditions it has, ``used`` and ``right`` what the last trial counted."""

    n: int
    conditions: list[str]
    outcome: str
    note: str
    priority: int
    wrong: bool
    used: int | None
    right: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that differs from the version in force, in words; ``""`` where there is none on that side."""

    n: int
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Way:
    """Cases that a draft would send elsewhere: from where to where, how many, and how many of them better or worse."""

    was: str
    now: str
    cases: int
    better: int
    worse: int
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """How far the last trial is, and what came of it; shares in percent of the cases tried."""

    is_running: bool
    is_old: bool
    done: int
    sample: int
    failure: str
    cases: int = 0
    elsewhere: int = 0
    right_before: str = ""
    right_after: str = ""
    nobody_before: int = 0
    nobody_after: int = 0
    ways: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules are looked for: a word in them, a department, a class, an area; ``""`` asks for all."""

    text: str = ""
    department: str = ""
    category: str = ""
    area: str = ""


class RoutingCity:
    """A city whose rules are looked at: what it is called, what rules may name. A handful of queries, each asked once."""

    def __init__(self, code: str) -> None:
        self.city: LoopCity = loop_city(code)
        self.names_grids = True  # a page whose rules name none does without reading them
        self.words = Words(table_in_force(code), self.city)

    @cached_property
    def regions(self) -> Regions:
        return regions_of(self.city)

    @cached_property
    def grids(self) -> list[geography.DutyGridRow]:
        return geography.duty_grids(self.city.code, self.city.day) if self.names_grids else []

    @cached_property
    def say(self) -> RuleWords:
        grids = {one.code: one.name or one.code for one in self.grids}
        return RuleWords(self.words, {**grids, **{one.code: one.name for one in self.regions}})

    @cached_property
    def names(self) -> Names:
        """What codes are called, for sheets and choices: departments that work, classes in use, areas of today."""
        areas = {
            level: {one.code: one.name for one in self.regions if one.level == level}
            for level in ("street", "community")
        }
        areas["grid"] = {one.code: one.name or one.code for one in self.grids}
        classes = {key: self.words.category(key).name for key in self.city.categories}
        return Names(
            self.departments,
            {**{key: self.say.category(key) for key in self.bigs}, **classes},
            areas,
            {code: self.words.source(code).name for code in self.words.loop.sources},
        )

    @cached_property
    def departments(self) -> dict[str, str]:
        """Names of the departments that work today, by code, units behind what they belong to."""
        found = sorted(self.city.city.departments.values(), key=lambda one: one.path)
        return {one.code: one.name for one in found if one.works_on(self.city.day)}

    @cached_property
    def streets(self) -> dict[str, str]:
        return {one.code: one.name for one in self.regions if one.level == "street"}

    @cached_property
    def bigs(self) -> list[str]:
        """Keys of the big classes, in order."""
        found = {f"{one.scheme}/{one.type}/{one.big_code}" for one in self.city.categories.values()}
        return sorted(found)


def version_row(jurisdiction: str, version: int) -> models.RoutingVersion:
    """Return one version.

    Raises:
        NotFound: There is none.
    """
    row = models.RoutingVersion.objects.filter(jurisdiction=jurisdiction, version=version).first()
    if row is None:
        raise NotFound(
            _("There is no version %(version)d of the routing rules of “%(city)s”.")
            % {"version": version, "city": jurisdiction}
        )
    return row


def version_rows(city: LoopCity) -> list[models.RoutingVersion]:
    """Return the last versions of a city, the newest first: one query."""
    return list(models.RoutingVersion.objects.filter(jurisdiction=city.code).order_by("-version")[:MOST_VERSIONS])


def history(city: LoopCity, rows: Sequence[models.RoutingVersion]) -> list[VersionLine]:
    """Return versions in words: one query for names."""
    names = names_of({row.created_by for row in rows} | {row.put_by for row in rows})
    now, current = city.city.now(), routing_in_force(city.city)
    return [
        VersionLine(
            row.version,
            standing(row.version, row.effective_from, current, now),
            row.effective_from,
            row.note,
            len(row.rules),
            row.created_at,
            names.get(row.created_by or 0, ""),
            names.get(row.put_by or 0, ""),
        )
        for row in rows
    ]


def rules_of(row: models.RoutingVersion) -> list[Rule]:
    """Return the rules of a version by number."""
    return [rule_from_json(line) for line in row.rules]


def findings(city: RoutingCity, rules: Iterable[Rule]) -> list[FindingLine]:
    """Return what is wrong with rules, in words."""
    return finding_lines(findings_of(city.city, rules, city.regions), city.say, city.regions)


def rule_lines(
    city: RoutingCity, rules: Iterable[Rule], found: Sequence[FindingLine], trial: models.RoutingTrial | None
) -> list[RuleLine]:
    """Return rules in words in the order in which they are asked: the most specific first."""
    wrong = {n for one in found if one.is_grave for n in one.rules}
    counts: Mapping[str, Any] = (trial.result or {}).get("rules", {}) if trial else {}
    lines = []
    for rule in Routing(rules).rules:
        used, right = counts.get(str(rule.n), (0, 0) if counts else (None, None))
        lines.append(
            RuleLine(
                rule.n,
                city.say.conditions(rule),
                city.say.outcome(rule),
                rule.note,
                rule.priority,
                rule.n in wrong,
                used,
                right,
            )
        )
    return lines


def narrowed(rules: Iterable[Rule], wanted: Wanted, say: RuleWords) -> list[Rule]:
    """Return the rules that are looked for."""
    return [rule for rule in rules if _is_wanted(rule, wanted, say)]


def _is_wanted(rule: Rule, wanted: Wanted, say: RuleWords) -> bool:
    return (
        (not wanted.department or wanted.department in (rule.department, *rule.co_departments))
        and (not wanted.category or any(_touches(wanted.category, key) for key in rule.classes))
        and (not wanted.area or any(_touches(wanted.area, code) for code in rule.areas))
        and (not wanted.text or wanted.text.casefold() in f"{say.rule(rule)} {rule.note}".casefold())
    )


def _touches(one: str, other: str) -> bool:
    """Return whether two codes are one, or one of them lies in the other."""
    return one.startswith(other) or other.startswith(one)


def changes(city: RoutingCity, row: models.RoutingVersion, rows: Sequence[models.RoutingVersion] = ()) -> list[Change]:
    """Return in what a version differs from the one in force, or from the one it was made of where it is that one.

    Args:
        rows: Versions that have been read already.
    """
    current = routing_in_force(city.city.city)
    base = row.based_on if current == row.version else current
    held = next((one for one in rows if one.version == base), None)
    if held is None and base is not None and base != NO_VERSION:
        held = version_row(row.jurisdiction, base)
    before = rules_of(held) if held is not None else []
    return [
        Change(
            (old or new or _NO_RULE).n,
            city.say.rule(old) if old else "",
            _now(city.say, old, new) if new else "",
        )
        for old, new in differences(before, rules_of(row))
    ]


_NO_RULE = Rule(0, "")


def _now(say: RuleWords, old: Rule | None, new: Rule) -> str:
    told = say.rule(new)
    if old is None or say.rule(old) != told:
        return told
    parts = [_("note: %(note)s") % {"note": new.note}] if old.note != new.note else []
    if old.priority != new.priority:
        parts.append(_("priority %(priority)d") % {"priority": new.priority})
    return " · ".join([told, *parts])


def last_trial(row: models.RoutingVersion) -> models.RoutingTrial | None:
    return models.RoutingTrial.objects.filter(tried_id=row.pk).order_by("-pk").first()


def trial_told(city: RoutingCity, row: models.RoutingVersion, trial: models.RoutingTrial | None) -> Trial | None:
    """Return what the last trial says, in words."""
    if trial is None:
        return None
    told = Trial(trial.finished_at is None, trial.edited != row.edited, trial.done, trial.sample, trial.failure)
    if not trial.result:
        return told
    result = trial.result

    def name(code: str) -> str:
        return city.say.department(code) or _("nobody")

    return Trial(
        is_running=False,
        is_old=told.is_old,
        done=trial.done,
        sample=trial.sample,
        failure="",
        cases=result["cases"],
        elsewhere=result["elsewhere"],
        right_before=share(result["right_before"], result["cases"]),
        right_after=share(result["right_after"], result["cases"]),
        nobody_before=result["nobody_before"],
        nobody_after=result["nobody_after"],
        ways=[
            Way(name(way["from"]), name(way["to"]), way["cases"], way["better"], way["worse"], way["examples"])
            for way in result["ways"]
        ],
    )


def share(part: int, whole: int) -> str:
    """Return a share in percent with one digit, ``–`` of nothing."""
    return f"{part * 100 / whole:.1f} %" if whole else "–"


def order_words() -> list[str]:
    """Return the conditions in the order in which they weigh, for the explanation on the page."""
    return [str(name) for name in CONDITIONS.values()]
