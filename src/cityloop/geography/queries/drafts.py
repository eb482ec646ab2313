"""Drafts of a division: their list, how good they are, the grids of one on the map and in a list, and who else works on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import shapely
from django.db import connection
from django.db.models import QuerySet

from cityloop.geography.actions.draft_rows import MARGIN
from cityloop.geography.actions.publishing import Published, planned
from cityloop.geography.choices import AreaKind, Flaw
from cityloop.geography.holdings import Held, held_in
from cityloop.geography.models import DraftGrid, DraftStep, GridDraft
from cityloop.geography.queries.composed import DUTY, areas
from cityloop.geography.rules.division import Wish
from cityloop.geography.rules.division.flaws import Limits, flaws_of
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _

PRESENT: Final = timedelta(seconds=30)
"""Who asked for a draft's state so lately still looks at it."""

MOST_SHAPES: Final = 4_000
"""Grids that leave for the map at once."""

EXACT_FROM: Final = 14.5
"""Zoom from which grids leave with all their corners, to be changed; before that, as they are seen."""

# The rough shape of each grid that meets a box, for a map that is far away.
ROUGH = """
SELECT id, ST_AsBinary(coalesce(ST_SimplifyPreserveTopology(geometry, %(step)s), geometry)) FROM geography_draftgrid
WHERE draft_id = %(draft)s AND since <= %(at)s AND (until IS NULL OR until > %(at)s)
    AND geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
ORDER BY area_m2 DESC LIMIT %(most)s
"""

