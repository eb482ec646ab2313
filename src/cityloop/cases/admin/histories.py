"""Cases and what belongs to them: to look at, never to change. What happens to a case goes through ``actions.perform``."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from typing_extensions import override
from unfold.decorators import display

from cityloop.cases import models
from cityloop.cases.admin.filters import KindFilter, OpenFilter, PostFilter, StateFilter
from cityloop.cases.admin.sheets import sheet_of
from cityloop.cases.choices import Light, Via
from cityloop.cases.projections import as_event
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.privacy import masked_text
from cityloop.cases.queries.wording import Wording, give_words
from cityloop.cases.rules.history import chained
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import console_user
from cityloop.organisation.long_lists import LongListAdmin, OneCity
from cityloop.organisation.queries.accounts import console_viewer
from cityloop.organisation.rules.staffing import NOBODY

LIGHTS = {
    Light.GREEN.value: "success",
    Light.YELLOW.value: "warning",
    Light.RED.value: "danger",
    Light.DOUBLE_RED.value: "danger",
    Light.PAUSED.value: "info",
}
"""The colour that unfold gives a light; a case without a clock has none."""


def of_visible_cases(request: HttpRequest, of: str = "") -> Q:
    """Return the condition of the cases that the user may see by the one rule; the console's own narrows them further."""
    user = console_user(request)
    return Q(pk__in=()) if user is None else models.seen_by(console_viewer(user), of)


def wording(row: Any) -> Wording:
    """Return what ``dress`` gave a row."""
    told: Wording = row.wording
    return told


def _table_of(row: Any) -> tuple[str, int]:
    case = row if isinstance(row, models.Case) else row.case
    return case.jurisdiction, case.table_version


def unbroken(words: str) -> SafeString:
    """Return words that a narrow column must not break: two halves of a state are no state."""
    return format_html('<span class="whitespace-nowrap">{}</span>', words)


def pretty(text: str) -> SafeString:
    """Return JSON laid out to be read."""
    laid_out = json.dumps(orjson.loads(text), indent=2, ensure_ascii=False)
    return format_html('<pre class="overflow-x-auto text-xs">{}</pre>', laid_out)


class OfCaseAdmin(LongListAdmin):
    """A table of what belongs to cases: seen where its case is."""

    exact_search: ClassVar[str] = "case__number"
    search_help_text = _("Whole case number")
    list_select_related: ClassVar[Sequence[str]] = ("case",)
    list_defer: ClassVar[Sequence[str]] = ("case__snapshot", "case__location")
    people: ClassVar[Sequence[str]] = ()

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(of_visible_cases(request, "case__"))

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        give_words(rows, _table_of, *self.people)

    @admin.display(description=_("case"))
    def case_link(self, row: Any) -> SafeString:
        address = reverse("admin:cases_case_change", args=[row.case_id])
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, row.case.number
        )


@admin.register(models.Case)
class CaseAdmin(LongListAdmin):
    exact_search: ClassVar[str] = "number__startswith"
    search_help_text = _("Case number, or how it begins: city and day")
    ordering: ClassVar[Sequence[str]] = ("-reported_at", "-id")
    list_defer: ClassVar[Sequence[str]] = ("snapshot", "location", "head")
    list_display = (
        "number", "state_name", "light", "class_name", "department_name", "reported", "due", "source_name", "via",
    )  # fmt: skip
    list_filter: ClassVar[Sequence[Any]] = (OneCity, KindFilter, StateFilter)
    fields = ("number", "jurisdiction", "table_version", "came_via")
    change_form_outer_after_template = "cases/console/case.html"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(of_visible_cases(request)).defer("location")

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        give_words(rows, _table_of)

    @override
    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            user = console_user(request)
            context["sheet"] = sheet_of(kwargs["obj"], console_viewer(user) if user else NOBODY)
        except CityError as exc:
            context |= {"sheet": None, "fault_title": _("This case cannot be told"), "fault": exc.message}
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @admin.display(description=_("state"))
    def state_name(self, row: models.Case) -> SafeString:
        return unbroken(wording(row).state(row.state))

    @display(description=_("light"), label=LIGHTS)  # type: ignore[untyped-decorator]  # unfold has no types
    def light(self, row: models.Case) -> tuple[str, str] | None:
        shines = case_light(row.kind, due_of(row), wording(row).words.now)
        return None if shines is Light.NONE else (shines.value, str(shines.label))

    @admin.display(description=_("class"))
    def class_name(self, row: models.Case) -> str:
        return wording(row).words.category(row.category).name

    @admin.display(description=_("department"))
    def department_name(self, row: models.Case) -> str:
        department = wording(row).words.department(row.department)
        return department.name if department else ""

    @admin.display(description=_("reported"))
    def reported(self, row: models.Case) -> str:
        return wording(row).when(row.reported_at)

    @admin.display(description=_("due"))
    def due(self, row: models.Case) -> str:
        return wording(row).when(row.due_at)

    @admin.display(description=_("source"))
    def source_name(self, row: models.Case) -> str:
        return wording(row).words.source(row.source).name

    @admin.display(description=_("came through"))
    def came_via(self, row: models.Case) -> str:
        return str(Via(row.via).label)


