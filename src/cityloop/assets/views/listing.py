"""The list of parts: what is looked for stands in the address; how many are intact; lists and labels as files."""

from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cityloop.assets.actions import exporting
from cityloop.assets.choices import PartState, Role
from cityloop.assets.queries.listing import FIELDS, part_page, search_of
from cityloop.assets.queries.proposals import waiting_in
from cityloop.assets.queries.rates import SIDES, intact_rates, whole
from cityloop.assets.queries.rights import is_manager
from cityloop.assets.queries.words import areas_of, classes_of, state_shape, state_words
from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.pages import is_held
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _
from cityloop.media.pages import handed_out
from cityloop.organisation.pages import WORN, at_desk
from cityloop.organisation.queries import City, bounds_of, city
from cityloop.organisation.rules.staffing import Viewer

HOME = "jurisdiction"


def is_part(request: HttpRequest) -> bool:
    """Return whether a page that is there asks for a part of itself."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def home_of(request: HttpRequest, viewer: Viewer) -> City:
    """Return the city whose parts are looked at: the one that the address names, else the first of the viewer's.

    Raises:
        NotAllowed: They work in none, or not there.
    """
    codes = sorted(viewer.works_in)
    asked = request.GET.get(HOME, "") or request.POST.get(HOME, "")
    if not codes or (asked and asked not in codes):
        raise NotAllowed(_("The parts of a city are for those who work there."))
    return city(asked or codes[0])


def query_of(asked: Any, **more: str) -> str:
    """Return the address of a search: what it says, in one order, empty things left out."""
    kept = {name: str(asked.get(name) or "").strip() for name in (HOME, *FIELDS)} | more
    return urlencode({name: value for name, value in kept.items() if value})


@require_safe
@at_desk
def parts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was looked for and found; a mistake is named above the list."""
    home = home_of(request, viewer)
    query = query_of(request.GET)
    context: dict[str, Any] = {
        "home": home,
        "query": query,
        "asked": request.GET,
        "may_change": is_manager(viewer, home.code),
    }
    status = 200
    try:
        search = search_of(request.GET)
        page = part_page(viewer, home, search, request.GET.get("cursor", ""))
        context |= {
            "page": page,
            "following": query_of(request.GET, cursor=page.next) if page.next else "",
            "search": search,
        }
    except InvalidInput as exc:
        context["wrong"], status = exc.message, exc.http_status
    if is_part(request):
        response = render(request, "assets/_found.html", context, status=status)
        response["HX-Push-Url"] = (
            f"{reverse('desk-parts')}?{query_of(request.GET, cursor=request.GET.get('cursor', ''))}"
        )
        return response
    context |= {
        "classes": classes_of(home),
        "states": [(one.value, state_shape(one), str(one.label)) for one in PartState if one != PartState.REMOVED],
        "roles": [(one.value, str(one.label)) for one in Role],
        "departments": sorted((one for one in home.departments.values() if one.is_active), key=lambda one: one.path),
        "areas": areas_of(home),
        "homes": [city(code) for code in sorted(viewer.works_in)],
        "bounds": bounds_of([home.code]),
        "waiting": waiting_in(viewer, home),
        "today": home.today().isoformat(),
    }
    return render(request, "assets/parts.html", context, status=status)


@require_safe
@at_desk
def rates(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The intact rate by class, keeper and street on a day: asked for when it is opened, since it counts all parts."""
    home = home_of(request, viewer)
    on, side = home.today(), request.GET.get("by", "class")
    with suppress(ValueError):
        on = min(on, date.fromisoformat(request.GET.get("on", "")))
    side = side if side in SIDES else "class"
    found = intact_rates(viewer, home, on, side)
    total = whole(found)
    context = {
        "home": home,
        "on": on,
        "side": side,
        "sides": [("class", _("Class")), ("department", _("Keeper")), ("area", _("Street"))],
        "rates": [
            (one, _share(one), query_of({HOME: request.GET.get(HOME, ""), SEARCHED[side]: one.code, "state": "wrong"}))
            for one in found
        ],
        "total": total,
        "total_share": _share(total),
        "states": [state_words(one) for one in (PartState.DAMAGED, PartState.LOST, PartState.ABANDONED)],
    }
    return render(request, "assets/_rates.html" if is_part(request) else "assets/rates.html", context)


SEARCHED = {"class": "class_code", "department": "department", "area": "place"}


def _share(one: Any) -> str:
    return tenths(one.intact, one.count) if one.count else ""


@require_POST
@at_desk
def export(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Have what the search finds written into a workbook, or its labels into a PDF."""
    home = home_of(request, viewer)
    what = exporting.LABELS if request.POST.get("what") == exporting.LABELS else exporting.LIST
    made = exporting.ask_export(
        viewer, home.code, query_of(request.POST), what=what, address=request.build_absolute_uri("/"),
        post=request.session.get(WORN, ""),
    )  # fmt: skip
    return HttpResponseRedirect(reverse("desk-parts-exported", args=[made]))


@require_safe
@at_desk
def exported(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """How far an export is; 304 while it has not moved, and the file's link once it is done."""
    row = exporting.export_of(viewer, export_id)
    etag = f'"{row.rows}-{bool(row.finished_at)}"'
    if is_part(request) and is_held(request, etag):
        return HttpResponseNotModified(headers={"ETag": etag})
    template = "assets/_export.html" if is_part(request) else "assets/exported.html"
    back = f"{reverse('desk-parts')}?{row.query}"
    response = render(request, template, {"export": row, "back": back, "is_labels": row.what == exporting.LABELS})
    response["ETag"] = etag
    return response


@require_safe
@at_desk
def exported_file(request: HttpRequest, viewer: Viewer, export_id: UUID) -> StreamingHttpResponse:  # noqa: ARG001
    """The file of an export of one's own."""
    row = exporting.export_of(viewer, export_id)
    name = f"{_('Labels of parts')}.pdf" if row.what == exporting.LABELS else f"{_('Parts')}.xlsx"
    return handed_out(exporting.file_of(viewer, export_id), name)
