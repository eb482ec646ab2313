"""A regular grid over a city that has no surveyed one."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from cityloop.geography.actions.duty import duty_grids_by_community
from cityloop.geography.actions.writing import NewGrid, NewRegion, lock, write_grids, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.files.features import open_areas
from cityloop.geography.models import Region, UnitGrid
from cityloop.geography.rules.cells import Areas, cells_inside, clipped, regular_grid
from cityloop.geography.rules.codes import division_level
from cityloop.geography.rules.located import Extent
from cityloop.geography.rules.shapes import column, mended
from cityloop.kernel.errors import Conflict, Fault, InvalidInput
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years


@dataclass(frozen=True, slots=True)
class LaidGrid:
    """What ``lay_regular_grid`` made."""

    regions: int
    unit_grids: int
    duty_grids: int


@transaction.atomic
def lay_regular_grid(
    jurisdiction: str,
    west: float,
    south: float,
    east: float,
    north: float,
    cell_m: float,
    valid_from: date,
    *,
    name: str = "",
) -> LaidGrid:
    """Cut an extent into regular unit grids and one duty grid for each community.

    Where the jurisdiction has communities already, they are cut, and the extent only says which of them: those whose
    borders meet it. Else communities and streets are made of blocks of cells, under a region of the whole extent.

    Args:
        jurisdiction: 6 digits; every code begins with them.
        west: The box's western side, in degrees.
        south: Its southern side.
        east: Its eastern side.
        north: Its northern side.
        cell_m: The longest side of a cell, in metres.
        valid_from: The first day on which the grid holds.
        name: What the jurisdiction's own region is called, if it is made here; its code if empty.

    Raises:
        InvalidInput: The extent, the cell, the day or the code cannot be used.
        Conflict: The jurisdiction has unit grids already.
    """
    return _lay(jurisdiction, Extent(west, south, east, north), None, cell_m, valid_from, name)


@transaction.atomic
def lay_grid_within(jurisdiction: str, border: Any, cell_m: float, valid_from: date, *, name: str = "") -> LaidGrid:
    """Cut the ground inside ``border`` (a polygon or multipolygon in degrees) as ``lay_regular_grid`` does; cells end at the border.

    Raises:
        InvalidInput: The border, the cell, the day or the code cannot be used.
        Conflict: The jurisdiction has unit grids already.
    """
    if shapely.is_empty(border):
        raise InvalidInput(_("The border encloses nothing."))
    return _lay(jurisdiction, Extent(*shapely.bounds(border).tolist()), border, cell_m, valid_from, name)


def read_border(path: Path, *, crs: str = "") -> Any:
    """Return what all areas of a file enclose together, as a multipolygon in degrees.

    Args:
        path: Any file of areas that ``files.open_layer`` reads, also gzipped.
        crs: What the coordinates are, against what the file says: see ``import_regions``.

    Raises:
        InvalidInput: The file cannot be read, or holds no area.
    """
    with open_areas(path, crs=crs) as file:
        shapes = [mended(one.shape) for one in file.features if one.shape is not None]
    border = mended(shapely.union_all(column(shapes)))
    if shapely.is_empty(border):
        raise InvalidInput(_("%(file)s holds no area: a border is a polygon.") % {"file": path.name})
    return border


def known_border(jurisdiction: str, on: date) -> Any | None:
    """Return the border of the jurisdiction's own region, else what its communities enclose; None where neither is known."""
    regions = Region.objects.valid_on(on).filter(jurisdiction=jurisdiction, geometry__isnull=False)
    for found in (regions.filter(code=jurisdiction), regions.filter(level=RegionLevel.COMMUNITY)):
        shapes = [shapely.from_wkb(bytes(shape.wkb)) for shape in found.values_list("geometry", flat=True) if shape]
        if shapes:
            return mended(shapely.union_all(column(shapes)))
    return None


def _lay(jurisdiction: str, extent: Extent, border: Any | None, cell_m: float, valid_from: date, name: str) -> LaidGrid:
    if not (len(jurisdiction) == 6 and jurisdiction.isascii() and jurisdiction.isdigit()):
        raise InvalidInput(
            _("A jurisdiction's code has 6 digits."),
            faults=[Fault("jurisdiction", _("must have 6 digits"), jurisdiction[:80])],
        )
    check_years(valid_from)
    lock(jurisdiction)
    if UnitGrid.objects.filter(jurisdiction=jurisdiction).exists():
        raise Conflict(_("Jurisdiction %(code)s has unit grids already.") % {"code": jurisdiction})
    ground = shapely.box(*extent) if border is None else border
    communities = _known_communities(jurisdiction, ground, valid_from)
    regions = 0
    if communities:
        cells = cells_inside(communities, cell_m)
    else:
        grid = regular_grid(jurisdiction, extent, cell_m)
        if border is not None:
            grid = clipped(grid, border)
        cells = grid.cells
        regions += _make_division(jurisdiction, name, ground, valid_from)
        regions += _make_regions(RegionLevel.STREET, grid.streets, jurisdiction, valid_from)
        regions += _make_regions(RegionLevel.COMMUNITY, grid.communities, jurisdiction, valid_from)
    grids = [NewGrid(code, jurisdiction, shape) for code, shape in zip(cells.codes.tolist(), cells.shapes, strict=True)]
    write_grids(grids, valid_from)
    duty = duty_grids_by_community(jurisdiction, valid_from)
    return LaidGrid(regions, len(cells), duty)


def _known_communities(jurisdiction: str, ground: Any, on: date) -> Areas:
    rows = (
        Region.objects.valid_on(on)
        .filter(jurisdiction=jurisdiction, level=RegionLevel.COMMUNITY, geometry__isnull=False)
        .order_by("code")
        .values_list("code", "geometry")
    )
    found = [(code, shapely.from_wkb(bytes(geometry.wkb))) for code, geometry in rows if geometry is not None]
    kept = [(code, shape) for code, shape in found if shapely.intersects(ground, shape)]
    return Areas(
        np.array([code for code, _shape in kept], dtype=str), np.array([shape for _code, shape in kept], dtype=object)
    )


def _make_division(jurisdiction: str, name: str, shape: Any, valid_from: date) -> int:
    """Make the region of the jurisdiction itself, unless it is there."""
    if Region.objects.valid_on(valid_from).filter(code=jurisdiction).exists():
        return 0
    level = division_level(jurisdiction)
    write_regions([NewRegion(jurisdiction, level, name or jurisdiction, "", jurisdiction, shape)], valid_from)
    return 1


def _make_regions(level: RegionLevel, areas: Areas, jurisdiction: str, valid_from: date) -> int:
    words = _("Street %(number)d") if level == RegionLevel.STREET else _("Community %(number)d")
    regions = [
        NewRegion(code, level, words % {"number": int(code[-3:])}, code[:-3], jurisdiction, shape)
        for code, shape in zip(areas.codes.tolist(), areas.shapes, strict=True)
    ]
    write_regions(regions, valid_from)
    return len(regions)
