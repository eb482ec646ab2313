"""The console over imports: to look at only; what happened does not change."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from typing_extensions import override

from cityloop.intake.choices import Refused
from cityloop.intake.models import ImportRun
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import ScopedAdmin


@admin.register(ImportRun)
class ImportRunAdmin(ScopedAdmin):
    is_read_only: ClassVar[bool] = True
    list_display = (
        "source",
        "file",
        "jurisdiction",
        "started_at",
        "finished_at",
        "rows",
        "made",
        "already",
        "turned_away",
    )
    list_filter = ("jurisdiction", "source")
    ordering = ("-id",)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("refused"))
    def turned_away(self, run: ImportRun) -> str:
        """Say how many rows were refused for which reason."""
        labels = dict(Refused.choices)
        return (
            "; ".join(f"{labels.get(reason, reason)}: {count:,}" for reason, count in sorted(run.refused.items()))
            or "0"
        )
