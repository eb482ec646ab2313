"""Parts on the map: symbols when one stands close, counts by cell before; never a smear."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from cityloop.assets.choices import PartState
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.versions import versions_of
from cityloop.onemap.choices import Group, Shape, ValueKind
from cityloop.onemap.opendata import TODAY, dated
from cityloop.onemap.queries import BOX, ON_ITS_DAY, counted
from cityloop.onemap.registry import register
from cityloop.onemap.rules import DEEPEST_COUNTED
from cityloop.onemap.rules.layer import DAYS, Column, Drawn, Features, Found, Layer, LegendItem, Look, Rows, Span, Tally
from cityloop.onemap.rules.tiles import Tile
from cityloop.organisation.queries import city
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import symbol_of

CLOSE = DEEPEST_COUNTED + 1
"""From this zoom (17) on each part is shown by itself."""

# A removed part whose last day nobody wrote down stood until it was changed last. The same in words of triggers: migration 0005.
STANDS = f"(r.state <> '{PartState.REMOVED}' OR coalesce(r.changed_on, r.valid_from) > city.today)"

PARTS = f"""
SELECT r.mercator AS geom, r.id, r.code, r.class_code AS class, coalesce(nullif(r.name, ''), named.title) AS name,
    coalesce(named.symbol, 'other') AS symbol, r.state, 1.0 AS weight
FROM assets_part r {ON_ITS_DAY}
LEFT JOIN unnest(%(schemes)s::text[], %(codes)s::text[], %(titles)s::text[], %(symbols)s::text[])
    AS named (scheme, code, title, symbol) ON named.scheme = r.scheme AND named.code = r.class_code
WHERE r.geometry && {BOX} AND {STANDS}
"""

# Of another day, each part is in the state and at the place that it had at the end of that day: of the changes that came later, the
# first that tells of either says what it was before. Only parts that were moved since can stand where none stands now.
PARTS_THEN = f"""
SELECT ST_Transform(ST_SetSRID(was.geometry, 4326), 3857) AS geom, was.id, was.code, was.class_code AS class,
    coalesce(nullif(was.name, ''), named.title) AS name, coalesce(named.symbol, 'other') AS symbol, was.state, 1.0 AS weight
FROM (
    SELECT r.id, r.code, r.scheme, r.class_code, coalesce(later.name, r.name) AS name, coalesce(later.state, r.state) AS state,
        coalesce(ST_GeomFromText(later.position, 4490), r.geometry) AS geometry
    FROM assets_part r {ON_ITS_DAY}
    CROSS JOIN LATERAL (
        SELECT (array_agg(h.before ->> 'state' ORDER BY h.revision) FILTER (WHERE h.before ? 'state'))[1] AS state,
            (array_agg(h.before ->> 'name' ORDER BY h.revision) FILTER (WHERE h.before ? 'name'))[1] AS name,
            (array_agg(h.before ->> 'position' ORDER BY h.revision) FILTER (WHERE h.before ? 'position'))[1] AS position
        FROM assets_partchange h WHERE h.jurisdiction = r.jurisdiction AND h.code = r.code AND h.day > city.today
    ) AS later
    WHERE {STANDS} AND (r.geometry && {BOX} OR r.id = ANY(ARRAY(
        SELECT p.id FROM assets_partchange h
        JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS its (code, today) ON h.jurisdiction = its.code AND h.day > its.today
        JOIN assets_part p ON p.jurisdiction = h.jurisdiction AND p.code = h.code
        WHERE h.before ? 'position' AND ST_GeomFromText(h.before ->> 'position', 4490) && {BOX}
    )))
) AS was
LEFT JOIN unnest(%(schemes)s::text[], %(codes)s::text[], %(titles)s::text[], %(symbols)s::text[])
    AS named (scheme, code, title, symbol) ON named.scheme = was.scheme AND named.code = was.class_code
