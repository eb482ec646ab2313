from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from typing_extensions import override

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.rules.calendar_days import PUBLISHED
from cityloop.organisation.rules.calendar_rule import CalendarRule

IS_CALENDAR_CODE = RegexValidator(r"^[a-z][a-z0-9_]{1,19}$", _("Use small letters, digits and _, a letter first."))


class WorkingCalendar(models.Model):
    """When people work (工作日历): spans of a day by weekday and season, and the days that differ.

    A change of ``rule`` makes a new version; the database counts it and keeps a copy of each, so that a due time that
    was computed under an old version can be computed again for ever.
    """

    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    code = models.CharField(_("code"), max_length=20, validators=[IS_CALENDAR_CODE])
    name = models.CharField(_("name"), max_length=40)
    rule = models.JSONField(_("rule"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ["jurisdiction", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                name="calendar_code_once",
                violation_error_message=_("There is a calendar with this code."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if isinstance(self.rule, dict) and self.rule.get("public_holidays") is True and "national" not in self.rule:
            # The rule of a version never changes, so neither may the holidays that it counts by.
            self.rule = self.rule | {"national": PUBLISHED.to_json()}
        super().save(*args, **kwargs)
        self.refresh_from_db(fields=["version"])

    def parsed(self) -> CalendarRule:
        """Return the rule under this row's code and version, whatever its JSON says of them.

        Raises:
            InvalidInput: The rule cannot be used.
        """
        rule = self.rule if isinstance(self.rule, dict) else {"rule": self.rule}
        return CalendarRule.from_json({**rule, "code": self.code, "version": self.version})

    @override
    def clean(self) -> None:
        try:
            self.parsed()
        except InvalidInput as exc:
            raise ValidationError({"rule": [fault.told() for fault in exc.faults]}) from exc


class CalendarVersion(models.Model):
    """The rule of a calendar as it was in one version; written by the database, never changed."""

    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, related_name="versions", verbose_name=_("calendar"))
    version = models.PositiveIntegerField(_("version"))
    rule = models.JSONField(_("rule"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("version of a calendar")
        verbose_name_plural = _("versions of calendars")
        ordering = ["calendar_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once")]

    @override
    def __str__(self) -> str:
        return f"{self.calendar} {self.version}"
