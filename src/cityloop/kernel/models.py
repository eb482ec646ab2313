from django.db import models
from typing_extensions import override


class ConfigVersion(models.Model):
    """How often what is cached of a jurisdiction has changed; ``""`` stands for what all of them share.

    Only triggers write it (``versions.watch``), so that no path of change can forget to.
    """

    jurisdiction = models.CharField(max_length=6, primary_key=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        db_table = "kernel_configversion"
        verbose_name = "configuration version"

    @override
    def __str__(self) -> str:
        return f"{self.jurisdiction or '*'}: {self.version}"


class ListenerCursor(models.Model):
    """How far a listener has read; see ``listening``."""

    name = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField()
    moved_at = models.DateTimeField()

    class Meta:
        verbose_name = "listener's cursor"

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.position}"
