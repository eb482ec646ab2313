"""Rows of a file on their way to become areas: what stands, what is refused and why, what supersedes what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from cityloop.geography.rules.checks import judge_shape, outside, overlaps, overlaps_within
from cityloop.geography.rules.codes import belongs_to
from cityloop.geography.rules.located import NORMAL_ZONE, Extent
from cityloop.geography.rules.shapes import Shapes, area_m2, column
from cityloop.kernel.sheets import RowFault
from cityloop.kernel.translation import _

Reason = tuple[str, str, str]
"""Why a row is refused: field, value, why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may become an area; ``parent`` is a region's, ``timing_zone`` a unit grid's."""

    number: int
    code: str
    name: str
    jurisdiction: str
    shape: Any
    parent: str = ""
    timing_zone: str = NORMAL_ZONE


@dataclass(frozen=True, slots=True)
class Version:
    """An area that is there already."""

    pk: int
    code: str
    valid_from: date
    valid_to: date | None
    shape: Any
    words: tuple[str, ...]  # name, jurisdiction and what else a new version may change

    def holds_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or self.valid_to > on)


@dataclass(slots=True)
class Judged:
    """The rows of a file that stand so far, and what was said of the others.

    ``columns`` gives the file's column of each of our fields, so that a fault names what its reader can look up.
    """

    layer: str
    columns: Mapping[str, str]
    rows: list[Candidate] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    notes: list[RowFault] = field(default_factory=list)

    def fault(self, number: int, reason: Reason) -> None:
        self.faults.append(self._told(number, *reason))

    def note(self, number: int, reason: Reason) -> None:
        self.notes.append(self._told(number, *reason))

    def drop(self, reasons: Mapping[int, Reason]) -> None:
        """Refuse rows by their place in ``rows``."""
        for place, reason in sorted(reasons.items()):
            self.fault(self.rows[place].number, reason)
        self.rows = [row for place, row in enumerate(self.rows) if place not in reasons]

    def shapes(self) -> Shapes:
        return column([row.shape for row in self.rows])

    def _told(self, number: int, name: str, value: str, why: str) -> RowFault:
        return RowFault(self.layer, number, self.columns.get(name) or name, value[:80], why)


def judge_ground(judged: Judged, row: Candidate, extent: Extent | None, *, mend: bool) -> None:
    """Take a row whose shape can be an area, mended where that is asked; refuse another."""
    ground = judge_shape(row.shape, extent, mend=mend)
    if ground.shape is None:
        judged.fault(row.number, ("geometry", ground.value, ground.why))
        return
    if ground.was_mended:
        judged.note(row.number, ("geometry", row.code, _("crossed itself and was mended")))
    judged.rows.append(replace(row, shape=ground.shape))


def judge_codes(judged: Judged, division: str, canonical: Callable[[str], str | None]) -> None:
    """Refuse codes that are none, lie in another division, or stand twice; write the others as they should be.

    Args:
        judged: The rows.
        division: 6 digits.
        canonical: Gives the proper spelling of a code, or None.
    """
    reasons: dict[int, Reason] = {}
    first: dict[str, int] = {}
    for place, row in enumerate(judged.rows):
        code = canonical(row.code)
        if code is None:
            reasons[place] = ("code", row.code, _("is not a code of this kind of area"))
        elif not belongs_to(code, division):
            reasons[place] = ("code", row.code, _("does not begin with the division %(code)s") % {"code": division})
        elif code in first:
            reasons[place] = ("code", row.code, _("stands already in row %(row)d") % {"row": first[code]})
        else:
            first[code] = row.number
            judged.rows[place] = replace(row, code=code)
    judged.drop(reasons)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the rows by code: ``unchanged`` are there as they are, ``ended`` name the version they succeed."""

    unchanged: frozenset[str]
    ended: Mapping[str, int]


def judge_versions(
    judged: Judged,
    versions: Iterable[Version],
    words: Callable[[Candidate], tuple[str, ...]],
    on: date,
    *,
    supersede: bool,
) -> Fate:
    """Refuse rows that cannot follow what is there.

    A code that ended is not used again, and nothing is put before a later version: history is appended, never edited.

    Args:
        judged: The rows.
        versions: All that is there with the codes of the rows.
        words: Gives a row's ``Version.words``.
        on: The day from which the rows hold.
        supersede: Let a changed row follow the one that holds; else refuse it.
    """
    by_code: dict[str, list[Version]] = {}
    for version in versions:
        by_code.setdefault(version.code, []).append(version)
    reasons: dict[int, Reason] = {}
    unchanged, ended = set(), {}
    for place, row in enumerate(judged.rows):
        if not (known := by_code.get(row.code)):
            continue
        holding = next((version for version in known if version.holds_on(on)), None)
        if holding and holding.words == words(row) and _same(holding.shape, row.shape):
            unchanged.add(row.code)
        elif why := _why_not_after(known, holding, on, supersede=supersede):
            reasons[place] = ("code", row.code, why)
        elif holding:
            ended[row.code] = holding.pk
    judged.drop(reasons)
    return Fate(frozenset(unchanged), ended)


