"""What the map is asked: what is found by name, and what lies at a point."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from cityloop.geography import queries as geography
from cityloop.kernel.errors import CityError, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.onemap import queries as onemap
from cityloop.onemap.choices import Group
from cityloop.onemap.rules import Look
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.queries import nearest_road
from cityloop.site.maps import look_of, shown_to
from cityloop.site.problems import refused

NAME_SHORTEST, NAME_LONGEST = 2, 60

GROUPS = list(Group)
"""Their order in what is found."""


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """What is called like ``q`` and may be seen by the reader: places first, then what layers show, then people."""
    words = request.GET.get("q", "").strip()[:NAME_LONGEST]
    if len(words) < NAME_SHORTEST:
        return JsonResponse({"items": []})
    with one_reading():
        look = look_of(request)
        found = [
            (layer.name, _("Places") if layer.group is Group.GROUND else str(layer.title), one)
            for layer in sorted(shown_to(look), key=lambda one: (GROUPS.index(one.group), one.name))
            if layer.find is not None
            for one in layer.find(words, look)
        ]
        found += [(name, str(title), one) for name, title, ask in onemap.finders() for one in ask(words, look)]
    items = [
        {
            "title": one.title,
            "kind": str(one.kind),
            "layer": name,
            "group": title,
            "box": one.box,
            "at": one.point,
            "key": one.key,
        }
        for name, title, one in found
    ]
    return JsonResponse({"items": items}, json_dumps_params={"ensure_ascii": False})


@require_safe
def where(request: HttpRequest) -> HttpResponse:
    """What lies at the point ``lon``, ``lat`` (degrees, WGS 84), in codes and said back in words."""
    try:
        lon, lat = _number(request, "lon"), _number(request, "lat")
        with one_reading():
            told = _told_place(look_of(request), lon, lat)
    except CityError as exc:
        return refused(request, exc)
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


def _number(request: HttpRequest, name: str) -> float:
    try:
        return float(request.GET.get(name, ""))
    except ValueError:
        raise InvalidInput(_("Give lon and lat in degrees.")) from None


def _told_place(look: Look, lon: float, lat: float) -> dict[str, Any]:
    """Return where a point lies.

    Raises:
        InvalidInput: The numbers are no position.
        NotFound: It lies in none of the viewer's cities.
    """
    viewer: Viewer = look.viewer
    for code in sorted(viewer.jurisdictions):
        today = organisation.city(code).today()
        located = geography.locate(lon, lat, today, jurisdiction=code)
        if located is None:
            continue
        names = geography.region_names([located.street, located.community], today)
        road = nearest_road(lon, lat, today, code)
        areas = [names[area] for area in (located.street, located.community) if area in names]
        near = [_("near %(road)s") % {"road": road.name}] if road else []
        return {
            "lon": lon,
            "lat": lat,
            "jurisdiction": code,
            "unit_grid": located.unit_grid,
            "duty_grid": located.duty_grid,
            "street": located.street,
            "community": located.community,
            "road": road.name if road else "",
            "words": " · ".join([*areas, *near]),
        }
    raise NotFound(_("This point lies outside your cities."))
