"""What lies under the layers of the map: pictures of a city's own, and maps that others keep.

Whose they are is a plain code of a city, "" for every city of the installation; who may do what is asked of the caller.
"""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import BasemapKind, GroundKind, RasterKind, RasterState


class Raster(Run):
    """A georeferenced picture of the ground (影像图、地形图), on its way to tiles or there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    title = models.CharField(_("title"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=RasterKind)
    taken_on = models.DateField(_("day it shows"))
    valid_from = models.DateField(_("shown from"))
    valid_to = models.DateField(_("shown until before"), null=True, blank=True)
    is_public = models.BooleanField(_("public"), default=False)
    order = models.IntegerField(_("order"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=RasterState, default=RasterState.WAITING)
    asked_by = models.BigIntegerField(_("brought by"), null=True)
    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.BigIntegerField(_("bytes"))
    file_sha256 = models.CharField(_("SHA-256"), max_length=64)
    crs = models.CharField(_("coordinate system"), max_length=80, blank=True)
    # West, south, east, north of the city when it came: what lies elsewhere was probably read in a wrong system.
    city_box = models.JSONField(null=True)
    found = models.JSONField(_("what it holds"), default=dict)
    share = models.SmallIntegerField(default=0)
    step = models.CharField(max_length=12, blank=True)
    beat_at = models.DateTimeField(_("last sign of life"), null=True)
    cog_bytes = models.BigIntegerField(null=True)
    cog_sha256 = models.CharField(max_length=64, blank=True)
    bounds = models.JSONField(_("bounds"), null=True)
    minzoom = models.SmallIntegerField(default=0)
    maxzoom = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = _("raster")
        verbose_name_plural = _("rasters")
        indexes = [models.Index(fields=["jurisdiction", "order"], name="raster_by_city")]
        constraints = [
            models.CheckConstraint(
                name="raster_ready_has_a_place",
                condition=~Q(state=RasterState.READY) | (Q(bounds__isnull=False) & ~Q(cog_sha256="")),
            ),
            models.CheckConstraint(
                name="raster_shown_for_a_while",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                violation_error_message=_("It must be shown for a day at least."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title


class Basemap(models.Model):
    """A map that somebody else keeps, or that came as a file of tiles; off until it was tried."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=BasemapKind)
    title = models.CharField(_("title"), max_length=100)
    role = models.CharField(_("how it lies"), max_length=7, choices=GroundKind, default=GroundKind.BASE)
    url = models.CharField(_("address"), max_length=1000, blank=True)
    layer = models.CharField(_("layer"), max_length=200, blank=True)
    key_sealed = models.TextField(editable=False, blank=True)
    # What was read of a service's own description (rules.capabilities), or of the head of a file.
    reading = models.JSONField(default=dict)
    format = models.CharField(max_length=5, blank=True)
    tile_size = models.SmallIntegerField(_("width of a tile"), default=256)
    minzoom = models.SmallIntegerField(_("first zoom"), default=0)
    maxzoom = models.SmallIntegerField(_("last zoom"), default=18)
    bounds = models.JSONField(_("bounds"), null=True)
    attribution = models.CharField(_("attribution"), max_length=200, blank=True)
    review_number = models.CharField(_("map review number"), max_length=60, blank=True)
    is_on = models.BooleanField(_("on"), default=False)
    order = models.IntegerField(_("order"), default=0)
    asked_at = models.DateTimeField(_("entered at"))
    asked_by = models.BigIntegerField(_("entered by"), null=True)
    tried_at = models.DateTimeField(_("tried at"), null=True)
    failure = models.CharField(_("failure"), max_length=500, blank=True)
    failure_said = models.JSONField(null=True, editable=False)
    # Counts up with each change of what comes from where: what was kept before is not shown any more.
    version = models.IntegerField(default=1)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    file_bytes = models.BigIntegerField(_("bytes"), null=True)

    class Meta:
        verbose_name = _("basemap")
        verbose_name_plural = _("basemaps")
        indexes = [models.Index(fields=["jurisdiction", "order"], name="basemap_by_city")]
        constraints = [
            models.CheckConstraint(
                name="basemap_on_was_tried",
                condition=Q(is_on=False) | (Q(tried_at__isnull=False) & Q(failure="")),
                violation_error_message=_("Only a basemap that was tried with success can be on."),
            )
        ]

    @override
    def __str__(self) -> str:
        return self.title


class GroundUpload(models.Model):
    """A file that has come and is not yet part of anything; the raster or basemap made of it takes its id over."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=6)
    owner = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    came_at = models.DateTimeField()

    class Meta:
        verbose_name = "file of a ground map"
        verbose_name_plural = "files of ground maps"

    @override
    def __str__(self) -> str:
        return str(self.id)
