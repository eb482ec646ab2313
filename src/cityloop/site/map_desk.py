"""The page of the map, and what may lie under the drawn map."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cityloop.kernel.versions import one_reading
from cityloop.onemap import queries as onemap
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import Viewer
from cityloop.site.maps import look_of


def in_sight(viewer: Viewer) -> tuple[str, str]:
    """Return the name of the city that a map begins with, and the box around it in degrees: of the first of the viewer's that has
    an area; ``""`` twice where none has.
    """
    for code in sorted(viewer.works_in or viewer.jurisdictions):
        if bounds := organisation.bounds_of([code]):
            return organisation.city(code).name, bounds
    return "", ""


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map of the reader's city with its panel and its tools."""
    assert request.user.pk is not None  # LoginRequiredMiddleware
    city, bounds = in_sight(organisation.viewer_now(request.user.pk))
    return render(request, "site/map.html", {"city": city, "bounds": bounds})


@require_safe
def grounds(request: HttpRequest) -> HttpResponse:
    """The pictures of the ground that the reader may lay under the map."""
    with one_reading():
        found = onemap.grounds(look_of(request))
    response = JsonResponse({"items": [one.told() for one in found]}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    return response
