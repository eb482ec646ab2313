"""Jurisdictions, their calendars, and what they change of the standards."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from typing_extensions import override
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from cityloop.kernel.clock import FIRST, LAST, CityClock, machine_now
from cityloop.kernel.errors import CityError, shown
from cityloop.kernel.forms import JSONField
from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _
from cityloop.organisation import actions, models
from cityloop.organisation.admin.settings import (
    PREFIX,
    fields_of_settings,
    initial_of_settings,
    settings_from,
    shown_settings,
)
from cityloop.organisation.console import ScopedAdmin, console_user
from cityloop.organisation.queries.cities import city, standard_classes
from cityloop.organisation.rules.calendar_days import WEEKDAYS
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.organisation.rules.calendar_text import (
    days_from_text,
    days_to_text,
    hours_from_text,
    hours_to_text,
    weekday_names,
    year_at_a_glance,
)
from cityloop.standards import queries as standards
from cityloop.standards.rules import Category

WITH_DATA = frozenset({"sysadmin", "data_admin"})


CLOCK = ("clock_origin", "clock_real_origin", "clock_speed")


class JurisdictionForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    """A city as it is configured; a clock of its own must show a time that can be read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**initial_of_settings(self.instance.settings), **self.initial}

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        known = self.instance.pk if not self.instance._state.adding else ""  # noqa: SLF001  # Django's public way to know
        self.instance.settings = settings_from(self, self.instance.settings, known)
        origin, real_origin, speed = (cleaned.get(name) for name in CLOCK)
        if origin is None or real_origin is None or speed is None:
            return cleaned
        if not FIRST < CityClock(origin, real_origin, speed).at(machine_now()) < LAST:
            self.add_error(
                "clock_speed", _("By this clock, the city's time lies outside the years 1970 to 2199 today.")
            )
        return cleaned


