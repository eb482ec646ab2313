"""Management, evaluation and extension grids on the map and in the open data: drawn of the unit grids that lie in them."""

from collections.abc import Callable
from typing import Any

from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Measure, Shape
from cityloop.onemap.opendata import TODAY, dated
from cityloop.onemap.queries import BOX, ON_ITS_DAY
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import DAYS, Column, Drawn, Features, Layer, LegendItem, Look, Rows, Span, Tally
from cityloop.onemap.rules.tiles import Tile

FROM = 12
"""Zoom from which they are drawn: before that they would be made of the whole city."""

# As duty grids: the union of the unit grids in it that the tile touches.
AREAS = f"""
SELECT ST_Union(r.mercator) AS geom, a.code, a.name, a.rating, a.purpose, sum(ST_Area(r.mercator)) AS weight
FROM geography_unitgrid r {ON_ITS_DAY}
JOIN geography_areaunit u ON u.unit_grid_id = r.id
    AND u.valid_from <= city.today AND (u.valid_to IS NULL OR u.valid_to > city.today)
JOIN geography_gridarea a ON a.id = u.area_id AND a.kind = %(kind)s
    AND a.valid_from <= city.today AND (a.valid_to IS NULL OR a.valid_to > city.today)
WHERE r.geometry && {BOX}
GROUP BY a.id
"""

# In the open data it has the shape that it had on the last of the days looked at on which it was.
AREA_ROWS = f"""
SELECT a.*, (
    SELECT ST_Multi(ST_Union(g.geometry)) FROM geography_areaunit u JOIN geography_unitgrid g ON g.id = u.unit_grid_id
    WHERE u.area_id = a.id AND u.valid_from <= a.seen_on AND (u.valid_to IS NULL OR u.valid_to > a.seen_on)
        AND g.valid_from <= a.seen_on AND (g.valid_to IS NULL OR g.valid_to > a.seen_on)
) AS geometry
FROM ({dated("geography_gridarea", f"r.*, least({TODAY.format(days='lasts')}, r.valid_to - 1) AS seen_on")}) AS a
WHERE a.kind = %(kind)s
"""

SOURCES = ("geography_unitgrid", "geography_gridarea", "geography_gridareamember", "geography_gridareapart")
TITLES = {
    AreaKind.MANAGEMENT: (_("Management grids"), _("Management grids: what a department maintains, each of unit grids side by side.")),
    AreaKind.EVALUATION: (_("Evaluation grids"), _("Evaluation grids of types A, B and C: what is scored together, each of management grids.")),
    AreaKind.EXTENSION: (_("Extension grids"), _("Extension grids: drawn for a purpose of their own, such as sanitation or greening.")),
}  # fmt: skip
COLUMNS: dict[AreaKind, dict[str, Column]] = {
    AreaKind.MANAGEMENT: {"body": Column(_("Responsible body"))},
    AreaKind.EVALUATION: {"rating": Column(_("Type"), words=Rating.choices), "body": Column(_("Responsible body"))},
    AreaKind.EXTENSION: {"purpose": Column(_("Purpose"), words=Purpose.choices), "body": Column(_("Responsible body"))},
}


def _drawn_rows(kind: AreaKind) -> Callable[[Look, Tile], Rows]:
    columns = ("code", "name", *(name for name in COLUMNS[kind] if name != "body"))
    return lambda _look, _at: Rows(AREAS, columns, {"kind": kind.value})


def _open_rows(kind: AreaKind) -> Callable[[Look, Span | None], Rows]:
    return lambda _look, _span: Rows(AREA_ROWS, (), {"kind": kind.value})


def _layer(kind: AreaKind, height: int, dashes: list[float]) -> Layer:
    title, words = TITLES[kind]
    line: dict[str, Any] = {"line-color": f"@{kind.value}", "line-width": 2, "line-opacity": 0.8}
    spec: dict[str, Any] = {"type": "line", "paint": line | ({"line-dasharray": dashes} if dashes else {})}
    fill: dict[str, Any] = {"type": "fill", "paint": {"fill-color": f"@{kind.value}", "fill-opacity": 0.06}}
    return Layer(
        name=f"{kind.value}_grids",
        title=title,
        shape=Shape.POLYGON,
        group=Group.FRAME,
        zooms=(FROM, 15),
        columns={"code": _("Code"), "name": _("Name")},
        rows=_drawn_rows(kind),
        sources=SOURCES,
        is_shown=False,
        legend=(LegendItem(kind.label, kind.value, "dashes" if dashes else "line"),),
        drawn=(Drawn(height - 4, fill), Drawn(height, spec)),
        features=Features(
            words,
            {"code": Column(_("Code")), "name": Column(_("Name")), **COLUMNS[kind], **DAYS},
            _open_rows(kind),
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"code": "name"}, measure=Measure.AREA),
    )


register(
    _layer(AreaKind.MANAGEMENT, 47, []),
    _layer(AreaKind.EVALUATION, 49, [6, 2]),
    _layer(AreaKind.EXTENSION, 46, [2, 2]),
)
