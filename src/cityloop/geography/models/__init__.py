"""The tables of geography."""

from cityloop.geography.models.areas import DutyGrid, DutyGridMember, Region, UnitGrid
from cityloop.geography.models.drafts import DraftGrid, GridDraft, GridOrigin

__all__ = ["DraftGrid", "DutyGrid", "DutyGridMember", "GridDraft", "GridOrigin", "Region", "UnitGrid"]
