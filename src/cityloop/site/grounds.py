"""The tiles of what lies under the layers of the map.

Who asks is found out here; what is another city's is not there for them.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from cityloop.kernel.errors import InvalidInput, NotFound, Unavailable
from cityloop.kernel.pages import is_held
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.onemap.queries import ground_maps as onemap
from cityloop.onemap.rules import Look, Tile
from cityloop.site.maps import look_of
from cityloop.site.problems import problem, refused

NOTHING_S = 600
"""As long as ``onemap.fetching`` believes it."""

FORMS = {"webp": "image/webp", "png": "image/png"}


def _cities(look: Look) -> list[str]:
    return [moment.jurisdiction for moment in look.cities]


@login_not_required
@require_safe
def raster_tile(request: HttpRequest, raster_id: UUID, zoom: str, x: str, y: str, form: str) -> HttpResponse:
    """One square of a picture, 512 points wide: 404 for whoever may not see it; a point of nothing where it shows nothing.

    Its mark says of which making of which picture it is: nobody is told “not modified” before it is asked whether they may see it.
    """
    if form not in FORMS:
        return _refused(request, NotFound(_("There is no such picture.")))
    try:
        at = Tile.parse(zoom, x, y)
    except InvalidInput as exc:
        return problem(request, 400, "unreadable", exc.message, faults=exc.faults)
    try:
        with one_reading():
            raster = onemap.raster_of(_cities(look_of(request)), raster_id)
        etag = f'"{raster.cog_sha256[:20]}-{at.zoom}-{at.x}-{at.y}-{form}"'
        response = (
            HttpResponse(status=304)
            if is_held(request, etag)
            else _picture(onemap.raster_tile(raster, at, form), FORMS[form])
        )
    except (NotFound, Unavailable) as exc:
        return _refused(request, exc)
    response["ETag"] = etag
    # Whoever may see it now is asked anew each time: a picture that is not public any more is gone with the next look.
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


@require_safe
def basemap_tile(request: HttpRequest, basemap_id: UUID, sheet: str, zoom: str, x: str, y: str) -> HttpResponse:
    """One square of somebody else's map, through this server: neither its address nor its key leaves."""
    try:
        at = Tile.parse(zoom, x, y)
    except InvalidInput as exc:
        return problem(request, 400, "unreadable", exc.message, faults=exc.faults)
    try:
        with one_reading():
            basemap = onemap.basemap_of(_cities(look_of(request)), basemap_id)
        body, kind = onemap.basemap_tile(basemap, sheet, at)
    except (NotFound, Unavailable) as exc:
        return _refused(request, exc)
    if not body:
        return HttpResponse(status=204)
    response = _picture(body, kind)
    # Its address carries the version of its registration; that a host has nothing there is believed as long as the server does.
    response["Cache-Control"] = f"private, max-age={NOTHING_S if body == onemap.NOTHING else 86400}"
    patch_vary_headers(response, ["Cookie"])
    return response


def _picture(body: bytes, kind: str) -> HttpResponse:
    """Return a picture as what it is: nothing that came from elsewhere is read as a page."""
    response = HttpResponse(body, content_type="image/png" if body == onemap.NOTHING else kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _refused(request: HttpRequest, exc: NotFound | Unavailable) -> HttpResponse:
    response = refused(request, exc)
    response["Cache-Control"] = "no-store"
    return response
