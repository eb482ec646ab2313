"""The page of a city's unit grids: what holds, how the city is divided anew, the drafts that there are."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cityloop.assets.queries.imports import cities_kept_by
from cityloop.geography.actions import dividing
from cityloop.geography.choices import RegionLevel
from cityloop.geography.queries import drafts as draft_queries
from cityloop.geography.queries import regions
from cityloop.geography.rules.division import Wish
from cityloop.kernel.errors import CityError, Fault, InvalidInput, NotAllowed
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import City, bounds_of, city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.grids.figures import bars, classes_of, metres2

MOST_COMMUNITIES = 3_000


def kept_by(viewer: Viewer) -> list[str]:
    """Return the cities whose base data the viewer keeps.

    Raises:
        NotAllowed: There are none.
    """
    homes = cities_kept_by(viewer)
    if not homes:
        raise NotAllowed(_("None of your posts changes the base data of a city. A data administrator does."))
    return homes


def home_of(request: HttpRequest, viewer: Viewer) -> tuple[City, list[str]]:
    """Return the city that a page is about, the one asked for or the first, and all that the viewer keeps."""
    homes = kept_by(viewer)
    asked = request.POST.get("city") or request.GET.get("city")
    return city(home_asked(set(homes), asked or homes[0])), homes


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def grids(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What holds, the form that asks for a draft, the drafts."""
    home, homes = home_of(request, viewer)
    if request.method != "POST":
        return _page(request, home, homes)
    try:
        draft = _asked(request.POST, home, viewer)
    except CityError as exc:
        return _page(request, home, homes, refused=exc, typed=request.POST, status=exc.http_status)
    dividing.hand_over(draft)
    return HttpResponseRedirect(reverse("desk-grid-draft", args=[draft]))


def _asked(form: QueryDict, home: City, viewer: Viewer) -> int:
    today = home.today()
    if form.get("what") == "change":
        return dividing.ask_to_change(home.code, today, by=viewer.name)
    wish = Wish(_number(form, "built_m2"), _number(form, "open_m2"), _number(form, "load_weight"))
    return dividing.ask_for_draft(home.code, wish, by=viewer.name, communities=form.getlist("community"), on=today)


def _number(form: QueryDict, name: str) -> float:
    text = form.get(name, "").replace(",", "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(
            _("The city cannot be divided like this."), faults=[Fault(name, _("is no number"), text[:40])]
        )
    return value


def _page(
    request: HttpRequest,
    home: City,
    homes: list[str],
    *,
    refused: CityError | None = None,
    typed: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    today = home.today()
    areas, communities = draft_queries.areas_of_grids(home.code, today)
    known = regions(home.code, today, level=RegionLevel.COMMUNITY)[:MOST_COMMUNITIES]
    wish = Wish()
    form: dict[str, Any] = {
        name: (typed.get(name) if typed else None) or f"{getattr(wish, name):g}"
        for name in ("built_m2", "open_m2", "load_weight")
    }
    bounds = bounds_of([home.code])
    told: dict[str, Any] = {
        "home": home,
        "homes": homes,
        "bounds": bounds,
        "today": today,
        "count": len(areas),
        "communities": communities,
        "known": known,
        "chosen": (typed.getlist("community") if typed else []),
        "whole": metres2(float(areas.sum())),
        "middle": metres2(sorted(areas.tolist())[len(areas) // 2]) if len(areas) else "",
        "largest": metres2(float(areas.max())) if len(areas) else "",
        "smallest": metres2(float(areas.min())) if len(areas) else "",
        "bars": bars(classes_of(areas.tolist()), None) if len(areas) else [],
        "drafts": draft_queries.drafts(home.code),
        "form": form,
        "weights": weights(form["load_weight"]),
        "refused": refused,
        "wrong": {fault.field: fault.why for fault in refused.faults} if refused else {},
    }
    return render(request, "places/grids/grids.html", told, status=status)


def weights(chosen: str) -> list[tuple[str, str, bool]]:
    """Return how much parts may count, in words, and which is chosen."""
    known = [
        ("0", _("not at all: only the ground counts")),
        ("0.25", _("a little (usual)")),
        ("0.5", _("as much as the ground")),
        ("0.8", _("mostly: grids with many parts become small")),
    ]
    return [(value, words, value == chosen) for value, words in known]
