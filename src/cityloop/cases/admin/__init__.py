"""The console over this room: cases and what belongs to them to look at, the table and the restricted zones to change."""

from cityloop.cases.admin.desks import ExportAdmin, FavouriteClassAdmin, FollowingAdmin, ShiftHandoverAdmin
from cityloop.cases.admin.evidence import AnchorAdmin, ReporterLookAdmin, VerificationAdmin
from cityloop.cases.admin.files import FileAdmin
from cityloop.cases.admin.histories import CaseAdmin, CaseCounterAdmin, CaseEventAdmin, CaseTextAdmin, TaskAdmin
from cityloop.cases.admin.notices import NoticeAdmin
from cityloop.cases.admin.phrases import PhraseAdmin
from cityloop.cases.admin.tables import LoopTableAdmin
from cityloop.cases.admin.zones import RestrictedZoneAdmin

__all__ = [
    "AnchorAdmin",
    "CaseAdmin",
    "CaseCounterAdmin",
    "CaseEventAdmin",
    "CaseTextAdmin",
    "ExportAdmin",
    "FavouriteClassAdmin",
    "FileAdmin",
    "FollowingAdmin",
    "LoopTableAdmin",
    "NoticeAdmin",
    "PhraseAdmin",
    "ReporterLookAdmin",
    "RestrictedZoneAdmin",
    "ShiftHandoverAdmin",
    "TaskAdmin",
    "VerificationAdmin",
]
