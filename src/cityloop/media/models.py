"""Files, who has kept which, and what was made for one person for a while."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import lazy as _
from cityloop.media.choices import Kind, State


class File(models.Model):
    """A photo, video or sound recording, known by its content: the same content in one city is one row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    pool = models.CharField(
        _("pool"),
        max_length=40,
        blank=True,
        help_text=_("Files of a pool are not compared: a demo uses its own again."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    format = models.CharField(_("format"), max_length=10)
    bytes = models.BigIntegerField(_("bytes"))
    width = models.IntegerField(_("width (px)"), default=0)
    height = models.IntegerField(_("height (px)"), default=0)
    seconds = models.FloatField(_("running time (s)"), default=0.0)
    lon = models.FloatField(_("longitude (WGS 84)"), null=True)
    lat = models.FloatField(_("latitude (WGS 84)"), null=True)
    # As the camera wrote it, with its offset where it knew one: a column of instants would have to invent it.
    taken = models.CharField(_("taken"), max_length=32, blank=True)
    looks = models.BigIntegerField(_("looks"), null=True)  # 64 bits, read as a signed number
    bands = ArrayField(models.IntegerField(), verbose_name=_("bands of its looks"), null=True)
    alike_id = models.UUIDField(_("looks like"), null=True)
    alike_distance = models.SmallIntegerField(_("bits that differ"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(_("why broken or erased"), max_length=300, blank=True)
    why_said = models.JSONField(_("how the reason was said"), null=True, editable=False)
    variants = models.JSONField(_("variants"), default=dict)
    kept_at = models.DateTimeField(_("kept"))
    erased_at = models.DateTimeField(_("erased"), null=True)
    erased_by = models.BigIntegerField(_("erased by"), null=True)
    gone_at = models.DateTimeField(_("gone from the store"), null=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            GinIndex("bands", name="media_by_looks", condition=Q(pool="", bands__isnull=False)),
            models.Index("kept_at", name="media_waiting", condition=Q(state=State.WAITING)),
            models.Index("erased_at", name="media_to_remove", condition=Q(state=State.ERASED, gone_at=None)),
            # For the console: one city's files, newest first; those that need somebody's eye are few.
            models.Index("jurisdiction", models.F("kept_at").desc(), models.F("id").desc(), name="media_by_time"),
            models.Index(
                "jurisdiction",
                "state",
                models.F("kept_at").desc(),
                models.F("id").desc(),
                name="media_not_ready",
                condition=~Q(state=State.READY),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "sha256"], name="media_content_once_in_a_city"),
            models.CheckConstraint(
                name="media_position_whole_or_none",
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                violation_error_message=_("A position has a longitude and a latitude."),
            ),
            models.CheckConstraint(
                name="media_broken_says_why",
                condition=Q(state__in=[State.BROKEN, State.ERASED]) ^ Q(why=""),
                violation_error_message=_("A broken or erased file, and only such a one, says why."),
            ),
            models.CheckConstraint(
                name="media_looks_have_bands",
                condition=Q(looks__isnull=True, bands__isnull=True) | Q(looks__isnull=False, bands__isnull=False),
                violation_error_message=_("Looks and their bands stand together."),
            ),
            models.CheckConstraint(
                name="media_erased_leaves_little",
                condition=Q(erased_at=None, erased_by=None, gone_at=None) & ~Q(state=State.ERASED)
                | Q(
                    state=State.ERASED,
                    erased_at__isnull=False,
                    erased_by__isnull=False,
                    lon=None,
                    taken="",
                    looks=None,
                    alike_id=None,
                    variants={},
                ),
                violation_error_message=_("Of an erased file stay its digest, who erased it, when and why."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{Kind(self.kind).label} {self.sha256[:12]}"


class Keeping(models.Model):
    """Somebody has sent a file: they may look at it again. Two people may have sent the same one."""

    file = models.ForeignKey(File, models.CASCADE, related_name="keepings", verbose_name=_("file"))
    owner_id = models.BigIntegerField(_("sent by"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("keeping")
        verbose_name_plural = _("keepings")
        indexes = [models.Index("owner_id", "at", name="media_by_owner")]
        constraints = [models.UniqueConstraint(fields=["file", "owner_id"], name="media_kept_once_by_each")]

    @override
    def __str__(self) -> str:
        return f"{self.file_id}: {self.owner_id}"


class Handout(models.Model):
    """A file that was made for one person, who alone may fetch it until it expires; without ``bytes`` it is not whole yet."""

    id = models.UUIDField(primary_key=True, editable=False)
    owner_id = models.BigIntegerField(_("made for"))
    type = models.CharField(_("media type"), max_length=100)
    bytes = models.BigIntegerField(_("bytes"), null=True)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("handout")
        verbose_name_plural = _("handouts")
        indexes = [models.Index("expires_at", name="handout_by_expiry")]

    @override
    def __str__(self) -> str:
        return str(self.id)
