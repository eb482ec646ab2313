"""What lies in an area that is drawn on the map: the layers that can be counted, and what is counted."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.views.decorators.http import require_POST, require_safe

from cityloop.geography.queries import cities_of_duty_grid
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _
from cityloop.onemap import within
from cityloop.onemap.rules.areas import as_geojson, drawn_area
from cityloop.onemap.rules.layer import Layer, Look
from cityloop.organisation import queries as organisation
from cityloop.organisation.layers import seen_among
from cityloop.site.map_answers import answered, sent_json
from cityloop.site.maps import day_asked, look_of, shown_to

COLLECTOR = "collector"
"""The post that walks the duty grids."""


def work_layers(look: Look) -> list[Layer]:
    """Return the layers of which ``look`` may count or take away anything."""
    return [layer for layer in shown_to(look) if layer.features is not None]


@require_safe
@answered
def layers(request: HttpRequest) -> Any:
    """The layers that can be counted and taken away, and the properties with few values by which they can be narrowed."""
    return {"layers": [_told_layer(layer) for layer in work_layers(look_of(request))]}


def _told_layer(layer: Layer) -> dict[str, Any]:
    assert layer.features is not None
    return {
        "name": layer.name,
        "title": str(layer.title),
        "group": layer.group.value,
        "is_counted": layer.tally is not None,
        "only": [
            {"name": name, "title": str(column.title), "values": [[value, str(words)] for value, words in column.words]}
            for name, column in layer.features.columns.items()
            if column.words
        ],
    }


@require_POST
@answered
def statistics(request: HttpRequest) -> Any:
    """What lies in the area that is sent: ``{"area": GeoJSON, "buffer_m": 0}``, with ``?day=`` on that day.

    A layer of which there is too much says so by itself; the others are told all the same.
    """
    sent = sent_json(request)
    look = look_of(request, day_asked(request))
    area = within.area_of(drawn_area(sent.get("area"), sent.get("buffer_m")))
    drawn = as_geojson(area.shape)
    told = orjson.dumps(drawn).decode()
    layers = [_counted(layer, look, area, told) for layer in work_layers(look) if layer.tally is not None]
    return {
        "area": drawn,
        "m2": area.m2,
        "border_m": area.border_m,
        "layers": layers,
        "people": _on_duty(look, layers) if look.is_today else [],
    }


def _counted(layer: Layer, look: Look, area: within.Area, told: str) -> dict[str, Any]:
    tally = layer.tally
    assert tally is not None
    head = {
        "name": layer.name,
        "title": str(layer.title),
        "group": layer.group.value,
        "measure": tally.measure.value,
    }
    try:
        found = within.within(layer, look, area)
    except CityError as exc:
        return {**head, "refused": exc.message}

    def listed(name: str = "", value: str = "") -> str:
        return tally.listed(look, told, name, value) if tally.listed and look.is_today else ""

    groups = [
        {
            "name": group.name,
            "title": str(group.title),
            "rest": group.rest,
            "lines": [
                {
                    "value": line.value,
                    "words": line.words or _("Without"),
                    "count": line.count,
                    "size": line.size,
                    "list": listed(group.name, line.value),
                }
                for line in group.lines
            ],
        }
        for group in found.groups
    ]
    too_many = bool(found.count and tally.by and not groups)
    return {
        **head,
        "count": found.count,
        "size": found.size,
        "list": listed() if found.count else "",
        "groups": groups,
        "too_many": too_many,
    }


def _on_duty(look: Look, layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return who walks the duty grids that reach into the area now, of those whom the viewer sees: by the roster, or by their
    appointment where there is none.
    """
    grids = {
        line["value"]: line["words"]
        for layer in layers
        if layer["name"] == "duty_grids"
        for group in layer.get("groups", ())
        for line in group["lines"]
    }
    homes = {code: cities_of_duty_grid(code) for code in grids}
    found: dict[int, list[str]] = {}
    seen: set[int] = set()
    for moment in look.cities if grids else ():
        city = organisation.city(moment.jurisdiction)
        for code, name in grids.items():
            if moment.jurisdiction not in homes[code]:
                continue
            walking = [
                *city.on_duty(COLLECTOR, moment.now, code),
                *city.holders(COLLECTOR, duty_grid=code, at=moment.now),
            ]
            for person in dict.fromkeys(walking):
                found.setdefault(person, []).append(name or code)
        seen |= seen_among(look.viewer, found, moment.today)
    people = organisation.people(seen)
    return [{"name": people[one].name, "grids": grids_of} for one, grids_of in found.items() if one in people]
