"""``/report``: what it is, where it is, send. Each step is a page of its own and works without scripts."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.intake.actions import defence
from cityloop.intake.actions import public as actions
from cityloop.intake.actions.public import Told
from cityloop.intake.actions.sending import grant_upload
from cityloop.intake.queries import public as queries
from cityloop.intake.queries.parts import MeantPart, meant_part, parts_here
from cityloop.intake.queries.public import PublicPage, Spot
from cityloop.intake.rules.defence import LOOKS, PHOTOS_OF_A_REPORT
from cityloop.intake.views.door import asked, citizen_of, for_everybody, note, refuse_traps, refused, typed
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, NotFound
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import bytes_told, form_key, refusal, sends_files
from cityloop.kernel.translation import _
from cityloop.media.pages import upload_url
from cityloop.organisation.queries import bounds_of

CHOSEN = ("class", "lon", "lat", "address", "part")
"""What the address of a step holds: the problem's, nothing of whoever reports it."""


@require_safe
@for_everybody
def choose(request: HttpRequest) -> HttpResponse:
    """The page of the only city that has one, or a choice of cities; with a position, of the one that it lies in."""
    pages = queries.public_pages()
    if not pages:
        raise NotFound(_("No city takes reports on this page. Whoever runs it can switch it on."))
    if (point := _point(request)) is not None:
        with suppress(InvalidInput):
            return HttpResponseRedirect(reverse("report-city", args=[queries.spot_at(pages[0], *point).city]))
    if len(pages) == 1:
        return HttpResponseRedirect(reverse("report-city", args=[pages[0].code]))
    return render(request, "intake/public/choose.html", {"pages": pages})


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@for_everybody
def steps(request: HttpRequest, code: str) -> HttpResponse:
    """A city's page, at the step that what was chosen so far leads to; a form that comes is a report."""
    page = queries.public_page(code)
    chosen = queries.class_of(page, typed(request, "class"))
    if request.method == "POST":
        return _sent(request, page)
    meant = meant_part(page, typed(request, "part")) if typed(request, "part") else None
    if meant is not None and chosen is None and len(meant.tiles) == 1:
        chosen = meant.tiles[0]
    if chosen is None:
        return _what(request, page, meant)
    if meant is not None and "lon" not in request.GET and "address" not in request.GET:
        return _form(request, page, chosen, meant.spot, part=meant.code)
    try:
        spot = _spot(request, page)
    except InvalidInput as exc:
        return _where(request, page, chosen, wrong=exc.message, is_outside=True)
    if spot is not None and spot.city != page.code:
        there = queries.public_page(spot.city)
        if queries.class_of(there, chosen.key):
            return HttpResponseRedirect(f"{reverse('report-city', args=[there.code])}?{_query(request)}")
        return HttpResponseRedirect(reverse("report-city", args=[there.code]))
    if spot is None and not typed(request, "address"):
        wrong = _("Say where it is: on the map, or in words.") if "address" in request.GET else ""
        return _where(request, page, chosen, wrong=wrong)
    return _form(request, page, chosen, spot)


def _what(request: HttpRequest, page: PublicPage, meant: MeantPart | None = None) -> HttpResponse:
    """Ask what it is; of a part that was named first what such parts suffer from."""
    words = typed(request, "q")[:60]
    found = queries.find_classes(page, words) if words or "all" in request.GET else None
    tiles = (meant.tiles if meant is not None else ()) or queries.tiles(page)
    told = {"page": page, "tiles": tiles, "found": found, "q": words, "step": 1, "meant": meant}
    return render(request, "intake/public/what.html", told)


def _where(
    request: HttpRequest, page: PublicPage, chosen: queries.Tile, *, wrong: str, is_outside: bool = False
) -> HttpResponse:
    """Ask for the place. A position outside is not gone to: the map stays at the city."""
    told = {
        "page": page,
        "chosen": chosen,
        "bounds": bounds_of([page.code]),
        "wrong": wrong,
        "lon": "" if is_outside else typed(request, "lon"),
        "lat": "" if is_outside else typed(request, "lat"),
        "address": typed(request, "address")[: actions.ADDRESS_MOST],
        "step": 2,
    }
    return render(request, "intake/public/where.html", told, status=422 if wrong else 200)


