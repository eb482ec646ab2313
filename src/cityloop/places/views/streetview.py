"""What a map and a case page ask of street view: the picture nearest to a place, and its bytes.

Each request asks anew whether the viewer is one of the staff of the picture's city: there are faces and number plates in them.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from cityloop.geography.rules import check_position
from cityloop.kernel.errors import CityError, InvalidInput, NotFound
from cityloop.kernel.pages import is_held, refusal
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.kernel.zones import on_the_wall
from cityloop.media import queries as media
from cityloop.media.choices import Variant
from cityloop.onemap.queries import streetview as onemap
from cityloop.onemap.queries.streetview import View
from cityloop.onemap.rules.streetview import Spot, bearing, metres
from cityloop.organisation.queries import city, viewer_now

KEPT_S: Final = 3600
"""How long a browser may hold what it has seen, as with other photos."""

COPIES: Final = {"picture": Variant.PUBLIC, "large": Variant.LARGE, "small": Variant.SMALL}
TYPES: Final = {"picture": "image/jpeg", "large": "image/webp", "small": "image/webp"}

Page = Callable[..., HttpResponseBase]


def _told(view: Page) -> Page:
    """Decorate an address that scripts ask: who reads is given to it, and a refusal is told as JSON."""

    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, **given: Any) -> HttpResponseBase:
        assert request.user.pk is not None  # LoginRequiredMiddleware
        try:
            with one_reading():
                return view(request, sorted(viewer_now(request.user.pk).works_in), **given)
        except CityError as exc:
            return refusal(exc)

    return answered


@_told
def near(request: HttpRequest, cities: list[str]) -> HttpResponse:
    """The picture that shows the place ``lon``, ``lat`` (degrees, WGS 84), turned towards it; ``null`` where none is near.

    With ``day`` as on the map of that day: what was taken later is not there.
    """
    place = _place(request)
    if place is None:
        raise InvalidInput(_("Give lon and lat in degrees."))
    day = _day(request)
    found = onemap.nearest(*place, [(code, day or city(code).today()) for code in cities])
    return _answer({"view": _as_json(found, place) if found else None})


@_told
def one(request: HttpRequest, cities: list[str], view_id: int) -> HttpResponse:
    """One picture and where one can go from it; with ``lon`` and ``lat`` turned towards that place."""
    return _answer({"view": _as_json(_view(view_id, cities), _place(request))})


def _view(view_id: int, cities: list[str]) -> View:
    found = onemap.view_of(view_id, cities)
    if found is None:
        raise NotFound(_("There is no such street view."))
    return found


def _day(request: HttpRequest) -> date | None:
    text = request.GET.get("day", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(_("“%(given)s” is no date; write it as 2026-04-30.") % {"given": text[:40]}) from None


def _place(request: HttpRequest) -> Spot | None:
    if "lon" not in request.GET and "lat" not in request.GET:
        return None
    try:
        lon, lat = float(request.GET.get("lon", "")), float(request.GET.get("lat", ""))
    except ValueError:
        raise InvalidInput(_("Give lon and lat in degrees.")) from None
    check_position(lon, lat)
    return lon, lat


def _answer(body: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    return response


def _as_json(view: View, place: Spot | None) -> dict[str, Any]:
    """Return what the viewer is told of a picture.

    ``look`` is where it begins to look, in degrees clockwise from north: at the place that was asked for, unless one stands on it.
    """
    shot = view.shot
    far = metres(shot.spot, place) if place else None
    towards = bearing(shot.spot, place) if place and far is not None and far >= 1 else None
    taken = on_the_wall(view.taken_at, view.jurisdiction) if view.taken_at else None
    return {
        "id": view.id,
        "kind": shot.kind,
        "lon": shot.lon,
        "lat": shot.lat,
        "heading": shot.heading_deg,
        "pitch": shot.pitch_deg,
        "roll": shot.roll_deg,
        "look": towards if towards is not None else (shot.heading_deg or 0.0),
        "metres": None if far is None else round(far),
        "taken": f"{taken:%Y-%m-%d %H:%M}" if taken else f"{view.day:%Y-%m-%d}",
        "width": shot.width,
        "height": shot.height,
        "levels": [[level.width, level.cols] for level in view.squares.levels] if view.squares else [],
        "address": reverse("streetview-view", args=[view.id]).removesuffix(".json"),
        "beside": [
            {"id": one.id, "metres": one.metres, "bearing": one.bearing_deg, "next": one.is_next}
            for one in onemap.beside(view)
        ],
    }


@_told
def picture(request: HttpRequest, cities: list[str], view_id: int, what: str) -> HttpResponseBase:
    """A picture as a whole: ``picture``, ``large``, ``small``, or ``base``, the whole panorama in small."""
    view = _view(view_id, cities)
    if what == "base" and view.squares:
        return _square(request, view, view.squares.base, "base")
    if what not in COPIES:
        raise NotFound(_("There is no such street view."))
    file = _file(view)
    stored = file.variants.get(COPIES[what])
    if stored is None:
        raise NotFound(_("There is no such file."))
    return _bytes(request, view, what, TYPES[what], lambda: media.read_part(file, COPIES[what], 0, stored.bytes - 1))


@_told
def square(request: HttpRequest, cities: list[str], view_id: int, level: int, col: int, row: int) -> HttpResponseBase:
    """One square of a panorama."""
    view = _view(view_id, cities)
    part = view.squares.part(level, col, row) if view.squares else None
    if part is None:
        raise NotFound(_("There is no such street view."))
    return _square(request, view, part, f"{level}-{col}-{row}")


def _square(request: HttpRequest, view: View, part: tuple[int, int], name: str) -> HttpResponseBase:
    file = _file(view)
    return _bytes(request, view, name, "image/jpeg", lambda: media.read_part(file, Variant.SQUARES, *part))


def _file(view: View) -> media.MediaFile:
    """Return the file of a picture.

    Raises:
        NotFound: It was erased since: a face, a number plate.
    """
    file = media.media_file(view.file_id)
    if file is None or file.erased_at is not None:
        raise NotFound(_("This picture was erased."))
    return file


def _bytes(
    request: HttpRequest, view: View, name: str, content_type: str, read: Callable[[], Iterable[bytes]]
) -> HttpResponseBase:
    etag = f'"{view.sha256[:32]}-{name}"'
    response: HttpResponseBase
    if is_held(request, etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = StreamingHttpResponse(read(), content_type=content_type)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={KEPT_S}"
    return response
