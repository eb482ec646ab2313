"""The board of figures, the cases behind each of them, and what is supervised: to read, never to change."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from cityloop.cases.queries.board import DAYS, WEEK, behind, days_of, reported_by, span_of
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.happened import WHATS
from cityloop.cases.queries.supervised import SHOWN, answered, waiting
from cityloop.cases.queries.wall import LIGHTS, cities_watched, counts
from cityloop.cases.rules.lines import Series, line_drawing
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

LONGEST_SPAN = 62


@require_safe
@at_desk
def board(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The figures of today, yesterday, the last week and this day a week ago; what is open; what came by which way."""
    codes = cities_watched(viewer, "board")
    days = days_of(viewer, codes)
    today, one = days.today, timedelta(days=1)
    week = today - one * (WEEK - 1)
    counted = counts(viewer, codes)
    sources, classes = reported_by(viewer, codes, week, WEEK)
    dates = [today - one * n for n in range(DAYS, -1, -1)]
    names = {"reported": _("Cases reported"), "filed": _("Filed"), "closed": _("Closed"), "rework": _("Reworked")}
    lines = [Series(names[what], [getattr(days.of(day), what) for day in dates]) for what in ("reported", "closed")]
    drawing = line_drawing(_("Reported and closed, the last 30 days"), dates, lines)
    shown: dict[str, Any] = {
        "viewer": viewer,
        "at": max(loop_city(code).city.now() for code in codes),
        "zone": days.zone,
        "city": loop_city(codes[0]).city.name if len(codes) == 1 else "",
        "spans": [
            (_("The whole of today"), days.of(today), _query(today, 1)),
            (_("The whole of yesterday"), days.of(today - one), _query(today - one, 1)),
            (_("Last 7 days"), days.of(week, WEEK), _query(week, WEEK)),
            (_("A week ago, until this time"), days.last_week, _query(today - one * WEEK, 1, days.until)),
        ],
        "names": names,
        "counts": counted,
        "lights": [(light, counted.all.lights[light]) for light in LIGHTS],
        "tables": [
            ("department", _("Open, by department"), counted.departments, _most(counted.departments)),
            ("street", _("Open, by street"), counted.streets, _most(counted.streets)),
        ],
        "shares": [
            ("source", _("Reported in 7 days, by source"), sources, sources[0].count if sources else 0),
            ("category", _("Reported in 7 days, top classes"), classes, classes[0].count if classes else 0),
        ],
        "since": week,
        "until": today,
        "drawing": mark_safe(drawing),  # noqa: S308  # drawn by us, every name in it escaped
        "dates": [(day, days.of(day), _query(day, 1)) for day in reversed(dates)],
    }
    return render(request, "cases/board/page.html", shown)


def _most(table: Any) -> int:
    return max((one.open for one in table), default=0)


def _query(first: date, days: int, until: datetime | None = None) -> str:
    pairs = [("first", first.isoformat()), ("days", str(days))]
    return urlencode(pairs + ([("until", until.isoformat())] if until else []))


@require_safe
@at_desk
def cases(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The cases behind a figure of the board."""
    codes = cities_watched(viewer, "board")
    what = request.GET.get("what", "")
    if what not in WHATS:
        raise Http404(what)
    today = loop_city(codes[0]).city.today()
    first, days, until = today, 1, None
    with suppress(ValueError):
        first = date.fromisoformat(request.GET.get("first", ""))
    with suppress(ValueError):
        days = min(max(int(request.GET.get("days", "")), 1), LONGEST_SPAN)
    with suppress(ValueError):
        given = datetime.fromisoformat(request.GET.get("until", ""))
        until = given if given.tzinfo else None
    if not 2000 <= first.year <= today.year:
        first = today
    begins, ends = span_of(codes, first, days, until)
    titles = {
        "reported": _("Cases reported"), "filed": _("Filed"), "closed": _("Closed"), "on_time": _("Closed on time"),
        "late": _("Closed late"), "rework": _("Reworked"),
    }  # fmt: skip
    try:
        page = behind(viewer, codes, what, begins, ends, cursor=request.GET.get("cursor", ""))
    except InvalidInput:  # a cursor that is none of its own begins anew
        page = behind(viewer, codes, what, begins, ends)
    here = f"{_query(first, days, until)}&{urlencode({'what': what})}"
    shown = {
        "viewer": viewer,
        "title": titles[what],
        "first": first,
        "last": first + timedelta(days=days - 1),
        "rows": page.items,
        "following": page.next and f"{here}&{urlencode({'cursor': page.next})}",
    }
    return render(request, "cases/board/cases.html", shown)


@require_safe
@at_desk
def supervised(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is supervised: answers that are waited for, those late on top, or what was answered in the last days."""
    codes = cities_watched(viewer, "supervised")
    over = request.GET.get("over") == "1"
    found = answered(viewer, codes) if over else waiting(viewer, codes)
    return render(
        request,
        "cases/board/supervised.html",
        {"viewer": viewer, "found": found, "over": over, "is_cut": len(found) >= SHOWN},
    )
