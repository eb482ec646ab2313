"""A city's process: its versions to look at, and a form that makes the next one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cityloop.cases import models
from cityloop.cases.actions.tables import NOTE_CHARACTERS, checked_table, set_table
from cityloop.cases.queries.tables import DEFAULT_VERSION, NO_CITY, plan_of, text_in_force, version_in_force
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import console_user
from cityloop.organisation.long_lists import HiddenAdmin
from cityloop.organisation.queries import people

PLAIN = {
    "rows": 28,
    "wrap": "off",
    "spellcheck": "false",
    "autocapitalize": "off",
    "class": "text-xs",
    "style": "max-width: 100%; font-family: monospace; white-space: pre",
}


class TableForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    """The whole table as text. Each mistake is told with its line and the line itself; what was typed stays."""

    note = forms.CharField(
        label=_("What changed"),
        max_length=NOTE_CHARACTERS,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("In a sentence, for whoever asks later."),
    )
    text = forms.CharField(label=_("Table (YAML)"), strip=False, widget=UnfoldAdminTextareaWidget(attrs=PLAIN))
    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = models.LoopTable
        fields = ("jurisdiction", "note", "text")

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")  # browsers send lines with both
        if city := self.cleaned_data.get("jurisdiction"):
            try:
                checked_table(city, text)
            except CityError as exc:
                raise ValidationError(_told(exc, text)) from exc
        return text


def _told(exc: CityError, text: str) -> list[str]:
    """Return the refusal and each fault, with the line that it is about."""
    lines = text.split("\n")
    return [exc.message, *(f"{fault.field}: {fault.why}{_quoted(fault.field, lines)}" for fault in exc.faults)]


def _quoted(place: str, lines: list[str]) -> str:
    digits = "".join(char for char in place.partition(",")[0] if char.isdigit())
    line = lines[int(digits) - 1].strip() if digits and int(digits) <= len(lines) else ""
    return f"  |  {line[:100]}" if line else ""


@admin.register(models.LoopTable)
class LoopTableAdmin(HiddenAdmin):
    """Versions are added, never changed or taken away: cases run under them."""

    list_display = ("version", "jurisdiction", "is_in_force", "note", "created_at")
    list_filter = ("jurisdiction",)
    ordering = ("jurisdiction", "-version")
    list_before_template = "cases/console/tables.html"

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    # --- to look at

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).exclude(jurisdiction=NO_CITY)
        told: QuerySet[Any] = rows.defer("text")
        return told

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "tables": self._tables(request)})

    def _tables(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return for each city the version in force, and where the next one is made: what an empty list cannot say."""
        editable = self.editable_jurisdictions(request)
        return [
            {
                "code": code,
                "name": name,
                "version": max(version_in_force(code), DEFAULT_VERSION),
                "edit": reverse("admin:cases_looptable_add") + f"?jurisdiction={code}" if code in editable else "",
                "drawn": reverse("loop") + f"?jurisdiction={code}",
            }
            for code, name in self.seen_cities(request).items()
        ]

    @override
    def get_fields(self, request: HttpRequest, obj: models.LoopTable | None = None) -> Any:
        if obj is None:
            return ("jurisdiction", "note", "text", "base")
        return ("jurisdiction", "version", "is_in_force", "note", "created_at", "made_by", "again", "laid_out")

    @admin.display(description=_("in force"), boolean=True)
    def is_in_force(self, row: Any) -> bool:
        return bool(row.version == version_in_force(row.jurisdiction))

    @admin.display(description=_("made by"))
    def made_by(self, row: models.LoopTable) -> str:
        known = people([row.created_by]) if row.created_by else {}
        return known[row.created_by].name if row.created_by in known else str(row.created_by or "")

    @admin.display(description=_("go on from here"))
    def again(self, row: models.LoopTable) -> SafeString:
        address = reverse("admin:cases_looptable_add") + f"?jurisdiction={row.jurisdiction}&version={row.version}"
        text = _("Make a new version of this text")
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, text)

    @admin.display(description=_("table"))
    def laid_out(self, row: models.LoopTable) -> SafeString:
        return format_html('<pre class="overflow-x-auto text-xs">{}</pre>', row.text)

    # --- to make the next one

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": TableForm, "fields": ("jurisdiction", "note", "text")}
        return super().get_form(request, obj, change, **kwargs)

    @override
    def jurisdiction_choices(self, request: HttpRequest) -> list[tuple[str, str]]:
        """One city only: a text that was made for one must not land in another by a slip."""
        city = self._city(request)
        return [(code, name) for code, name in super().jurisdiction_choices(request) if code == city]

    def _city(self, request: HttpRequest) -> str:
        asked = request.POST.get("jurisdiction") or request.GET.get("jurisdiction")
        return asked or min(self.editable_jurisdictions(request), default="")

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        city = self._city(request)
        if city not in self.editable_jurisdictions(request):
            return {}
        wanted = request.GET.get("version", "")
        is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
        past = self.get_queryset(request).filter(jurisdiction=city, version=wanted).first() if is_number else None
        text = past.text if past else text_in_force(city)
        return {"jurisdiction": city, "text": text, "base": max(plan_of(city).newest, DEFAULT_VERSION)}

    @override
    def save_model(self, request: HttpRequest, obj: models.LoopTable, form: Any, change: bool) -> None:
        user = console_user(request)
        obj.version = set_table(
            obj.jurisdiction,
            form.cleaned_data["text"],
            actor_id=user.pk if user else None,
            now=machine_now(),
            note=form.cleaned_data["note"],
        )
        obj.pk = models.LoopTable.objects.get(jurisdiction=obj.jurisdiction, version=obj.version).pk
        base = form.cleaned_data.get("base")
        if base is not None and obj.version != base + 1:
            text = _(
                "While you were editing, somebody else made version %(other)d. Yours is in force now; compare them."
            )
            self.message_user(request, str(text) % {"other": obj.version - 1}, messages.WARNING)
