"""The tables of geography."""

from cityloop.geography.models.areas import DutyGrid, DutyGridMember, Region, UnitGrid
from cityloop.geography.models.drafts import DraftGrid, DraftStep, GridDraft, GridOrigin
from cityloop.geography.models.grid_areas import GridArea, GridAreaMember, GridAreaPart

__all__ = [
    "DraftGrid",
    "DraftStep",
    "DutyGrid",
    "DutyGridMember",
    "GridArea",
    "GridAreaMember",
    "GridAreaPart",
    "GridDraft",
    "GridOrigin",
    "Region",
    "UnitGrid",
]
