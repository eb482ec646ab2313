"""The console's lists of tables that grow without end: one city at a time, paged by key, nothing counted, nothing changed.

A door for other rooms, beside ``console``: their ``admin`` modules build on ``LongListAdmin``.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NoReturn

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from typing_extensions import override
from unfold.views import ChangeList

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.paging import decode_cursor, encode_cursor
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import ScopedAdmin

DIVISION_DIGITS = 6
"""A number begins with the code of its city."""


class HiddenAdmin(ScopedAdmin):
    """A table in which what somebody may not see is not there: 404, as everywhere outside the console."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:  # noqa: ARG002  # Django's signature
        raise Http404


class UncountedPage(Page):  # type: ignore[type-arg]  # takes no argument at run time
    """A page that knows whether there is another one."""

    def __init__(self, rows: Sequence[Any], number: int, paginator: "Uncounted") -> None:
        super().__init__(rows[: paginator.per_page], number, paginator)
        self._more = len(rows) > paginator.per_page

    @override
    def has_next(self) -> bool:
        return self._more


class Uncounted(Paginator):  # type: ignore[type-arg]  # takes no argument at run time
    """Pages of rows that nobody has counted: for what a field offers while somebody types."""

    template_name = "organisation/next_page.html"

    @override
    @cached_property
    def count(self) -> int:
        return 2**62

    @override
    def page(self, number: int | str) -> UncountedPage:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        return UncountedPage(list(self.object_list[first : first + self.per_page + 1]), number, self)


class OneCity(SimpleListFilter):
    """One city at a time: so that an index gives the rows in their order, however many cities there are."""

    title = _("city")
    parameter_name = "city"

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], model_admin: "LongListAdmin") -> None:
        self.cities = model_admin.seen_cities(request)
        self.shown = model_admin.city_shown(request)
        self.lookup = model_admin.jurisdiction_lookup
        super().__init__(request, params, model, model_admin)

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, f"{code} {name}") for code, name in self.cities.items()]

    @override
    def choices(self, changelist: Any) -> Iterator[Any]:
        for code, name in self.lookup_choices:
            yield {
                "selected": code == self.shown,
                "query_string": changelist.get_query_string({self.parameter_name: code}),
                "display": name,
            }

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.lookup: self.shown}) if self.shown else queryset.none()


class KeysetChangeList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """A page of rows, and the address of the next one; ``p`` carries the key of the last row seen instead of a number."""

    next_page = ""

    @override
    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return list(self.model_admin.ordering)

    @override
    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    @override
    def get_results(self, request: HttpRequest) -> None:
        rows = self.queryset.defer(*self.model_admin.list_defer)
        if cursor := request.GET.get(PAGE_VAR, ""):
            rows = rows.filter(_below(self._keys(), self._read(cursor)))
        found = list(rows[: self.list_per_page + 1])
        if len(found) > self.list_per_page:
            found.pop()
            self.next_page = self.get_query_string({PAGE_VAR: encode_cursor(*self._key_of(found[-1]))})
        self.first_page = self.get_query_string() if cursor else ""
        self.model_admin.dress(request, found)
        self.result_list = found
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(self.model_admin.actions)
        self.paginator = self.model_admin.get_paginator(request, found, self.list_per_page)

    def _keys(self) -> list[str]:
        return [name.removeprefix("-") for name in self.model_admin.ordering]

    def _key_of(self, row: Model) -> list[Any]:
        return [getattr(row, name) for name in self._keys()]

    def _read(self, cursor: str) -> list[Any]:
        names = self._keys()
        try:
            values = decode_cursor(cursor, len(names))
            read = [
                self.lookup_opts.get_field(name).to_python(value) for name, value in zip(names, values, strict=True)
            ]
        except (InvalidInput, ValidationError, TypeError, ValueError) as exc:
            raise IncorrectLookupParameters from exc  # Django leads back to the first page
        if None in read:
            raise IncorrectLookupParameters
        return read


def _below(names: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition of the rows that come after a key, all columns running downwards.

    “Not above” comes first by itself, so that the index can begin there.
    """
    name, value = names[0], values[0]
    if len(names) == 1:
        return Q(**{f"{name}__lt": value})
    return Q(**{f"{name}__lte": value}) & (Q(**{f"{name}__lt": value}) | _below(names[1:], values[1:]))


class LongListAdmin(HiddenAdmin):
    """A table to look at.

    Attributes:
        ordering: Columns without nulls, all running downwards, of which the last ones tell any two rows apart. An index
            should give it for one city.
        exact_search: Lookup that takes what was searched for, whole (``case__number``) or as a beginning
            (``number__startswith``).
        list_defer: Large columns that the list does not show.
    """

    is_read_only: ClassVar[bool] = True
    exact_search: ClassVar[str] = ""
    list_defer: ClassVar[Sequence[str]] = ()
    ordering: ClassVar[Sequence[str]] = ("-id",)
    list_filter: ClassVar[Sequence[Any]] = (OneCity,)
    sortable_by: ClassVar[Sequence[str]] = ()
    actions: ClassVar[Sequence[str] | None] = None
    paginator = Uncounted

    def city_shown(self, request: HttpRequest) -> str:
        """Return the code of the city that the list shows; ``""`` where the user sees none, or asked for another.

        Whoever looks for a number finds it in whichever city it is: a number begins with the city's code.
        """
        cities = self.seen_cities(request)
        searched = request.GET.get(SEARCH_VAR, "").strip()[:DIVISION_DIGITS]
        if searched in cities:
            return searched
        asked = request.GET.get(OneCity.parameter_name, "") or next(iter(cities), "")
        return asked if asked in cities else ""

    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        """Give the rows of a page what their columns need beyond themselves, for all of them at once."""

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.dress(request, [row])
        return row

    @override
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    @override
    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return (self.exact_search,) if self.exact_search else ()

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if term and self.exact_search:
            return queryset.filter(**{self.exact_search: term}), False
        # While somebody types there is no city chosen yet: without a number there is nothing to offer.
        match = request.resolver_match
        is_typing = match is not None and match.url_name == "autocomplete"
        return queryset.none() if is_typing else queryset, False

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters shown: a condition on a column that is masked would tell what stands in it."""
        return lookup in {getattr(one, "parameter_name", "") for one in self.list_filter}

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
