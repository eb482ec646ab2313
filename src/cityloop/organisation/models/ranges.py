"""Ranges of days and instants, spelt so that PostgreSQL can forbid that two of them overlap."""

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F, Func, Model, Q
from django.db.models.expressions import Combinable

from cityloop.kernel.translation import lazy as _

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


def refuse_crossed(row: Model, start: str, end: str) -> None:
    """Refuse, beside its field, an end that does not lie after the start; to be asked first of all in ``clean``.

    Only then is ``never_twice`` left out: PostgreSQL cannot even make a range of such a pair.

    Raises:
        ValidationError: The end lies at or before the start.
    """
    begins, ends = getattr(row, start), getattr(row, end)
    if begins is not None and ends is not None and ends <= begins:
        raise ValidationError({end: _("This must lie after the start.")})
