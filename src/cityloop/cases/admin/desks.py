"""What people keep at their desks: hand-overs of shifts, cases followed, classes starred, searches kept, exports; to look at.

Nobody else's wishes are changed here. An administrator reads them to answer a question: who has taken a shift over, why somebody
is told of a case, what a workbook that was fetched was asked for.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from typing_extensions import override

from cityloop.cases import models
from cityloop.cases.admin.histories import OfCaseAdmin, of_visible_cases, unbroken, wording
from cityloop.cases.choices import Light
from cityloop.cases.forms.searching import CALLER
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.told import light_words
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Words, names_of
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.console import accounts_kept, console_user
from cityloop.organisation.long_lists import LongListAdmin


@admin.register(models.ShiftHandover)
class ShiftHandoverAdmin(LongListAdmin):
    """Who left, who came, and what was open."""

    ordering: ClassVar[Sequence[str]] = ("-at", "-id")
    list_defer: ClassVar[Sequence[str]] = ("work", "remarks")
    list_display = ("time", "post_name", "by", "meant_for", "taken", "taker")
    fields = ("jurisdiction", "time", "post_name", "by", "meant_for", "taken", "taker", "said", "open_work", "marked")
    named: ClassVar[dict[str, str]] = {}

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        names = names_of({person for row in rows for person in (row.left_by, row.coming, row.taken_by)})
        for row in rows:
            row.reader = request
            row.wording = Wording(Words(table_in_force(row.jurisdiction), loop_city(row.jurisdiction)), names)

    @admin.display(description=_("handed over"))
    def time(self, row: models.ShiftHandover) -> str:
        return wording(row).when(row.at)

    @admin.display(description=_("post"))
    def post_name(self, row: models.ShiftHandover) -> str:
        return wording(row).words.post(row.post).name

    @admin.display(description=_("handed over by"))
    def by(self, row: models.ShiftHandover) -> str:
        return wording(row).names.get(row.left_by, "")

    @admin.display(description=_("to be taken by"))
    def meant_for(self, row: models.ShiftHandover) -> str:
        return wording(row).names.get(row.coming or 0, "–")

    @admin.display(description=_("taken over at"))
    def taken(self, row: models.ShiftHandover) -> str:
        return wording(row).when(row.taken_at) if row.taken_at else "–"

    @admin.display(description=_("taken by"))
    def taker(self, row: models.ShiftHandover) -> str:
        return wording(row).names.get(row.taken_by or 0, "–")

    @admin.display(description=_("remarks"))
    def said(self, row: models.ShiftHandover) -> SafeString | str:
        return format_html('<p class="whitespace-pre-line">{}</p>', row.remarks) if row.remarks else "–"

    @admin.display(description=_("open tasks at that moment"))
    def open_work(self, row: models.ShiftHandover) -> SafeString | str:
        lines = ((one["name"], " · ".join(_lights(one["lights"]))) for one in row.work)
        return format_html_join("", "<p>{}: {}</p>", lines) or "–"

    @admin.display(description=_("cases pointed out"))
    def marked(self, row: Any) -> SafeString | str:
        """The cases that the reader may see, with their remarks."""
        said = wording(row).words
        marks = row.marks.filter(of_visible_cases(row.reader, "case__")).select_related("case").order_by("pk")
        lines = [(_case_link(mark.case), said.state(mark.state).name, mark.remark or "–") for mark in marks]
        return format_html_join("", "<p>{} · {} · {}</p>", lines) or "–"


def _lights(counts: dict[str, int]) -> Iterable[str]:
    return (f"{light_words(Light(light))} {count}" for light, count in counts.items() if count)


def _case_link(case: models.Case) -> SafeString:
    address = reverse("admin:cases_case_change", args=[case.pk])
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>', address, case.number)


@admin.register(models.Following)
class FollowingAdmin(OfCaseAdmin):
    """Who is told when a case moves."""

    jurisdiction_lookup: ClassVar[str] = "case__jurisdiction"
    ordering: ClassVar[Sequence[str]] = ("-since", "-id")
    list_display = ("case_link", "who", "from_when")
    fields = ("case_link", "who", "from_when")
    people: ClassVar[Sequence[str]] = ("person",)

    @admin.display(description=_("person"))
    def who(self, row: models.Following) -> str:
        return wording(row).names.get(row.person, "")

    @admin.display(description=_("since"))
    def from_when(self, row: models.Following) -> str:
        return wording(row).when(row.since)


class OwnAdmin(LongListAdmin):
    """What people keep for themselves: seen by the administrators of the city that keeps their account."""

    owner: ClassVar[str] = ""
    list_filter: ClassVar[Sequence[Any]] = ()

    @override
    def seen_rows(self, request: HttpRequest) -> Q:
        user = console_user(request)
        if user is not None and user.is_superuser:
            return Q()
        return Q(**{f"{self.owner}__in": accounts_kept(self.seen_cities(request))})

    @override
    def jurisdiction_of(self, row: Model) -> str:
        return ""

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        names = names_of({getattr(row, self.owner) for row in rows})
        for row in rows:
            row.owner_named = names.get(getattr(row, self.owner), "")

    @admin.display(description=_("person"))
    def who(self, row: Any) -> str:
        return str(row.owner_named)


@admin.register(models.FavouriteClass)
class FavouriteClassAdmin(OwnAdmin):
    owner: ClassVar[str] = "person"
    list_display = ("who", "category")
    fields = ("who", "category")


NOT_TOLD = frozenset({CALLER, "phone"})
"""That it was a search by a caller's phone is told, not by which; an export of an older version, a day long, holds the number itself."""


@admin.register(models.Export)
class ExportAdmin(OwnAdmin):
    """Which lists of cases left the city as workbooks: by whom, when, how long, and what was asked for."""

    owner: ClassVar[str] = "owner"
    ordering: ClassVar[Sequence[str]] = ("-asked_at", "-id")
    list_display = ("when", "who", "rows", "came_of_it")
    fields = ("when", "who", "rows", "came_of_it", "asked")

    @admin.display(description=_("asked for"))
    def when(self, row: models.Export) -> SafeString:
        return unbroken(f"{row.asked_at.astimezone():%Y-%m-%d %H:%M}")

    @admin.display(description=_("what came of it"))
    def came_of_it(self, row: models.Export) -> str:
        if row.failure:
            return row.why
        return str(_("The export is finished") if row.finished_at else _("The export is under way"))

    @admin.display(description=_("query"))
    def asked(self, row: models.Export) -> SafeString | str:
        given = parse_qsl(row.query)
        return (
            format_html_join("", "<p>{}: {}</p>", [(name, "***" if name in NOT_TOLD else text) for name, text in given])
            or "–"
        )
