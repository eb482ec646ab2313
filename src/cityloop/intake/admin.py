"""The console over imports: to look at only; what happened does not change."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from typing_extensions import override

from cityloop.intake.choices import Noticed, Refused
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
    exclude = ("seconds", "cpu_seconds", "refused", "noticed", "notes")
    readonly_fields = ("turned_away", "seen", "made_for_the_city", "took")

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("refused"))
    def turned_away(self, run: ImportRun) -> str:
        """Say how many rows were refused for which reason."""
        return _counted(run.refused, dict(Refused.choices))

    @admin.display(description=_("noticed, by kind"))
    def seen(self, run: ImportRun) -> str:
        """Say what was noticed about rows that were taken; how well classes fitted is told by ``replay_report``."""
        labels = dict(Noticed.choices)
        return _counted({kind: count for kind, count in run.noticed.items() if kind in labels}, labels)

    @admin.display(description=_("what was made for the city"))
    def made_for_the_city(self, run: ImportRun) -> str:
        return "\n".join(run.notes) or "–"

    @admin.display(description=_("seconds"))
    def took(self, run: ImportRun) -> str:
        return f"{run.seconds:.1f}"


def _counted(counts: Mapping[str, int], labels: Mapping[str, Any]) -> str:
    return "; ".join(f"{labels.get(kind, kind)}: {count:,}" for kind, count in sorted(counts.items())) or "0"
