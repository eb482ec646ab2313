"""A draft of a division: progress, figures, its grids on the map and in a list, changes by hand, and its publishing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.geography.actions import drafting, publishing
from cityloop.geography.choices import AreaKind, Flaw
from cityloop.geography.queries import drafts as queries
from cityloop.geography.queries.composed import DUTY
from cityloop.geography.queries.drafts import Draft
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.pages import whole_number
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import bounds_of, city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.grids.figures import bars, figure_lines
from cityloop.places.views.grids import kept_by

MOST_BODY = 200_000
"""Bytes of a change: a line with some thousand corners."""


def _draft(viewer: Viewer, draft_id: int) -> Draft:
    return queries.draft(kept_by(viewer), draft_id)


@require_safe
@at_desk
def draft(request: HttpRequest, viewer: Viewer, draft_id: int) -> HttpResponse:
    """One draft, at whatever step it stands."""
    return _page(request, viewer, _draft(viewer, draft_id))


def _page(
    request: HttpRequest, viewer: Viewer, of: Draft, *, refused: CityError | None = None, status: int = 200
) -> HttpResponse:
    home = city(of.jurisdiction)
    told: dict[str, Any] = {"draft": of, "home": home, "bounds": bounds_of([home.code]), "refused": refused}
    if of.is_ready and request.headers.get("HX-Target") == "draft":
        return HttpResponse(headers={"HX-Refresh": "true"})  # the page of its progress has an end
    if not of.is_ready:
        return render(request, "places/grids/under_way.html", told | {"share": round(100 * of.progress)}, status=status)
    if not of.is_open:
        return render(request, "places/grids/closed.html", told | _figures(of), status=status)
    only = request.GET.get("only", "")
    lines, counts, whole = queries.lines(of, only if only in Flaw.values else "")
    told |= _figures(of) | {
        "lines": lines,
        "whole": whole,
        "flaws": [(flaw.value, flaw.label, counts[flaw.value]) for flaw in Flaw if counts[flaw.value]],
        "only": only,
        "others": queries.looked_at(of, viewer.user_id, viewer.name, machine_now()),
        "is_anothers": bool(of.changed_by and of.changed_by != viewer.name),
    }
    return render(request, "places/grids/draft.html", told, status=status)


def _figures(of: Draft) -> dict[str, Any]:
    if not of.figures:
        return {"figures": [], "bars": []}
    before = of.before
    return {
        "figures": figure_lines(of.figures, before),
        "bars": bars(of.figures["classes"], before["classes"] if before else None),
    }


@require_safe
@at_desk
def shapes(request: HttpRequest, viewer: Viewer, draft_id: int) -> HttpResponse:
    """The grids of a draft that meet ``box`` (west, south, east, north), as the map at ``zoom`` needs them."""
    of = _draft(viewer, draft_id)
    try:
        west, south, east, north = _numbers(request.GET.get("box", "").split(","), 4)
        [zoom] = _numbers([request.GET.get("zoom", "")], 1)
    except InvalidInput as exc:
        return _refusal(exc)
    found = queries.shapes(of, (west, south, east, north), min(22.0, max(0.0, zoom)))
    return HttpResponse(orjson.dumps(found), content_type="application/json")


@require_safe
@at_desk
def state(request: HttpRequest, viewer: Viewer, draft_id: int) -> JsonResponse:  # noqa: ARG001
    """Where a draft stands, and who else looks at it."""
    of = _draft(viewer, draft_id)
    others = queries.looked_at(of, viewer.user_id, viewer.name, machine_now())
    return JsonResponse({
        "step": of.step, "last": of.last_step, "open": of.is_open, "by": of.changed_by, "others": others,
    })  # fmt: skip


@require_POST
@at_desk
def change(request: HttpRequest, viewer: Viewer, draft_id: int) -> HttpResponse:
    """A change by hand: what the draft's grids became of it, or why not."""
    of = _draft(viewer, draft_id)
    try:
        _changed(of, _body(request), viewer.name)
    except CityError as exc:
        return _refusal(exc)
    return HttpResponse(orjson.dumps(queries.step_taken(_draft(viewer, draft_id))), content_type="application/json")


