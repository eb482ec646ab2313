"""Rows that hold from a day, and until another: a change closes one and opens the next, so that the past stays as it was."""

from datetime import date
from typing import Self, TypeVar

from django.db import models

from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import within_years

RowT = TypeVar("RowT", bound=models.Model)

DAYS = ("valid_from", "valid_to")


class DatedQuerySet(models.QuerySet[RowT]):
    """Rows that hold between two dates."""

    def valid_on(self, on: date) -> Self:
        """Rows that hold on the day ``on``."""
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=on), valid_from__lte=on)


def ends_after_it_begins(table: str) -> models.CheckConstraint:
    """Return the constraint that a row of ``table`` holds for a day at least."""
    return models.CheckConstraint(
        name=f"{table}_ends_after_it_begins",
        condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
        violation_error_message=_("The end must come after the beginning."),
    )


class Dated(models.Model):
    """What holds in a jurisdiction from a day, and until another."""

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    valid_from = models.DateField(_("valid from"), validators=[within_years])
    valid_to = models.DateField(
        _("valid to"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("First day on which it no longer holds."),
    )

    class Meta:
        abstract = True
