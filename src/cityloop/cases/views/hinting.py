"""What is told beside a report while it is typed: what the caller reported before, what is probably there already; and the classes that are offered first."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from cityloop.cases.actions.favourites import like_class
from cityloop.cases.actions.searching import note_looks
from cityloop.cases.choices import Shown
from cityloop.cases.queries.callers import COUNTED, earlier_calls
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.duplicates import Probable, probable
from cityloop.cases.queries.search import may_search_phones
from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.homes import home_asked
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
    """Cases that are probably what is being typed, each to be looked at or to be merged into."""
    code = home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction"))
    merge = table_in_force(code).actions.get("merge")
    posts = {held.post for held in viewer.posts if held.jurisdiction == code}
    context = {
        "cards": _cards(request, viewer, code) if code in viewer.works_in else [],
        "may_merge": merge is not None and any(permit.post in posts for permit in merge.by),
        "chosen": request.POST.get("merge_into", ""),
    }
    return render(request, "cases/desk/likely.html", context)


@require_POST
@at_desk
def favourite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep a class among the reader's favourites, or no more (``on`` empty)."""
    like_class(viewer, request.POST.get("category", "")[:96], is_favourite=bool(request.POST.get("on")))
    return HttpResponse(status=204)


def _cards(request: HttpRequest, viewer: Viewer, code: str) -> list[Probable]:
    sent, city = request.POST, loop_city(code)
    with suppress(ValueError):
        lon, lat = float(sent.get("point.lon", "")), float(sent.get("point.lat", ""))
        if abs(lon) <= 180 and abs(lat) < 90:
            return probable(
                code,
                point=(lon, lat),
                category=sent.get("category", "")[:96],
                at=city.city.now(),
                text=f"{sent.get('description', '')} {sent.get('address', '')}"[:4000],
                part_code=sent.get("part_code", "")[:17],
                viewer=viewer,
            )
    return []
