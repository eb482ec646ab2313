"""The console over this room: what people were told, and how far they have read. Nothing is changed here."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from typing_extensions import override

from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _
from cityloop.notices import models
from cityloop.organisation.console import console_user, numbers_seen
from cityloop.organisation.long_lists import LongListAdmin
from cityloop.organisation.queries import city, people
from cityloop.organisation.queries.posts import post_names


@admin.register(models.Notice)
class NoticeAdmin(LongListAdmin):
    exact_search: ClassVar[str] = "subject"
    search_help_text = _("Whole case number")
    list_display = ("time", "kind", "subject", "post_name", "department_name", "person_name")
    fields = ("jurisdiction", "time", "kind", "subject", "post_name", "department_name", "person_name")

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        """Ask once for the cities, the posts and the people on the page."""
        cities = {code: city(code) for code in {row.jurisdiction for row in rows}}
        posts = post_names(frozenset(cities), english=not language().startswith("zh")) if rows else {}
        told = people({row.person for row in rows} - {None})
        for row in rows:
            row.city = cities[row.jurisdiction]
            row.told_post = posts.get((row.jurisdiction, row.post)) or posts.get(("", row.post)) or row.post
            row.told_person = told[row.person].name if row.person in told else ""

    @admin.display(description=_("time"))
    def time(self, row: Any) -> str:
        return f"{row.at.astimezone(row.city.time_zone):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("post"))
    def post_name(self, row: Any) -> str:
        return str(row.told_post)

    @admin.display(description=_("department"))
    def department_name(self, row: Any) -> str:
        department = row.city.departments.get(row.department_id)
        return department.name if department else ""

    @admin.display(description=_("person"))
    def person_name(self, row: Any) -> str:
        return str(row.told_person)


@admin.register(models.Reading)
class ReadingAdmin(LongListAdmin):
    """How far people have read: of those whose accounts the user sees, in whichever city they work."""

    ordering: ClassVar[Sequence[str]] = ("-person",)
    list_filter: ClassVar[Sequence[Any]] = ()
    list_display = ("person", "name", "read_to")
    fields = ("person", "name", "read_to")

    @override
    def seen_rows(self, request: HttpRequest) -> Q:
        user = console_user(request)
        if user is None or user.is_superuser:
            return super().seen_rows(request)
        return Q(person__in=numbers_seen(request))

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        known = people({row.person for row in rows})
        for row in rows:
            row.told = known[row.person].name if row.person in known else ""

    @admin.display(description=_("name"))
    def name(self, row: Any) -> str:
        return str(row.told)
