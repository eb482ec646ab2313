"""Fields of forms that refuse what would fall over farther in."""

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Model
from django.forms.fields import InvalidJSONInput
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget

from cityloop.kernel.translation import lazy as _

DEEPEST = 20
"""How far objects and lists may stand in one another; Python's own reader gives up at some hundreds, with an exception."""


class KeyField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """A choice of a row by its key. What is no key is refused beside the field; shown again, nothing is chosen.

    Django's own field asks the database for it once more to draw the box, and falls over.
    """

    @override
    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and not isinstance(value, Model) and not self._is_key(value):
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return super().to_python(value)

    @override
    def bound_data(self, data: Any, initial: Any) -> Any:
        return data if self._is_key(data) else None

    def _is_key(self, value: Any) -> bool:
        assert self.queryset is not None
        options = self.queryset.model._meta  # noqa: SLF001  # Django's public way to a model's fields
        field = options.get_field(self.to_field_name) if self.to_field_name else options.pk
        try:
            field.clean(value, None)
            ProhibitNullCharactersValidator()(value)
        except (ValidationError, ValueError, TypeError, OverflowError):
            return False
        return True


class JSONField(forms.JSONField):
    """JSON that PostgreSQL can keep: not nested without end, no NaN, no infinity, no NUL, no half of a surrogate pair."""

    @override
    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, InvalidJSONInput) and depth_of(value) > DEEPEST:
            text = _("Objects and lists stand in one another too deeply: at most %(deepest)d levels are read.")
            raise ValidationError(text, params={"deepest": DEEPEST})
        try:
            read = super().to_python(value)
        except ValueError as exc:  # a whole number of thousands of digits
            raise ValidationError(_("This holds a number that is too long.")) from exc
        if not _can_be_kept(read):
            raise ValidationError(
                _("This holds a number or a character that cannot be stored, such as NaN or \\u0000.")
            )
        return read

    @override
    def bound_data(self, data: Any, initial: Any) -> Any:
        # What was refused stays in the form as it was typed: the page could not hold all of it as it was read.
        if isinstance(data, str) and depth_of(data) > DEEPEST:
            return InvalidJSONInput(data)
        try:
            read = super().bound_data(data, initial)
        except ValueError:
            return InvalidJSONInput(data)
        return read if _can_be_kept(read) else InvalidJSONInput(data)


class LinesField(forms.CharField):
    """Several codes, one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})

    @override
    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    @override
    def to_python(self, value: Any) -> Any:
        lines = (value or "").replace(",", "\n").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


def depth_of(text: str) -> int:
    """Return how far the objects and lists in a text of JSON stand in one another, without reading it."""
    depth = deepest = 0
    is_inside, is_escaped = False, False
    for char in text:
        if is_escaped:
            is_escaped = False
        elif is_inside:
            is_escaped, is_inside = char == "\\", char != '"'
        elif char == '"':
            is_inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _can_be_kept(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_can_be_kept(key) and _can_be_kept(held) for key, held in value.items())
    if isinstance(value, list):
        return all(_can_be_kept(held) for held in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or _is_text(value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
