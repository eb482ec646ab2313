"""What the other rooms may ask of geography."""

from cityloop.geography.queries.areas import (
    DutyGridRow,
    RegionRow,
    duty_grids,
    extent,
    has_unit_grids,
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
    "duty_grids",
    "extent",
    "has_unit_grids",
    "locate",
    "region_names",
    "regions",
]
