"""Ranges of days and instants, spelt so that PostgreSQL can forbid that two of them overlap."""

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db.models import CheckConstraint, F, Func, Q
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def days() -> Func:
    """Return the days from ``valid_from`` until before ``valid_to``; no end if that is null."""
    return Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField())


def instants() -> Func:
    """Return the time from ``starts_at`` until before ``ends_at``."""
    return Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())


def never_twice(name: str, time: Func, *same: str | Combinable, message: "StrOrPromise") -> ExclusionConstraint:
    """Return the constraint that no two rows that are the ``same`` overlap in ``time``."""
    alike = [(expression, RangeOperators.EQUAL) for expression in same]
    return ExclusionConstraint(
        name=name,
        expressions=[*alike, (time, RangeOperators.OVERLAPS)],
        violation_error_message=message,
    )


def ends_after_start(name: str, start: str, end: str, *, message: "StrOrPromise") -> CheckConstraint:
    """Return the constraint that ``end``, where there is one, lies after ``start``."""
    return CheckConstraint(
        name=name,
        condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": F(start)}),
        violation_error_message=message,
    )