@admin.register(models.Jurisdiction)
class JurisdictionAdmin(ScopedAdmin):
    form = JurisdictionForm
    jurisdiction_lookup: ClassVar[str] = "code"
    list_display = ("code", "name", "name_en", "parent", "time_zone", "scheme")
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")
    ordering = ("code",)

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        may = self.has_change_permission(request, obj) if obj is not None else self.has_add_permission(request)
        settings = [PREFIX + one.key for one in shown_settings()] if may else ["settings_told"]
        return (
            (None, {"fields": ("code", "name", "name_en", "region_code", "parent", "time_zone", "scheme")}),
            (_("Settings"), {"fields": settings}),
            (_("A clock of its own, for a demonstration"), {"fields": CLOCK}),
        )

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of settings stand in no table: the rooms declare them, when all of them are loaded.
        fields = fields_of_settings(obj.code if obj is not None else "")
        kwargs["form"] = type("JurisdictionForm", (JurisdictionForm,), fields)
        return super().get_form(request, obj, change, **kwargs)

    @admin.display(description=_("Settings"))
    def settings_told(self, row: models.Jurisdiction) -> str:
        """Tell somebody who may only look what differs from the default."""
        differing = [one for one in shown_settings() if one.key in row.settings]
        lines = [(_(one.title), shown(row.settings[one.key])) for one in differing]
        return format_html_join("", "<p>{}: {}</p>", lines) if lines else str(_("All as they come"))

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        user = console_user(request)
        return user is not None and user.is_superuser

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = [*super().get_readonly_fields(request, obj), "settings_told"]
        if obj is not None:
            fixed.append("code")
        if not self.has_add_permission(request):
            # Who stands above whom, and by which clock a demonstration runs, is the installation's business.
            fixed += ["parent", *CLOCK]
        return fixed

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "scheme":
            is_chinese = language().startswith("zh")
            known = standards.schemes().values()
            return self.choice_of(db_field, [(one.code, one.name_zh if is_chinese else one.name_en) for one in known])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: models.Jurisdiction, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            actions.make_calendars(obj.code, obj.time_zone)


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    """A calendar's rule in the words of people: hours of each weekday, days that differ line by line."""

    public_holidays = forms.BooleanField(
        label=_("Public holidays and make-up workdays of mainland China"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    makeup_weekday = forms.ChoiceField(label=_("A make-up workday has the hours of"), widget=UnfoldAdminSelectWidget)
    workday_minutes = forms.IntegerField(
        label=_("Minutes of one working day in a limit"), min_value=1, max_value=1440, widget=UnfoldAdminTextInputWidget
    )
    days = forms.CharField(
        label=_("Days that differ"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("One a line: 2026-10-01 休 国庆节; 2026-10-10 班 调休; 2026-06-18 08:00-12:00 盘点."),
    )
    seasons = JSONField(
        label=_("Seasons"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_(
            'A list, as [{"name": "夏季", "from": "05-01", "to": "09-30", "weekly": {"mon": [["08:00", "12:00"]]}}].'
        ),
    )

    class Meta:
        model = models.WorkingCalendar
        fields = ("jurisdiction", "code", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.parsed().to_json() if self.instance.pk else self._empty()
        for day, name in weekday_names().items():
            self.fields[f"hours_{day}"] = forms.CharField(
                label=name,
                required=False,
                initial=hours_to_text(stored["weekly"].get(day, [])),
                widget=UnfoldAdminTextInputWidget,
                help_text=_("08:00-12:00 14:00-18:00; empty: closed") if day == WEEKDAYS[0] else "",
            )
        self.fields["public_holidays"].initial = stored["public_holidays"]
        choice = self.fields["makeup_weekday"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(weekday_names().items())
        choice.initial = stored["makeup_weekday"]
        self.fields["workday_minutes"].initial = stored["workday_minutes"]
        self.fields["days"].initial = days_to_text(stored["exceptions"])
        self.fields["seasons"].initial = stored["seasons"]

    @staticmethod
    def _empty() -> dict[str, Any]:
        _name, rule = actions.standard_calendars("Asia/Shanghai")["office"]
        return rule.to_json()

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            self.instance.rule = self._rule(cleaned)
        except CityError as exc:
            raise ValidationError([fault.told() for fault in exc.faults] or exc.message) from exc
        return cleaned

    def _post_clean(self) -> None:  # Django's hook, which its stubs leave out
        # The table judges a whole calendar: where what was typed gives none, the form has said why already.
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]

    def _rule(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Return the rule that the form describes, as the calendar's own reader writes it.

        Raises:
            InvalidInput: With a fault for each place that cannot be used.
        """
        before = self.instance.rule if self.instance.pk else self._empty()
        weekly = {day: hours_from_text(cleaned[f"hours_{day}"]) for day in WEEKDAYS if cleaned[f"hours_{day}"].strip()}
        described = {
            **before,
            "weekly": weekly,
            "public_holidays": cleaned["public_holidays"],
            "makeup_weekday": cleaned["makeup_weekday"],
            "workday_minutes": cleaned["workday_minutes"],
            "exceptions": days_from_text(cleaned["days"]),
            "seasons": [] if cleaned["seasons"] is None else cleaned["seasons"],
        }
        if not self.instance.pk:
            zone = models.Jurisdiction.objects.values_list("time_zone", flat=True).get(pk=cleaned["jurisdiction"])
            described |= {"code": cleaned["code"], "version": 1, "time_zone": zone}
        return CalendarRule.from_json(described).to_json()


@admin.register(models.WorkingCalendar)
class WorkingCalendarAdmin(ScopedAdmin):
    editors: ClassVar[frozenset[str]] = WITH_DATA
    form = CalendarForm
    list_display = ("name", "code", "jurisdiction", "version")
    list_filter = ("jurisdiction",)
    search_fields = ("name", "code")
    ordering = ("jurisdiction", "code")

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        hours = tuple(f"hours_{day}" for day in WEEKDAYS)
        return (
            (None, {"fields": ("jurisdiction", "code", "name")}),
            (_("Hours of the week"), {"fields": hours}),
            (
                _("Days that differ"),
                {"fields": ("public_holidays", "makeup_weekday", "days", "seasons", "workday_minutes")},
            ),
            *(((_("What comes of it"), {"fields": ("version", "glance")}),) if obj is not None else ()),
        )

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of the form stand in its own code, not in the table: Django must not look for them there.
        kwargs["fields"] = ("jurisdiction", "code", "name") if obj is None else ("name",)
        return super().get_form(request, obj, change, **kwargs)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = [*super().get_readonly_fields(request, obj), "version", "glance"]
        return [*fixed, "code"] if obj is not None else fixed

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its versions explain the deadlines of old cases

    @admin.display(description=_("This year and the next"))
    def glance(self, row: models.WorkingCalendar) -> str:
        year = machine_now().year
        text = "\n\n".join(year_at_a_glance(row.parsed(), one) for one in (year, year + 1))
        return format_html('<pre class="overflow-x-auto text-xs">{}</pre>', text)


class OfClassAdmin(ScopedAdmin):
    """A table about classes, which are told by name."""

    @override
    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().name_rows(request, rows)
        known: dict[tuple[str, str], Mapping[str, Category]] = {}
        for row in rows:
            key = self.class_key(row)
            place = (row.jurisdiction, key.partition("/")[0])
            if place not in known:
                known[place] = self._classes(*place)
            row.class_known = known[place].get(key)

    def class_key(self, row: Any) -> str:
        """Return the key of the class that a row is about."""
        return str(row.category)

    @staticmethod
    def _classes(jurisdiction: str, scheme: str) -> Mapping[str, Category]:
        """Return the standard's classes and the city's own; none of a scheme that is not there."""
        here = city(jurisdiction)
        day = here.today()
        try:
            return {**standard_classes(scheme, day, here.versions[0]), **here.categories_on(day, scheme)}
        except CityError:
            return {}


def class_words(category: Category) -> str:
    """Return code and name of a class, in the language of the moment."""
    is_chinese = language().startswith("zh")
    return f"{category.code} {category.name_zh if is_chinese else category.name_en or category.name_zh}"


@admin.register(models.ClassOverride)
class ClassOverrideAdmin(OfClassAdmin):
    named: ClassVar[dict[str, str]] = {**ScopedAdmin.named, "category": "class_name"}
    editors: ClassVar[frozenset[str]] = WITH_DATA
    list_display = ("category", "kind", "jurisdiction", "valid_from", "valid_to")
    list_filter = ("jurisdiction", "kind")
    search_fields = ("category",)
    ordering = ("jurisdiction", "category", "valid_from")

    @admin.display(description=_("class"), ordering="category")
    def class_name(self, row: Any) -> str:
        return class_words(row.class_known) if row.class_known else str(row.category)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # open cases may be of the class: give it an end instead


@admin.register(models.LimitOverride)
class LimitOverrideAdmin(OfClassAdmin):
    named: ClassVar[dict[str, str]] = {**ScopedAdmin.named, "condition": "condition_name"}
    editors: ClassVar[frozenset[str]] = WITH_DATA
    list_display = ("condition", "timing_zone", "amount", "unit", "jurisdiction", "valid_from", "valid_to")
    list_filter = ("jurisdiction", "unit")
    search_fields = ("condition", "text")
    ordering = ("jurisdiction", "condition", "timing_zone", "valid_from")

    @override
    def class_key(self, row: Any) -> str:
        return str(row.condition.partition("#")[0])

    @admin.display(description=_("filing condition"), ordering="condition")
    def condition_name(self, row: Any) -> str:
        category: Category | None = row.class_known
        condition = next((one for one in category.conditions if one.key == row.condition), None) if category else None
        if category is None or condition is None:
            return str(row.condition)
        is_chinese = language().startswith("zh")
        return (
            f"{class_words(category)} · {condition.text_zh if is_chinese else condition.text_en or condition.text_zh}"
        )
