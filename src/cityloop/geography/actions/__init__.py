"""What people do to the areas of a city: each a single transaction."""

from cityloop.geography.actions.duty import DutyGridPlan, duty_grids_by_community, make_duty_grids
from cityloop.geography.actions.importing import (
    GridFields,
    ImportReport,
    RegionFields,
    import_grids,
    import_regions,
)
from cityloop.geography.actions.laying import LaidGrid, known_border, lay_grid_within, lay_regular_grid, read_border
from cityloop.geography.actions.settling import ImportOptions

__all__ = [
    "DutyGridPlan",
    "GridFields",
    "ImportOptions",
    "ImportReport",
    "LaidGrid",
    "RegionFields",
    "duty_grids_by_community",
    "import_grids",
    "import_regions",
    "known_border",
    "lay_grid_within",
    "lay_regular_grid",
    "make_duty_grids",
    "read_border",
]