def _form(
    request: HttpRequest,
    page: PublicPage,
    chosen: queries.Tile,
    spot: Spot | None,
    *,
    part: str = "",
    exc: CityError | None = None,
) -> HttpResponse:
    part = part or typed(request, "part")
    wrong = {fault.field: fault.why for fault in exc.faults} if exc else {}
    asks = isinstance(exc, defence.WorkAsked) or (
        exc is None and defence.needs_work(asked(request, page.code), page.proof)
    )
    told = {
        "page": page,
        "chosen": chosen,
        "spot": spot,
        "address": typed(request, "address"),
        "part": part,
        "parts": parts_here(page, chosen.key, spot.lon, spot.lat) if spot and not part else [],
        "same": _same(page, chosen, spot, typed(request, "words")) if exc is None else [],
        "again": _query(request),
        "words": typed(request, "words"),
        "phone": typed(request, "phone"),
        "held": request.POST.getlist("photo")[:PHOTOS_OF_A_REPORT],
        "most_photos": PHOTOS_OF_A_REPORT,
        "key": form_key(request) or uuid7(),
        "wrong": wrong,
        "refused": exc.message if exc else "",
        "work": defence.new_work(asked(request, page.code)) if asks else None,
        "sends_itself": isinstance(exc, defence.WorkAsked),
        "step": 3,
    }
    response = render(request, "intake/public/send.html", told, status=exc.http_status if exc else 200)
    if exc is not None and "retry_after_seconds" in exc.details:
        response["Retry-After"] = str(exc.details["retry_after_seconds"])
    return response


def _same(page: PublicPage, chosen: queries.Tile, spot: Spot | None, text: str) -> list[queries.Same]:
    return [] if spot is None else queries.same(page, lon=spot.lon, lat=spot.lat, key=chosen.key, text=text)


def _sent(request: HttpRequest, page: PublicPage) -> HttpResponse:
    chosen = queries.class_of(page, typed(request, "class"))
    if chosen is None:
        note(request, page.code)
        return refused(
            request, InvalidInput(_("Choose first what it is: this city has no such kind of problem.")), page
        )
    spot = None
    try:
        spot = _spot(request, page)
        if spot is not None and spot.city != page.code:
            there = queries.public_page(spot.city)
            raise InvalidInput(_("This place lies in %(city)s: choose it anew there.") % {"city": there.name})
        refuse_traps(request)
        defence.take_report(asked(request, page.code), page.proof, typed(request, "altcha"))
        told = Told(
            key=_key(request),
            category=chosen.key,
            point=None if spot is None else (spot.lon, spot.lat),
            address=typed(request, "address") or (spot.words if spot else ""),
            words=typed(request, "words"),
            phone=typed(request, "phone"),
            part=typed(request, "part"),
            photos=[*request.POST.getlist("photo"), *_sent_along(request, page)],
        )
        follow_up = actions.send_report(page, told, citizen=citizen_of(request, page))
    except CityError as exc:
        if not isinstance(exc, defence.WorkAsked):
            note(request, page.code)
        return _form(request, page, chosen, spot, exc=exc)
    return HttpResponseRedirect(f"{reverse('report-follow', args=[follow_up])}?new=1")


def _sent_along(request: HttpRequest, page: PublicPage) -> list[str]:
    """Keep the photos that came with the form itself, as a browser without scripts sends them; return their tokens."""
    tokens = []
    for file in request.FILES.getlist("photos")[:PHOTOS_OF_A_REPORT]:
        size = file.size or 0
        if not size:
            continue
        defence.take_photo(asked(request, page.code), size)
        try:
            kept = actions.keep_photo(page, file, size, citizen=citizen_of(request, page), now=machine_now())
        except CityError as exc:
            why = f"{file.name}: {exc.message}"
            raise InvalidInput(why, faults=[Fault("photos", why)]) from exc
        tokens.append(kept.token)
    return tokens


