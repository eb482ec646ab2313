"""Re-surveys: begun, looked at part by part, closed."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from cityloop.assets.actions.surveying import begin_survey, close_survey, mark
from cityloop.assets.choices import Seen
from cityloop.assets.forms.parts import wrong_by_field
from cityloop.assets.queries.rights import is_manager
from cityloop.assets.queries.surveys import line_of, survey_page, survey_row, surveys
from cityloop.assets.queries.words import areas_of, classes_of
from cityloop.assets.views.listing import home_of
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import bounds_of, city
from cityloop.organisation.rules.staffing import Viewer


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def all_surveys(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The surveys of a city, each with how far it is; a form that comes begins one."""
    home = home_of(request, viewer)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = begin_survey(
                viewer, home.code, request.POST.get("title", ""), classes=[code for code in request.POST.getlist("classes") if code],
                area=request.POST.get("area", ""), due_on=_day(request.POST.get("due_on", "")), at=machine_now(),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("desk-survey", args=[made]))
        except InvalidInput as exc:
            wrong = wrong_by_field(exc, ("title", "classes", "area", "due_on"))
    today = home.today()
    context = {
        "home": home,
        "surveys": [(one, one.is_late(today)) for one in surveys(viewer, home)],
        "may_begin": is_manager(viewer, home.code),
        "wrong": wrong,
        "typed": request.POST,
        "chosen": request.POST.getlist("classes"),
        "classes": classes_of(home),
        "areas": areas_of(home),
        "today": today.isoformat(),
    }
    return render(request, "assets/surveys.html", context, status=422 if wrong else 200)


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def survey(request: HttpRequest, viewer: Viewer, survey_id: UUID) -> HttpResponse:
    """One survey: what is left to look at, each part to be confirmed, said to be missing, or proposed otherwise."""
    row = survey_row(viewer, survey_id)
    wrong = ""
    if request.method == "POST":
        try:
            seen = Seen.MISSING if request.POST.get("do") == "missing" else Seen.CONFIRMED
            mark(viewer, row.pk, request.POST.getlist("code"), seen, machine_now(), words=request.POST.get("words", ""))
            return HttpResponseRedirect(request.get_full_path())
        except CityError as exc:
            wrong = exc.message
    home = city(row.jurisdiction)
    line = line_of(row, home)
    seen_asked = request.GET.get("seen", "")
    page = survey_page(row, seen_asked, request.GET.get("cursor", ""))
    context = {
        "home": home,
        "survey": line,
        "is_late": line.is_late(home.today()),
        "page": page,
        "seen": seen_asked,
        "ways": [
            (_("To look at"), line.left, ""), (str(Seen.CONFIRMED.label), line.confirmed, Seen.CONFIRMED.value),
            (str(Seen.CHANGED.label), line.changed, Seen.CHANGED.value), (str(Seen.MISSING.label), line.missing, Seen.MISSING.value),
        ],
        "following": urlencode({"seen": seen_asked, "cursor": page.next}) if page.next else "",
        "may_close": is_manager(viewer, row.jurisdiction) and row.closed_at is None,
        "is_open": row.closed_at is None,
        "wrong": wrong,
        "bounds": bounds_of([home.code]),
    }  # fmt: skip
    return render(request, "assets/survey.html", context, status=422 if wrong else 200)


@require_POST
@at_desk
def close(request: HttpRequest, viewer: Viewer, survey_id: UUID) -> HttpResponse:  # noqa: ARG001
    """Close a survey."""
    close_survey(viewer, survey_id, machine_now())
    return HttpResponseRedirect(reverse("desk-survey", args=[survey_id]))
