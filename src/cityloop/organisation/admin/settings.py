"""The settings of a city as fields of a form: each as what it is, with what it means beside it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from typing_extensions import override
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from cityloop.kernel.forms import JSONField, LinesField
from cityloop.kernel.translation import _
from cityloop.organisation.rules.settings import DECLARED, Setting

PREFIX = "settings."


class MembersField(LinesField):
    """Several things of a city, one a line, each by its key or its name; shown with both."""

    def __init__(self, *, members: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members = members

    @override
    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{key} {self.members.get(key, '')}".strip() for key in value)

    @override
    def to_python(self, value: Any) -> Any:
        keys = {name: key for key, name in self.members.items()}
        return list(dict.fromkeys(keys.get(line) or line.split(maxsplit=1)[0] for line in super().to_python(value)))


def shown_settings() -> list[Setting]:
    """Return the settings that people change, in the order in which the rooms declare them."""
    return [one for one in DECLARED.values() if not one.is_inner]


def fields_of_settings(code: str) -> dict[str, forms.Field]:
    """Return a field for each setting that people change.

    Args:
        code: Of the city; "" for one that is not there yet.
    """
    return {PREFIX + one.key: _field(one, code) for one in shown_settings()}


def _field(one: Setting, code: str) -> forms.Field:
    title, _semicolon, rest = _(one.title).replace("；", ";").partition(";")  # the label stays short
    help_text = " · ".join(filter(None, (rest.strip(), one.key)))
    given: dict[str, Any] = {"label": title, "required": False, "initial": one.default, "help_text": help_text}
    if isinstance(one.default, bool):
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget, **given)
    if isinstance(one.default, list):
        return MembersField(members=one.members_in(code), **given)
    if isinstance(one.default, dict):
        return JSONField(widget=UnfoldAdminTextareaWidget, **given)
    if one.allowed:
        choices = [(value, _(one.names[value]) if value in one.names else str(value)) for value in one.allowed]
        return forms.TypedChoiceField(
            choices=choices, coerce=type(one.default), widget=UnfoldAdminSelectWidget, **given
        )
    if isinstance(one.default, str):
        return forms.CharField(widget=UnfoldAdminTextInputWidget, **given)
    number = forms.IntegerField if isinstance(one.default, int) else forms.FloatField
    return number(min_value=one.least, max_value=one.most, widget=UnfoldAdminIntegerFieldWidget, **given)  # type: ignore[arg-type]  # a bound of a whole number is one


def initial_of_settings(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields show for a city."""
    return {PREFIX + one.key: stored.get(one.key, one.default) for one in shown_settings()}


def settings_from(form: "forms.ModelForm[Any]", stored: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return the settings that a form describes: those that differ from the default, and those that are nobody's to change here.

    What cannot be used is named beside its field.
    """
    found = {key: value for key, value in stored.items() if key not in DECLARED or DECLARED[key].is_inner}
    for one in shown_settings():
        name = PREFIX + one.key
        if name not in form.fields:  # somebody who may only look
            found |= {one.key: stored[one.key]} if one.key in stored else {}
        elif name in form.cleaned_data:
            value = form.cleaned_data[name]
            value = one.default if value is None or (value == "" and one.allowed) else value
            if fault := one.fault_of(value) or one.stranger_in(value, code):
                form.add_error(name, ValidationError(fault.why))
            elif value != one.default:
                found[one.key] = value
    return found