def _changed(of: Draft, asked: Mapping[str, Any], by: str) -> None:
    seen = asked.get("seen")
    if not isinstance(seen, int):
        raise InvalidInput(_("A change names the step that was seen."))
    match asked.get("what"):
        case "move":
            drafting.move_corner(of.id, seen, _point(asked.get("from")), _point(asked.get("to")), by)
        case "bend":
            one, other = _points(asked.get("side"), 2, 2)
            drafting.bend_border(of.id, seen, one, other, _point(asked.get("to")), by)
        case "merge":
            drafting.merge_grids(of.id, seen, _keys(asked.get("grids")), by)
        case "split":
            [key] = _keys([asked.get("grid")])
            drafting.split_grid(of.id, seen, key, _points(asked.get("line"), 2, 2000), by)
        case "go":
            [step] = _keys([asked.get("step")])
            drafting.go_to_step(of.id, seen, step, by)
        case _:
            raise InvalidInput(_("There is nothing of this name to do."))


def _body(request: HttpRequest) -> Mapping[str, Any]:
    try:
        if len(request.body) > MOST_BODY:
            raise InvalidInput(_("This is too long: draw with fewer corners."))
        asked = orjson.loads(request.body)
    except orjson.JSONDecodeError as exc:
        raise InvalidInput(_("This cannot be read.")) from exc
    if not isinstance(asked, dict):
        raise InvalidInput(_("This cannot be read."))
    return asked


def _numbers(texts: Any, count: int) -> list[float]:
    try:
        values = [float(one) for one in texts]
    except (TypeError, ValueError):
        values = []
    if len(values) != count or not all(abs(one) <= 180 for one in values):  # also what is no number at all
        raise InvalidInput(_("A point has two numbers, in degrees."))
    return values


def _point(asked: Any) -> tuple[float, float]:
    lon, lat = _numbers(asked if isinstance(asked, list) else [], 2)
    return lon, lat


def _points(asked: Any, least: int, most: int) -> list[tuple[float, float]]:
    if not isinstance(asked, list) or not least <= len(asked) <= most:
        raise InvalidInput(_("A line has two points at least."))
    return [_point(one) for one in asked]


def _keys(asked: Any) -> list[int]:
    if not isinstance(asked, list) or not all(isinstance(one, int) and 0 <= one < 2**62 for one in asked):
        raise InvalidInput(_("This cannot be read."))
    return asked[:500]


def _refusal(exc: CityError) -> JsonResponse:
    body = {"detail": exc.message, "code": exc.code, **exc.details}
    return JsonResponse(body, status=exc.http_status, json_dumps_params={"ensure_ascii": False})


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def publish(request: HttpRequest, viewer: Viewer, draft_id: int) -> HttpResponse:
    """What publishing would change; sent, it is published."""
    of = _draft(viewer, draft_id)
    home = city(of.jurisdiction)
    typed = request.POST.get("day") or request.GET.get("day", "")
    day = parse_day(typed) if typed else home.today() + timedelta(days=1)
    told: dict[str, Any] = {"draft": of, "home": home, "day": day, "typed": typed, "today": home.today()}
    try:
        if day is None:
            raise InvalidInput(_("Choose the day from which the grids hold."))
        if request.method == "POST":
            if whole_number(request.POST.get("seen")) != of.step:
                raise InvalidInput(_("The draft has changed since this summary: look at it again, then publish."))
            publishing.publish_draft(of.id, day, machine_now())
            return HttpResponseRedirect(f"{reverse('desk-grids')}?city={home.code}&published={of.id}")
        told |= _summary(queries.preview(of, day))
    except CityError as exc:
        if day is not None and request.method == "POST" and of.is_open:
            try:
                told |= _summary(queries.preview(of, day))
            except CityError:
                told["refused"] = exc
        return render(request, "places/grids/publish.html", told | {"refused": exc}, status=exc.http_status)
    return render(request, "places/grids/publish.html", told)


def _summary(preview: queries.Preview) -> dict[str, Any]:
    names = {DUTY: _("Duty grids")} | {
        AreaKind.MANAGEMENT: _("Management grids"),
        AreaKind.EVALUATION: _("Evaluation grids"),
        AreaKind.EXTENSION: _("Extension grids"),
    }
    return {
        "preview": preview,
        "held": [(one.title, one.total) for one in preview.held],
        "touched": [(names[kind], found) for kind, found in preview.areas.items()],
    }


def parse_day(text: str) -> date | None:
    """Return a day as a form sends it; None where it is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_POST
@at_desk
def drop(request: HttpRequest, viewer: Viewer, draft_id: int) -> HttpResponse:  # noqa: ARG001
    """Give a draft up."""
    of = _draft(viewer, draft_id)
    drafting.drop_draft(of.id, machine_now())
    return HttpResponseRedirect(f"{reverse('desk-grids')}?city={of.jurisdiction}")
