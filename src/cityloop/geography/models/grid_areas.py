"""What is made of unit grids beside duty grids: management, evaluation and extension grids, each with its dates.

A management or an extension grid holds unit grids; an evaluation grid holds management grids, and so all that lies in them. The
view ``geography_areaunit`` tells for all three which unit grids lie in them and when.
"""

from django.db import models
from typing_extensions import override

from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.geography.models.areas import UnitGrid
from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years


class GridArea(Dated):
    """A management, evaluation or extension grid (管理网格、评价网格、扩展网格)."""

    kind = models.CharField(_("kind"), max_length=10, choices=AreaKind)
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    rating = models.CharField(_("type"), max_length=1, choices=Rating, blank=True)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, blank=True)
    body = models.CharField(_("responsible body"), max_length=100, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("area of unit grids")
        verbose_name_plural = _("areas of unit grids")
        ordering = ("code", "valid_from")
        indexes = [models.Index(fields=["jurisdiction", "kind", "code"], name="geography_gridarea_by_city")]
        constraints = [
            ends_after_it_begins("geography_gridarea"),
            days_within_years("geography_gridarea_within_years", *DAYS),
            models.CheckConstraint(
                name="geography_gridarea_type_and_purpose_fit_its_kind",
                condition=models.Q(kind="management", rating="", purpose="")
                | (models.Q(kind="evaluation", purpose="") & ~models.Q(rating=""))
                | (models.Q(kind="extension", rating="") & ~models.Q(purpose="")),
                violation_error_message=_(
                    "An evaluation grid has a type, an extension grid a purpose, others neither."
                ),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class GridAreaMember(Dated):
    """A unit grid in a management or extension grid, while it is so."""

    area = models.ForeignKey(GridArea, models.PROTECT, related_name="members", verbose_name=_("area of unit grids"))
    unit_grid = models.ForeignKey(
        UnitGrid, models.PROTECT, related_name="area_memberships", verbose_name=_("unit grid"), db_index=False
    )  # the exclusion constraint begins with this column, and serves as its index
    slot = models.CharField(
        _("once in each"), max_length=24, help_text=_("Kind and purpose: a unit grid lies once in each of them.")
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit grid of an area")
        verbose_name_plural = _("unit grids of areas")
        ordering = ("area", "unit_grid", "valid_from")
        constraints = [
            ends_after_it_begins("geography_gridareamember"),
            days_within_years("geography_gridareamember_within_years", *DAYS),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.area_id} {self.unit_grid_id}"


class GridAreaPart(Dated):
    """A management grid in an evaluation grid, while it is so."""

    area = models.ForeignKey(GridArea, models.PROTECT, related_name="holds", verbose_name=_("evaluation grid"))
    part = models.ForeignKey(
        GridArea, models.PROTECT, related_name="lies_in", verbose_name=_("management grid"), db_index=False
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("management grid of an evaluation grid")
        verbose_name_plural = _("management grids of evaluation grids")
        ordering = ("area", "part", "valid_from")
        constraints = [
            ends_after_it_begins("geography_gridareapart"),
            days_within_years("geography_gridareapart_within_years", *DAYS),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.area_id} {self.part_id}"
