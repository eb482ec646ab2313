"""What programs ask about the versions of a city's table: for those who may change it."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime, Field

from cityloop.cases import schemas
from cityloop.cases.actions.tables import examined_table
from cityloop.cases.api import CITY, city_asked, viewer_of
from cityloop.cases.queries.comparisons import comparison
from cityloop.cases.queries.tables import plan_of, table, text_of, version_in_force, version_lines
from cityloop.kernel.errors import NotAllowed
from cityloop.kernel.translation import _, noop

EDITORS = ("sysadmin",)
"""Posts that change the table in the console."""

router = Router()


class DiffQuery(schemas.CityQuery):
    base: int | None = Field(
        None, ge=-100_000, le=100_000, description=noop("Compare with this version; the one in force if left out.")
    )
    version: int | None = Field(
        None, ge=-100_000, le=100_000, description=noop("The version to look at; the last one made if left out.")
    )


class TableVersion(schemas.Out):
    version: int
    standing: Literal["draft", "planned", "in_force", "past"] = Field(
        description=noop("A draft holds for nobody; a planned version holds from `effective_from` on.")
    )
    effective_from: AwareDatetime | None = Field(description=noop("By the city's clock; null for a draft."))
    note: str
    created_at: AwareDatetime


class TableVersions(schemas.Out):
    jurisdiction: str
    in_force: int = Field(description=noop("0 and below: the table that comes with CityLoop."))
    items: list[TableVersion]


class TableDifference(schemas.Out):
    kind: Literal["added", "removed", "changed"]
    section: str = Field(description=noop("Of the table, such as `states`; empty for its head."))
    code: str = Field(description=noop("Of the row, or the setting's name."))
    part: str = Field(description=noop("What of the row; empty for the whole row."))
    name: str
    before: str | None = Field(description=noop("In words; null where there was nothing."))
    after: str | None = Field(description=noop("In words; null where there is nothing any more."))
    text: str = Field(description=noop("The whole difference as a sentence."))


class TableWarning(schemas.Out):
    field: str = Field(description=noop("Line and place."))
    why: str


class TableDiff(schemas.Out):
    jurisdiction: str
    base: int
    version: int
    items: list[TableDifference]
    text: str = Field(description=noop("Line by line, as `diff -u` writes it."))
    warnings: list[TableWarning] = Field(description=noop("What in `version` is hardly meant."))


@router.get(
    "/table/versions",
    response=TableVersions,
    tags=[CITY],
    operation_id="list_table_versions",
    summary=noop("The versions of the city's table"),
    description=noop("The city's own versions, the newest first, and which holds when. For system administrators."),
)
def list_versions(request: HttpRequest, query: Query[schemas.CityQuery]) -> Any:
    code = _city_of_editor(request, query)
    return {"jurisdiction": code, "in_force": version_in_force(code), "items": version_lines(code)}


@router.get(
    "/table/diff",
    response=TableDiff,
    tags=[CITY],
    operation_id="compare_tables",
    summary=noop("In what one version of the table differs from another"),
    description=noop(
        "By meaning, in words, and line by line; with what in the version is hardly meant. For system administrators."
    ),
)
def compare(request: HttpRequest, query: Query[DiffQuery]) -> Any:
    code = _city_of_editor(request, query)
    base = version_in_force(code) if query.base is None else query.base
    version = plan_of(code).newest if query.version is None else query.version
    old, new = text_of(code, base), text_of(code, version)
    found = comparison(
        (table(code, base), old, _("version %(number)d") % {"number": base}),
        (table(code, version), new, _("version %(number)d") % {"number": version}),
    )
    return {
        "jurisdiction": code,
        "base": base,
        "version": version,
        "items": found.items,
        "text": found.text,
        "warnings": examined_table(code, new).warnings,
    }


def _city_of_editor(request: HttpRequest, query: schemas.CityQuery) -> str:
    code = city_asked(request, query.jurisdiction).code
    if not viewer_of(request).holds(*EDITORS, jurisdiction=code):
        raise NotAllowed(_("Only a system administrator of the city may see this."))
    return code
