"""The tables of this room, each file one idea."""

from cityloop.cases.models.cases import OPEN, Case, CaseCounter, CaseEvent, CaseQuerySet, Task, TaskQuerySet, seen_by
from cityloop.cases.models.desk import Export, FavouriteClass, Following, Phrase, SavedSearch, SoughtPhone
from cityloop.cases.models.evidence import Anchor, ReporterLook, Verification
from cityloop.cases.models.files import Attachment
from cityloop.cases.models.process import LoopTable, RestrictedZone, RoutingTrial, RoutingVersion, TableTrial
from cityloop.cases.models.shifts import HandoverMark, ShiftHandover
from cityloop.cases.models.texts import PHONE_DIGITS, CaseText, CaseWords

__all__ = [
    "OPEN",
    "PHONE_DIGITS",
    "Anchor",
    "Attachment",
    "Case",
    "CaseCounter",
    "CaseEvent",
    "CaseQuerySet",
    "CaseText",
    "CaseWords",
    "Export",
    "FavouriteClass",
    "Following",
    "HandoverMark",
    "LoopTable",
    "Phrase",
    "ReporterLook",
    "RestrictedZone",
    "RoutingTrial",
    "RoutingVersion",
    "SavedSearch",
    "ShiftHandover",
    "SoughtPhone",
    "TableTrial",
    "Task",
    "TaskQuerySet",
    "Verification",
    "seen_by",
]
