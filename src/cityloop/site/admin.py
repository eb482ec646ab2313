"""The console over background work: procrastinate's own table, in our words and to be looked at, or run once more."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django import admin as theirs
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from typing_extensions import override

from cityloop.kernel.console import CarefulAdmin
from cityloop.kernel.translation import lazy as _
from cityloop.site.choices import JobState, JobStep

admin.site.unregister(ProcrastinateJob)


class StateOfJob(SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(JobState.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() in JobState.values else queryset


@admin.register(ProcrastinateJob)
class JobAdmin(CarefulAdmin):
    """Jobs that wait, run or failed; those that succeeded are gone."""

    list_display = ("id", "task", "state", "queue", "tried", "due")
    list_filter = (StateOfJob,)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("task_name",)
    ordering = ("-id",)
    actions = ("again",)
    fields: ClassVar[tuple[str, ...]] = ("id", "task", "state", "queue", "tried", "due", "given", "steps")
    readonly_fields = fields

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("task"), ordering="task_name")
    def task(self, job: ProcrastinateJob) -> str:
        return job.task_name

    @admin.display(description=_("state"), ordering="status")
    def state(self, job: ProcrastinateJob) -> str:
        return words(JobState, job.status)

    @admin.display(description=_("queue"), ordering="queue_name")
    def queue(self, job: ProcrastinateJob) -> str:
        return job.queue_name

    @admin.display(description=_("attempts"), ordering="attempts")
    def tried(self, job: ProcrastinateJob) -> int:
        return job.attempts

    @admin.display(description=_("due"), ordering="scheduled_at")
    def due(self, job: ProcrastinateJob) -> Any:
        return job.scheduled_at

    @admin.display(description=_("arguments"))
    def given(self, job: ProcrastinateJob) -> str:
        return "\n".join(f"{name}: {value}" for name, value in sorted(job.args.items()))

    @admin.display(description=_("what happened"))
    def steps(self, job: ProcrastinateJob) -> str:
        events = ProcrastinateEvent.objects.filter(job_id=job.pk).order_by("id")
        return "\n".join(f"{event.at:%Y-%m-%d %H:%M:%S}Z  {words(JobStep, event.type)}" for event in events)

    @admin.action(description=_("Run failed jobs once more"), permissions=["view"])
    def again(self, request: HttpRequest, queryset: QuerySet[ProcrastinateJob]) -> None:
        failed = queryset.filter(status=JobState.FAILED)
        count = failed.count()
        theirs.ProcrastinateJobAdmin.retry(self, request, failed)
        self.message_user(request, _("%(count)d jobs wait to be run once more.") % {"count": count}, messages.SUCCESS)


def words(known: type[JobState] | type[JobStep], code: str) -> str:
    """Return what a code is called; it stands for itself where a later version of procrastinate has a new one."""
    return str(known(code).label) if code in known.values else code
