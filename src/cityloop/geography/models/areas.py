"""The areas of a city, each with the dates between which it holds.

A change of border never edits an area: it closes the old row at a date and opens a new one, so that no old case and no
statistic moves. That one code cannot hold twice at one time, and a unit grid cannot be in two duty grids at one time, is
kept by exclusion constraints; they stand in the migration, since Django only knows them with ``contrib.postgres``.
"""

from django.contrib.gis.db import models
from django.db.models.functions import Left
from typing_extensions import override

from cityloop.geography.choices import RegionLevel
from cityloop.geography.rules.located import NORMAL_ZONE
from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years


class Region(Dated):
    """An area of the administrative tree: province, city, district, street or community (行政区划)."""

    code = models.CharField(_("code"), max_length=12)
    level = models.CharField(_("level"), max_length=9, choices=RegionLevel)
    name = models.CharField(_("name"), max_length=100)
    parent_code = models.CharField(_("code of the region around it"), max_length=12, blank=True)
    geometry = models.MultiPolygonField(_("border"), srid=4490, null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("code", "valid_from")
        indexes = [models.Index(fields=["jurisdiction", "level", "code"], name="geography_region_by_city")]
        constraints = [
            ends_after_it_begins("geography_region"),
            days_within_years("geography_region_within_years", *DAYS),
            models.CheckConstraint(
                name="geography_region_code_fits_level",
                condition=models.Q(level__in=["province", "city", "district"], code__regex="^[0-9]{6}$")
                | models.Q(level="street", code__regex="^[0-9]{9}$")
                | models.Q(level="community", code__regex="^[0-9]{12}$"),
                violation_error_message=_("A division has 6 digits, a street 9, a community 12."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class UnitGrid(Dated):
    """The smallest cell of the city, inside one community (单元网格); its code is its address."""

    code = models.CharField(_("code"), max_length=15)
    name = models.CharField(_("name"), max_length=100, blank=True)
    community_code = models.GeneratedField(
        verbose_name=_("community"),
        expression=Left("code", 12),
        output_field=models.CharField(max_length=12),
        db_persist=True,
    )
    street_code = models.GeneratedField(
        verbose_name=_("street"),
        expression=Left("code", 9),
        output_field=models.CharField(max_length=9),
        db_persist=True,
    )
    district_code = models.GeneratedField(
        verbose_name=_("district"),
        expression=Left("code", 6),
        output_field=models.CharField(max_length=6),
        db_persist=True,
    )
    timing_zone = models.CharField(_("timing zone"), max_length=20, default=NORMAL_ZONE)
    geometry = models.MultiPolygonField(_("border"), srid=4490)
    area_m2 = models.FloatField(_("area in m²"))

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit grid")
        verbose_name_plural = _("unit grids")
        ordering = ("code", "valid_from")
        indexes = [models.Index(fields=["jurisdiction", "code"], name="geography_unitgrid_by_city")]
        constraints = [
            ends_after_it_begins("geography_unitgrid"),
            days_within_years("geography_unitgrid_within_years", *DAYS),
            models.CheckConstraint(
                name="geography_unitgrid_code_has_15_digits",
                condition=models.Q(code__regex="^[0-9]{15}$"),
                violation_error_message=_("The code of a unit grid has 15 digits."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}".rstrip()


class DutyGrid(Dated):
    """What one collector walks: a set of unit grids (责任网格)."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=100)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty grid")
        verbose_name_plural = _("duty grids")
        ordering = ("code", "valid_from")
        indexes = [models.Index(fields=["jurisdiction", "code"], name="geography_dutygrid_by_city")]
        constraints = [
            ends_after_it_begins("geography_dutygrid"),
            days_within_years("geography_dutygrid_within_years", *DAYS),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DutyGridMember(Dated):
    """A unit grid in a duty grid, while it is so."""

    duty_grid = models.ForeignKey(DutyGrid, models.PROTECT, related_name="members", verbose_name=_("duty grid"))
    unit_grid = models.ForeignKey(
        UnitGrid, models.PROTECT, related_name="memberships", verbose_name=_("unit grid"), db_index=False
    )  # the exclusion constraint begins with this column, and serves as its index

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a duty grid")
        verbose_name_plural = _("members of duty grids")
        ordering = ("duty_grid", "unit_grid", "valid_from")
        constraints = [
            ends_after_it_begins("geography_dutygridmember"),
            days_within_years("geography_dutygridmember_within_years", *DAYS),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.duty_grid_id} {self.unit_grid_id}"
