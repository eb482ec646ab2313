"""The page of a city's routing rules: a version line by line, what is wrong with it, what it changes, what trying it showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import F, Func, IntegerField, Q, Subquery

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.routing import Grids, Regions, grids_of, regions_of, routing_in_force
from cityloop.cases.queries.routing_checks import Drawn, FindingLine, finding_lines, kept_findings
from cityloop.cases.queries.routing_words import CONDITIONS, LEVELS, RuleWords
from cityloop.cases.queries.tables import Standing, standing, table_in_force
from cityloop.cases.queries.words import Words, names_of
from cityloop.cases.rules.routing import Rule, rule_from_json
from cityloop.cases.rules.routing_sheet import Names, differences
from cityloop.kernel.errors import NotFound
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _
from cityloop.standards.choices import ObjectType

MOST_VERSIONS = 60
"""In the history of a page."""

TRIALS_LISTED = 6
"""Of a version, each with an address of its own."""


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
    """How far a trial is, and what came of it; shares in percent of the cases tried. ``asked_at`` is by the machine's clock."""

    id: int
    asked_at: datetime
    is_running: bool
    is_old: bool
    done: int
    sample: int
    why: str
    cases: int = 0
    elsewhere: int = 0
    right_before: str = ""
    right_after: str = ""
    nobody_before: int = 0
    nobody_after: int = 0
    ways: Sequence[Way] = ()


