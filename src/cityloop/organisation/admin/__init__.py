"""The console over the organisation: each table within the user's jurisdictions."""

from cityloop.organisation.admin.accounts import ApiTokenAdmin, SignInAttemptAdmin, UserAdmin
from cityloop.organisation.admin.cities import (
    ClassOverrideAdmin,
    JurisdictionAdmin,
    LimitOverrideAdmin,
    WorkingCalendarAdmin,
)
from cityloop.organisation.admin.staffing import (
    AbsenceAdmin,
    AppointmentAdmin,
    DepartmentAdmin,
    DutyAdmin,
    PostAdmin,
)

__all__ = [
    "AbsenceAdmin",
    "ApiTokenAdmin",
    "AppointmentAdmin",
    "ClassOverrideAdmin",
    "DepartmentAdmin",
    "DutyAdmin",
    "JurisdictionAdmin",
    "LimitOverrideAdmin",
    "PostAdmin",
    "SignInAttemptAdmin",
    "UserAdmin",
    "WorkingCalendarAdmin",
]
