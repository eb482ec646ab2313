"""What a map of the city is drawn from: roads, buildings, areas, each with the days between which it holds.

By city and id the open data page through them. The columns ``mercator`` are not named here: the database keeps them, the geometry in EPSG:3857, for tiles (0001).
"""

from django.contrib.gis.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years
from cityloop.places.choices import AreaKind, BuildingKind, RoadClass


class Road(Dated):
    """A road, or a piece of it between two crossings: its centre line."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    road_class = models.CharField(_("class of the road"), max_length=10, choices=RoadClass)
    is_bridge = models.BooleanField(_("bridge"), default=False)
    width_m = models.FloatField(_("width in m"), null=True, blank=True)
    geometry = models.MultiLineStringField(_("centre line"), srid=4490)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("road")
        verbose_name_plural = _("roads")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["jurisdiction", "name"], name="road_by_name", condition=~Q(name="")),
            models.Index(fields=["jurisdiction", "id"], name="road_by_city"),
        ]
        constraints = [
            ends_after_it_begins("road"),
            days_within_years("road_within_years", *DAYS),
            models.CheckConstraint(
                name="road_has_a_width", condition=Q(width_m=None) | Q(width_m__gt=0, width_m__lt=500)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name or str(self.pk)


class Building(Dated):
    """A building by its outline."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=BuildingKind, default=BuildingKind.OTHER)
    height_m = models.FloatField(_("height in m"), null=True, blank=True)
    geometry = models.MultiPolygonField(_("outline"), srid=4490)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["jurisdiction", "name"], name="building_by_name", condition=~Q(name="")),
            models.Index(fields=["jurisdiction", "id"], name="building_by_city"),
        ]
        constraints = [
            ends_after_it_begins("building"),
            days_within_years("building_within_years", *DAYS),
            models.CheckConstraint(
                name="building_has_a_height", condition=Q(height_m=None) | Q(height_m__gt=0, height_m__lt=1500)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name or str(self.pk)


class Area(Dated):
    """Water, green, a square, a block: what covers a piece of ground."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=AreaKind)
    geometry = models.MultiPolygonField(_("border"), srid=4490)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["jurisdiction", "kind"], name="area_by_kind"),
            models.Index(fields=["jurisdiction", "name"], name="area_by_name", condition=~Q(name="")),
            models.Index(fields=["jurisdiction", "id"], name="area_by_city"),
        ]
        constraints = [ends_after_it_begins("area"), days_within_years("area_within_years", *DAYS)]

    @override
    def __str__(self) -> str:
        return self.name or str(self.pk)
