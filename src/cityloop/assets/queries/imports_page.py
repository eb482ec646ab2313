"""What the pages of imports show."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from cityloop.assets.actions import importing
from cityloop.assets.choices import Fate, ImportState
from cityloop.assets.models import ImportRun
from cityloop.assets.queries.compared import KINDS, compared
from cityloop.assets.queries.imports import by_reason, faults_of_run, first_faults, number_title
from cityloop.assets.rules.imports.fields import Field
from cityloop.assets.rules.imports.mapping import CONSTANT
from cityloop.assets.rules.imports.rows import ZERO_DEG
from cityloop.assets.targets import Target, of_name, targets
from cityloop.geography.choices import CoordinateSystem, RegionLevel
from cityloop.geography.files import Asked, Looked
from cityloop.geography.queries import extent
from cityloop.kernel.errors import CityError, NotFound
from cityloop.kernel.translation import _, lazy
from cityloop.organisation.queries import bounds_of, city
from cityloop.standards.choices import Scheme

REASON_ROWS = 5_000
LINES = 100
PREVIEW_ROWS = 8
PINS = 200
LIST = 50
EDGE_DEG = 0.001
"""So much is shown around the outermost points."""

MAP_PX, TILE_PX = (900, 600), 512
"""A map that is as large as it is on a desk's screen, and a tile of it."""

CLOSEST = 17.0


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of the form: its column, or what is said for all rows, and the first texts that stand there."""

    name: str
    title: Any
    is_needed: bool
    column: str
    said: str
    examples: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()


def list_page(runs: QuerySet[ImportRun], homes: Sequence[str], before: str) -> dict[str, Any]:
    """Return what the list of imports shows: ``LIST`` of them, those before the one named."""
    rows = runs.order_by("-id")
    with suppress(ValueError):  # what is no import's id begins at the newest
        rows = rows.filter(pk__lt=UUID(before)) if before else rows
    shown = list(rows[: LIST + 1])
    return {
        "runs": shown[:LIST],
        "more": shown[LIST - 1].id if len(shown) > LIST else "",
        "homes": [(code, city(code).name) for code in homes],
        "targets": targets(),
    }


def setup_page(run: ImportRun, target_name: str, reading: Asked, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form of an import shows: what the file holds, what is proposed, the first rows and where they lie."""
    home = city(run.jurisdiction)
    target = of_name(target_name) if target_name in {one.name for one in targets()} else targets()[0]
    told: dict[str, Any] = {
        "target": target, "targets": targets(), "reading": reading, "day": run.options.get("valid_from") or home.today().isoformat(),
        "options": run.options, "systems": [*CoordinateSystem.choices], "home": home, "bounds": bounds_of([run.jurisdiction]),
        "schemes": Scheme.choices, "scheme": run.options.get("scheme") or home.scheme, "levels": list(reversed(RegionLevel.choices)),
    }  # fmt: skip
    try:
        looked, found, reading = importing.propose_for(run, target, reading, home.today())
    except CityError as exc:
        return told | {"unreadable": exc}
    mapping = found | dict(typed) if typed else found | (run.mapping if run.target == target.name else {})
    fields = [_field(one, mapping.get(one.name, ""), looked) for one in target.fields]
    # A table without positions, of things that need none, has no system of coordinates either.
    is_bare = bool(target.without_shape and looked.is_sheet and not looked.points)
    return told | {
        "is_bare": is_bare, "looked": looked, "reading": reading, "fields": fields,
        "mapped": [one for one in fields if one.column or one.said or one.is_needed],
        "unmapped": [one for one in fields if not (one.column or one.said or one.is_needed)],
        "rows": looked.rows[:PREVIEW_ROWS], "pins": _pins([(lon, lat, "") for lon, lat in looked.points]),
        "sight": _first_sight(looked.points, told["bounds"]), "inside": _inside(run, looked),
    }  # fmt: skip


def _field(one: Field, recipe: str, looked: Looked) -> MappedField:
    said = recipe[1:] if recipe.startswith(CONSTANT) else ""
    column = "" if said else recipe
    examples: tuple[str, ...] = ()
    if column in looked.columns:
        place = looked.columns.index(column)
        examples = tuple(dict.fromkeys(row[place] for row in looked.rows if row[place]))[:3]
    words = tuple(dict.fromkeys((str(value), str(value)) for value in one.choices.values()))
    return MappedField(one.name, one.title, one.is_needed, column, said, examples, words)


def _pins(points: Sequence[tuple[float, float, str]]) -> str:
    return json.dumps(
        [{"lon": lon, "lat": lat, "words": words} for lon, lat, words in points[:PINS]], ensure_ascii=False
    )


