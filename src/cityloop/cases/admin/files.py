"""Files of the media room: to look at, city by city, and to erase.

They stand here since the media room, far below, knows neither cases nor who administers which city.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.decorators import display

from cityloop.cases.queries.files import cases_of
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.translation import _, lazy
from cityloop.media import actions
from cityloop.media.actions import REASON_CHARACTERS
from cityloop.media.choices import Kind, State
from cityloop.media.queries import file_of, links
from cityloop.organisation.console import console_user
from cityloop.organisation.long_lists import LongListAdmin, OneCity
from cityloop.organisation.queries import city, people

File: Any = apps.get_model("media", "File")

STATES = {
    State.READY.value: "success",
    State.WAITING.value: "info",
    State.BROKEN.value: "warning",
    State.ERASED.value: "danger",
}
"""The colour that unfold gives a state."""

MOST_CASES = 3
"""So many numbers are shown in a row of the list; the page of the file shows all."""


class ChoiceFilter(SimpleListFilter):
    """One of a closed list."""

    known: ClassVar[Any]

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.known.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value in self.known.values else queryset


class FileStateFilter(ChoiceFilter):
    title = lazy("state")
    parameter_name = "state"
    known = State


class FileKindFilter(ChoiceFilter):
    title = lazy("kind")
    parameter_name = "kind"
    known = Kind


@admin.register(File)
class FileAdmin(LongListAdmin):
    """What people have sent. Where and when it was taken is not shown here: that is for those who know who sent it."""

    is_read_only: ClassVar[bool] = False  # an administrator erases; adding and changing stay impossible
    ordering: ClassVar[Sequence[str]] = ("-kept_at", "-id")
    list_defer: ClassVar[Sequence[str]] = ("bands",)
    exact_search: ClassVar[str] = "sha256"
    search_help_text = lazy("Whole SHA-256")
    list_display = ("name", "picture", "state_name", "size", "hangs_on", "kept")
    list_display_links = ("name",)
    list_filter: ClassVar[Sequence[Any]] = (OneCity, FileStateFilter, FileKindFilter)
    fields = (
        "seen", "name", "state_told", "why_told", "size", "hangs_on_all", "looks_like", "pool", "kept", "digest", "erased", "gone",
    )  # fmt: skip
    readonly_fields = fields
    leaves_out_where_empty: ClassVar[frozenset[str]] = frozenset(
        {"seen", "why_told", "looks_like", "pool", "erased", "gone"}
    )
    change_form_outer_after_template = "cases/console/file.html"

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        hangs = cases_of({(row.jurisdiction, row.sha256) for row in rows})
        zones = {code: city(code).time_zone for code in {row.jurisdiction for row in rows}}
        for row in rows:
            row.file = file_of(row)
            row.links = links(row.file, originals=False)
            row.cases = hangs.get((row.jurisdiction, row.sha256), [])
            row.zone = zones[row.jurisdiction]

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what does not apply: most files are neither broken nor erased nor alike."""
        if obj is None:
            return self.fields
        told = {name: obj.pool if name == "pool" else getattr(self, name)(obj) for name in self.leaves_out_where_empty}
        return [name for name in self.fields if told.get(name, True)]

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        may_erase = row is not None and self._may_erase(request, row)
        told = {"may_erase": may_erase, "most": REASON_CHARACTERS}
        view: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})
        return view

    def _may_erase(self, request: HttpRequest, row: Any) -> bool:
        return row.state != State.ERASED and row.jurisdiction in self.editable_jurisdictions(request)

    # --- erasing

    @override
    def get_urls(self) -> list[Any]:
        erase = self.admin_site.admin_view(require_POST(self.erase))
        return [path("<uuid:pk>/erase", erase, name="media_file_erase"), *super().get_urls()]

    def erase(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Erase a file, for an administrator of its city who says why and has confirmed it."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        user = console_user(request)
        if user is None or row.jurisdiction not in self.editable_jurisdictions(request):
            raise PermissionDenied
        reason = request.POST.get("reason", "")
        try:
            if request.POST.get("sure") != "yes":
                raise InvalidInput(_("Confirm that this is the file that has to go."))
            actions.erase(pk, by_id=user.pk, reason=reason, now=machine_now())
        except CityError as exc:
            self.message_user(request, exc.message, messages.ERROR)
        else:
            self.message_user(request, _("The file is erased, and all its copies with it."), messages.SUCCESS)
            self.log_change(request, row, reason.strip())
        return redirect("admin:media_file_change", pk)

    # --- columns

    @admin.display(description=lazy("picture"))
    def picture(self, row: Any) -> SafeString:
        if "small" not in row.links:
            return format_html('<span class="{}"></span>', "file-no-thumb")
        return format_html('<img class="file-thumb" src="{}" alt="" loading="lazy">', row.links["small"])

    @admin.display(description=lazy("kind"))
    def name(self, row: Any) -> str:
        return f"{Kind(row.kind).label} · {row.file.type.partition('/')[2].upper()}"

    @display(description=lazy("state"), label=STATES)  # type: ignore[untyped-decorator]  # unfold has no types
    def state_name(self, row: Any) -> tuple[str, str]:
        return row.state, str(State(row.state).label)

    @admin.display(description=lazy("state"))
    def state_told(self, row: Any) -> str:
        return str(State(row.state).label)

    @admin.display(description=lazy("size"))
    def size(self, row: Any) -> str:
        pixels = f"{row.width} × {row.height}" if row.width else ""
        seconds = _("%(seconds).0f s") % {"seconds": row.seconds} if row.seconds else ""
        return " · ".join(part for part in (pixels, seconds, filesizeformat(row.bytes)) if part)

    @admin.display(description=lazy("cases"))
    def hangs_on(self, row: Any) -> SafeString:
        more = len(row.cases) - MOST_CASES
        shown = _case_links(row.cases[:MOST_CASES])
        return format_html("{}<br>{}", shown, _("and %(count)d more") % {"count": more}) if more > 0 else shown

    @admin.display(description=lazy("cases"))
    def hangs_on_all(self, row: Any) -> SafeString | str:
        return _case_links(row.cases) or _("none")

    @admin.display(description=lazy("kept"))
    def kept(self, row: Any) -> str:
        return _when(row, row.kept_at)

    # --- the page of one

    @admin.display(description=lazy("picture"))
    def seen(self, row: Any) -> SafeString | str:
        known = row.links
        if "large" in known:
            opens = known["large"] if row.kind == Kind.PHOTO else known["public"]
            picture = '<a href="{}" target="_blank" rel="noopener"><img class="file-large" src="{}" alt="{}"></a>'
            return format_html(picture, opens, known["large"], self.name(row))
        if "public" in known:
            link = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
            return format_html(link, known["public"], self.name(row))
        return ""

    @admin.display(description=lazy("why"))
    def why_told(self, row: Any) -> str:
        return str(row.why)

    @admin.display(description=lazy("looks like"))
    def looks_like(self, row: Any) -> SafeString | str:
        if row.alike_id is None:
            return ""
        link = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
        return format_html(link, reverse("admin:media_file_change", args=[row.alike_id]), _("an earlier photo"))

    @admin.display(description=lazy("SHA-256"))
    def digest(self, row: Any) -> SafeString:
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', row.sha256)

    @admin.display(description=lazy("erased"))
    def erased(self, row: Any) -> str:
        if row.erased_at is None:
            return ""
        known = people([row.erased_by])
        name = known[row.erased_by].name if row.erased_by in known else f"#{row.erased_by}"
        return f"{_when(row, row.erased_at)} · {name}"

    @admin.display(description=lazy("gone from the store"))
    def gone(self, row: Any) -> str:
        return _when(row, row.gone_at)


def _when(row: Any, at: Any) -> str:
    return f"{at.astimezone(row.zone):%Y-%m-%d %H:%M:%S}" if at else ""


def _case_links(cases: Iterable[tuple[UUID, str]]) -> SafeString:
    link = '<a class="text-primary-600 dark:text-primary-500 whitespace-nowrap" href="{}">{}</a>'
    addresses = ((reverse("admin:cases_case_change", args=[case]), number) for case, number in cases)
    return format_html_join(mark_safe("<br>"), link, addresses)
