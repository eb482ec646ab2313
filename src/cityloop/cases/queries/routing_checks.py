"""What is wrong with a version of a city's routing rules, in words, each finding with the rule that it is about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.routing import Regions, default_order, grids_of, known_of, regions_of
from cityloop.cases.queries.routing_words import FIELDS, RuleWords, why_malformed
from cityloop.cases.rules.routing import Rule
from cityloop.cases.rules.routing_checks import Findings, Gap, check
from cityloop.kernel.errors import Fault
from cityloop.kernel.translation import _, listed

MOST_GAPS = 200
"""So many classes are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding: the rules that it is about, what is wrong, and what to do. ``is_grave``: nothing takes force with it."""

    rules: tuple[int, ...]
    words: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rules of a version in one state: told from another by the version's row and the count of its edits."""

    row: int
    edited: int
    rules: Sequence[Rule] = field(compare=False)


@lru_cache(maxsize=64)
def kept_findings(city: LoopCity, drawn: Drawn) -> Findings:
    """Return ``findings_of`` a state of a version, worked out once in a process: a city that has changed is another ``city``."""
    return findings_of(city, drawn.rules)


def findings_of(city: LoopCity, rules: Iterable[Rule]) -> Findings:
    """Return what is wrong with rules in their city today."""
    held = list(rules)
    named = any(rule.level == "grid" for rule in held)
    grids = [one.code for one in grids_of(city)] if named else []
    return check(held, known_of(city, regions_of(city), grids), default_order(city))


def told_grave(found: Findings) -> list[Fault]:
    """Return why a version may not take force, each with its rule as the field (``rule 12``)."""
    faults = [Fault(f"rule {one.rule.n}", f"{FIELDS[one.what]}: {why_malformed(one.why)}") for one in found.malformed]
    faults += [
        Fault(
            f"rule {one.rule.n}",
            _("%(field)s: “%(code)s” is not there") % {"field": FIELDS[one.what], "code": one.code},
            one.code,
        )
        for one in found.gone
    ]
    faults += [
        Fault(
            f"rule {one.one.n}",
            _("conflicts with rule %(n)d: nothing says which of the two comes first") % {"n": one.other.n},
        )
        for one in found.conflicts
    ]
    return faults


def finding_lines(found: Findings, say: RuleWords, regions: Regions) -> list[FindingLine]:
    """Return findings in words, those that keep a version from taking force first."""
    return [*_grave(found, say), *_light(found, say, {one.code: one.name for one in regions})]


def _grave(found: Findings, say: RuleWords) -> Iterator[FindingLine]:
    for one in found.malformed:
        yield FindingLine((one.rule.n,), f"{FIELDS[one.what]}: {why_malformed(one.why)}", is_grave=True)
    for gone in found.gone:
        told = _("%(field)s: “%(code)s” is not there, or not any more. Choose another, or drop the rule.")
        yield FindingLine((gone.rule.n,), told % {"field": FIELDS[gone.what], "code": gone.code}, is_grave=True)
    for pair in found.conflicts:
        told = _(
            "Both hold for: %(example)s. One sends it to %(one)s, the other to %(other)s, and nothing says which comes first."
            " Give one of them a further condition or a higher priority, or make one lie within the other."
        )
        yield FindingLine(
            (pair.one.n, pair.other.n),
            told
            % {
                "example": say.subject(pair.example),
                "one": say.outcome(pair.one),
                "other": say.outcome(pair.other),
            },
            is_grave=True,
        )


def _light(found: Findings, say: RuleWords, names: Mapping[str, str]) -> Iterator[FindingLine]:
    for one in found.shadowed:
        if one.by:
            numbers = listed(str(rule.n) for rule in sorted(one.by, key=lambda rule: rule.n)[:MOST_NAMED])
            told = _("Never decides: wherever it holds, rules %(numbers)s come first.") % {"numbers": numbers}
        else:
            told = _("Never decides: no class fits its conditions.")
        yield FindingLine((one.rule.n,), told, is_grave=False)
    for gap in found.gaps[:MOST_GAPS]:
        yield FindingLine((), _gap(gap, say, names), is_grave=False)
    if len(found.gaps) > MOST_GAPS:
        more = _("%(count)d further classes have no department somewhere.") % {"count": len(found.gaps) - MOST_GAPS}
        yield FindingLine((), more, is_grave=False)


MOST_NAMED = 8
"""Rules or areas that one finding names."""


def _gap(gap: Gap, say: RuleWords, names: Mapping[str, str]) -> str:
    named = {"category": say.category(gap.category), "code": gap.category.rpartition("/")[2]}
    if gap.everywhere:
        return _("%(category)s (%(code)s): nothing gives a department, anywhere.") % named
    areas = [names.get(one.community) or names.get(one.street) or one.community or one.street for one in gap.areas]
    shown = listed(areas[:MOST_NAMED]) + (" …" if len(areas) > MOST_NAMED else "")
    return _("%(category)s (%(code)s): nothing gives a department in %(areas)s.") % {**named, "areas": shown}