# One who looks is noted beside the others: two pages that ask at once lose nobody.
SEEN = """
UPDATE geography_griddraft SET present = present || jsonb_build_object(%(person)s::text, jsonb_build_array(%(name)s::text, %(at)s::text))
WHERE id = %(draft)s
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of a division, without its grids."""

    id: int
    jurisdiction: str
    by: str
    asked_at: datetime
    is_ready: bool
    progress: float
    why: str
    wish: Mapping[str, Any]
    communities: Sequence[str]
    separated: Sequence[str]
    step: int
    last_step: int
    changed_by: str
    changed_at: datetime | None
    published_at: datetime | None
    published_from: date | None
    dropped_at: datetime | None
    figures: Mapping[str, Any] | None
    proposed: Mapping[str, Any] | None
    before: Mapping[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.is_ready and not (self.why or self.published_at or self.dropped_at)

    @property
    def limits(self) -> Limits:
        wish = Wish(**self.wish) if self.wish else Wish()
        counted = self.figures or {}
        mean = counted.get("parts", 0) / max(1, counted.get("grids", 1))
        return Limits(wish.built_m2, wish.open_m2, mean)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One grid of a draft in a list: ``code`` is empty where it will be given a new one; ``at`` lon, lat of a point in it."""

    id: int
    code: str
    community: str
    area_m2: float
    parts: int
    cuts: int
    flaws: tuple[Flaw, ...]
    at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a draft would do.

    Args:
        published: How many grids go on, change, begin, end.
        ended, new: Their codes.
        held: What lies in the grids that are changed or end.
        areas: By kind (``duty`` and the others), code and name of each area that is touched.
    """

    published: Published
    ended: Sequence[str]
    new: Sequence[str]
    held: Sequence[Held]
    areas: Mapping[str, Sequence[tuple[str, str]]]


def drafts(jurisdiction: str, most: int = 20) -> list[Draft]:
    """Return the latest drafts of a city, the newest first."""
    return [_told(row) for row in GridDraft.objects.filter(jurisdiction=jurisdiction).order_by("-id")[:most]]


def draft(cities: Collection[str], draft_id: int) -> Draft:
    """Return a draft of one of some cities.

    Raises:
        NotFound: There is none of this number there.
    """
    row = GridDraft.objects.filter(pk=draft_id, jurisdiction__in=cities).first()
    if row is None:
        raise NotFound(_("There is no such draft."))
    return _told(row)


def shapes(of: Draft, box: Sequence[float], zoom: float) -> dict[str, Any]:
    """Return the grids of a draft that meet a box (degrees), for the map: exact ones where one is near enough to change them.

    ``more``: there are more than leave at once.
    """
    west, south, east, north = box
    if zoom < EXACT_FROM:
        values: dict[str, Any] = {
            "draft": of.id, "at": of.step, "west": west, "south": south, "east": east, "north": north,
            "step": 360 / 2**zoom / 512, "most": MOST_SHAPES + 1,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(ROUGH, values)
            rough = {pk: shapely.from_wkb(bytes(shape)) for pk, shape in cursor.fetchall()}
        rows = DraftGrid.objects.filter(pk__in=rough)
    else:
        rough = {}
        around = shapely.box(west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
        rows = DraftGrid.objects.filter(draft=of.id, geometry__bboverlaps=around.wkt).at_step(of.step)
    found = _features(of, rows.order_by("pk")[: MOST_SHAPES + 1], rough)
    return {
        "step": of.step, "last": of.last_step, "exact": not rough and zoom >= EXACT_FROM,
        "more": len(found) > MOST_SHAPES, "features": found[:MOST_SHAPES],
    }  # fmt: skip


def step_taken(of: Draft) -> dict[str, Any]:
    """Return what the last step of a draft took away and brought, as ``shapes`` tells it."""
    rows = DraftGrid.objects.filter(draft=of.id)
    return {
        "step": of.step,
        "last": of.last_step,
        "gone": list(rows.filter(until=of.step).order_by("pk").values_list("pk", flat=True)),
        "features": _features(of, rows.filter(since=of.step).order_by("pk"), {}),
    }


def lines(of: Draft, only: str = "", most: int = 100) -> tuple[list[DraftLine], dict[str, int], int]:
    """Return the grids of a draft that are worth a look, the worst first; how many have each flaw; how many there are in all.

    Args:
        only: A flaw: those that have it.
    """
    rows = DraftGrid.objects.filter(draft=of.id).at_step(of.step).order_by("pk")
    columns = list(rows.values_list("pk", "area_m2", "compact", "parts", "cuts", "is_built"))
    limits = of.limits
    told = {row[0]: flaws_of(limits, *row[1:]) for row in columns}
    counts = {flaw.value: sum(flaw in one for one in told.values()) for flaw in Flaw}
    wanted = [row for row in columns if (only in told[row[0]] if only else True)]
    wanted.sort(key=lambda row: (-len(told[row[0]]), -row[1]))
    shown = [row[0] for row in wanted[:most]]
    found = {}
    for pk, code, community, geometry in rows.filter(pk__in=shown).values_list(
        "pk", "code", "community_code", "geometry"
    ):
        inside = shapely.point_on_surface(shapely.from_wkb(bytes(geometry.wkb)))
        found[pk] = (code, community, (round(inside.x, 6), round(inside.y, 6)))
    by_key = {row[0]: row for row in wanted}
    made = [
        DraftLine(pk, *found[pk][:2], by_key[pk][1], by_key[pk][3], by_key[pk][4], told[pk], found[pk][2])
        for pk in shown
    ]
    return made, counts, len(columns)


def preview(of: Draft, valid_from: date) -> Preview:
    """Return what publishing a draft from a day on would do.

    Raises:
        Conflict, InvalidInput: It cannot be published from that day.
    """
    plan = planned(GridDraft.objects.get(pk=of.id), valid_from)
    touched = set(plan.touched)
    kinds = (DUTY, *AreaKind.values)
    hit = {
        kind: [
            (one.code, one.name)
            for one in areas(of.jurisdiction, valid_from, kind)
            if touched.intersection(one.unit_grids)
        ]
        for kind in kinds
    }
    held = held_in(of.jurisdiction, valid_from, plan.touched)
    return Preview(plan.published, plan.ended, plan.new, held, {kind: found for kind, found in hit.items() if found})


def looked_at(of: Draft, person: int | None, name: str, now: datetime) -> list[str]:
    """Note who looks at a draft, and return the names of those others who do."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {"person": str(person), "name": name, "at": now.isoformat(), "draft": of.id})
    present: Mapping[str, Sequence[str]] = GridDraft.objects.values_list("present", flat=True).get(pk=of.id)
    return sorted(
        who for key, (who, at) in present.items() if key != str(person) and datetime.fromisoformat(at) > now - PRESENT
    )


def areas_of_grids(jurisdiction: str, on: date) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int]:
    """Return ``(n,)`` the areas in m² of the unit grids that hold on a day, and in how many communities they lie."""
    from cityloop.geography.models import UnitGrid

    rows = list(
        UnitGrid.objects.valid_on(on)
        .filter(jurisdiction=jurisdiction)
        .order_by("pk")
        .values_list("area_m2", "community_code")
    )
    return np.array([area for area, _code in rows], dtype=np.float64), len({code for _area, code in rows})


def _told(row: GridDraft) -> Draft:
    step = (
        DraftStep.objects.filter(draft=row, number=row.step).values_list("figures", flat=True).first()
        if row.step
        else None
    )
    return Draft(
        row.pk, row.jurisdiction, row.by, row.asked_at, row.finished_at is not None, row.progress, row.why, row.wish, row.communities,
        row.separated, row.step, row.last_step, row.changed_by, row.changed_at, row.published_at, row.published_from, row.dropped_at,
        step or row.figures, row.figures, row.before,
    )  # fmt: skip


def _features(of: Draft, rows: QuerySet[DraftGrid], rough: Mapping[int, Any]) -> list[dict[str, Any]]:
    limits = of.limits
    columns = ("pk", "geometry", "code", "community_code", "area_m2", "compact", "parts", "cuts", "is_built")
    return [
        {
            "type": "Feature",
            "id": pk,
            "geometry": _geometry(rough.get(pk) or shapely.from_wkb(bytes(shape.wkb))),
            "properties": {
                "code": code, "community": community, "area": round(area), "parts": parts, "cuts": cuts,
                "flaws": [one.value for one in flaws_of(limits, area, compact, parts, cuts, is_built)],
            },
        }
        for pk, shape, code, community, area, compact, parts, cuts, is_built in rows.values_list(*columns)
    ]  # fmt: skip


def _geometry(shape: Any) -> dict[str, Any]:
    """Return a polygon as GeoJSON with its numbers to the last digit: a corner is named by them."""
    return {
        "type": "Polygon",
        "coordinates": [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(shape)],
    }
