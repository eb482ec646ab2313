"""Areas made of unit grids, as the rows of a file tell them: which unit grids go to which area, what is wrong, and what changes."""

import bisect
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from cityloop.assets.rules.imports.rows import Found
from cityloop.geography.actions.drawing import AreaPlan, slot_of
from cityloop.geography.queries.composed import AreaRow
from cityloop.geography.rules.codes import grid_code
from cityloop.geography.rules.composing import LETTERS, is_area_code
from cityloop.geography.rules.shapes import column

WORDS: Final = ("name", "rating", "purpose", "body")
"""What an area is told beside its code and its unit grids."""

MOST_NOTES: Final = 200
"""Unit grids without an area that are told one by one."""

FEW: Final = 6
"""Unit grids that are named where an area gains or loses some."""

Spots = Mapping[str, tuple[float, float]]
"""A point inside each unit grid of the city, in degrees, by its code."""


@dataclass(slots=True)
class Line:
    """A row of the file: its number, its values, its polygon or None; ``grids`` are the unit grids that it gives to its area."""

    number: int
    values: Mapping[str, str]
    shape: Any
    grids: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.values.get("code", "")


@dataclass(slots=True)
class Told:
    """What a file comes to: the areas that it draws, the rows of each, what was found."""

    plans: list[AreaPlan] = field(default_factory=list)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


def told_by(
    kind: str, lines: Sequence[Line], *, division: str, spots: Spots, held: Mapping[str, AreaRow], columns: Mapping[str, str]
) -> Told:  # fmt: skip
    """Judge rows together.

    Args:
        kind: ``duty`` or an ``AreaKind``.
        lines: The rows whose values and shapes are good, by their numbers.
        division: 6 digits of the city.
        spots: Its unit grids on the day.
        held: Its areas of the kind on the day, by code: what the file says nothing of stays as it is there.
        columns: The file's column of each field.
    """
    judging = _Judging(kind, division, spots, held, columns)
    given = {line.number: grids for line, grids in _inside(lines, spots)} if "unit_grid" not in columns else {}
    by_code = defaultdict[str, list[Line]](list)
    for line in lines:
        line.grids = given.get(line.number, ())
        if judging.code_stands(line) and judging.grids_stand(line):
            by_code[line.code].append(line)
    told = Told(found=judging.found)
    for code, rows in by_code.items():
        words, good = judging.agreed(rows)
        good = judging.once(good, slot_of(kind, words["purpose"]))
        if not good or judging.is_nameless(words, good):
            continue
        grids = tuple(dict.fromkeys(grid for line in good for grid in line.grids))
        told.plans.append(AreaPlan(kind, words["name"], grids, code, words["rating"], words["purpose"], words["body"]))
        told.lines[code] = good
    return told


class _Judging:
    """What is asked of each row, one question after the other; what is wrong gathers in ``found``."""

    def __init__(
        self, kind: str, division: str, spots: Spots, held: Mapping[str, AreaRow], columns: Mapping[str, str]
    ) -> None:
        self.kind, self.division, self.spots, self.held, self.columns = kind, division, spots, held, columns
        self.found: list[Found] = []
        self._taken: dict[tuple[str, str], tuple[int, str]] = {}

    def fault(self, line: Line, name: str, reason: str, value: str = "", **given: Any) -> None:
        spot = self._spot(line)
        self.found.append(
            Found(line.number, self.columns.get(name, name), reason, given, value[:80], False, *(spot or (None, None)))
        )

    def _spot(self, line: Line) -> tuple[float, float] | None:
        if line.shape is not None:
            point = shapely.point_on_surface(line.shape)
            return point.x, point.y
        return next((self.spots[one] for one in line.grids if one in self.spots), None)

    def code_stands(self, line: Line) -> bool:
        if line.code in self.held or is_area_code(self.kind, line.code, self.division):
            return True
        self.fault(line, "code", "bad_area_code", line.code, example=f"{LETTERS[self.kind]}{self.division}00100101")
        return False

    def grids_stand(self, line: Line) -> bool:
        if "unit_grid" not in self.columns:
            if not line.grids:
                self.fault(line, "geometry", "no_grid_inside", line.code)
            return bool(line.grids)
        text = line.values.get("unit_grid", "")
        code = grid_code(text)
        if code is None or code not in self.spots:
            self.fault(line, "unit_grid", "unknown_grid" if text else "needed", text)
            return False
        line.grids = (code,)
        return True

    def agreed(self, rows: Sequence[Line]) -> tuple[dict[str, str], list[Line]]:
        """Return what the rows of an area say of it, and those that agree; where none says it, it stays as it is."""
        words: dict[str, str] = {}
        first: dict[str, int] = {}
        good = []
        for line in rows:
            other = [name for name in WORDS if (said := line.values.get(name)) and words.get(name, said) != said]
            for name in other:
                self.fault(line, name, "differs_within", line.values[name], row=first[name])
            if other:
                continue
            good.append(line)
            for name in WORDS:
                if (said := line.values.get(name)) and name not in words:
                    words[name], first[name] = said, line.number
        was = self.held.get(rows[0].code)
        return {name: words.get(name) or (getattr(was, name) if was else "") for name in WORDS}, good

    def once(self, rows: Sequence[Line], slot: str) -> list[Line]:
        """Return the rows whose unit grids no earlier row gives to an area of the kind."""
        good = []
        for line in rows:
            twice = [grid for grid in line.grids if not self._is_first(slot, grid, line)]
            for grid in twice:
                row = self._taken[slot, grid][0]
                if line.shape is None:
                    self.fault(line, "unit_grid", "doubled_key", grid, row=row)
                else:
                    self.fault(line, "geometry", "held_twice", line.code, code=grid, row=row)
            if not twice:
                good.append(line)
        return good

    def _is_first(self, slot: str, grid: str, line: Line) -> bool:
        number, code = self._taken.setdefault((slot, grid), (line.number, line.code))
        # Two polygons of one area may touch in one unit grid; a table that names it twice is wrong.
        return number == line.number or (line.shape is not None and code == line.code)

    def is_nameless(self, words: Mapping[str, str], rows: Sequence[Line]) -> bool:
        wanted = ["name", *({"evaluation": ["rating"], "extension": ["purpose"]}.get(self.kind, []))]
        missing = [name for name in wanted if not words[name]]
        for name in missing:
            for line in rows:
                self.fault(line, name, "needed", line.code)
        return bool(missing)