def _same(one: Any, other: Any) -> bool:
    return one is not None and bool(shapely.equals_exact(one, other, 0))


def _why_not_after(known: Sequence[Version], holding: Version | None, on: date, *, supersede: bool) -> str:
    """Return why nothing new can begin on the day ``on``; empty where it can."""
    if any(version.valid_from > on for version in known) or (holding and holding.valid_to):
        return _("changes again after this day; import from a later day")
    if holding is None:
        return _("was retired; a retired code is not used again")
    if holding.valid_from == on:
        return _("begins on this day already, with another shape or name")
    return "" if supersede else _("is in use already; ask for new versions to be made")


def judge_beside(judged: Judged, holding: Sequence[tuple[str, Any]], tolerance_m2: float) -> Sequence[tuple[str, Any]]:
    """Refuse rows that share ground with what stays beside them; return what stays.

    A refused row supersedes nothing: then the old version stays too, and is asked about in turn.

    Args:
        judged: The rows.
        holding: Code and shape of each area that holds now; a row takes the place of the one with its code.
        tolerance_m2: How much may be shared.
    """
    while True:
        standing = {row.code for row in judged.rows}
        neighbours = [(code, shape) for code, shape in holding if code not in standing]
        judge_overlaps(judged, neighbours, tolerance_m2)
        if len(judged.rows) == len(standing):
            return neighbours


def judge_overlaps(judged: Judged, neighbours: Sequence[tuple[str, Any]], tolerance_m2: float) -> None:
    """Refuse rows that share ground with a neighbour that stays, or with an earlier row of the file.

    Args:
        judged: The rows.
        neighbours: Code and shape of each area that holds beside them.
        tolerance_m2: How much may be shared.
    """
    reasons: dict[int, Reason] = {}
    others = column([shape for _code, shape in neighbours])
    for place, other, area in overlaps(judged.shapes(), others, tolerance_m2):
        reasons.setdefault(place, _shared(judged.rows[place].code, neighbours[other][0], area))
    for later, earlier, area in sorted(overlaps_within(judged.shapes(), tolerance_m2)):
        if later not in reasons and earlier not in reasons:
            reasons[later] = _shared(judged.rows[later].code, judged.rows[earlier].code, area)
    judged.drop(reasons)


def _shared(code: str, other: str, area_m2: float) -> Reason:
    return "geometry", code, _("shares %(area)d m² with %(code)s") % {"area": round(area_m2), "code": other}


def judge_communities(judged: Judged, communities: Mapping[str, Any], tolerance_m2: float) -> None:
    """Refuse unit grids whose code names an unknown community, or that stick out of theirs.

    Args:
        judged: The rows.
        communities: Shape by code of those that are known; where there are none, nothing is asked.
        tolerance_m2: How much of a grid may lie outside.
    """
    if not communities:
        return
    judged.drop(
        {
            place: ("code", row.code, _("names community %(code)s, which is not known") % {"code": row.code[:12]})
            for place, row in enumerate(judged.rows)
            if row.code[:12] not in communities
        }
    )
    out = outside(judged.shapes(), column([communities[row.code[:12]] for row in judged.rows]))
    judged.drop(
        {
            place: (
                "geometry",
                judged.rows[place].code,
                _("%(area)d m² lie outside its community") % {"area": round(out[place])},
            )
            for place in np.flatnonzero(out > tolerance_m2).tolist()
        }
    )


def note_gaps(
    judged: Judged, communities: Mapping[str, Any], neighbours: Sequence[tuple[str, Any]], tolerance_m2: float
) -> None:
    """Note the communities that the rows and their neighbours leave uncovered, in part."""
    pieces = [(row.code, row.shape) for row in judged.rows] + list(neighbours)
    covered: dict[str, list[float]] = {}
    for (code, _shape), area in zip(pieces, area_m2(column([shape for _code, shape in pieces])).tolist(), strict=True):
        covered.setdefault(code[:12], []).append(area)
    touched = {row.code[:12] for row in judged.rows} & communities.keys()
    for code in sorted(touched):
        gap = float(area_m2(communities[code])) - sum(covered[code])
        if gap > tolerance_m2 * (1 + len(covered[code])):  # each piece may lack as much as it may stick out
            judged.note(
                0, ("geometry", code, _("%(area)d m² of this community are in no unit grid") % {"area": round(gap)})
            )
