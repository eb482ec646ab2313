"""The page of the map, and what may lie under the drawn map."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.versions import one_reading
from cityloop.onemap import queries as onemap
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import Viewer
from cityloop.site.map_themes import opened
from cityloop.site.maps import day_asked, look_of
from cityloop.site.problems import problem

LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Sight:
    """The city that a map begins with: code, name, and the box around it in degrees; empty where there is none with an area."""

    code: str = ""
    city: str = ""
    bounds: str = ""


def in_sight(viewer: Viewer) -> Sight:
    """Return the first of the viewer's cities that has an area."""
    for code in sorted(viewer.works_in or viewer.jurisdictions):
        if bounds := organisation.bounds_of([code]):
            return Sight(code, organisation.city(code).name, bounds)
    return Sight()


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map of the reader's city with its panel and its tools; ``?theme=7`` leads to what is saved under that number."""
    assert request.user.pk is not None  # LoginRequiredMiddleware
    viewer = organisation.viewer_now(request.user.pk)
    missing = ""
    if (asked := request.GET.get("theme", "")).isdecimal() and len(asked) <= LONGEST_NUMBER:
        try:
            return redirect(opened(viewer, int(asked)))
        except NotFound as exc:
            missing = exc.message
    sight = in_sight(viewer)
    return render(request, "site/map.html", {"city": sight.city, "bounds": sight.bounds, "missing": missing})


@never_cache
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """A sheet of paper with the map at a true scale; what it shows stands in the address, as on the page of the map."""
    assert request.user.pk is not None  # LoginRequiredMiddleware
    sight = in_sight(organisation.viewer_now(request.user.pk))
    printed = ""
    if sight.code:
        city = organisation.city(sight.code)
        printed = f"{city.now().astimezone(city.time_zone):%Y-%m-%d %H:%M}"
    told = {"city": sight.city, "bounds": sight.bounds, "printed": printed}
    return render(request, "site/map_print.html", told)


@require_safe
def grounds(request: HttpRequest) -> HttpResponse:
    """The pictures of the ground that the reader may lay under the map, with ``?day=`` under the map of that day."""
    try:
        day = day_asked(request)
    except InvalidInput as exc:
        return problem(request, 400, "unreadable", exc.message, faults=exc.faults)
    with one_reading():
        found = onemap.grounds(look_of(request, day))
    response = JsonResponse({"items": [one.told() for one in found]}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    return response
