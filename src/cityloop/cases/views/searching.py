"""Search over all cases: what is looked for stands in the address, what was found below it; kept searches, lists to Excel."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags
from django.views.decorators.http import require_POST, require_safe

from cityloop.cases.actions import exporting, searching
from cityloop.cases.choices import Light
from cityloop.cases.forms.searching import query_of, search_of, typed
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.menus import category_lines
from cityloop.cases.queries.saved import saved_searches
from cityloop.cases.queries.search import may_search_phones
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.views.desk import is_part
from cityloop.geography.queries import regions
from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.translation import _
from cityloop.organisation.pages import WORN, at_desk
from cityloop.organisation.queries import bounds_of
from cityloop.organisation.rules.staffing import Viewer

LIGHTS = (Light.DOUBLE_RED, Light.RED, Light.YELLOW, Light.GREEN, Light.PAUSED)


@require_safe
@at_desk
def search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was looked for and found; a mistake is named above the form, which keeps what was typed."""
    home = _home(viewer)
    context: dict[str, Any] = {
        "asked": typed(request.GET),
        "query": query_of(request.GET),
        "time_zone": home.city.time_zone,
    }
    status = 200
    if context["query"]:
        try:
            context |= _found(request, viewer, home, context["query"])
        except InvalidInput as exc:
            context["wrong"], status = exc.message, exc.http_status
    if is_part(request):
        return render(request, "cases/search/found.html", context, status=status)
    return render(request, "cases/search/page.html", context | _around(viewer, home), status=status)


@require_POST
@at_desk
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the search under a name."""
    query = query_of(request.POST)
    searching.save_search(viewer, request.POST.get("name", ""), query)
    return HttpResponseRedirect(f"{reverse('desk-search')}?{query}")


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
    home = _home(viewer)
    search_of(request.POST, home.city.time_zone)
    made = exporting.ask_export(viewer, query_of(request.POST), post=request.session.get(WORN, ""))
    return HttpResponseRedirect(reverse("desk-exported", args=[made]))


@require_safe
@at_desk
def exported(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """How far an export is; 304 while it has not moved, and the workbook's link once it is done."""
    row = exporting.export_of(viewer, export_id)
    etag = f'"{row.rows}-{bool(row.finished_at)}"'
    if is_part(request) and etag in {
        one.removeprefix("W/") for one in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    }:
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
def workbook(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:  # noqa: ARG001
    """The workbook, to whoever asked for it alone."""
    row = exporting.export_of(viewer, export_id)
    path = exporting.file_of(row.id)
    if row.finished_at is None or row.failure or not path.exists():
        raise Http404(str(export_id))
    name = _("cases-%(day)s.xlsx") % {"day": f"{row.asked_at:%Y%m%d-%H%M}"}
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)  # type: ignore[return-value] # a response all the same


def _home(viewer: Viewer) -> LoopCity:
    """Return the first of the cities in which the reader is one of the staff."""
    if not viewer.works_in:
        raise NotAllowed(_("This is for the staff of the city."))
    return loop_city(min(viewer.works_in))


def _found(request: HttpRequest, viewer: Viewer, home: LoopCity, query: str) -> dict[str, Any]:
    wanted = search_of(request.GET, home.city.time_zone)
    cursor = request.GET.get("cursor", "")
    try:
        page = searching.search(viewer, wanted, cursor=cursor)
    except InvalidInput:
        if not cursor:
            raise
        page = searching.search(viewer, wanted)  # a cursor that is none of this list begins anew
    following = f"{query}&{urlencode({'cursor': page.next})}" if page.next else ""
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
