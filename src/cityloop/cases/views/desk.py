"""The desk: what its holder has to do, and the case that is being worked."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from cityloop.cases.actions.looking import look_at_page
from cityloop.cases.choices import Light, Via
from cityloop.cases.queries.case_page import case_page, way_of
from cityloop.cases.queries.desk import Desk, desk, desk_mark
from cityloop.cases.queries.found import Found, find
from cityloop.cases.queries.held import find_whole
from cityloop.cases.queries.my_tasks import WantedTasks
from cityloop.cases.queries.privacy import works_nowhere
from cityloop.cases.queries.related import related
from cityloop.cases.queries.timeline import timeline
from cityloop.cases.rules.drawing import draw
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.pages import sends_files, told_when_changed
from cityloop.kernel.rooms import led_to
from cityloop.kernel.translation import language
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import bounds_of
from cityloop.organisation.rules.staffing import Viewer

SHINING = (Light.DOUBLE_RED, Light.RED, Light.YELLOW, Light.GREEN, Light.NONE)


@sends_files
@require_safe
@at_desk
def work(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The desk without a case: the list and what to do next. A citizen with an account is led to what they reported."""
    if works_nowhere(viewer) and (place := led_to("desk")):
        return HttpResponseRedirect(place)
    return render(request, "cases/desk/page.html", shell(request, viewer))


@sends_files
@require_safe
@at_desk
def case(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """A case on the desk: the part alone where the page asks for it, else the whole page."""
    found = find_whole(number, viewer)
    if is_part(request):
        return render(request, "cases/desk/case.html", case_context(found))
    return render(request, "cases/desk/page.html", shell(request, viewer) | case_context(found))


@require_safe
@at_desk
def case_loop(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The loop that a case runs by, drawn, with its place in it and the way that it has gone."""
    found = find_whole(number, viewer)
    drawing = draw(found.loop, language(), way_of(found, timeline(found)))
    if is_part(request):
        return render(request, "cases/desk/loop.html", {"drawing": mark_safe(drawing)})  # noqa: S308  # ours, names escaped
    return HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")


@require_safe
@at_desk
def case_related(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """What belongs to a case: asked for when it comes into sight, so that the case itself need not wait for it."""
    found = find(number, viewer)
    context = {"groups": related(found), "number": number, "time_zone": found.city.city.time_zone}
    template = "cases/desk/related.html" if is_part(request) else "cases/desk/related_page.html"
    return render(request, template, context)


@require_safe
@at_desk
def work_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list alone, for a page that has learnt that it changed."""
    return render(request, "cases/desk/list.html", list_context(request, viewer) | {"swap": True})


@require_safe
@at_desk
def mark(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What changes whenever the desk does; 304 while it has not."""
    return told_when_changed(request, desk_mark(viewer))


def is_part(request: HttpRequest) -> bool:
    """Return whether a page that is there asks for a part of itself."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def shell(request: HttpRequest, viewer: Viewer, query: QueryDict | None = None) -> dict[str, Any]:
    """Return what every whole page of a desk shows around the case; ``query`` narrows the list where the address is no list's."""
    return list_context(request, viewer, query) | {"viewer": viewer, "bounds": bounds_of(viewer.works_in)}


def list_context(request: HttpRequest, viewer: Viewer, query: QueryDict | None = None) -> dict[str, Any]:
    """Return the list as its address asks for it; a cursor that is none of its own begins anew."""
    query = request.GET if query is None else query
    wanted, cursor = wanted_of(query), query.get("cursor", "")
    try:
        lying = desk(viewer, wanted, cursor=cursor)
    except InvalidInput:
        lying, cursor = desk(viewer, wanted), ""
    return {
        "desk": lying,
        "unread": lying.unread,
        "wanted": wanted,
        "sides": sides_of(wanted),
        "reds": sum(lying.lights.get(light, 0) for light in (Light.RED, Light.DOUBLE_RED)),
        "lights": [(light, lying.lights[light]) for light in SHINING if light in lying.lights],
        "following": following_of(lying, wanted),
        "here": "&".join(part for part in (sides_of(wanted), cursor and urlencode({"cursor": cursor})) if part),
        "chosen": request.resolver_match.kwargs.get("number", "") if request.resolver_match else "",
    }


def wanted_of(query: QueryDict) -> WantedTasks:
    """Return what an address asks the list for; what it does not know is left aside."""
    lights = [Light(value) for value in query.getlist("light") if value in Light.values]
    number = query.get("number", "").strip()
    return WantedTasks(
        kind=tuple(value[:60] for value in query.getlist("kind") if value.isprintable()),
        light=tuple(lights),
        number=number if number.isascii() and number.isdigit() else "",
    )


def sides_of(wanted: WantedTasks) -> str:
    """Return the list's state as the query of an address, without a cursor."""
    pairs = [("kind", kind) for kind in wanted.kind] + [("light", light.value) for light in wanted.light]
    return urlencode(pairs + [("number", wanted.number)] * bool(wanted.number))


def following_of(lying: Desk, wanted: WantedTasks) -> str:
    """Return the query of the next page; "" on the last."""
    if lying.following is None:
        return ""
    return "&".join(part for part in (sides_of(wanted), urlencode({"cursor": lying.following})) if part)


def case_context(found: Found, *, on_paper: bool = False) -> dict[str, Any]:
    """Return a case as its page shows it; the look is written down."""
    page = case_page(found, *look_at_page(found, Via.DESK), on_paper=on_paper)
    return {
        "case": page,
        "time_zone": found.city.city.time_zone,
        "now": found.now,
        "is_followed": getattr(found.row, "is_followed", False),
    }
