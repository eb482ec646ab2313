"""Cases in hand on the map, each in its light; many in one place as one disc with their number and the worst light among them."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import Polygon
from django.db.models import Exists, F, Func, OuterRef, Q, TextField
from django.urls import reverse

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS, Light
from cityloop.cases.forms.searching import AREA_LONGEST
from cityloop.cases.queries.coordinates import coordinates
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Shape, ValueKind
from cityloop.onemap.queries import NO_ROWS, rows_of
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import (
    Column,
    Drawn,
    Features,
    Found,
    Layer,
    LegendItem,
    Look,
    Moment,
    Rows,
    Span,
    Tally,
)
from cityloop.onemap.rules.tiles import MARGIN, Tile
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.standards.rules import symbol_of

CLOSE = 15
"""From this zoom on each case is shown by itself."""

LIGHTS = (Light.NONE, Light.PAUSED, Light.GREEN, Light.YELLOW, Light.RED, Light.DOUBLE_RED)
"""The better ones first."""

# The cases that the viewer may see, each in its light by its city's clock (as ``queries.lights.case_light`` says it), its class
# in words. {seen} is the queryset's own statement: the one scoping rule, no other.
LIT = """
SELECT c.number, c.category, named.title, coalesce(named.symbol, 'other') AS symbol,
    ST_Transform(ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326), 3857) AS geom,
    CASE WHEN NOT %(is_today)s THEN 0
        WHEN c.due_at IS NULL THEN CASE WHEN c.kind = 'paused' THEN 1 ELSE 0 END
        WHEN clock.now > c.due_at THEN CASE WHEN clock.now > c.double_at THEN 5 ELSE 4 END
        WHEN clock.now >= c.warn_at THEN 3 ELSE 2 END AS light
FROM ({seen}) AS c
JOIN unnest(%(cities)s::text[], %(nows)s::timestamptz[]) AS clock (code, now) ON clock.code = c.jurisdiction
LEFT JOIN unnest(%(keys)s::text[], %(titles)s::text[], %(symbols)s::text[]) AS named (key, title, symbol)
    ON named.key = c.category
"""

SINGLE = """
SELECT geom, number, category, title, symbol, (%(lights)s::text[])[light + 1] AS light, 1 AS count, light::float AS weight
FROM ({lit}) AS lit
"""

# A cell belongs to one tile alone. What is alone in its cell is shown as itself.
CLUSTERED = """
SELECT ST_SetSRID(ST_MakePoint(avg(ST_X(geom)), avg(ST_Y(geom))), 3857) AS geom,
    CASE WHEN count(*) = 1 THEN min(number) END AS number, CASE WHEN count(*) = 1 THEN min(category) END AS category,
    CASE WHEN count(*) = 1 THEN min(title) END AS title, CASE WHEN count(*) = 1 THEN min(symbol) END AS symbol,
    (%(lights)s::text[])[max(light) + 1] AS light, count(*)::integer AS count, count(*)::float AS weight
FROM ({lit}) AS lit
WHERE ST_X(geom) >= %(frame_west)s AND ST_X(geom) < %(frame_east)s
    AND ST_Y(geom) >= %(frame_south)s AND ST_Y(geom) < %(frame_north)s
