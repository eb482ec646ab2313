"""Themes of the map: what a person, or a city for its staff, has saved of how it is shown."""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.translation import _
from cityloop.onemap import actions
from cityloop.onemap.queries.themes import SavedTheme
from cityloop.onemap.queries.themes import theme as theme_of
from cityloop.onemap.queries.themes import themes as themes_of
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import CONSOLE_POSTS, Viewer
from cityloop.site.problems import refused

NONE = "none"
"""Stands in the address for a map without any layer: an empty value would mean the usual ones."""


def may_share(viewer: Viewer) -> frozenset[str]:
    """Return the codes of the cities whose data ``viewer`` keeps: there a theme may be saved for all."""
    return frozenset(held.jurisdiction for held in viewer.posts if held.post in CONSOLE_POSTS)


def address_of(state: dict[str, Any]) -> str:
    """Return the address that shows the map in a state (``onemap.rules.themes``)."""
    layers, ground = state["layers"], state["ground"]
    query = {
        "layers": "" if layers is None else ",".join(layers) or NONE,
        "ground": " ".join(name if share == 1 else f"{name}:{share:g}" for name, share in ground.items()),
        "day": state["day"] or "",
        **state["kept"],
    }
    asked = urlencode({key: value for key, value in query.items() if value}, safe=",:/")
    spot = state["spot"]
    at = f"#map={spot[0]:.2f}/{spot[1]:.5f}/{spot[2]:.5f}" if spot else ""
    return reverse("map") + (f"?{asked}" if asked else "") + at


@never_cache
@require_http_methods(["GET", "POST"])
def themes(request: HttpRequest) -> HttpResponse:
    """The themes that the reader sees; or one more, from JSON with ``title``, ``state`` and, to share it, ``city``."""
    viewer, owner = _who(request)
    shared = may_share(viewer)
    try:
        if request.method == "POST":
            given = _json(request)
            made = actions.save_theme(
                owner,
                title=given.get("title"),
                state=given.get("state"),
                jurisdiction=_text(given, "city"),
                may_share=shared,
                now=machine_now(),
            )
            return _answer(theme_of(made.pk, owner, viewer.works_in, shared), 201)
    except CityError as exc:
        return refused(request, exc)
    items = [_told(one) for one in themes_of(owner, viewer.works_in, shared)]
    cities = [{"code": code, "name": organisation.city(code).name} for code in sorted(shared)]
    return JsonResponse({"items": items, "cities": cities}, json_dumps_params={"ensure_ascii": False})


@never_cache
@require_http_methods(["POST", "DELETE"])
def theme(request: HttpRequest, theme_id: int) -> HttpResponse:
    """Another ``title`` or ``state`` for a theme, or its end."""
    viewer, owner = _who(request)
    shared = may_share(viewer)
    try:
        if request.method == "DELETE":
            actions.delete_theme(theme_id, owner, may_share=shared)
            return HttpResponse(status=204)
        given = _json(request)
        actions.change_theme(
            theme_id,
            owner,
            may_share=shared,
            now=machine_now(),
            title=given.get("title"),
            state=given.get("state"),
        )
        return _answer(theme_of(theme_id, owner, viewer.works_in, shared), 200)
    except CityError as exc:
        return refused(request, exc)


def opened(viewer: Viewer, theme_id: int) -> str:
    """Return the address that a theme stands for.

    Raises:
        NotFound: There is no such theme for the viewer.
    """
    assert viewer.user_id is not None
    return address_of(theme_of(theme_id, viewer.user_id, viewer.works_in, may_share(viewer)).state)


def _who(request: HttpRequest) -> tuple[Viewer, int]:
    assert request.user.pk is not None  # LoginRequiredMiddleware
    return organisation.viewer_now(request.user.pk), request.user.pk


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise InvalidInput(_("Send a JSON object."))
    return given


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name) or ""
    return value if isinstance(value, str) else str(value)


def _told(one: SavedTheme) -> dict[str, Any]:
    shared = organisation.city(one.jurisdiction).name if one.jurisdiction else ""
    return {**one.told(), "cityName": shared, "address": f"{reverse('map')}?theme={one.id}"}


def _answer(one: SavedTheme, status: int) -> HttpResponse:
    return JsonResponse(_told(one), status=status, json_dumps_params={"ensure_ascii": False})
