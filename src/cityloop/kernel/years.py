"""The years in which a date or a time that somebody types may lie.

Near the first and the last year that Python can write, another time zone has no word for an instant any more: what was
stored could not be read again. So a column that people type into takes the validator, and its table the constraint.
"""

from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Q

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.instants import YEARS
from cityloop.kernel.translation import _, lazy

TELLING = lazy("The year must lie between 1970 and 2199.")

_FIRST, _PAST = date(YEARS.start, 1, 1), date(YEARS.stop, 1, 1)


def within_years(value: date) -> None:
    """Check a date or a time in the zone in which it was typed; for ``validators`` of a column.

    Raises:
        ValidationError: Its year lies outside ``YEARS``.
    """
    if value.year not in YEARS:
        raise ValidationError(TELLING)


def check_years(value: date) -> None:
    """Check a date or a time that reaches a table without a form.

    Raises:
        InvalidInput: Its year lies outside ``YEARS``.
    """
    if value.year not in YEARS:
        raise InvalidInput(_("The year must lie between 1970 and 2199."))


def days_within_years(name: str, *columns: str) -> CheckConstraint:
    """Return the constraint that the days in ``columns``, null apart, lie in ``YEARS``."""
    return _within(name, columns, _FIRST, _PAST)


def instants_within_years(name: str, *columns: str) -> CheckConstraint:
    """Return the constraint that the instants in ``columns``, null apart, lie in ``YEARS`` in some zone."""
    day = timedelta(days=1)  # no zone is farther than that from Greenwich
    first, past = (datetime(at.year, at.month, at.day, tzinfo=UTC) for at in (_FIRST, _PAST))
    return _within(name, columns, first - day, past + day)


def _within(name: str, columns: tuple[str, ...], first: date, past: date) -> CheckConstraint:
    bounds = {f"{column}__gte": first for column in columns} | {f"{column}__lt": past for column in columns}
    return CheckConstraint(name=name, condition=Q(**bounds), violation_error_message=TELLING)