GROUP BY floor(ST_X(geom) / %(cell_m)s), floor(ST_Y(geom) / %(cell_m)s)
"""

COLUMNS = ("number", "category", "title", "symbol", "light", "count")


def visible_then(viewer: Viewer, moments: Iterable[Moment]) -> Any:
    """Return the cases that ``viewer`` may see now and that were in hand at each city's moment: that somebody had a task in then.

    What state a case was in, and where its clocks stood, no row says any more: on the map of a past day a case has no light.
    """
    moment_of = {moment.jurisdiction: moment for moment in moments}
    rows = placed_cases(viewer, moment_of)
    at = Q()
    for code, moment in moment_of.items():
        tasks = models.Task.objects.filter(
            Q(done_at=None) | Q(done_at__gt=moment.now), case=OuterRef("pk"), opened_at__lte=moment.now
        )
        over = Q(closed_at=None) | Q(closed_at__gt=moment.now)
        at |= Q(over, Exists(tasks), jurisdiction=code, reported_at__lte=moment.now)
    return rows.filter(at)


def visible_on_map(viewer: Viewer, codes: Iterable[str]) -> Any:
    """Return the cases in hand that the map shows ``viewer``: what their list shows of the cities in which they are staff.

    Who reads a city's cases as one of the public sees none here: they may not know of any clock.
    """
    return placed_cases(viewer, codes).open()


def placed_cases(viewer: Viewer, codes: Iterable[str]) -> Any:
    """Return all cases with a position that ``viewer`` sees as one of the staff of these cities, closed ones too."""
    staffed = [code for code in codes if not reads_as_public(table_in_force(code), code, viewer)]
    return models.Case.objects.visible_to(viewer).filter(jurisdiction__in=staffed, location__isnull=False)


def cases(look: Look, at: Tile) -> Rows:
    """What one tile shows."""
    here = Polygon.from_bbox(at.degrees(MARGIN))
    here.srid = 4490
    if look.is_today:
        rows = visible_on_map(look.viewer, [moment.jurisdiction for moment in look.cities])
    else:  # of a day to come nothing is known yet
        rows = visible_then(
            look.viewer, [one for one in look.cities if city(one.jurisdiction).day_of(one.now) >= one.today]
        )
    rows = rows.filter(location__bboverlaps=here).order_by()
    columns = ("number", "category", "jurisdiction", "kind", "due_at", "warn_at", "double_at", "lon", "lat")
    seen, values = rows_of(rows.annotate(**coordinates("location")).values(*columns))
    if not seen:
        return NO_ROWS
    keys, titles, symbols = _classes(look)
    lit = LIT.format(seen=seen)
    sql = (SINGLE if at.zoom >= CLOSE else CLUSTERED).format(lit=lit)
    named = {
        "is_today": look.is_today,
        "keys": keys,
        "titles": titles,
        "symbols": symbols,
        "lights": [light.value for light in LIGHTS],
    }
    return Rows(sql, COLUMNS, {**values, **named}, margin=False)


def _classes(look: Look) -> tuple[list[str], list[str], list[str]]:
    """Return the classes of the cities looked at: keys, names in the reader's language, signs."""
    found = {
        key: one for moment in look.cities for key, one in city(moment.jurisdiction).categories_on(moment.today).items()
    }
    chinese = look.language.startswith("zh")
    return (
        list(found),
        [one.name_zh if chinese else one.name_en or one.name_zh for one in found.values()],
        [symbol_of(one.scheme, one.type, one.big_code, one.name_zh) for one in found.values()],
    )


TOLD = (
    "id", "number", "jurisdiction", "category", "state", "kind", "reported_at", "closed_at", "due_at", "warn_at", "double_at",
    "district", "street", "community", "unit_grid", "duty_grid", "part_code",
)  # fmt: skip
"""What the open data tell of a case: nothing that anybody wrote, and nothing of who reported it."""

LIGHT = """CASE WHEN r.closed_at IS NOT NULL OR r.kind NOT IN ('working', 'waiting', 'paused') THEN NULL
    ELSE (%(lights)s::text[])[1 + CASE WHEN r.due_at IS NULL THEN CASE WHEN r.kind = 'paused' THEN 1 ELSE 0 END
        WHEN {now} > r.due_at THEN CASE WHEN {now} > r.double_at THEN 5 ELSE 4 END
        WHEN {now} >= r.warn_at THEN 3 ELSE 2 END] END""".format(
    now="(%(nows)s::timestamptz[])[array_position(%(cities)s::text[], r.jurisdiction::text)]"
)


def case_rows(look: Look, span: Span | None) -> Rows:
    """What the open data give: the cases in hand, or, where a time is named, those that were in hand then."""
    rows = placed_cases(look.viewer, [moment.jurisdiction for moment in look.cities])
    if span is None:
        rows = rows.open()
    else:
        if span.ends is not None:
            rows = rows.filter(reported_at__lte=span.ends)
        if span.begins is not None:
            rows = rows.filter(Q(closed_at=None) | Q(closed_at__gte=span.begins))
    # The column itself: Django would write a geometry's bytes.
    place = Func(F("location"), template="(%(expressions)s)", output_field=TextField())
    seen, values = rows_of(rows.order_by().values(*TOLD, geometry=place))
    if not seen:
        return NO_ROWS
    keys, titles, _symbols = _classes(look)
    named = {
        "titles": json.dumps(dict(zip(keys, titles, strict=True))),
        "states": json.dumps(_states(look)),
        "lights": [light.value for light in LIGHTS],
    }
    return Rows(seen, (), {**values, **named})


def _states(look: Look) -> dict[str, str]:
    """Return what the tables of the cities looked at call their states, by city and code."""
    return {
        f"{moment.jurisdiction}/{code}": state.text(look.language)
        for moment in look.cities
        for code, state in table_in_force(moment.jurisdiction).states.items()
    }


