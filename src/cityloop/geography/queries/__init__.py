"""What the other rooms may ask of geography."""

from cityloop.geography.queries.areas import (
    DutyGridRow,
    RegionRow,
    areas_stamp,
    cities_of_duty_grid,
    duty_grid_boxes,
    duty_grids,
    extent,
    has_duty_grids,
    has_unit_grids,
    point_inside,
    region_names,
    regions,
)
from cityloop.geography.queries.locate import locate
from cityloop.geography.queries.locator import Locator, Places

__all__ = [
    "DutyGridRow",
    "Locator",
    "Places",
    "RegionRow",
    "areas_stamp",
    "cities_of_duty_grid",
    "duty_grid_boxes",
    "duty_grids",
    "extent",
    "has_duty_grids",
    "has_unit_grids",
    "locate",
    "point_inside",
    "region_names",
    "regions",
]