@require_http_methods(["GET", "HEAD", "POST"])
@for_everybody
def me_too(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody else has told of it already: one more says so, and may leave a phone for the answer."""
    page = queries.public_page(code)
    token = typed(request, "same")
    number, category = queries.same_of(token, page)
    told = {
        "page": page,
        "token": token,
        "chosen": queries.class_of(page, category),
        "key": form_key(request) or uuid7(),
        "step": 3,
    }
    who = asked(request, page.code)
    if request.method != "POST":
        work = defence.new_work(who) if defence.needs_work(who, page.proof) else None
        return render(request, "intake/public/me_too.html", {**told, "work": work})
    try:
        refuse_traps(request)
        defence.take_report(who, page.proof, typed(request, "altcha"))
        said = Told(_key(request), "", address="-", phone=typed(request, "phone"))
        follow_up = actions.say_me_too(page, number, said)
    except CityError as exc:
        asks = isinstance(exc, defence.WorkAsked)
        if not asks:
            note(request, page.code)
        more = {
            "refused": exc.message,
            "phone": typed(request, "phone"),
            "work": defence.new_work(who) if asks else None,
            "sends_itself": asks,
        }
        return render(request, "intake/public/me_too.html", {**told, **more}, status=exc.http_status)
    return HttpResponseRedirect(f"{reverse('report-follow', args=[follow_up])}?new=1")


@require_safe
@for_everybody
def where(request: HttpRequest, code: str) -> HttpResponse:
    """What lies at a point, in words, and open problems near by: for the map of the second step."""
    try:
        page = queries.public_page(code)
        defence.take_look(asked(request, page.code), LOOKS)
        point = _point(request)
        if point is None:
            raise InvalidInput(_("Give lon and lat in degrees."))
        spot = queries.spot_at(page, *point)
        near = queries.near(queries.public_page(spot.city), *point)
    except CityError as exc:
        return refusal(exc)
    told = [{"words": _near_words(one), "lon": one.lon, "lat": one.lat} for one in near]
    answer = {"words": spot.words, "jurisdiction": spot.city, "unit_grid": "", "near": told}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _near_words(one: queries.Near) -> str:
    apart = _("%(metres)d m away") % {"metres": one.distance_m}
    return f"{one.name} · {apart} · {one.step}"


@require_POST
@for_everybody
def photos(request: HttpRequest, code: str) -> HttpResponse:
    """Grant the upload of one photo of ``bytes`` bytes in pieces, or keep the one that came along whole."""
    try:
        page = queries.public_page(code)
        file, size = request.FILES.get("photo"), bytes_told(typed(request, "bytes"))
        if file is None and not size:
            raise InvalidInput(_("No photo came along. Choose it again."))
        who = asked(request, page.code)
        if page.proof != "never" and defence.needs_work(who, "attack"):
            # Under attack a photo comes with its report, for which a proof of work is asked.
            raise Conflict(_("Photos are sent together with the report at this moment."))
        defence.take_photo(who, size if file is None else file.size or 0)
        if file is None:
            grant = grant_upload(page, size, citizen=citizen_of(request, page))
            return JsonResponse({"grant": str(grant), "to": upload_url(request)}, status=201)
        kept = actions.keep_photo(page, file, file.size or 0, citizen=citizen_of(request, page), now=machine_now())
    except CityError as exc:
        return refusal(exc)
    return JsonResponse({"token": kept.token}, status=201)


# --- reading what was sent


def _point(request: HttpRequest) -> tuple[float, float] | None:
    """Return the position that was sent; None where there is none.

    Raises:
        InvalidInput: It is no position.
    """
    lon, lat = typed(request, "lon"), typed(request, "lat")
    if not lon and not lat:
        return None
    with suppress(ValueError):
        point = (float(lon), float(lat))
        if abs(point[0]) <= 180 and abs(point[1]) <= 90:  # nan and inf are neither
            return point
    raise InvalidInput(_("This is no position. Tap on the map, or write the address."))


def _spot(request: HttpRequest, page: PublicPage) -> Spot | None:
    point = _point(request)
    return None if point is None else queries.spot_at(page, *point)


def _query(request: HttpRequest) -> str:
    given: dict[str, Any] = {name: typed(request, name) for name in CHOSEN}
    return urlencode({name: value for name, value in given.items() if value})


def _key(request: HttpRequest) -> UUID:
    if key := form_key(request):
        return key
    raise InvalidInput(
        _("This page had become invalid and is made ready anew. Look at what you typed, and send it once more.")
    )
