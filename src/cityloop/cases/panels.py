"""What this room shows on the page of a part: its cases, and the way to report one."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from cityloop.assets import queries as assets
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.of_parts import cases_of_part
from cityloop.organisation.rules.staffing import Viewer


def cases_of(request: HttpRequest, reader: Viewer | None) -> Mapping[str, Any] | None:
    """Return the cases of the part whose page is read."""
    part = _part(request, reader)
    if part is None or reader is None:
        return None
    found = cases_of_part(reader, part.jurisdiction, part.code)
    return {"found": found, "time_zone": loop_city(part.jurisdiction).city.time_zone}


def way_to_report(request: HttpRequest, reader: Viewer | None) -> Mapping[str, Any] | None:
    """Return the part for which a case may be reported: where its reader holds a post in its city."""
    part = _part(request, reader)
    if part is None or reader is None or part.jurisdiction not in {held.jurisdiction for held in reader.posts}:
        return None
    return {"part_code": part.code, "jurisdiction": part.jurisdiction}


def _part(request: HttpRequest, reader: Viewer | None) -> "assets.PartSpot | None":
    code = request.resolver_match.kwargs.get("code", "") if request.resolver_match else ""
    return assets.part_spot(reader, code, also_gone=True) if reader is not None and code else None
