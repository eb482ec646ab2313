"""Areas into their tables by COPY: 40,000 in seconds, where one INSERT each would take a minute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from cityloop.geography.rules.located import NORMAL_ZONE
from cityloop.geography.rules.shapes import Shapes, area_m2, column

SRID = 4490


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region to write; ``shape`` is a valid polygon or multipolygon in degrees, or None where no border is known."""

    code: str
    level: str
    name: str
    parent_code: str
    jurisdiction: str
    shape: Any


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A unit grid to write; ``shape`` is a valid polygon or multipolygon in degrees."""

    code: str
    jurisdiction: str
    shape: Any
    name: str = ""
    timing_zone: str = NORMAL_ZONE


def lock(jurisdiction: str) -> None:
    """Let one transaction at a time change the areas of ``jurisdiction``: another one waits and then sees the result."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('geography'), hashtext(%s))", [jurisdiction])


def write_regions(regions: Sequence[NewRegion], valid_from: date) -> None:
    """Write regions within the transaction that is open."""
    shapes = as_ewkb(column([region.shape for region in regions]))
    rows = (
        (new.code, str(new.level), new.name, new.parent_code, new.jurisdiction, shape, valid_from)
        for new, shape in zip(regions, shapes, strict=True)
    )
    columns = ("code", "level", "name", "parent_code", "jurisdiction", "geometry", "valid_from")
    _copy("geography_region", columns, rows)


def write_grids(grids: Sequence[NewGrid], valid_from: date) -> None:
    """Write unit grids within the transaction that is open, and count them for the planner."""
    shapes = column([grid.shape for grid in grids])
    rows = (
        (new.code, new.name, new.jurisdiction, new.timing_zone, shape, area, valid_from)
        for new, shape, area in zip(grids, as_ewkb(shapes), area_m2(shapes).tolist(), strict=True)
    )
    columns = ("code", "name", "jurisdiction", "timing_zone", "geometry", "area_m2", "valid_from")
    _copy("geography_unitgrid", columns, rows)
    with connection.cursor() as cursor:  # points are looked for at once, and autovacuum has not seen these rows yet
        cursor.execute("ANALYZE geography_unitgrid")


def as_ewkb(shapes: Shapes) -> NDArray[np.object_]:
    """Return ``(n,)`` the hex text that a geometry column takes: each polygon as a multipolygon, None as None."""
    whole = np.array(shapes, dtype=object)
    polygons = np.flatnonzero(shapely.get_type_id(shapes) == 3)
    whole[polygons] = shapely.multipolygons(shapes[polygons], indices=np.arange(len(polygons)))
    text: NDArray[np.object_] = shapely.to_wkb(shapely.set_srid(whole, SRID), hex=True, include_srid=True)
    return text


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