def list_of_cases(look: Look, area: str, name: str, value: str) -> str:
    """Return the address of the search for the cases in hand in an area; ``""`` where the search knows no such thing.

    The search takes a polygon of ``AREA_LONGEST`` characters; what is longer has no address.
    """
    field = {"": "", "light": "light", "state": "state", "class": "category"}.get(name)
    if len(area) > AREA_LONGEST or field is None or (name and value in {"", Light.NONE}):
        return ""
    asked = [("area", area), *([(field, value)] if field else [])]
    if field in {"", "category"}:  # else the search would show the closed ones too
        tables = [table_in_force(moment.jurisdiction) for moment in look.cities]
        in_hand = {code for loop in tables for code, state in loop.states.items() if state.kind in OPEN_KINDS}
        asked += [("state", code) for code in sorted(in_hand)]
    return f"{reverse('desk-search')}?{urlencode(asked)}"


def find_case(words: str, look: Look) -> list[Found]:
    """Look a case in hand up by its number or the end of it."""
    digits = words.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST):
        return []
    rows = visible_on_map(look.viewer, [moment.jurisdiction for moment in look.cities])
    found = rows.filter(number__endswith=digits).order_by("-reported_at", "-id").annotate(**coordinates("location"))
    return [
        Found(number, _("Case"), (lon, lat, lon, lat), number)
        for number, lon, lat in found.values_list("number", "lon", "lat")[:10]
    ]


SHORTEST = 4
"""Digits of a number that are enough to look for it."""

RANK: list[Any] = [
    "match",
    ["get", "light"],
    *(part for rank, light in enumerate(LIGHTS) for part in (light.value, rank)),
    0,
]
MANY: list[Any] = [">", ["get", "count"], 1]

register(
    Layer(
        name="cases",
        title=_("Cases in hand"),
        shape=Shape.POINT,
        group=Group.WORK,
        zooms=(3, 16),
        columns={
            "number": _("Number"),
            "title": _("Class"),
            "light": _("Traffic light"),
            "count": _("How many"),
        },
        rows=cases,
        is_live=True,
        legend=(
            *(LegendItem(light.label, f"light_{light.value}", f"light-{light.value}") for light in LIGHTS[:0:-1]),
            LegendItem(_("Several cases, in the worst light among them"), "light_none", "cluster"),
        ),
        drawn=(
            Drawn(100, {
                "type": "symbol", "filter": ["!", MANY],
                "layout": {
                    "icon-image": ["concat", "case:", ["get", "symbol"], ":", ["get", "light"]],
                    "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.62, 14, 0.8, 16, 1],
                    "icon-allow-overlap": True,
                    "symbol-sort-key": RANK,
                },
            }),
            Drawn(102, {
                "type": "symbol", "filter": MANY,
                "layout": {
                    "icon-image": ["concat", "cluster:", ["get", "light"]],
                    "icon-size": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0.3, 0.8, 1, 0.95, 2, 1.25, 3, 1.6],
                    "icon-allow-overlap": True,
                    "text-field": ["to-string", ["get", "count"]],
                    "text-size": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0.3, 12, 2, 15],
                    "text-allow-overlap": True,
                    "symbol-sort-key": RANK,
                },
                "paint": {"text-color": "@disc_ink"},
            }),
        ),
        find=find_case,
        page=("number", "desk-case"),
        features=Features(
            _("Cases in hand with a position; with a time, those that were in hand then. Without what anybody wrote or who reported."),
            {
                "number": Column(_("Number")),
                "class": Column(_("Class"), sql="r.category"),
                "class_name": Column(_("Name of the class"), sql="%(titles)s::jsonb ->> r.category"),
                "state": Column(_("State")),
                "state_name": Column(
                    _("Name of the state"), sql="%(states)s::jsonb ->> (r.jurisdiction || '/' || r.state)"
                ),
                "light": Column(_("Traffic light"), sql=LIGHT, words=Light.choices),
                "reported_at": Column(_("Reported"), ValueKind.INSTANT),
                "due_at": Column(_("Due"), ValueKind.INSTANT),
                "closed_at": Column(_("Closed"), ValueKind.INSTANT),
                "district": Column(_("District or county")),
                "street": Column(_("Street or town")),
                "community": Column(_("Community or village")),
                "unit_grid": Column(_("Unit grid")),
                "duty_grid": Column(_("Duty grid")),
                "part_code": Column(_("Code of the part")),
                "jurisdiction": Column(_("Jurisdiction")),
            },
            case_rows,
            key="number",
            geometry_type="Point",
        ),
        tally=Tally(
            by={"light": "", "state": "state_name", "class": "class_name"},
            of_today=frozenset({"light", "state"}),
            listed=list_of_cases,
        ),
    ),
)  # fmt: skip
