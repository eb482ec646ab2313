"""What was asked for as a file."""

from django.db import models
from typing_extensions import override

from cityloop.kernel.ids import uuid7
from cityloop.kernel.runs import Run
from cityloop.onemap.choices import FileForm


class MapExport(Run):
    """Rows of some layers as a file: asked for on the map, written by the worker, gone after a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.BigIntegerField()
    post = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10)
    form = models.CharField(max_length=7, choices=FileForm)
    layers = models.JSONField()
    area = models.BinaryField(null=True)
    only = models.JSONField(default=dict)
    day = models.DateField(null=True)
    rows = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "export of the map"
        verbose_name_plural = "exports of the map"
        indexes = [models.Index(fields=["owner", "-asked_at"], name="mapexport_by_owner")]

    @override
    def __str__(self) -> str:
        return str(self.id)
