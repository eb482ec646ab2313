"""The heat of cases on the map: where they were reported, and when."""

from typing import Any

from django.http import HttpRequest
from django.views.decorators.http import require_safe

from cityloop.cases.queries.heat import heat
from cityloop.cases.rules.heat import FIELDS, STEPS, UNITS, heat_asked
from cityloop.kernel.clock import machine_now
from cityloop.site.map_answers import answered
from cityloop.site.maps import look_of


@require_safe
@answered
def cases(request: HttpRequest) -> Any:
    """Cases by cell and step of time: ``?bbox=…&window=week&since=…&until=…`` and, to narrow, ``class``, ``source``, ``state``."""
    look, asked = look_of(request), request.GET
    today = look.cities[0].today if look.cities else machine_now().date()
    wanted = heat_asked(
        asked.get("bbox", ""),
        asked.get("window", "week"),
        asked.get("since", ""),
        asked.get("until", ""),
        {name: [value for value in asked.getlist(name) if "\0" not in value] for name in FIELDS},
        today,
    )
    found = heat(look, wanted)
    return {
        "window": wanted.window,
        "unit": UNITS[wanted.window],
        "length": STEPS[wanted.window],
        "since": wanted.first.isoformat(),
        "until": wanted.last.isoformat(),
        "steps": [day.isoformat() for day in found.steps],
        "cells": found.cells,
        "counts": [number for one in found.counts for number in one],
        "choices": found.choices,
        "zoom": found.zoom,
    }
