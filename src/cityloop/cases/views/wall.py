"""The wall of red lights; several of its cases are acted on at ``desk-batch``."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cityloop.cases.choices import Light
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.wall import (
    LIGHTS,
    Counts,
    WantedTrouble,
    cities_watched,
    counts,
    trouble,
    wall_mark,
)
from cityloop.cases.views.desk import is_part
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.pages import told_when_changed
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

SIDES = ("department", "state", "street")
FEW = 8
"""Rows of a table of counts that are in sight at once; the others unfold."""


@require_safe
@at_desk
def wall(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The wall: counts, and the cases behind what was chosen; the part alone where the page asks for it."""
    codes = cities_watched(viewer)
    wanted, cursor = wanted_of(request), request.GET.get("cursor", "")
    try:
        page = trouble(viewer, codes, wanted, cursor=cursor)
    except InvalidInput:
        page = trouble(viewer, codes, wanted)
    counted = counts(viewer, codes)
    shown: dict[str, Any] = {
        "viewer": viewer,
        "counts": counted,
        "lights": [(light, counted.all.lights[light], counted.all.public[light]) for light in LIGHTS],
        "tables": [
            (side, title, [one for one in table if one.trouble], max((one.trouble for one in table), default=0))
            for side, title, table in (
                ("department", _("By department"), counted.departments),
                ("state", _("By stage"), counted.states),
                ("street", _("By street"), counted.streets),
            )
        ],
        "few": f":{FEW}",
        "more": f"{FEW}:",
        "choices": _choices(wanted, counted),
        "rows": page.items,
        "following": page.next and urlencode([*sides_of(wanted), ("cursor", page.next)]),
        "wanted": wanted,
        "chosen": sides_of(wanted),
        "here": request.GET.urlencode(),
        "mark": wall_mark(viewer, codes),
        "at": max(loop_city(code).city.now() for code in codes),
        "zone": loop_city(codes[0]).city.time_zone,
    }
    return render(request, "cases/wall/part.html" if is_part(request) else "cases/wall/page.html", shown)


@require_safe
@at_desk
def mark(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What changes whenever the wall does; 304 while it has not."""
    return told_when_changed(request, wall_mark(viewer, cities_watched(viewer)))


def wanted_of(request: HttpRequest) -> WantedTrouble:
    """Return what the address asks the wall for; what it does not know is left aside."""
    sides = {side: value for side in SIDES if (value := request.GET.get(side, "")[:40]).isprintable()}
    lights = tuple(Light(value) for value in request.GET.getlist("light") if value in Light.values)
    return WantedTrouble(light=lights, public=request.GET.get("public") == "1", **sides)


def sides_of(wanted: WantedTrouble) -> list[tuple[str, str]]:
    """Return the choice as pairs of an address's query."""
    pairs = [("light", light.value) for light in wanted.light]
    pairs += [(side, getattr(wanted, side)) for side in SIDES if getattr(wanted, side)]
    return pairs + [("public", "1")] * wanted.public


def _choices(wanted: WantedTrouble, counted: Counts) -> list[str]:
    """Return the choice in words."""
    names = {
        (side, one.code): one.name
        for side, table in zip(SIDES, (counted.departments, counted.states, counted.streets), strict=True)
        for one in table
    }
    chosen = [names.get((side, code), code) for side in SIDES if (code := getattr(wanted, side))]
    return [*(str(light.label) for light in wanted.light), *chosen, *([_("From the public")] if wanted.public else [])]
