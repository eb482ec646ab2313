"""Duty, management, evaluation and extension grids: their lists, and the page on which they are drawn by choosing unit grids."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
import shapely
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cityloop.geography.actions.composing import DUTY, AreaPlan, checked_codes, draw_area, end_area
from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.geography.holdings import held_in
from cityloop.geography.queries import composed
from cityloop.geography.queries.composed import AreaRow
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.pages import refusal
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import City, bounds_of, city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.grids.figures import metres2
from cityloop.places.views.grid_drafts import parse_day
from cityloop.places.views.grids import home_of, kept_by

MOST_BODY = 600_000
MOST_GAPS = 300
LAYERS = {DUTY: "duty_grids", **{kind: f"{kind}_grids" for kind in AreaKind.values}}


def kinds() -> dict[str, tuple[str, str]]:
    """Return what can be drawn: title and what it is for, in words."""
    return {
        DUTY: (_("Duty grids"), _("What one collector walks; each unit grid lies in one.")),
        AreaKind.MANAGEMENT: (_("Management grids"), _("What a department maintains; unit grids that lie side by side.")),
        AreaKind.EVALUATION: (_("Evaluation grids"), _("What is scored together, of type A, B or C; made of management grids.")),
        AreaKind.EXTENSION: (_("Extension grids"), _("For a purpose of their own, such as sanitation; drawn freely.")),
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def areas(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The areas of a kind, and the form that draws one."""
    home, homes = home_of(request, viewer)
    kind = request.POST.get("kind") or request.GET.get("kind", DUTY)
    if kind not in kinds():
        kind = DUTY
    if request.method != "POST":
        return _page(request, home, homes, kind)
    try:
        code = _done(request.POST, home, kind)
    except CityError as exc:
        return _page(request, home, homes, kind, refused=exc, typed=request.POST, status=exc.http_status)
    return HttpResponseRedirect(f"{reverse('desk-grid-areas')}?city={home.code}&kind={kind}&code={code}&done=1")


def _done(form: QueryDict, home: City, kind: str) -> str:
    day = parse_day(form.get("day", ""))
    if day is None:
        raise InvalidInput(_("Choose the day from which the grids hold."))
    code = form.get("code", "").strip()
    if form.get("what") == "end":
        end_area(home.code, kind, code, day)
        return ""
    plan = AreaPlan(
        kind,
        form.get("name", "").strip(),
        checked_codes(form.get("grids", "").replace(",", " ").split()),
        code,
        form.get("rating", "") if kind == AreaKind.EVALUATION else "",
        form.get("purpose", "") if kind == AreaKind.EXTENSION else "",
        "" if kind == DUTY else form.get("body", "").strip(),
    )
    return draw_area(home.code, plan, day)