@admin.register(models.CaseEvent)
class CaseEventAdmin(OfCaseAdmin):
    ordering: ClassVar[Sequence[str]] = ("-at", "-id")
    list_defer: ClassVar[Sequence[str]] = (*OfCaseAdmin.list_defer, "body", "hash", "request")
    people: ClassVar[Sequence[str]] = ("person",)
    list_display = ("time", "case_link", "seq", "action_name", "by", "came_from", "went_to", "via")
    fields = (
        "case_link", "seq", "time", "action_name", "by", "came_from", "went_to", "via", "laid_out", "key", "digest", "chain",
    )  # fmt: skip

    @admin.display(description=_("time"))
    def time(self, row: models.CaseEvent) -> str:
        return wording(row).when(row.at)

    @admin.display(description=_("action"))
    def action_name(self, row: models.CaseEvent) -> SafeString:
        return unbroken(wording(row).words.action(row.action).name)

    @admin.display(description=_("by"))
    def by(self, row: models.CaseEvent) -> str:
        return wording(row).by(row.post, row.person)

    @admin.display(description=_("from"))
    def came_from(self, row: models.CaseEvent) -> SafeString:
        return unbroken(wording(row).state(row.from_state))

    @admin.display(description=_("to"))
    def went_to(self, row: models.CaseEvent) -> SafeString:
        return unbroken(wording(row).state(row.to_state))

    @admin.display(description=_("what it says, as it is hashed"))
    def laid_out(self, row: models.CaseEvent) -> SafeString:
        return pretty(row.body)

    @admin.display(description=_("hash"))
    def digest(self, row: models.CaseEvent) -> str:
        return bytes(row.hash).hex()

    @admin.display(description=_("the hash fits this event and the one before it"), boolean=True)
    def chain(self, row: models.CaseEvent) -> bool:
        before = models.CaseEvent.objects.filter(case_id=row.case_id, seq=row.seq - 1).values_list("hash", flat=True)
        previous = NO_HASH if row.seq == 1 else bytes(before.first() or b"")
        return chained(as_event(row), previous, row.case.number) == bytes(row.hash)


@admin.register(models.Task)
class TaskAdmin(OfCaseAdmin):
    people: ClassVar[Sequence[str]] = ("person", "done_by")
    list_display = ("kind_name", "case_link", "post_name", "department_name", "person_name", "opened", "due", "done")
    list_filter: ClassVar[Sequence[Any]] = (OneCity, OpenFilter, PostFilter)
    list_display_links = ("kind_name",)
    fields = (
        "case_link", "n", "kind_name", "post_name", "department_name", "person_name", "duty_grid", "opened", "opened_seq", "due",
        "done", "done_seq",
    )  # fmt: skip

    @admin.display(description=_("task"))
    def kind_name(self, row: models.Task) -> SafeString:
        return unbroken(wording(row).words.task(row.kind).name)

    @admin.display(description=_("post"))
    def post_name(self, row: models.Task) -> str:
        return wording(row).words.post(row.post).name

    @admin.display(description=_("department"))
    def department_name(self, row: models.Task) -> str:
        department = wording(row).words.department_of(row.department_id)
        return department.name if department else ""

    @admin.display(description=_("person"))
    def person_name(self, row: models.Task) -> str:
        return wording(row).names.get(row.person or 0, "")

    @admin.display(description=_("opened"))
    def opened(self, row: models.Task) -> str:
        return wording(row).when(row.opened_at)

    @admin.display(description=_("due"))
    def due(self, row: models.Task) -> str:
        return wording(row).when(row.due_at)

    @admin.display(description=_("done"))
    def done(self, row: models.Task) -> str:
        parts = (wording(row).when(row.done_at), wording(row).names.get(row.done_by or 0, ""))
        return " · ".join(part for part in parts if part)


@admin.register(models.CaseText)
class CaseTextAdmin(OfCaseAdmin):
    """Free texts; of a person's own data no more is shown than that there is some."""

    jurisdiction_lookup: ClassVar[str] = "case__jurisdiction"
    list_defer: ClassVar[Sequence[str]] = (*OfCaseAdmin.list_defer, "salt")
    list_display = ("field", "case_link", "seq", "words", "personal", "erased")
    list_display_links = ("field",)
    fields = ("case_link", "seq", "field", "words", "personal", "erased")

    @admin.display(description=_("text"))
    def words(self, row: models.CaseText) -> str:
        if row.text is None:
            return ""
        return masked_text(row.field, row.text) if row.personal else row.text

    @admin.display(description=_("erased"))
    def erased(self, row: models.CaseText) -> str:
        return wording(row).when(row.erased_at)


@admin.register(models.CaseCounter)
class CaseCounterAdmin(LongListAdmin):
    """The last number given on each day: what the next one follows."""

    ordering: ClassVar[Sequence[str]] = ("-day", "-id")
    list_display = ("day", "last", "jurisdiction")
    fields = ("jurisdiction", "day", "last")
