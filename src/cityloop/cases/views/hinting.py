"""What is told beside a report while it is typed: what the caller reported before, what is probably there already; and the classes that are offered first."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from cityloop.cases.actions.favourites import like_class
from cityloop.cases.actions.searching import note_looks
from cityloop.cases.choices import Shown
from cityloop.cases.queries.callers import COUNTED, earlier_calls
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.duplicates import Probable, probable
from cityloop.cases.queries.menus import other_limits, zone_at
from cityloop.cases.queries.of_parts import parts_meant
from cityloop.cases.queries.search import may_search_phones
from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


def hints_for(viewer: Viewer, jurisdiction: str) -> dict[str, bool]:
    """Return what a form of a report tells beside what is typed: ``calls`` to whoever may know callers, ``likely`` to the staff."""
    return {"calls": jurisdiction in may_search_phones(viewer), "likely": jurisdiction in viewer.works_in}


@require_POST
@at_desk
def calls(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was reported from this number before; that somebody was told so is written down."""
    found = earlier_calls(viewer, request.POST.get("reporter.phone", "")[:100])
    if found.cases:
        note_looks(viewer, found.cases, Shown.CALL, ["reporter_phone"])
    return render(request, "cases/desk/calls.html", {"calls": found, "counted": COUNTED})


@require_POST
@at_desk
def likely(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Parts that may be meant, and cases that are probably what is being typed, each to be looked at or to be merged into."""
    code = home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction"))
    merge = table_in_force(code).act("merges")
    posts = {held.post for held in viewer.posts if held.jurisdiction == code}
    city, point = loop_city(code), _point_of(request.POST.get("point.lon", ""), request.POST.get("point.lat", ""))
    context = {
        "parts": parts_meant(viewer, city, point, request.POST.get("category", "")[:96]) if point else [],
        "part_code": request.POST.get("part_code", "")[:17],
        "cards": _cards(request, viewer, code) if code in viewer.works_in else [],
        "may_merge": merge is not None and any(permit.post in posts for permit in merge.by),
        "chosen": request.POST.get("merge_into", ""),
    }
    return render(request, "cases/desk/likely.html", context)


@require_safe
@at_desk
def limits(request: HttpRequest, viewer: Viewer) -> JsonResponse:
    """Which filing conditions have another limit at a point (``lon``, ``lat``) than in the timing zone that a form shows (``zone``)."""
    city = loop_city(home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction")))
    point = _point_of(request.GET.get("lon", ""), request.GET.get("lat", ""))
    if point is None:
        raise InvalidInput(_("The numbers are no position."))
    other = other_limits(city, request.GET.get("zone", "")[:40], zone_at(city, *point))
    return JsonResponse({key: {"words": one.words, "told": one.told} for key, one in other.items()})


@require_POST
@at_desk
def favourite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep a class among the reader's favourites, or no more (``on`` empty)."""
    like_class(viewer, request.POST.get("category", "")[:96], is_favourite=bool(request.POST.get("on")))
    return HttpResponse(status=204)


def _cards(request: HttpRequest, viewer: Viewer, code: str) -> list[Probable]:
    sent, city = request.POST, loop_city(code)
    point = _point_of(sent.get("point.lon", ""), sent.get("point.lat", ""))
    if point is None:
        return []
    return probable(
        code,
        point=point,
        category=sent.get("category", "")[:96],
        at=city.city.now(),
        text=f"{sent.get('description', '')} {sent.get('address', '')}"[:4000],
        part_code=sent.get("part_code", "")[:17],
        viewer=viewer,
    )


def _point_of(lon: str, lat: str) -> tuple[float, float] | None:
    """Return the position that was sent as two numbers; None where it is none."""
    with suppress(ValueError):
        point = float(lon), float(lat)
        if abs(point[0]) <= 180 and abs(point[1]) < 90:
            return point
    return None
