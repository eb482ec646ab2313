"""The tables of this room, each file one idea."""

from cityloop.organisation.models.accounts import ApiToken, SignInAttempt, User
from cityloop.organisation.models.calendars import CalendarVersion, WorkingCalendar
from cityloop.organisation.models.jurisdictions import Jurisdiction
from cityloop.organisation.models.overrides import ClassOverride, LimitOverride
from cityloop.organisation.models.staffing import Absence, Appointment, Department, Duty, Post

__all__ = [
    "Absence",
    "ApiToken",
    "Appointment",
    "CalendarVersion",
    "ClassOverride",
    "Department",
    "Duty",
    "Jurisdiction",
    "LimitOverride",
    "Post",
    "SignInAttempt",
    "User",
    "WorkingCalendar",
]
