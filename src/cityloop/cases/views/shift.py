"""Handing a shift over and taking it: the form with the open work, the hand-over to read, the history by day."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.cases.actions.shifts import LONGEST_REMARK, LONGEST_REMARKS, hand_over, take_over
from cityloop.cases.choices import Light
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.shifts import chosen_seat, cities_read, handover, handovers, seat, seats_of
from cityloop.kernel.errors import CityError, Conflict, NotAllowed
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import form_key, whole_number
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

LIGHTS = (Light.DOUBLE_RED, Light.RED, Light.YELLOW, Light.GREEN, Light.NONE)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def shifts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits to be taken, the form in which one's own shift is handed over, and a day of the history."""
    typed: dict[str, Any] = {"key": uuid7(), "marks": {}}
    status, wrong = 200, []
    if request.method == "POST":
        typed = _typed(request)
        try:
            held = chosen_seat(viewer, request.POST.get("seat", ""))
            key = typed["key"]
            made = hand_over(
                held, viewer=viewer, key=key, coming=typed["coming"], remarks=typed["remarks"], marks=typed["marks"]
            )
        except CityError as exc:
            status = exc.http_status
            wrong = [fault.why for fault in exc.faults] or [exc.message]
        else:
            return HttpResponseRedirect(reverse("desk-shift-read", args=[made]))
    return render(
        request, "cases/shift/page.html", _page(request, viewer) | {"typed": typed, "wrong": wrong}, status=status
    )


@require_safe
@at_desk
def read(request: HttpRequest, viewer: Viewer, handover_id: UUID) -> HttpResponse:
    """A hand-over, with what has happened since."""
    return render(
        request, "cases/shift/read.html", {"viewer": viewer, "lights": LIGHTS, "one": handover(viewer, handover_id)}
    )


@require_safe
@at_desk
def sheet(request: HttpRequest, viewer: Viewer, handover_id: UUID) -> HttpResponse:
    """The same on a clean page of A4."""
    return render(
        request, "cases/shift/print.html", {"viewer": viewer, "lights": LIGHTS, "one": handover(viewer, handover_id)}
    )


@require_POST
@at_desk
def take(request: HttpRequest, viewer: Viewer, handover_id: UUID) -> HttpResponse:
    """Take a shift over with one's name; who was slower reads who was faster."""
    try:
        take_over(handover_id, viewer=viewer)
    except Conflict as exc:
        shown = {"viewer": viewer, "lights": LIGHTS, "one": handover(viewer, handover_id), "wrong": exc.message}
        return render(request, "cases/shift/read.html", shown, status=exc.http_status)
    return HttpResponseRedirect(reverse("desk-shift-read", args=[handover_id]))


def _page(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    homes = cities_read(viewer)
    if not homes:
        raise NotAllowed(_("None of your posts works in shifts."))
    today = max(loop_city(code).city.today() for code in homes)
    day = _day(request.GET.get("day", ""), today)
    seats = seats_of(viewer)
    asked = request.POST.get("seat") or request.GET.get("seat") or ""
    return {
        "viewer": viewer,
        "seats": [(held.key, loop_city(held.jurisdiction).city.name, held.post) for held in seats],
        "seat": seat(viewer, chosen_seat(viewer, asked)) if seats else None,
        "waiting": handovers(viewer),
        "history": handovers(viewer, day),
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "lights": LIGHTS,
        "most_remarks": LONGEST_REMARKS,
        "most_remark": LONGEST_REMARK,
    }


def _day(text: str, today: date) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if 2000 <= day.year <= today.year:
            return day
    return today


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Return what the form says; a key that is none becomes a new one: the hand-over is then made, and made once."""
    numbers = request.POST.getlist("mark")
    return {
        "key": form_key(request) or uuid7(),
        "coming": whole_number(request.POST.get("coming"), 18),
        "remarks": request.POST.get("remarks", "").strip(),
        "marks": {number: request.POST.get(f"remark-{number}", "").strip() for number in numbers},
    }
