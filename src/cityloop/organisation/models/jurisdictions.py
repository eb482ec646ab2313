import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from typing_extensions import override

from cityloop.kernel.clock import FASTEST
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import instants_within_years, within_years
from cityloop.organisation.rules.settings import check_settings
from cityloop.standards import queries as standards

IS_CODE = RegexValidator(r"^\d{6}$", _("A jurisdiction's code has six digits, for example 110101."))


def is_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a time zone of the tz database; write, for example, Asia/Shanghai."))


def are_settings(value: object) -> None:
    if not isinstance(value, dict):
        raise ValidationError(_("Settings are an object of keys and values."))
    try:
        check_settings(value)
    except InvalidInput as exc:
        raise ValidationError([fault.told() for fault in exc.faults]) from exc


class Jurisdiction(models.Model):
    """A region with a centre of its own: a county, a district, a city (管辖区).

    Everything large carries its code. The parent is the superior centre, which sees and supervises it.
    """

    code = models.CharField(_("code"), max_length=6, primary_key=True, validators=[IS_CODE])
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    region_code = models.CharField(_("region code"), max_length=12, help_text=_("Code of the region that it governs."))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("superior centre")
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[is_zone])
    scheme = models.CharField(_("classification scheme"), max_length=32, default="gb47678_2026")
    settings = models.JSONField(_("settings"), default=dict, blank=True, validators=[are_settings])
    clock_origin = models.DateTimeField(
        _("clock: city time"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("Only for demonstrations: the city's time when …"),
    )
    clock_real_origin = models.DateTimeField(
        _("clock: machine time"),
        null=True,
        blank=True,
        validators=[within_years],
        help_text=_("… the machine's clock stood here."),
    )
    clock_speed = models.FloatField(_("clock: speed"), default=1.0)

    class Meta:
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="jurisdiction_code_six_digits",
                condition=models.Q(code__regex=r"^\d{6}$"),
                violation_error_message=_("A jurisdiction's code has six digits, for example 110101."),
            ),
            models.CheckConstraint(
                name="jurisdiction_not_its_own_parent",
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("code")),
                violation_error_message=_("A jurisdiction is not its own superior."),
            ),
            models.CheckConstraint(
                name="jurisdiction_clock_whole_or_none",
                condition=models.Q(clock_origin=None, clock_real_origin=None)
                | models.Q(clock_origin__isnull=False, clock_real_origin__isnull=False),
                violation_error_message=_("A clock of its own needs both times."),
            ),
            models.CheckConstraint(
                name="jurisdiction_clock_speed_bounded",
                condition=models.Q(clock_speed__lte=FASTEST),
                violation_error_message=_("A clock runs at most 100,000 times as fast as the machine's."),
            ),
            models.CheckConstraint(
                name="jurisdiction_clock_runs_forward",
                condition=models.Q(clock_speed__gte=0),
                violation_error_message=_("A clock does not run backwards."),
            ),
            instants_within_years("jurisdiction_clock_within_years", "clock_origin", "clock_real_origin"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @override
    def clean(self) -> None:
        faults = {}
        if not isinstance(self.settings, dict):  # Django asks no validator about null and empty lists
            faults["settings"] = _("Settings are an object of keys and values.")
        if self.scheme not in standards.schemes():
            faults["scheme"] = _("There is no such scheme.")
        if faults:
            raise ValidationError(faults)
