"""Evidence, to look at: who saw who reported a case; the anchors; what the verifications found."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from typing_extensions import override
from unfold.decorators import display

from cityloop.cases import models
from cityloop.cases.actions.looking import REPORTED_BY
from cityloop.cases.admin.histories import OfCaseAdmin, wording
from cityloop.cases.choices import Shown, Via
from cityloop.cases.queries.finding import read_line
from cityloop.cases.queries.said import label_of
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.translation import listed
from cityloop.organisation.console import console_user
from cityloop.organisation.long_lists import LongListAdmin


@admin.register(models.ReporterLook)
class ReporterLookAdmin(OfCaseAdmin):
    ordering: ClassVar[Sequence[str]] = ("-at", "-id")
    people: ClassVar[Sequence[str]] = ("person",)
    list_display = ("time", "case_link", "person_name", "post_name", "what", "where", "through")
    list_display_links = ("time",)
    fields = ("time", "case_link", "person_name", "post_name", "what", "where", "through")

    @admin.display(description=_("time"))
    def time(self, row: models.ReporterLook) -> str:
        return wording(row).when(row.at)

    @admin.display(description=_("person"))
    def person_name(self, row: models.ReporterLook) -> str:
        return wording(row).names.get(row.person or 0, "")

    @admin.display(description=_("post"))
    def post_name(self, row: models.ReporterLook) -> str:
        return wording(row).words.post(row.post).name

    @admin.display(description=_("was shown"))
    def what(self, row: models.ReporterLook) -> str:
        return listed(str(_("Account")) if field == REPORTED_BY else label_of(field) for field in row.fields)

    @admin.display(description=_("shown on"))
    def where(self, row: models.ReporterLook) -> str:
        return str(Shown(row.page).label)

    @admin.display(description=_("came through"))
    def through(self, row: models.ReporterLook) -> str:
        return str(Via(row.via).label)


class OfInstallationAdmin(LongListAdmin):
    """A table over all cities: for the administrators of the installation."""

    list_filter: ClassVar[Sequence[Any]] = ()

    @override
    def seen_rows(self, request: HttpRequest) -> Q:
        return Q() if self._may_look(request) else Q(pk__in=())

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_look(request)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_look(request)

    @staticmethod
    def _may_look(request: HttpRequest) -> bool:
        user = console_user(request)
        return user is not None and user.is_superuser


@admin.register(models.Anchor)
class AnchorAdmin(OfInstallationAdmin):
    """Note one elsewhere, and nobody can take anything away before it unseen."""

    ordering: ClassVar[Sequence[str]] = ("-n",)
    list_display = ("n", "at", "events", "position", "digest")
    fields = ("n", "at", "events", "position", "digest")

    @admin.display(description=_("hash"))
    def digest(self, row: models.Anchor) -> str:
        return format_html('<span class="whole-code">{}</span>', bytes(row.hash).hex())


FOUND = {"clean": "success", "found": "danger"}


@admin.register(models.Verification)
class VerificationAdmin(OfInstallationAdmin):
    list_defer: ClassVar[Sequence[str]] = ("told",)
    list_display = ("at", "outcome", "looked_at", "cases", "events", "files", "anchor", "seconds")
    fields = ("at", "looked_at", "cases", "events", "files", "anchor", "seconds", "findings", "found")

    @display(description=_("findings"), label=FOUND)  # type: ignore[untyped-decorator]  # unfold has no types
    def outcome(self, row: models.Verification) -> tuple[str, str]:
        return ("found", str(row.findings)) if row.findings else ("clean", str(_("none")))

    @admin.display(description=_("looked at"))
    def looked_at(self, row: models.Verification) -> str:
        return str(_("everything") if row.whole else _("what is new, and a part of the rest"))

    @admin.display(description=_("what was found"))
    def found(self, row: models.Verification) -> str:
        lines = ((read_line(line),) for line in row.told.splitlines())
        return format_html_join("", '<p style="overflow-wrap: anywhere">{}</p>', lines) or "–"
