"""Search over all cases: what is looked for stands in the address, what was found below it; kept searches, lists to Excel.

The form is posted, so that a phone number comes into no address: a key stands there in its place (``forms.searching.CALLER``).
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.cases.actions import exporting, searching
from cityloop.cases.choices import Light
from cityloop.cases.forms.searching import CALLER, lasting_query_of, query_of, search_of, typed
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.menus import category_lines
from cityloop.cases.queries.saved import owner_of, saved_searches
from cityloop.cases.queries.search import Search, may_search_phones
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.views.desk import is_part
from cityloop.geography.queries import regions
from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.pages import is_held, keeps_typed, typed_before, writer_of
from cityloop.kernel.translation import _
from cityloop.media.pages import handed_out
from cityloop.organisation.pages import WORN, at_desk
from cityloop.organisation.queries import bounds_of
from cityloop.organisation.rules.staffing import Viewer

LIGHTS = (Light.DOUBLE_RED, Light.RED, Light.YELLOW, Light.GREEN, Light.PAUSED)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@at_desk
def search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was looked for and found; a mistake is named above the form, which keeps what was typed.

    What the form sends is answered by the address that says the same; a script is told it beside what was found.
    """
    home = _home(viewer)
    if request.method != "POST":
        before = typed_before(request)
        return _to_search(_addressed(viewer, before.fields)) if before else _answer(request, viewer, home, request.GET)
    asked = _addressed(viewer, request.POST)
    if not is_part(request):
        return _to_search(asked)
    response = _answer(request, viewer, home, asked)
    response["HX-Push-Url"] = _to_search(asked)["Location"]
    return response


def _addressed(viewer: Viewer, sent: QueryDict) -> QueryDict:
    """Return what the form sent as an address may hold it: a key in place of the phone number."""
    asked = sent.copy()
    phone = asked.pop("phone", [""])[-1].strip()
    asked.pop(CALLER, None)
    if phone:
        asked[CALLER] = searching.phone_key(viewer, phone)
    return asked


def _to_search(asked: QueryDict) -> HttpResponseRedirect:
    query = query_of(asked)
    return HttpResponseRedirect(f"{reverse('desk-search')}?{query}" if query else reverse("desk-search"))


def _answer(request: HttpRequest, viewer: Viewer, home: LoopCity, asked: QueryDict) -> HttpResponse:
    context: dict[str, Any] = {"asked": typed(asked), "query": query_of(asked), "time_zone": home.city.time_zone}
    status = 200
    if context["query"]:
        try:
            context["asked"]["phone"] = phone = searching.phone_of(owner_of(viewer), asked.get(CALLER, ""))
            context |= _found(viewer, search_of(asked, home.city.time_zone, phone), asked)
        except InvalidInput as exc:
            context["wrong"], status = exc.message, exc.http_status
    if is_part(request):
        return render(request, "cases/search/found.html", context, status=status)
    context |= _around(viewer, home) | {"writer": writer_of(request)}
    return render(request, "cases/search/page.html", context, status=status)


@require_POST
@at_desk
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the search under a name."""
    searching.save_search(viewer, request.POST.get("name", ""), lasting_query_of(request.POST))
    return _to_search(request.POST)


@require_POST
@at_desk
def delete(request: HttpRequest, viewer: Viewer, search_id: int) -> HttpResponse:  # noqa: ARG001
    """Forget a search of one's own."""
    searching.delete_search(viewer, search_id)
    return HttpResponseRedirect(reverse("desk-search"))


@require_POST
@at_desk
def export(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Have what the search finds written into a workbook."""
    _home(viewer)
    asked = request.POST
    if phone := searching.phone_of(owner_of(viewer), asked.get(CALLER, "")):
        searching.phone_key(viewer, phone)  # which holds for another hour: the worker looks it up
    made = exporting.ask_export(viewer, query_of(asked), post=request.session.get(WORN, ""))
    return HttpResponseRedirect(reverse("desk-exported", args=[made]))


@require_safe
@at_desk
def exported(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """How far an export is; 304 while it has not moved, and the workbook's link once it is done."""
    row = exporting.export_of(viewer, export_id)
    etag = f'"{row.rows}-{bool(row.finished_at)}"'
    if is_part(request) and is_held(request, etag):
        return HttpResponseNotModified(headers={"ETag": etag})
    template = "cases/search/export.html" if is_part(request) else "cases/search/exported.html"
    share = min(99, 100 * row.rows // row.about) if row.about else 0
    context = {
        "export": row,
        "share": 100 if row.finished_at else share,
        "back": f"{reverse('desk-search')}?{row.query}",
    }
    response = render(request, template, context)
    response["ETag"] = etag
    return response


@require_safe
@at_desk
def workbook(request: HttpRequest, viewer: Viewer, export_id: UUID) -> StreamingHttpResponse:  # noqa: ARG001
    """The workbook, to whoever asked for it alone."""
    row = exporting.export_of(viewer, export_id)
    name = _("cases-%(day)s.xlsx") % {"day": f"{row.asked_at:%Y%m%d-%H%M}"}
    return handed_out(exporting.workbook_of(viewer, row.id), name)


def _home(viewer: Viewer) -> LoopCity:
    """Return the first of the cities in which the reader is one of the staff."""
    if not viewer.works_in:
        raise NotAllowed(_("This is for the staff of the city."))
    return loop_city(min(viewer.works_in))


def _found(viewer: Viewer, wanted: Search, asked: QueryDict) -> dict[str, Any]:
    cursor = asked.get("cursor", "")
    try:
        page = searching.search(viewer, wanted, cursor=cursor)
    except InvalidInput:
        if not cursor:
            raise
        page = searching.search(viewer, wanted)  # a cursor that is none of this list begins anew
    following = f"{query_of(asked)}&{urlencode({'cursor': page.next})}" if page.next else ""
    return {"page": page, "runs": wanted.runs, "following": following}


def _around(viewer: Viewer, home: LoopCity) -> dict[str, Any]:
    """Return what the form offers to choose from, and the reader's own searches."""
    loop = table_in_force(home.code)
    words = Words(loop, home)
    return {
        "viewer": viewer,
        "bounds": bounds_of(viewer.works_in),
        "states": [words.state(code) for code in loop.states],
        "sources": [words.source(code) for code in loop.sources],
        "departments": sorted(
            (one for one in home.city.departments.values() if one.is_active), key=lambda one: one.path
        ),
        "streets": regions(home.code, home.day, level="street"),
        "classes": list(category_lines(home, "")),
        "lights": LIGHTS,
        "saved": saved_searches(viewer),
        "knows_phones": bool(may_search_phones(viewer)),
    }