class RoutingCity:
    """A city whose rules are looked at: what it is called, what rules may name. Read once for a process while nothing of it changes."""

    def __init__(self, code: str) -> None:
        self.city: LoopCity = loop_city(code)
        self.words = Words(table_in_force(code), self.city)

    @cached_property
    def regions(self) -> Regions:
        return regions_of(self.city)

    @cached_property
    def grids(self) -> Grids:
        return grids_of(self.city)

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
    def areas(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Streets and communities, code and name, as a choice shows them in groups."""
        return [
            (str(LEVELS[level]), [(one.code, one.name) for one in self.regions if one.level == level])
            for level in ("street", "community")
        ]

    @cached_property
    def classes(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Big classes, then small ones by kind, key and words, as a choice shows them in groups."""
        names, bigs = self.names.classes, set(self.bigs)
        word = _("big class")
        groups = [(_("Big classes"), [(key, f"{names[key]} {word} {key.rpartition('/')[2]}") for key in self.bigs])]
        for kind in ObjectType.values:
            told = self.say.kind(kind)
            keys = [key for key in sorted(names) if key not in bigs and key.split("/")[1] == kind]
            groups.append((told, [(key, f"{names[key]} {told} {key.rpartition('/')[2]}") for key in keys]))
        return groups

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
        raise _no_version(jurisdiction, version)
    return row


def _no_version(jurisdiction: str, version: int) -> NotFound:
    words = _("There is no version %(version)d of the routing rules of “%(city)s”.")
    return NotFound(words % {"version": version, "city": jurisdiction})


def version_rows(city: LoopCity) -> list[models.RoutingVersion]:
    """Return the last versions of a city, the newest first: one query. Their rules stay where they are; ``size`` counts them."""
    found = models.RoutingVersion.objects.filter(jurisdiction=city.code).order_by("-version").defer("rules")
    size = Func(F("rules"), function="jsonb_array_length", output_field=IntegerField())
    return list(found.annotate(size=size)[:MOST_VERSIONS])


def with_base(city: LoopCity, version: int) -> list[models.RoutingVersion]:
    """Return a version and then the one that it is to be compared with, if there is any: one query.

    That is the one in force or, where it is that one, the one it was made of.

    Raises:
        NotFound: There is no such version.
    """
    current = routing_in_force(city.city)
    rows = models.RoutingVersion.objects.filter(jurisdiction=city.code)
    made_of = rows.filter(version=version).values("based_on")
    base = Q(version=current) if current != version else Q(version=Subquery(made_of))
    found = {row.version: row for row in rows.filter(Q(version=version) | base).order_by("version")}
    if version not in found:
        raise _no_version(city.code, version)
    return [found.pop(version), *found.values()]


def history(city: LoopCity, rows: Sequence[models.RoutingVersion]) -> list[VersionLine]:
    """Return versions in words, as ``version_rows`` gives them: one query for names."""
    names = names_of({row.created_by for row in rows} | {row.put_by for row in rows})
    now, current = city.city.now(), routing_in_force(city.city)
    return [
        VersionLine(
            row.version,
            standing(row.version, row.effective_from, current, now),
            row.effective_from,
            row.note,
            row.size,  # type: ignore[attr-defined] # annotated
            row.created_at,
            names.get(row.created_by or 0, ""),
            names.get(row.put_by or 0, ""),
        )
        for row in rows
    ]


def rules_of(row: models.RoutingVersion) -> list[Rule]:
    """Return the rules of a version by number."""
    return [rule_from_json(line) for line in row.rules]


def findings(city: RoutingCity, row: models.RoutingVersion) -> list[FindingLine]:
    """Return what is wrong with a version, in words: checked once in a process for each state of it and of its city."""
    return finding_lines(kept_findings(city.city, Drawn(row.pk, row.edited, rules_of(row))), city.say, city.regions)


def rule_lines(
    city: RoutingCity, rules: Iterable[Rule], found: Sequence[FindingLine], trial: models.RoutingTrial | None
) -> list[RuleLine]:
    """Return rules in words, in order."""
    wrong = {n for one in found if one.is_grave for n in one.rules}
    counts: Mapping[str, Any] = (trial.result or {}).get("rules", {}) if trial else {}
    lines = []
    for rule in rules:
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


def changes(city: RoutingCity, row: models.RoutingVersion, held: models.RoutingVersion | None) -> list[Change]:
    """Return in what a version differs from another one (``with_base``); None has no rules."""
    return [
        Change((old or new or _NO_RULE).n, city.say.rule(old) if old else "", _now(city.say, old, new) if new else "")
        for old, new in differences(rules_of(held) if held is not None else [], rules_of(row))
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


def trials_of(row: models.RoutingVersion) -> list[models.RoutingTrial]:
    """Return the last trials of a version, the newest first: one query."""
    return list(models.RoutingTrial.objects.filter(tried_id=row.pk).order_by("-pk")[:TRIALS_LISTED])


def trial_of(
    row: models.RoutingVersion, trials: Sequence[models.RoutingTrial], wanted: int | None
) -> models.RoutingTrial | None:
    """Return the trial that is asked for, the last one where none is; no query for those of ``trials``.

    Raises:
        NotFound: There is no such trial of this version.
    """
    if wanted is None:
        return trials[0] if trials else None
    found = next((one for one in trials if one.pk == wanted), None)
    found = found or models.RoutingTrial.objects.filter(tried_id=row.pk, pk=wanted).first()
    if found is None:
        raise NotFound(_("There is no such trial of this version."))
    return found


def trial_told(city: RoutingCity, row: models.RoutingVersion, trial: models.RoutingTrial | None) -> Trial | None:
    """Return what a trial says, in words."""
    if trial is None:
        return None
    told = Trial(
        trial.pk,
        trial.asked_at,
        trial.finished_at is None,
        trial.edited != row.edited,
        trial.done,
        trial.sample,
        trial.why,
    )
    if not trial.result:
        return told
    result = trial.result

    def name(code: str) -> str:
        return city.say.department(code) or _("nobody")

    return replace(
        told,
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
    """Return a share in percent with one digit and what it is of, ``–`` of nothing."""
    return (
        _("%(share)s %% (%(part)d of %(whole)d)") % {"share": tenths(part, whole), "part": part, "whole": whole}
        if whole
        else "–"
    )


def order_words() -> list[str]:
    """Return the conditions in the order in which they weigh, for the explanation on the page."""
    return [str(name) for name in CONDITIONS.values()]