def _bounds(points: Sequence[tuple[float, float]], home: str = "") -> str:
    """Return what a map of some points shows: of a city (its bounds) those that lie there, and all of it where none does."""
    west, south, east, north = map(float, home.split(",")) if home else (-180.0, -85.0, 180.0, 85.0)
    inside = [
        (lon, lat)
        for lon, lat in points
        if west <= lon <= east and south <= lat <= north and (abs(lon) > ZERO_DEG or abs(lat) > ZERO_DEG)
    ]
    if not inside:
        return home
    lons, lats = [lon for lon, _lat in inside], [lat for _lon, lat in inside]
    return f"{min(lons) - EDGE_DEG},{min(lats) - EDGE_DEG},{max(lons) + EDGE_DEG},{max(lats) + EDGE_DEG}"


def _first_sight(points: Sequence[tuple[float, float]], home: str) -> str:
    """Return what the map of first rows shows: those in the city; where none lies there, where they do, so that it is seen."""
    inside = _bounds(points, home)
    return inside if inside != home else _bounds(points) or home


def _inside(run: ImportRun, looked: Looked) -> str:
    """Say how many of the first rows lie where the city is: by it a wrong system is seen."""
    try:
        west, south, east, north = extent(run.jurisdiction, city(run.jurisdiction).today())
    except NotFound:
        return ""
    count = sum(west <= lon <= east and south <= lat <= north for lon, lat in looked.points)
    return _("%(count)d of the first %(all)d rows lie where the city is.") % {"count": count, "all": len(looked.points)}


def checked_page(run: ImportRun, reason: str, after: int) -> dict[str, Any]:
    """Return what the page of an import shows once it has been set up."""
    lines = first_faults(run, LINES + 1, reason=reason, after=after)
    places = faults_of_run(run, reason=reason, notes=False if not reason else None).filter(lon__isnull=False)[:PINS]
    points = [(row.lon, row.lat, str(row.number)) for row in places if row.lon is not None and row.lat is not None]
    total = max(0, run.rows_total)
    told: dict[str, Any] = {
        "target": of_name(run.target) if run.target else None, "counts": run.counts, "reasons": by_reason(run), "reason": reason,
        "lines": lines[:LINES], "after": lines[LINES - 1].row if len(lines) > LINES else 0, "pins": _pins(points),
        "sight": _sight(run, [(lon, lat) for lon, lat, _words in points]), "total": total,
        "share": round(100 * run.rows_read / total) if total else None, "steps": STEPS.get(run.step, ""),
        "number_title": number_title(run), "is_compared": run.state in {ImportState.CHECKED, ImportState.APPLIED},
    }  # fmt: skip
    if run.state == ImportState.APPLIED:
        told["on_map"] = _on_map(run, told["target"])
        ways = importing.in_the_way(run)[:LINES] if run.counts.get("added", 0) <= FEW else []
        told["in_the_way"] = [one for one in ways if not one.cases]
        told["named"] = [one for one in ways if one.cases]
    return told


def _sight(run: ImportRun, points: Sequence[tuple[float, float]]) -> str:
    """Return where the map of an import stands: at these points, else where its good rows lie, else at the city."""
    home = bounds_of([run.jurisdiction])
    box = run.counts.get("box")
    return _bounds(points or (list(zip(box[::2], box[1::2], strict=True)) if box else []), home)


def _on_map(run: ImportRun, target: Target | None) -> str:
    """Return what leads the map to what an import brought: its layer, its place, the day from which it holds if that is to come."""
    asked = {"show": target.layer if target else ""}
    if (day := str(run.options.get("valid_from", ""))) > city(run.jurisdiction).today().isoformat():
        asked["day"] = day
    query = "?" + urlencode({name: value for name, value in asked.items() if value})
    if not (sight := _sight(run, [])):
        return query
    west, south, east, north = map(float, sight.split(","))
    lat = (south + north) / 2
    wide = max((east - west) / MAP_PX[0], (north - south) / math.cos(math.radians(lat)) / MAP_PX[1])
    zoom = min(CLOSEST, math.log2(360 / (TILE_PX * wide)))
    return f"{query}#map={zoom:.2f}/{lat:.5f}/{(west + east) / 2:.5f}"


def rows_page(run: ImportRun, kind: Fate, after: int) -> dict[str, Any]:
    """Return what the page of an import's rows shows: those that are new, become otherwise, or are gone."""
    page = compared(run, kind, after)
    target = of_name(run.target) if run.target else None
    points = [(row.lon, row.lat, row.key) for row in page.rows if row.lon is not None and row.lat is not None]
    return {
        "target": target, "page": page, "kind": kind, "pins": _pins(points),
        "kinds": [(fate.value, str(fate.label), run.counts.get(name, 0)) for fate, name in KINDS.items()],
        "number_title": number_title(run) if any(row.number for row in page.rows) else "", "is_to_come": run.state == ImportState.CHECKED,
        "sight": _sight(run, [(lon, lat) for lon, lat, _words in points]),
    }  # fmt: skip


FEW = 50_000
"""Of more rows it is asked only when somebody wants to undo them."""

STEPS = {
    "reading": lazy("Rows are read and checked"),
    "together": lazy("All rows are compared"),
    "applying": lazy("Rows are written"),
}
