"""Street view: who brought which pictures, what was found in each of them, and where the good ones stand.

The bytes lie with the files of the city (``media``), which this floor does not know: a picture is named by its digest and by the
id of its file.
"""

from django.contrib.gis.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.dated import DAYS, Dated, DatedQuerySet, ends_after_it_begins
from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.years import days_within_years
from cityloop.onemap.choices import StreetKind, StreetState


class StreetRun(Run):
    """Pictures that came together: a zip, a folder, a drive through the city. They are taken and taken out again together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    state = models.CharField(_("state"), max_length=10, choices=StreetState, default=StreetState.CHECKING)
    asked_by = models.BigIntegerField(_("brought by"), null=True)
    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.BigIntegerField(_("bytes"), default=0)
    file_sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    system = models.CharField(_("coordinate system of the list"), max_length=10)
    done = models.IntegerField(_("pictures done"), default=0)
    total = models.IntegerField(_("pictures"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    beat_at = models.DateTimeField(_("last sign of life"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    applied_by = models.BigIntegerField(_("applied by"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.BigIntegerField(_("undone by"), null=True)

    class Meta:
        verbose_name = _("import of street view")
        verbose_name_plural = _("imports of street view")
        ordering = ("-id",)
        indexes = [models.Index("jurisdiction", models.F("id").desc(), name="streetrun_by_city")]
        constraints = [
            models.CheckConstraint(
                name="streetrun_applied_has_a_time",
                condition=~Q(state__in=[StreetState.APPLIED, StreetState.UNDONE]) | Q(applied_at__isnull=False),
            )
        ]

    @override
    def __str__(self) -> str:
        return self.file_name


class StreetPicture(models.Model):
    """What was found in one picture of a run, or in one line of its list: the report, and what is to be taken.

    ``facts`` are those of ``rules.streetview.Shot`` where the picture is good; ``reason`` says what is wrong with it otherwise.
    """

    run = models.ForeignKey(StreetRun, models.CASCADE, related_name="pictures")
    number = models.IntegerField(_("number"))
    name = models.CharField(_("file"), max_length=255)
    is_good = models.BooleanField(_("Good"))
    reason = models.CharField(max_length=24, blank=True)
    given = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    file_id = models.UUIDField(null=True)
    squares = models.JSONField(null=True)

    class Meta:
        verbose_name = _("picture of an import")
        verbose_name_plural = _("pictures of imports")
        indexes = [models.Index(fields=["run", "sha256"], name="streetpicture_by_digest")]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="streetpicture_once"),
            models.CheckConstraint(name="streetpicture_bad_says_why", condition=Q(is_good=True) ^ ~Q(reason="")),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class StreetView(Dated):
    """A picture at its place: what somebody sees who stands there.

    ``heading_deg`` is where the middle of the picture looks, clockwise from north; None where nobody knows. ``squares`` says where in
    the file's copy in squares each square lies (``rules.squares``); None of a photo.
    """

    run = models.ForeignKey(StreetRun, models.CASCADE, related_name="views")
    number = models.IntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=8, choices=StreetKind)
    taken_at = models.DateTimeField(_("taken"), null=True)
    geometry = models.PointField(_("position"), srid=4490)
    heading_deg = models.FloatField(_("heading (°)"), null=True)
    pitch_deg = models.FloatField(_("pitch (°)"), default=0.0)
    roll_deg = models.FloatField(_("roll (°)"), default=0.0)
    width = models.IntegerField(_("width (px)"))
    height = models.IntegerField(_("height (px)"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    file_id = models.UUIDField()
    squares = models.JSONField(null=True)

    objects = DatedQuerySet["StreetView"].as_manager()

    class Meta:
        verbose_name = _("street view")
        verbose_name_plural = _("street views")
        ordering = ("id",)
        indexes = [models.Index(fields=["run", "number"], name="streetview_along_run")]
        constraints = [
            ends_after_it_begins("streetview"),
            days_within_years("streetview_within_years", *DAYS),
            models.UniqueConstraint(fields=["jurisdiction", "sha256"], name="streetview_content_once_in_a_city"),
            models.CheckConstraint(
                name="streetview_turns_within_a_circle",
                condition=(Q(heading_deg=None) | Q(heading_deg__gte=0, heading_deg__lt=360))
                & Q(pitch_deg__range=(-90, 90), roll_deg__range=(-180, 180)),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"