def _page(
    request: HttpRequest,
    home: City,
    homes: list[str],
    kind: str,
    *,
    refused: CityError | None = None,
    typed: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    today = home.today()
    found = composed.areas(home.code, today, kind)
    asked = (typed or request.GET).get("code", "")
    chosen = next((one for one in found if one.code == asked), None)
    apart = composed.fallen_apart(home.code, today, found) if kind == AreaKind.MANAGEMENT else {}
    gaps = [] if kind == AreaKind.EXTENSION else composed.without(home.code, today, found)
    codes = checked_codes(typed.get("grids", "").split()) if typed else (chosen.unit_grids if chosen else ())
    told: dict[str, Any] = {
        "home": home,
        "homes": homes,
        "bounds": _bounds(home, codes),
        "kinds": [(name, *words) for name, words in kinds().items()],
        "kind": kind,
        "kind_title": kinds()[kind][0],
        "kind_words": kinds()[kind][1],
        "areas": [_line(one, apart.get(one.code, 1)) for one in found],
        "chosen": chosen,
        "codes": " ".join(codes),
        "gaps": gaps[:MOST_GAPS],
        "gaps_whole": len(gaps),
        "versions": composed.versions(home.code, kind, chosen.code) if chosen else [],
        "ratings": Rating.choices if kind == AreaKind.EVALUATION else [],
        "purposes": Purpose.choices if kind == AreaKind.EXTENSION else [],
        "form": _form(chosen, typed),
        "day": (typed.get("day") if typed else None) or (today + timedelta(days=1)).isoformat(),
        "layer": LAYERS[kind],
        "refused": refused,
        "is_done": "done" in request.GET and refused is None,
    }
    return render(request, "places/grids/areas.html", told, status=status)


def _bounds(home: City, codes: Sequence[str]) -> str:
    """Return the box that the map shows first: of what is chosen, else of the city."""
    box = composed.extent_of(home.code, home.today(), codes) if codes else None
    return ",".join(f"{one:.6f}" for one in box) if box else bounds_of([home.code])


def _line(one: AreaRow, pieces: int) -> dict[str, Any]:
    tags = [dict(Rating.choices).get(one.rating, ""), dict(Purpose.choices).get(one.purpose, ""), one.body]
    return {
        "code": one.code,
        "name": one.name,
        "count": len(one.unit_grids),
        "area": metres2(one.area_m2),
        "tags": [str(tag) for tag in tags if tag],
        "pieces": pieces,
        "ends": one.valid_to,
    }


def _form(chosen: AreaRow | None, typed: QueryDict | None) -> Mapping[str, str]:
    if typed is not None:
        return {name: typed.get(name, "") for name in ("code", "name", "rating", "purpose", "body")}
    if chosen is None:
        return {"code": "", "name": "", "rating": "", "purpose": "", "body": ""}
    return {
        "code": chosen.code, "name": chosen.name, "rating": chosen.rating, "purpose": chosen.purpose, "body": chosen.body,
    }  # fmt: skip


@require_POST
@at_desk
def choose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What a choice of unit grids comes to, once a click, a box or an area was added to it or taken from it."""
    try:
        asked = _body(request)
        home = city(_home(asked, kept_by(viewer)))
        told = _chosen(asked, home)
    except CityError as exc:
        return refusal(exc)
    return HttpResponse(orjson.dumps(told), content_type="application/json")


def _home(asked: Mapping[str, Any], homes: list[str]) -> str:
    wanted = asked.get("city")
    return wanted if wanted in homes else homes[0]


def _body(request: HttpRequest) -> Mapping[str, Any]:
    if len(request.body) > MOST_BODY:
        raise InvalidInput(_("This is too long: draw with fewer corners."))
    try:
        asked = orjson.loads(request.body)
    except orjson.JSONDecodeError as exc:
        raise InvalidInput(_("This cannot be read.")) from exc
    if not isinstance(asked, dict) or asked.get("kind") not in kinds() or not isinstance(asked.get("codes"), list):
        raise InvalidInput(_("This cannot be read."))
    return asked


def _chosen(asked: Mapping[str, Any], home: City) -> dict[str, Any]:
    today, kind = home.today(), str(asked["kind"])
    codes = set(checked_codes([one for one in asked["codes"] if isinstance(one, str)]))
    if asked.get("shape") is not None:
        shape = _shape(asked["shape"])
        hit = set(composed.grids_meeting(home.code, today, shape))
        if kind == AreaKind.EVALUATION and hit:
            hit = set(composed.choice(home.code, today, kind, hit).codes) or hit
        # A click on what is chosen gives it back; what is drawn around adds, or takes away where it was asked to.
        out = hit <= codes if shape.geom_type == "Point" else asked.get("take") is True
        codes = codes - hit if out else codes | hit
    purpose, own = str(asked.get("purpose") or ""), str(asked.get("own") or "")
    told = composed.choice(home.code, today, kind, codes, purpose=purpose, own=own)
    notes = []
    if kind == AreaKind.MANAGEMENT and told.pieces > 1:
        notes.append(_("They lie in %(pieces)d pieces: a management grid is of one piece.") % {"pieces": told.pieces})
    if told.loose:
        notes.append(_("%(count)d are in no management grid and were left out.") % {"count": len(told.loose)})
    notes += [
        _("%(count)d leave “%(name)s”.") % {"count": count, "name": name or code}
        for code, name, count in told.taken[:6]
    ]
    return {
        "codes": told.codes,
        "count": len(told.codes),
        "area": metres2(told.area_m2),
        "held": [[str(one.title), one.total] for one in held_in(home.code, today, told.codes)],
        "notes": notes,
    }


def _shape(asked: Any) -> Any:
    """Return a point or a polygon as GeoJSON names it.

    Raises:
        InvalidInput: It is none of these, or no map shows it.
    """
    try:
        shape = shapely.from_geojson(orjson.dumps(asked))
    except (shapely.errors.GEOSException, TypeError) as exc:
        raise InvalidInput(_("This cannot be read.")) from exc
    if shape is None or shape.geom_type not in {"Point", "Polygon"} or shapely.is_empty(shape):
        raise InvalidInput(_("This cannot be read."))
    return shape if shapely.is_valid(shape) else shapely.make_valid(shape)
