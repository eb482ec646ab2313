"""What the lists are narrowed by: closed lists and the city's own table, never a walk through the rows."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from typing_extensions import override

from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.models import OPEN
from cityloop.cases.queries.tables import default_table, table_in_force
from cityloop.cases.rules.table import Label, Table
from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _


def _table(request: HttpRequest, model_admin: Any) -> Table:
    """Return the table in force of the city that the list shows."""
    city = model_admin.city_shown(request)
    return table_in_force(city) if city else default_table()


def _label(label: Label) -> str:
    return label.text(language())


class KindFilter(SimpleListFilter):
    title = _("kind of state")
    parameter_name = "kind"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Kind.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kind = self.value()
        if kind not in Kind.values:
            return queryset
        rows = queryset.filter(kind=kind)
        # Said twice, so that PostgreSQL takes the index of open cases, of which there are few.
        return rows.filter(OPEN) if kind in OPEN_KINDS else rows


class StateFilter(SimpleListFilter):
    """The states of the table in force, of the kind that it gives them."""

    title = _("state")
    parameter_name = "state"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.loop = _table(request, model_admin)
        super().__init__(request, params, model, model_admin)

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, _label(state)) for code, state in self.loop.states.items()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.loop.states.get(self.value() or "")
        if state is None:
            return queryset
        rows = queryset.filter(state=state.code)
        return rows.filter(OPEN) if state.kind in OPEN_KINDS else rows


class OpenFilter(SimpleListFilter):
    """Open tasks first: an index holds them, and they are what is asked for."""

    title = _("open or done")
    parameter_name = "done"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Open")), ("yes", _("Done"))]

    @override
    def value(self) -> str:
        return "yes" if super().value() == "yes" else "no"

    @override
    def choices(self, changelist: Any) -> Any:
        return list(super().choices(changelist))[1:]  # without “all”

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(done_at__isnull=self.value() == "no")


class PostFilter(SimpleListFilter):
    title = _("post")
    parameter_name = "post"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, _label(post)) for code, post in _table(request, model_admin).posts.items()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        post = self.value()
        return queryset.filter(post=post) if post in dict(self.lookup_choices) else queryset
