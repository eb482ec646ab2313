"""The console over the organisation: each table within the user's jurisdictions."""

import django.contrib.auth.admin  # noqa: F401  # registers its groups, so that they can be taken away
from django.contrib import admin
from django.contrib.auth.models import Group

from cityloop.organisation.admin.accounts import ApiTokenAdmin, SignInAttemptAdmin, UserAdmin
from cityloop.organisation.admin.areas import DutyGridAdmin, RegionAdmin, UnitGridAdmin
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

admin.site.unregister(Group)  # what people may do hangs from their posts

__all__ = [
    "AbsenceAdmin",
    "ApiTokenAdmin",
    "AppointmentAdmin",
    "ClassOverrideAdmin",
    "DepartmentAdmin",
    "DutyAdmin",
    "DutyGridAdmin",
    "JurisdictionAdmin",
    "LimitOverrideAdmin",
    "PostAdmin",
    "RegionAdmin",
    "SignInAttemptAdmin",
    "UnitGridAdmin",
    "UserAdmin",
    "WorkingCalendarAdmin",
]
