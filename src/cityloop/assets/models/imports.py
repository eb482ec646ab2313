"""Imports of layers: who brought which file, what of it stands where, and what each one changed.

``StagedRow`` is unlogged (migration): it can be read from the file again, and a city's million rows need not go through the log twice.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from typing_extensions import override

from cityloop.assets.choices import Fate, ImportState
from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.kernel.translation import lazy as _


class ImportRun(Run):
    """One file on its way into the city's data, and what became of it: applied, it is a version of that data."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    target = models.CharField(_("what it becomes"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.CHOOSING)
    asked_by = models.BigIntegerField(_("brought by"), null=True)
    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.BigIntegerField(_("bytes"))
    file_sha256 = models.CharField(_("SHA-256"), max_length=64)
    # How it is read (geography.files.Asked), what it holds (geography.files.Looked), which of its columns hold what.
    reading = models.JSONField(_("how it is read"), default=dict)
    looked = models.JSONField(_("what it holds"), default=dict)
    mapping = models.JSONField(_("columns"), default=dict)
    options = models.JSONField(_("options"), default=dict)
    rows_read = models.IntegerField(_("rows read"), default=0)
    rows_total = models.IntegerField(_("rows"), default=-1)
    step = models.CharField(_("step"), max_length=20, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    # What is told of areas that many rows make up, one by one (assets.area_lines); of other things the rows themselves tell it.
    compared = models.JSONField(_("what it changes"), null=True)
    beat_at = models.DateTimeField(_("last sign of life"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    applied_by = models.BigIntegerField(_("applied by"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.BigIntegerField(_("undone by"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports of layers")
        ordering = ("-asked_at", "-id")
        indexes = [models.Index("jurisdiction", models.F("asked_at").desc(), name="import_by_city")]
        constraints = [
            models.CheckConstraint(
                name="import_applied_has_a_time",
                condition=~Q(state__in=[ImportState.APPLIED, ImportState.UNDONE]) | Q(applied_at__isnull=False),
            ),
            models.CheckConstraint(
                name="import_undone_has_a_time", condition=~Q(state=ImportState.UNDONE) | Q(undone_at__isnull=False)
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.file_name} → {self.target}"


class StagedRow(models.Model):
    """A row of a file, as it would be written; gone when its import is applied or dropped."""

    run_id = models.UUIDField()
    number = models.IntegerField(_("row"))
    key = models.CharField(max_length=64)
    values = models.JSONField()
    geometry = models.GeometryField(srid=4490, null=True, spatial_index=False)
    is_good = models.BooleanField(default=True)
    fate = models.CharField(max_length=1, choices=Fate, default=Fate.ADDED)
    was = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        indexes = [models.Index(fields=["run_id", "number"], name="staged_by_run")]

    @override
    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class ImportFault(models.Model):
    """One thing wrong with one row, or only noted of it; ``reason`` is a key of ``rules.reasons``, ``given`` its parameters."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="faults")
    number = models.IntegerField(_("row"))
    column = models.CharField(_("column"), max_length=100)
    reason = models.CharField(max_length=24)
    given = models.JSONField(default=dict)
    value = models.CharField(_("value"), max_length=80, blank=True)
    is_note = models.BooleanField(default=False)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)

    class Meta:
        verbose_name = _("fault of an import")
        verbose_name_plural = _("faults of an import")
        indexes = [models.Index(fields=["run", "number", "id"], name="import_fault_by_row")]

    @override
    def __str__(self) -> str:
        return f"{self.number} {self.reason}"


class ImportChange(models.Model):
    """Rows of a table that an import wrote, so that it can be undone: many in one row of this one.

    ``stamps`` are digests of what each row was right after; a row that has another one was changed since. ``before`` holds, for rows
    that were there, what stood in them; of those taken away (``Fate.TAKEN``), which have no stamp, the whole row.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="changes")
    table = models.CharField(max_length=60)
    fate = models.CharField(max_length=1, choices=Fate)
    rows = ArrayField(models.BigIntegerField())
    stamps = ArrayField(models.BigIntegerField())
    before = models.JSONField(null=True)

    class Meta:
        verbose_name = _("change of an import")
        verbose_name_plural = _("changes of an import")

    @override
    def __str__(self) -> str:
        return f"{self.run_id} {self.table} {self.fate}"


class ImportMapping(models.Model):
    """Which columns held what in the last file of a shape: proposed again for the next one."""

    jurisdiction = models.CharField(max_length=6)
    target = models.CharField(max_length=20)
    shape = models.CharField(max_length=64)
    mapping = models.JSONField()
    reading = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("kept mapping")
        verbose_name_plural = _("kept mappings")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "target", "shape"], name="import_mapping_once_for_a_shape")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.target} {self.shape[:12]}"
