"""Parts follow the areas in which they stand: a new division, an import of grids or a new border brings them to their new grids.

It goes by what holds on the city's day, however it came to hold, so that a division published for next month moves the
parts next month. Cases keep the grid that they had.
"""

import logging
from datetime import date
from typing import Final

import numpy as np
import shapely
from django.db import connection, transaction

from cityloop.assets.actions.adding import lock_parts
from cityloop.assets.choices import ChangeKind, Origin
from cityloop.assets.models import AreasFollowed, Part
from cityloop.geography.queries import Locator, areas_stamp
from cityloop.geography.rules.shapes import points_on
from cityloop.kernel.clock import machine_now
from cityloop.organisation.queries import city

logger = logging.getLogger(__name__)

BATCH: Final = 5_000
"""Parts that are looked at, and their changes committed, at once: half a second, in which nobody else writes parts of the city."""

SOME = """
SELECT id, ST_AsBinary(geometry) FROM assets_part
WHERE jurisdiction = %(jurisdiction)s AND id > %(upto)s AND (valid_to IS NULL OR valid_to > %(day)s)
ORDER BY id LIMIT %(batch)s
"""

# Each part that lies elsewhere now, with its row of history; before and after hold only what differs.
FOLLOW = """
WITH place AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(unit_grids)s::text[], %(streets)s::text[], %(communities)s::text[])
        AS t (id, unit_grid, street, community)
), moved AS (
    UPDATE assets_part p SET unit_grid = t.unit_grid, street = t.street, community = t.community,
        revision = p.revision + 1, changed_on = greatest(%(day)s, p.valid_from)
    FROM place t JOIN assets_part o ON o.id = t.id
    WHERE p.id = o.id AND (o.unit_grid, o.street, o.community) <> (t.unit_grid, t.street, t.community)
    RETURNING p.jurisdiction, p.code, p.revision,
        nullif(o.unit_grid, t.unit_grid) AS old_grid, nullif(t.unit_grid, o.unit_grid) AS new_grid,
        nullif(o.street, t.street) AS old_street, nullif(t.street, o.street) AS new_street,
        nullif(o.community, t.community) AS old_community, nullif(t.community, o.community) AS new_community
)
INSERT INTO assets_partchange (jurisdiction, code, revision, kind, day, at, origin, ref, note, before, after)
SELECT jurisdiction, code, revision, %(kind)s, %(day)s, %(at)s, %(origin)s, '', '',
    jsonb_strip_nulls(jsonb_build_object('unit_grid', old_grid, 'street', old_street, 'community', old_community)),
    jsonb_strip_nulls(jsonb_build_object('unit_grid', new_grid, 'street', new_street, 'community', new_community))
FROM moved
"""


def follow_areas(batch: int = BATCH) -> int:
    """Bring the parts of every city to the areas of its day; return how many lie elsewhere than before."""
    return sum(_follow(jurisdiction, batch) for jurisdiction in _cities())


def _cities() -> list[str]:
    """Return the cities that have parts: a step through the index for each, whatever their number."""
    found, last = list[str](), ""
    while (
        row := Part.objects.filter(jurisdiction__gt=last)
        .order_by("jurisdiction", "id")
        .values_list("jurisdiction")
        .first()
    ):
        (last,) = row
        found.append(last)
    return found


def _follow(jurisdiction: str, batch: int) -> int:
    """Go through the parts of a city: through all where its areas are others than those followed last, else through new ones.

    Each batch is committed with how far it came: a killed worker is gone on from there.
    """
    today = city(jurisdiction).today()
    stamp = areas_stamp(jurisdiction, today)
    AreasFollowed.objects.get_or_create(jurisdiction=jurisdiction)
    AreasFollowed.objects.filter(jurisdiction=jurisdiction).exclude(stamp=stamp).update(stamp=stamp, upto=0)
    locator, moved = None, 0
    while True:
        with transaction.atomic():
            lock_parts(jurisdiction)
            upto = AreasFollowed.objects.get(jurisdiction=jurisdiction).upto
            some = _some(jurisdiction, upto, today, batch)
            if not some:
                break
            locator = locator or Locator.load(today, jurisdiction)
            moved += _moved(some, locator, today)
            AreasFollowed.objects.filter(jurisdiction=jurisdiction).update(upto=some[-1][0])
    if moved:
        logger.info("%s: %d parts followed the areas of %s", jurisdiction, moved, today)
    return moved


def _some(jurisdiction: str, upto: int, day: date, batch: int) -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(SOME, {"jurisdiction": jurisdiction, "upto": upto, "day": day, "batch": batch})
        rows: list[tuple[int, bytes]] = cursor.fetchall()
    return rows


def _moved(some: list[tuple[int, bytes]], locator: Locator, day: date) -> int:
    """Write where some parts lie now; what lies in no area at all keeps its last. Return how many were elsewhere."""
    shapes = shapely.from_wkb(np.array([bytes(wkb) for _id, wkb in some], dtype=object))
    places = locator.locate(*points_on(shapes))
    found = np.flatnonzero(places.found)
    columns = {name: places.column(name)[found].tolist() for name in ("unit_grid", "street", "community")}
    with connection.cursor() as cursor:
        cursor.execute(
            FOLLOW,
            {
                "ids": [some[row][0] for row in found],
                "unit_grids": columns["unit_grid"],
                "streets": columns["street"],
                "communities": columns["community"],
                "day": day,
                "at": machine_now(),
                "kind": ChangeKind.CHANGED.value,
                "origin": Origin.AREAS.value,
            },
        )
        return int(cursor.rowcount)
