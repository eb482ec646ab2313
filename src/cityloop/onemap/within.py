"""What lies within an area: each layer counted out of the rows that its open data give, the viewer's rights inside the statement.

A statement counts by several properties at once. What is measured (the length of roads, the area of green) is that of the piece inside,
on the ellipsoid. Where a layer has far too many rows there, and is counted by cells anyway, the cells that lie inside are added up and
the rows looked at along the border alone: the number is the same, and nothing is said of classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.onemap.choices import Measure
from cityloop.onemap.opendata import Statement, asking
from cityloop.onemap.queries.cells import cells_around
from cityloop.onemap.rules.areas import Drawn
from cityloop.onemap.rules.asking import Asked
from cityloop.onemap.rules.conditions import Condition
from cityloop.onemap.rules.layer import Features, Layer, Look, Span, Tally

MOST_ROWS = 100_000
"""So many are counted by their classes; above, the cells say how many there are."""

MOST_LINES = 40
"""Values of one property that are told; the others come together."""

QUARTER_SEGMENTS = 24
"""Sides of a quarter of a circle: its area is 0.07 % too small."""

AREA = "ST_GeomFromWKB(%(area)s, 4490)"

SIZES: Mapping[Measure, str] = {
    Measure.NUMBER: "NULL::float8",
    Measure.LENGTH: "ST_Length({inside}::geography)",
    Measure.AREA: "ST_Area({inside}::geography)",
}

INSIDE = f"(CASE WHEN ST_CoveredBy(r.geometry, {AREA}) THEN r.geometry ELSE ST_Intersection(r.geometry, {AREA}) END)"


@dataclass(frozen=True, slots=True)
class Area:
    """An area on the ground: ``shape`` in degrees (CGCS2000), its size in square metres, the length of its border in metres."""

    shape: Any
    m2: float
    border_m: float

    @property
    def condition(self) -> Condition:
        """That a feature touches it."""
        return Condition(f"ST_Intersects(r.geometry, {AREA})", {"area": shapely.to_wkb(self.shape)})


@dataclass(frozen=True, slots=True)
class Line:
    """How many have one value of a property, and how much they measure together (m or m²)."""

    value: str
    words: str
    count: int
    size: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """What is counted by one property, the most frequent value first; ``rest``: how many have another value than those told."""

    name: str
    title: Any
    lines: Sequence[Line]
    rest: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What lies within an area of one layer; ``groups`` is empty where there are too many to tell more than their number."""

    count: int
    size: float | None
    groups: Sequence[Group]


def area_of(drawn: Drawn) -> Area:
    """Return the area that was drawn, with the metres around it.

    Raises:
        InvalidInput: Nothing is left of it.
    """
    statement = """
        SELECT ST_AsBinary(shape), ST_Area(shape::geography), ST_Perimeter(shape::geography) FROM (
            SELECT CASE WHEN %(metres)s > 0 THEN ST_Buffer(drawn::geography, %(metres)s, %(how)s)::geometry ELSE drawn END AS shape
            FROM ST_GeomFromWKB(%(area)s, 4490) AS drawn
        ) AS made
    """
    values = {
        "metres": drawn.buffer_m,
        "how": f"quad_segs={QUARTER_SEGMENTS}",
        "area": shapely.to_wkb(drawn.shape),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        made, m2, border_m = cursor.fetchone()
    shape = shapely.from_wkb(bytes(made))
    if shape.is_empty or not m2:
        raise InvalidInput(_("The area has no size. Draw it again, larger."))
    return Area(shape, m2, border_m)


def span_of(look: Look) -> Span | None:
    """Return the time of which a look at the map of another day counts: the last instant of it that has been."""
    moments = look.cities or look.everywhere
    if look.is_today or not moments or moments[0].today > moments[0].now.astimezone(moments[0].zone).date():
        return None
    return Span(moments[0].now, moments[0].now)


def within(layer: Layer, look: Look, area: Area) -> Counted:
    """Count what ``look`` may see of a layer within an area.

    Raises:
        InvalidInput: A shape of the layer's or the area cannot be reckoned with.
        Unavailable: It takes too long: there is too much.
    """
    tally = layer.tally
    assert tally is not None
    assert layer.features is not None
    asked = Asked(conditions=(area.condition, *([Condition(tally.only)] if tally.only else [])), span=span_of(look))
    cells = cells_around(layer.name, look, area.shape) if tally.by_cells else None
    if cells is not None and cells.count > MOST_ROWS:
        return _by_cells(layer, look, area, asked, cells.inside, cells.border)
    with asking(layer, look, asked, tally.rows) as statement:
        return Counted(0, None, ()) if statement is None else _counted(layer.features, tally, look, statement)


def _counted(features: Features, tally: Tally, look: Look, statement: Statement) -> Counted:
    names = [name for name in tally.by if look.is_today or name not in tally.of_today]
    told = [f"({features.columns[name].over(name)})::text AS g{n}" for n, name in enumerate(names)]
    told += [
        f"({features.columns[words].over(words)})::text AS w{n}"
        for n, name in enumerate(names)
        if (words := tally.by[name])
    ]
    told += [f"{SIZES[tally.measure].format(inside=INSIDE)} AS size", f"r.{tally.key or 'id'} AS one"]
    sets = ", ".join(["()", *(f"(g{n})" for n in range(len(names)))])
    number = "count(DISTINCT one)" if tally.key else "count(*)"
    asked = [number, "sum(size)"]
    asked += [f"GROUPING(g{n}), g{n}, {f'max(w{n})' if tally.by[name] else 'NULL'}" for n, name in enumerate(names)]
    sql = f"SELECT {', '.join(asked)} FROM (SELECT {', '.join(told)} {statement.source}) AS t GROUP BY GROUPING SETS ({sets})"
    with connection.cursor() as cursor:
        cursor.execute(sql, statement.values)
        rows = cursor.fetchall()
    [total] = [row for row in rows if all(row[2::3])]
    groups = [
        _group(features, name, [(row[3 + 3 * n], row[4 + 3 * n], row[0], row[1]) for row in rows if not row[2 + 3 * n]])
        for n, name in enumerate(names)
    ]
    return Counted(total[0], total[1], [one for one in groups if one.lines])


def _group(features: Features, name: str, rows: list[tuple[str | None, str | None, int, float | None]]) -> Group:
    column = features.columns[name]
    known = dict(column.words)
    rows.sort(key=lambda row: (-row[2], row[0] or ""))
    lines = [
        Line(value or "", str(known.get(value or "", words or value or "")), count, size)
        for value, words, count, size in rows
    ]
    return Group(name, column.title, lines[:MOST_LINES], sum(line.count for line in lines[MOST_LINES:]))


def _by_cells(layer: Layer, look: Look, area: Area, asked: Asked, inside: int, border: Any) -> Counted:
    """Count by the cells that lie wholly inside, and by the rows of those that the border crosses.

    A cell counts each thing at its middle; so do the rows here.
    """
    edge = shapely.intersection(area.shape, border)
    here = Condition(
        "r.geometry && ST_GeomFromWKB(%(edge)s, 4490) AND ST_Intersects(ST_Centroid(r.geometry), ST_GeomFromWKB(%(edge)s, 4490))",
        {"edge": shapely.to_wkb(edge)},
    )
    only = [one for one in asked.conditions if "area" not in one.values]
    with asking(layer, look, Asked(conditions=(here, *only), span=asked.span)) as statement:
        along = 0 if statement is None else statement.counted() or 0
    return Counted(inside + along, None, ())
