"""A regular grid over a city that has no surveyed one."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.db import transaction

from cityloop.geography.actions.duty import duty_grids_by_community
from cityloop.geography.actions.writing import NewGrid, NewRegion, lock, write_grids, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import Region, UnitGrid
from cityloop.geography.rules.cells import Areas, cells_inside, regular_grid
from cityloop.geography.rules.codes import division_level
from cityloop.geography.rules.located import Extent
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
    if not (len(jurisdiction) == 6 and jurisdiction.isascii() and jurisdiction.isdigit()):
        raise InvalidInput(
            _("A jurisdiction's code has 6 digits."),
            faults=[Fault("jurisdiction", _("must have 6 digits"), jurisdiction[:80])],
        )
    check_years(valid_from)
    lock(jurisdiction)
    if UnitGrid.objects.filter(jurisdiction=jurisdiction).exists():
        raise Conflict(_("Jurisdiction %(code)s has unit grids already.") % {"code": jurisdiction})
    extent = Extent(west, south, east, north)
    communities = _known_communities(jurisdiction, extent, valid_from)
    regions = 0
    if communities:
        cells = cells_inside(communities, cell_m)
    else:
        grid = regular_grid(jurisdiction, extent, cell_m)
        cells = grid.cells
        regions += _make_division(jurisdiction, name, extent, valid_from)
        regions += _make_regions(RegionLevel.STREET, grid.streets, jurisdiction, valid_from)
        regions += _make_regions(RegionLevel.COMMUNITY, grid.communities, jurisdiction, valid_from)
    grids = [NewGrid(code, jurisdiction, shape) for code, shape in zip(cells.codes.tolist(), cells.shapes, strict=True)]
    write_grids(grids, valid_from)
    duty = duty_grids_by_community(jurisdiction, valid_from)
    return LaidGrid(regions, len(cells), duty)


def _known_communities(jurisdiction: str, extent: Extent, on: date) -> Areas:
    rows = (
        Region.objects.valid_on(on)
        .filter(jurisdiction=jurisdiction, level=RegionLevel.COMMUNITY, geometry__isnull=False)
        .order_by("code")
        .values_list("code", "geometry")
    )
    found = [(code, shapely.from_wkb(bytes(geometry.wkb))) for code, geometry in rows if geometry is not None]
    box = shapely.box(*extent)
    kept = [(code, shape) for code, shape in found if shapely.intersects(box, shape)]
    return Areas(
        np.array([code for code, _shape in kept], dtype=str), np.array([shape for _code, shape in kept], dtype=object)
    )


def _make_division(jurisdiction: str, name: str, extent: Extent, valid_from: date) -> int:
    """Make the region of the jurisdiction itself, unless it is there."""
    if Region.objects.valid_on(valid_from).filter(code=jurisdiction).exists():
        return 0
    level, shape = division_level(jurisdiction), shapely.box(*extent)
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
