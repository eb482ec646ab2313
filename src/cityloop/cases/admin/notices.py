"""Notices in the words of the loop: a notice names an action, and only the city's table knows what that is called."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import override

from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _
from cityloop.notices import admin as notices


class NoticeAdmin(notices.NoticeAdmin):
    list_display = ("time", "kind_name", "subject", "post_name", "department_name", "person_name")
    fields = ("jurisdiction", "time", "kind_name", "subject", "post_name", "department_name", "person_name")
    named: ClassVar[dict[str, str]] = {}

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        super().dress(request, rows)
        loops = {code: table_in_force(code) for code in {row.jurisdiction for row in rows}}
        for row in rows:
            action = loops[row.jurisdiction].actions.get(row.kind)
            row.kind_named = action.text(language()) if action else row.kind

    @admin.display(description=_("kind"))
    def kind_name(self, row: Any) -> str:
        return str(row.kind_named)


told = next(row for row, shown in admin.site._registry.items() if type(shown) is notices.NoticeAdmin)  # noqa: SLF001 (there is no public way to ask)
admin.site.unregister(told)
admin.site.register(told, NoticeAdmin)
