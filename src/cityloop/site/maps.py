"""The map's addresses: its style and its tiles.

Who looks, and what time it is in their cities, is found out here; what they see is decided in each layer's own statement.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _, language
from cityloop.kernel.versions import one_reading
from cityloop.kernel.years import check_years
from cityloop.onemap import queries as onemap
from cityloop.onemap.choices import Group, Theme
from cityloop.onemap.rules import Layer, Look, Moment, Tile, layer_names
from cityloop.onemap.rules import style as style_of
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import NOBODY, Viewer
from cityloop.site import kept_tiles
from cityloop.site.problems import problem, refused

TILE = "application/vnd.mapbox-vector-tile"

KEPT_S = 10.0
"""How long a process takes every city's day as read: it is asked for the public ground alone, which holds by the day."""

PLACE = "0"
"""Stands in an address for what the page puts there."""

_everywhere: tuple[float, tuple[Moment, ...]] = (float("-inf"), ())


def look_of(request: HttpRequest, day: date | None = None) -> Look:
    """Return who looks at the map, and what time it is in their cities; with ``day``, as they look at the map of that day.

    What they may see is what they may see now, whatever day they look at.
    """
    user_id = request.user.pk
    return look_on(look_at(None if user_id is None else organisation.viewer_now(user_id), language()), day)


def look_at(viewer: Viewer | None, spoken: str) -> Look:
    """Return how somebody looks at the map, None for one who has not signed in, and what time it is in their cities."""
    viewer = viewer or NOBODY
    cities = tuple(_moment(code) for code in sorted(viewer.works_in))
    return Look(viewer, cities, _every_moment(), spoken)


def _public_look(day: date | None) -> Look:
    return look_on(look_at(None, language()), day)


def look_on(look: Look, day: date | None) -> Look:
    """Return ``look`` on another day, in each city by its own clock and zone."""
    if day is None:
        return look

    def then(moment: Moment) -> Moment:
        end = datetime.combine(day + timedelta(days=1), time.min, organisation.city(moment.jurisdiction).time_zone)
        return replace(moment, today=day, now=min(moment.now, end - timedelta(microseconds=1)))

    if all(moment.today == day for moment in (*look.cities, *look.everywhere)):
        return look
    cities, everywhere = (tuple(map(then, moments)) for moments in (look.cities, look.everywhere))
    return replace(look, cities=cities, everywhere=everywhere, is_today=False)


def day_asked(request: HttpRequest) -> date | None:
    """Return the day whose map is asked for; None for today's.

    Raises:
        InvalidInput: It is no date, or lies out of the years that tables hold.
    """
    text = request.GET.get("day", "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        words = _("“%(given)s” is no date; write it as 2026-04-30.") % {"given": text[:40]}
        raise InvalidInput(words, faults=[Fault("day", words, text[:40])]) from None
    check_years(day)
    return day


def _moment(code: str) -> Moment:
    city = organisation.city(code)
    now = city.now()
    return Moment(code, now, city.day_of(now), city.time_zone)


def _every_moment() -> tuple[Moment, ...]:
    global _everywhere  # noqa: PLW0603  # one per process, replaced whole
    read_at, moments = _everywhere
    if monotonic() - read_at > KEPT_S:
        moments = tuple(_moment(code) for code in organisation.jurisdictions())
        _everywhere = (monotonic(), moments)
    return moments


def forget() -> None:
    """Forget which cities there are: for whoever has changed them under a process that goes on."""
    global _everywhere  # noqa: PLW0603
    _everywhere = (float("-inf"), ())


def shown_to(look: Look) -> list[Layer]:
    """Return the layers in which ``look`` may find anything."""
    return [layer for layer in onemap.layers() if layer.is_public or look.cities]


# --- tiles


@login_not_required
@require_safe
def tile(request: HttpRequest, names: str, zoom: str, x: str, y: str) -> HttpResponse:
    """One square of the map with these layers, with ``?day=`` as it was on that day: 204 where there is nothing, 400 where there is
    no such square or day, 404 no such layer.

    The mark of a tile is that of its bytes, which the viewer's rights have made. ``kept_tiles`` stands before it.
    """
    try:
        at = Tile.parse(zoom, x, y)
        shown = onemap.named(layer_names(names))
        day = day_asked(request)
    except InvalidInput as exc:
        return problem(request, 400, "unreadable", exc.message, faults=exc.faults)
    except NotFound as exc:
        return refused(request, exc)
    with one_reading():
        user_id = None if all(layer.is_public for layer in shown) else request.user.pk
        look = _public_look(day) if user_id is None else look_of(request, day)
        made = onemap.made(shown, at, look)
    response = HttpResponse(made.body, content_type=TILE) if made.body else HttpResponse(status=204)
    if made.body:
        response["ETag"] = f'"{made.mark}"'
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    if all(onemap.may_be_kept(layer, at) for layer in shown):
        kept_tiles.may_keep(response, user_id, _steady_until(look, user_id))
    return response


def _steady_until(look: Look, user_id: int | None) -> datetime:
    """Return until when the clock alone changes nothing of what ``look`` shows: no day ends, no turn, no post."""
    now = machine_now()
    cities = [organisation.city(moment.jurisdiction) for moment in (*look.cities, *look.everywhere)]
    if any(city.clock is not None for city in cities):
        return now  # a day of such a city may be over in a moment
    ends = [datetime.combine(city.today() + timedelta(days=1), time.min, city.time_zone) for city in cities]
    if user_id is not None:
        ends.append(organisation.steady_until(user_id, now))
    return min(ends, default=now)


# --- the style


@login_not_required
@require_safe
def style(request: HttpRequest, theme: str) -> HttpResponse:
    """The style document for MapLibre, with the layers that the reader may find anything in, and their legends in words.

    With ``?day=`` its tiles are those of that day, and none of its layers is live.

    Raises:
        Http404: There is no such theme.
    """
    if theme not in Theme.values:
        raise Http404
    try:
        day = day_asked(request)
    except InvalidInput as exc:
        return problem(request, 400, "unreadable", exc.message, faults=exc.faults)
    shown = shown_to(look_of(request))
    document = style_of(shown, Theme(theme), day)
    document["metadata"]["cityloop:day"] = day.isoformat() if day else ""
    document["metadata"]["cityloop:layers"] = [_told(layer, is_today=day is None) for layer in shown]
    document["metadata"]["cityloop:groups"] = [{"name": one.value, "title": str(one.label)} for one in Group]
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _told(layer: Layer, *, is_today: bool) -> dict[str, Any]:
    """Return what the page tells of a layer."""
    return {
        "name": layer.name,
        "title": str(layer.title),
        "group": layer.group.value,
        "shown": layer.is_shown,
        "live": layer.is_live and is_today,
        "zooms": layer.zooms,
        "columns": {name: str(title) for name, title in layer.columns.items()},
        "words": _words_of(layer),
        "page": _page_of(layer),
        "legend": [{"words": str(one.words), "colour": one.colour, "mark": one.mark} for one in layer.legend],
    }


def _words_of(layer: Layer) -> dict[str, dict[str, str]]:
    """Return what the values of columns mean, where the open data tell it."""
    columns = layer.features.columns if layer.features else {}
    return {
        name: {value: str(words) for value, words in column.words}
        for name, column in columns.items()
        if name in layer.columns and column.words
    }


def _page_of(layer: Layer) -> str:
    """Return the address of the own page of what a layer shows, with the column in braces that it is called by."""
    if layer.page is None:
        return ""
    column, address = layer.page
    return reverse(address, args=[PLACE]).replace(PLACE, f"{{{column}}}")
