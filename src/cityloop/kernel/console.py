"""A table of the console that no address and no form can break."""

from contextlib import suppress
from typing import Any, ClassVar

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Field, JSONField, ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from cityloop.kernel import forms


class CarefulAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Answers what Django's own tables fall over: dates that do not exist, keys that are none, JSON without end."""

    formfield_overrides: ClassVar[dict[type, dict[str, Any]]] = {JSONField: {"form_class": forms.JSONField}}

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **{"form_class": forms.KeyField, **kwargs})

    @override
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            return super().get_changelist_instance(request)
        except OverflowError as exc:  # a year or a month that no date has; Django leads back to the whole list
            raise IncorrectLookupParameters from exc

    @override
    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                ProhibitNullCharactersValidator()(self.opts.pk.to_python(ticked))
            except ValidationError as exc:
                raise BadRequest("no key of this table") from exc
        answer: HttpResponse | None = super().response_action(request, queryset)
        return answer

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the address of an empty form fills in; what its field would never take is left aside."""
        taken: dict[str, Any] = {}
        for name, value in super().get_changeform_initial_data(request).items():
            with suppress(FieldDoesNotExist, ValidationError, ValueError, OverflowError):
                field = self.model._meta.get_field(name)  # noqa: SLF001  # Django's public way to a field
                if isinstance(field, Field) and field.editable and not isinstance(field, ManyToManyField):
                    taken[name] = field.clean(value, None)
        return taken