def _inside(lines: Sequence[Line], spots: Spots) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """Yield rows with the unit grids whose inner point lies in their polygons, one at least."""
    codes = sorted(spots)
    points = shapely.points(np.array([spots[code] for code in codes]).reshape(-1, 2))
    shapes = column([line.shape for line in lines])
    rows, places = shapely.STRtree(points).query(shapes, predicate="intersects")
    inside = defaultdict[int, list[str]](list)
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        inside[row].append(codes[place])
    for row, grids in sorted(inside.items()):
        yield lines[row], tuple(sorted(grids))


def notes_of(
    told: Told, before: Mapping[str, AreaRow], after: Mapping[str, AreaRow], spots: Spots, columns: Mapping[str, str]
) -> list[Found]:
    """Return what is worth a look: areas that lose their last unit grid, unit grids that lie in none.

    A note stands at the row that tells of the area that takes them, or of the unit grid with the nearest code.
    """
    number_of = {grid: line.number for lines in told.lines.values() for line in lines for grid in line.grids}
    if not number_of:
        return []
    name = columns.get("unit_grid", "geometry")
    codes = sorted(number_of)
    notes = []
    for code, area in before.items():
        if code not in after and (row := next((number_of[one] for one in area.unit_grids if one in number_of), 0)):
            notes.append(_note(row, columns.get("code", "code"), "left_empty", code, spots.get(area.unit_grids[0])))
    of_file = {plan.purpose for plan in told.plans}
    inside = {grid for area in after.values() if area.purpose in of_file for grid in area.unit_grids}
    outside = sorted({*spots} - inside)
    for grid in outside[:MOST_NOTES]:
        row = number_of[codes[min(bisect.bisect(codes, grid), len(codes) - 1)]]
        notes.append(_note(row, name, "uncovered", grid, spots[grid]))
    if (more := len(outside) - MOST_NOTES) > 0:
        notes.append(_note(number_of[codes[-1]], name, "more_uncovered", str(more), None))
    return notes


def _note(row: int, name: str, reason: str, value: str, spot: tuple[float, float] | None) -> Found:
    return Found(row, name, reason, {}, value, True, *(spot or (None, None)))


def changes(
    told: Told,
    before: Mapping[str, AreaRow],
    after: Mapping[str, AreaRow],
    missing: Collection[str],
    spots: Spots,
) -> list[dict[str, Any]]:
    """Return what becomes of areas, by code: ``kind`` (new, changed, gone), the row of the file, and what is told of each before and after.

    Args:
        told: What the file comes to.
        before, after: The areas of the kind.
        missing: Codes of those that the file does not hold.
        spots: Points by unit grid.
    """
    found = []
    for code in sorted({*before, *after}):
        was, becomes = before.get(code), after.get(code)
        if was is not None and becomes is not None and _says(was) == _says(becomes) and code not in missing:
            continue
        is_gone = code in missing and (becomes is None or _says(was) == _says(becomes))
        kind = "a" if was is None else "g" if is_gone else "c"
        lost, gained = (set(one.unit_grids) if one else set() for one in (was, becomes))
        says = list(_sides(was, None if is_gone else becomes, lost, gained))
        lon, lat = next((spots[one] for one in sorted(gained or lost) if one in spots), (None, None))
        line = next(iter(told.lines.get(code, [])), None)
        found.append(
            {"kind": kind, "key": code, "number": line.number if line else 0, "says": says, "lon": lon, "lat": lat}
        )
    return found


def _says(area: AreaRow | None) -> tuple[Any, ...]:
    return (*(getattr(area, name) for name in WORDS), set(area.unit_grids)) if area else ()


def _sides(
    was: AreaRow | None, becomes: AreaRow | None, lost: set[str], gained: set[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield a field with what it was and becomes: a list, since PostgreSQL orders the keys of an object its own way."""
    for name in WORDS:
        sides = getattr(was, name, ""), getattr(becomes, name, "")
        if sides[0] != sides[1]:
            yield name, *sides
    if was is None or becomes is None:
        yield "unit_grid", str(len(lost)) if was else "", str(len(gained)) if becomes else ""
    elif lost != gained:
        moved = [
            f"{sign}{grid}" for sign, these in (("+", gained - lost), ("−", lost - gained)) for grid in sorted(these)
        ]
        named = " ".join(moved[:FEW]) + (" …" if len(moved) > FEW else "")
        yield "unit_grid", str(len(lost)), f"{len(gained)} ({named})"
