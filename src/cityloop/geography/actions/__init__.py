"""What people do to the areas of a city: each a single transaction."""

from cityloop.geography.actions.duty import DutyGridPlan, duty_grids_by_community, make_duty_grids
from cityloop.geography.actions.laying import LaidGrid, lay_regular_grid

__all__ = [
    "DutyGridPlan",
    "LaidGrid",
    "duty_grids_by_community",
    "lay_regular_grid",
    "make_duty_grids",
]
