"""A city's process: its versions to look at, and a form that makes the next one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from cityloop.cases import models
from cityloop.cases.actions.tables import (
    NOTE_CHARACTERS,
    checked_beginning,
    checked_table,
    examined_table,
    put_in_force,
    set_table,
    withdraw_table,
)
from cityloop.cases.actions.trying import ask_for_trial
from cityloop.cases.queries.comparisons import comparison
from cityloop.cases.queries.tables import (
    DEFAULT_VERSION,
    NO_CITY,
    Standing,
    plan_of,
    standing,
    table,
    text_in_force,
    text_of,
    version_in_force,
)
from cityloop.cases.queries.trial_words import STANDING_WORDS, trial_lines
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.pages import whole_number
from cityloop.kernel.translation import _ as words
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import console_user
from cityloop.organisation.long_lists import HiddenAdmin
from cityloop.organisation.queries import city, people

PLAIN = {
    "rows": 28,
    "wrap": "off",
    "spellcheck": "false",
    "autocapitalize": "off",
    "class": "text-xs",
    "style": "max-width: 100%; font-family: monospace; white-space: pre",
}


@dataclass(frozen=True, slots=True)
class Life:
    """What the page of a version shows beyond its text: how it stands, what it changes, what came of trying it.

    ``base`` is the version that it is compared with: the one in force or, where it is that or has been, the one before it.
    """

    standing: Standing
    base: int
    differences: list[str]
    diff: str
    warnings: list[str]
    failure: str
    trial: models.TableTrial | None
    trial_lines: list[str]


def _standing(row: models.LoopTable) -> Standing:
    now = city(row.jurisdiction).now()
    return standing(row.version, row.effective_from, version_in_force(row.jurisdiction), now)


def life_of(row: models.LoopTable) -> Life:
    """Return the life of one version; what cannot be read any more is told as its failure."""
    has_held = _standing(row) in {Standing.IN_FORCE, Standing.PAST}
    base = _version_before(row) if has_held else version_in_force(row.jurisdiction)
    trial = row.trials.order_by("-pk").first()
    try:
        own, other = table(row.jurisdiction, base), table(row.jurisdiction, row.version)
        found = comparison((own, text_of(row.jurisdiction, base), str(base)), (other, row.text, str(row.version)))
        warned = [f"{fault.field}: {fault.why}" for fault in examined_table(row.jurisdiction, row.text).warnings]
    except CityError as exc:
        return Life(_standing(row), base, [], "", [], exc.message, trial, [])
    lines = list(trial_lines(trial.result, own, other)) if trial and trial.result else []
    return Life(_standing(row), base, [one.text for one in found.items], found.text, warned, "", trial, lines)


def _version_before(row: models.LoopTable) -> int:
    plan = plan_of(row.jurisdiction)
    place = plan.versions.index(row.version)
    return plan.versions[place - 1] if place else plan.edition


def _sample(typed: str) -> int | None:
    """Return how many cases somebody wants tried; None for all."""
    if not typed.strip():
        return None
    if not (sample := whole_number(typed, 8)):
        raise InvalidInput(str(_("A sample has at least one case.")))
    return sample


def _typed_instant(code: str, typed: str) -> datetime | None:
    if not typed.strip():
        return None
    try:
        return _of_the_city(code, datetime.fromisoformat(typed).replace(tzinfo=None))
    except ValueError as exc:
        raise InvalidInput(str(_("This is no date with a time of day."))) from exc


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
    is_draft = forms.BooleanField(
        label=_("Only a draft"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "It is kept to be compared and tried on past cases, and holds for nobody until it is put in force."
        ),
    )
    effective_from = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text=_("By the city's clock; at once if left empty."),
    )

    class Meta:
        model = models.LoopTable
        fields = ("jurisdiction", "note", "text")

    def clean_effective_from(self) -> datetime | None:
        code = self.cleaned_data.get("jurisdiction")
        typed = self.cleaned_data["effective_from"]
        begins = _of_the_city(code, typed and typed.replace(tzinfo=None))
        if code and begins:
            try:
                checked_beginning(code, begins, machine_now())
            except CityError as exc:
                raise ValidationError(exc.message) from exc
        return begins

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")  # browsers send lines with both
        if code := self.cleaned_data.get("jurisdiction"):
            try:
                checked_table(code, text)
            except CityError as exc:
                raise ValidationError(_told(exc, text)) from exc
        return text

    @override
    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        code, text = told.get("jurisdiction"), told.get("text")
        if code and text and not told.get("is_draft"):
            version = version_in_force(code, at=told.get("effective_from"))
            if text == text_of(code, version):
                same = _("It says the same as version %(version)d, which holds: nothing was kept.")
                self.add_error("text", same % {"version": max(version, DEFAULT_VERSION)})
        return told


def _of_the_city(code: str | None, typed: datetime | None) -> datetime | None:
    """Return the instant at which the city's clocks show what was typed, whatever zone the server lives in."""
    if typed is None or not code:
        return None
    return typed.replace(tzinfo=city(code).time_zone)


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

    list_display = ("version", "jurisdiction", "stands", "effective_from", "note", "created_at")
    list_filter = ("jurisdiction",)
    ordering = ("jurisdiction", "-version")
    list_before_template = "cases/console/tables.html"
    change_form_outer_after_template = "cases/console/table.html"

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
            return ("jurisdiction", "note", "is_draft", "effective_from", "text", "base")
        return (
            "jurisdiction", "version", "stands", "effective_from", "note", "created_at", "made_by", "again",
        )  # fmt: skip

    @admin.display(description=_("how it stands"))
    def stands(self, row: models.LoopTable) -> str:
        return words(STANDING_WORDS[_standing(row)])

    @admin.display(description=_("made by"))
    def made_by(self, row: models.LoopTable) -> str:
        known = people([row.created_by]) if row.created_by else {}
        return known[row.created_by].name if row.created_by in known else str(row.created_by or "")

    @admin.display(description=_("go on from here"))
    def again(self, row: models.LoopTable) -> SafeString:
        address = reverse("admin:cases_looptable_add") + f"?jurisdiction={row.jurisdiction}&version={row.version}"
        text = _("Make a new version of this text")
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, text)

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        told = (
            {}
            if row is None
            else {"life": life_of(row), "may_plan": row.jurisdiction in self.editable_jurisdictions(request)}
        )
        view: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})
        return view

    # --- what is done with a version

    @override
    def get_urls(self) -> list[Any]:
        step = self.admin_site.admin_view(require_POST(self.take_step))
        return [path("<int:pk>/step", step, name="cases_looptable_step"), *super().get_urls()]

    def take_step(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a version, put it in force or withdraw it; what is refused is told on its page."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if row.jurisdiction not in self.editable_jurisdictions(request):
            raise PermissionDenied
        user = console_user(request)
        given: dict[str, Any] = {"actor_id": user.pk if user else None, "now": machine_now()}
        try:
            match request.POST.get("step"):
                case "try":
                    ask_for_trial(
                        row.jurisdiction, row.version, sample=_sample(request.POST.get("sample", "")), **given
                    )
                    said = _("It is being tried in the background; look again in a while.")
                case "put":
                    begins = _typed_instant(row.jurisdiction, request.POST.get("effective_from", ""))
                    put_in_force(row.jurisdiction, row.version, effective_from=begins, **given)
                    said = _("Done: cases that begin from then on run under it.")
                case _:
                    withdraw_table(row.jurisdiction, row.version, **given)
                    said = _("It is a draft again, and holds for nobody.")
        except CityError as exc:
            self.message_user(request, exc.message, messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
            self.log_change(request, row, request.POST.get("step", "")[:20])
        return redirect("admin:cases_looptable_change", row.pk)

    # --- to make the next one

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": TableForm, "fields": ("jurisdiction", "note", "text")}
        return super().get_form(request, obj, change, **kwargs)

    @override
    def jurisdiction_choices(self, request: HttpRequest) -> list[tuple[str, str]]:
        """One city only: a text that was made for one must not land in another by a slip."""
        wanted = self._city(request)
        return [(code, name) for code, name in super().jurisdiction_choices(request) if code == wanted]

    def _city(self, request: HttpRequest) -> str:
        asked = request.POST.get("jurisdiction") or request.GET.get("jurisdiction")
        return asked or min(self.editable_jurisdictions(request), default="")

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        code = self._city(request)
        if code not in self.editable_jurisdictions(request):
            return {}
        wanted = whole_number(request.GET.get("version"))
        past = None if wanted is None else self.get_queryset(request).filter(jurisdiction=code, version=wanted).first()
        text = past.text if past else text_in_force(code)
        return {"jurisdiction": code, "text": text, "base": max(plan_of(code).newest, DEFAULT_VERSION)}

    @override
    def save_model(self, request: HttpRequest, obj: models.LoopTable, form: Any, change: bool) -> None:
        user = console_user(request)
        obj.version = set_table(  # what it refuses, the form has told
            obj.jurisdiction,
            form.cleaned_data["text"],
            actor_id=user.pk if user else None,
            now=machine_now(),
            note=form.cleaned_data["note"],
            effective_from=form.cleaned_data.get("effective_from"),
            is_draft=form.cleaned_data.get("is_draft", False),
        )
        obj.pk = models.LoopTable.objects.get(jurisdiction=obj.jurisdiction, version=obj.version).pk
        self._tell_what_holds(request, obj.jurisdiction, obj.version)
        base = form.cleaned_data.get("base")
        if base is not None and obj.version != base + 1:
            text = _(
                "While you were editing, somebody else made version %(other)d. Yours is in force now; compare them."
            )
            self.message_user(request, str(text) % {"other": obj.version - 1}, messages.WARNING)

    def _tell_what_holds(self, request: HttpRequest, code: str, version: int) -> None:
        """Say from when on a new version holds, and what in it is hardly meant."""
        row = models.LoopTable.objects.get(jurisdiction=code, version=version)
        if row.effective_from is None:
            said = _("Version %(version)d is a draft: it holds for nobody until it is put in force on its page.")
            self.message_user(request, said % {"version": version}, messages.INFO)
        else:
            begins = f"{row.effective_from.astimezone(city(code).time_zone):%Y-%m-%d %H:%M}"
            said = _("Version %(version)d holds for cases that begin from %(begins)s on, by the city's clock.")
            self.message_user(request, said % {"version": version, "begins": begins}, messages.INFO)
        for fault in examined_table(code, row.text).warnings:
            self.message_user(request, f"{fault.field}: {fault.why}", messages.WARNING)
