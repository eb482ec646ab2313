"""The parts of a city."""

from typing import Self

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.db.models.functions import Left, Substr
from typing_extensions import override

from cityloop.assets.choices import PartState
from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years
from cityloop.organisation.queries import scope_of_staff
from cityloop.organisation.rules.staffing import Viewer


class PartQuerySet(DatedQuerySet["Part"]):
    """Each method narrows; none evaluates."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Parts that ``viewer`` may see: those of the cities in which they are one of the staff."""
        return self.filter(scope_of_staff(viewer))


class Part(Dated):
    """Something that stands in public space and has a code: a manhole cover, a lamp, a bench (部件).

    A row is one part as it is now, or last was: a change keeps its key and its code, a removed part its row with the day
    ``valid_to``. What a part was before is no row of this table, so that a map of today never walks over the past.

    The column ``mercator`` is not named here: the database keeps it, ``geometry`` in EPSG:3857, for tiles (0001).
    """

    code = models.CharField(_("code"), max_length=17)
    scheme = models.CharField(_("scheme"), max_length=40)
    class_code = models.GeneratedField(
        verbose_name=_("class"),
        expression=Left(Substr("code", 7), models.Value(-6)),
        output_field=models.CharField(max_length=5),
        db_persist=True,
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=PartState, default=PartState.INTACT)
    owner = models.CharField(_("owner"), max_length=40, blank=True)
    keeper = models.CharField(_("keeper"), max_length=40, blank=True)
    unit_grid = models.CharField(_("unit grid"), max_length=15, blank=True)
    geometry = models.GeometryField(_("position"), srid=4490)
    remark = models.CharField(_("remark"), max_length=1000, blank=True)
    changed_on = models.DateField(_("changed on"), null=True, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"],
                name="part_code_once_in_a_city",
                violation_error_message=_("There is a part with this code."),
            ),
            models.CheckConstraint(
                name="part_code_has_16_or_17_digits",
                condition=Q(code__regex="^[0-9]{16,17}$"),
                violation_error_message=_("The code of a part has 16 or 17 digits."),
            ),
            ends_after_it_begins("part"),
            days_within_years("part_within_years", *DAYS, "changed_on"),
            models.CheckConstraint(
                name="part_changed_after_it_began", condition=Q(changed_on=None) | Q(changed_on__gte=F("valid_from"))
            ),
        ]
        indexes = [
            models.Index(fields=["jurisdiction", "class_code", "id"], name="part_by_class"),
            models.Index(fields=["unit_grid"], name="part_by_grid", condition=~Q(unit_grid="")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}".rstrip()
