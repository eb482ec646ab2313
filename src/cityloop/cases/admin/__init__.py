"""The console over this room: cases and what belongs to them to look at, the table and the restricted zones to change."""

from cityloop.cases.admin.histories import CaseAdmin, CaseCounterAdmin, CaseEventAdmin, CaseTextAdmin, TaskAdmin
from cityloop.cases.admin.notices import NoticeAdmin
from cityloop.cases.admin.tables import LoopTableAdmin
from cityloop.cases.admin.zones import RestrictedZoneAdmin

__all__ = [
    "CaseAdmin",
    "CaseCounterAdmin",
    "CaseEventAdmin",
    "CaseTextAdmin",
    "LoopTableAdmin",
    "NoticeAdmin",
    "RestrictedZoneAdmin",
    "TaskAdmin",
]