WHERE was.geometry && {BOX}
"""

PART_ROWS = dated("assets_part", "r.*, %(titles)s::jsonb ->> (r.scheme || '/' || r.class_code) AS class_name")

FIND = """
SELECT r.code, r.name, ST_XMin(r.geometry), ST_YMin(r.geometry), ST_XMax(r.geometry), ST_YMax(r.geometry) FROM assets_part r
JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    ON city.code = r.jurisdiction AND r.valid_from <= city.today AND (r.valid_to IS NULL OR r.valid_to > city.today)
WHERE r.code = %(words)s LIMIT 1
"""


def part_classes(days: Iterable[tuple[str, date]]) -> dict[tuple[str, str], Any]:
    """Return the classes of parts in cities, each on its day, by scheme and code."""
    return {
        (one.scheme, one.code): one
        for code, day in days
        for one in city(code).categories_on(day).values()
        if one.type == ObjectType.PART
    }


def parts(look: Look, at: Tile) -> Rows:
    """What one tile shows: each part with its class's name and sign, or the number of those in each cell."""
    if at.zoom < CLOSE:
        return counted("parts", look, at)
    values = _named(_versions_on(look), chinese=look.language.startswith("zh"))
    return Rows(
        PARTS if look.is_today else PARTS_THEN,
        ("code", "class", "name", "symbol", "state"),
        values,
        key="id",
        margin=False,
    )


CityOnDay = tuple[str, date, tuple[int, int]]
"""A city's code, the day, and the versions that say that nothing of its classes has changed."""


def _versions_on(look: Look) -> tuple[CityOnDay, ...]:
    return tuple((code, day, versions_of(code)) for code, day in look.days)


@lru_cache(maxsize=64)
def _named(cities: tuple[CityOnDay, ...], *, chinese: bool) -> Mapping[str, str]:
    """Return names and signs of the cities' classes of parts, as PostgreSQL writes arrays: to put 600 words together anew for each tile
    takes a third of its time.
    """
    classes = part_classes((code, day) for code, day, _versions in cities)
    columns = {
        "schemes": [scheme for scheme, _code in classes],
        "codes": [code for _scheme, code in classes],
        "titles": [_title(one, chinese=chinese) for one in classes.values()],
        "symbols": [symbol_of(one.scheme, one.type, one.big_code, one.name_zh) for one in classes.values()],
    }
    return {name: _array(words) for name, words in columns.items()}


