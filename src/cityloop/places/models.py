"""What a map of the city is drawn from: roads, buildings, areas, each with the days between which it holds.

By city and id the open data page through them. The columns ``mercator`` are not named here: the database keeps them, the geometry in EPSG:3857, for tiles (0001).
"""

from django.contrib.gis.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years
from cityloop.places.choices import AddressKind, AreaKind, BuildingKind, RoadClass


def reference() -> "models.CharField[str, str]":
    """Return the column of what a row is called where it came from; the database fills it with nothing."""
    return models.CharField(_("source number"), max_length=64, blank=True, default="", db_default="")


class Road(Dated):
    """A road, or a piece of it between two crossings: its centre line."""

    ref = reference()
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

    ref = reference()
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

    ref = reference()
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


class PointOfInterest(Dated):
    """Something that people name when they say where they are: a school, a shop, a station, a landmark (兴趣点与标志物)."""

    ref = reference()
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    geometry = models.PointField(_("position"), srid=4490)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("point of interest")
        verbose_name_plural = _("points of interest")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["jurisdiction", "id"], name="poi_by_city"),
        ]
        constraints = [ends_after_it_begins("poi"), days_within_years("poi_within_years", *DAYS)]

    @override
    def __str__(self) -> str:
        return self.name


class Address(Dated):
    """An address and its place: a door plate, a compound, a street, a block, with the pieces that its text consists of (地址)."""

    ref = reference()
    whole = models.CharField(_("whole address"), max_length=300)
    kind = models.CharField(_("kind"), max_length=11, choices=AddressKind, default=AddressKind.DOOR)
    division = models.CharField(_("area of administration"), max_length=100, blank=True)
    road = models.CharField(_("road"), max_length=100, blank=True)
    number = models.CharField(_("house number"), max_length=60, blank=True)
    compound = models.CharField(_("compound or building"), max_length=100, blank=True)
    community = models.CharField(_("community"), max_length=12, blank=True)
    geometry = models.PointField(_("position"), srid=4490)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["jurisdiction", "road", "number"], name="address_by_road", condition=~Q(road="")),
            models.Index(fields=["jurisdiction", "whole"], name="address_by_text"),
            models.Index(fields=["jurisdiction", "id"], name="address_by_city"),
        ]
        constraints = [ends_after_it_begins("address"), days_within_years("address_within_years", *DAYS)]

    @override
    def __str__(self) -> str:
        return self.whole