def _array(words: Iterable[str]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    return "{" + ",".join('"' + word.replace("\\", r"\\").replace('"', r"\"") + '"' for word in words) + "}"


def part_rows(look: Look, span: Span | None) -> Rows:  # noqa: ARG001  # the cities and days looked at are in the statement
    """What the open data give: each part, and how the catalogues call its class."""
    return Rows(PART_ROWS, (), {"titles": _titles(_versions_on(look), chinese=look.language.startswith("zh"))})


@lru_cache(maxsize=64)
def _titles(cities: tuple[CityOnDay, ...], *, chinese: bool) -> str:
    """Return how the cities call their classes of parts, as a JSON object by ``scheme/code``."""
    classes = part_classes((code, day) for code, day, _versions in cities)
    titles = {f"{scheme}/{code}": _title(one, chinese=chinese) for (scheme, code), one in classes.items()}
    return json.dumps(titles, ensure_ascii=False)


def _title(category: Any, *, chinese: bool) -> str:
    title: str = category.name_zh if chinese else category.name_en or category.name_zh
    return title


def find_part(words: str, look: Look) -> list[Found]:
    """Look a part up by its whole code."""
    values: dict[str, Any] = {
        "words": words.replace(" ", ""),
        "cities": [moment.jurisdiction for moment in look.cities],
        "days": [moment.today for moment in look.cities],
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, values)
        return [Found(name or code, _("Part"), tuple(box), code) for code, name, *box in cursor]


def list_of_parts(look: Look, area: str, name: str, value: str) -> str:  # noqa: ARG001  # the list asks who looks by itself
    """Return the address of the parts in an area; ``""`` where they are of something that the list does not search by."""
    field = {"": "", "class": "class_code", "state": "state"}.get(name)
    if field is None or (name and not value):
        return ""
    return f"{reverse('desk-parts')}?{urlencode({'area': area, **({field: value} if field else {})})}"


IS_ONE: list[Any] = ["has", "code"]
BAD = [PartState.DAMAGED.value, PartState.LOST.value]
STATE_COLOUR = ["match", ["get", "state"], BAD, "@part_bad", "@part"]

register(
    Layer(
        name="parts",
        title=_("Parts"),
        shape=Shape.MIXED,
        group=Group.PARTS,
        zooms=(3, 18),
        columns={
            "code": _("Code"),
            "class": _("Class"),
            "name": _("Name"),
            "state": _("State"),
            "count": _("How many"),
        },
        rows=parts,
        sources=("assets_part",),
        is_shown=False,
        legend=(
            LegendItem(_("Part"), "part", "symbol"),
            LegendItem(_("Damaged or lost part"), "part_bad", "symbol"),
            LegendItem(_("Number of parts around"), "cell", "count"),
        ),
        drawn=(
            Drawn(60, {
                "type": "fill", "filter": ["all", IS_ONE, ["==", ["geometry-type"], "Polygon"]],
                "paint": {"fill-color": STATE_COLOUR, "fill-opacity": 0.15},
            }),
            Drawn(61, {
                "type": "line", "filter": ["all", IS_ONE, ["!=", ["geometry-type"], "Point"]],
                "paint": {"line-color": STATE_COLOUR, "line-width": 1.5},
            }),
            Drawn(62, {
                "type": "circle", "filter": ["all", IS_ONE, ["==", ["geometry-type"], "Point"]],
                "paint": {
                    "circle-radius": ["interpolate", ["linear"], ["zoom"], 17, 4, 18, 7, 20, 9],
                    "circle-color": "@part_ground", "circle-stroke-color": STATE_COLOUR, "circle-stroke-width": 1,
                    "circle-opacity": 0.92,
                },
            }),
            Drawn(63, {
                "type": "symbol", "minzoom": 17.6, "filter": ["all", IS_ONE, ["==", ["geometry-type"], "Point"]],
                "layout": {
                    "icon-image": ["concat", "part:", ["get", "symbol"], ":", ["match", ["get", "state"], BAD, "part_bad", "part"]],
                    "icon-size": ["interpolate", ["linear"], ["zoom"], 17.6, 0.4, 20, 0.6],
                    "icon-allow-overlap": True,
                    "icon-ignore-placement": True,
                },
            }),
            Drawn(64, {
                "type": "circle", "filter": ["has", "count"],
                "paint": {
                    "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 7, 2, 10, 4, 15],
                    "circle-color": "@part_ground", "circle-opacity": 0.85, "circle-stroke-color": "@cell", "circle-stroke-width": 1,
                    "circle-stroke-opacity": 0.6,
                },
            }),
            Drawn(65, {
                "type": "symbol", "filter": ["has", "count"],
                "layout": {"text-field": ["to-string", ["get", "count"]], "text-size": 10.5, "text-allow-overlap": True},
                "paint": {"text-color": "@part"},
            }),
        ),
        find=find_part,
        page=("code", "desk-part"),
        features=Features(
            _("Parts: what stands in public space and has a code, such as manhole covers, lamps and benches."),
            {
                "code": Column(_("Code")),
                "scheme": Column(_("Scheme")),
                "class": Column(_("Class"), sql="r.class_code"),
                "class_name": Column(_("Name of the class")),
                "name": Column(_("Name")),
                "state": Column(_("State"), words=PartState.choices),
                "owner": Column(_("Owner (code of the department)")),
                "keeper": Column(_("Keeper (code of the department)")),
                "unit_grid": Column(_("Unit grid")),
                "changed_on": Column(_("Changed on"), ValueKind.DATE),
                **DAYS,
            },
            part_rows,
        ),
        tally=Tally(
            by={"class": "class_name", "state": ""},
            of_today=frozenset({"state"}),
            only=f"(r.state <> '{PartState.REMOVED}' OR coalesce(r.changed_on, r.valid_from) > {TODAY.format(days='lasts')})",
            by_cells=True,
            listed=list_of_parts,
        ),
    ),
)  # fmt: skip
