"""The pages of ground maps: brought, tried, switched on and off, put in order, deleted."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.assets.queries.rights import managed_by
from cityloop.kernel.errors import CityError, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import sends_files
from cityloop.kernel.translation import _
from cityloop.media.granting import Grant
from cityloop.media.pages import granted, sent_for, sent_whole
from cityloop.onemap.actions import basemaps, rasters
from cityloop.onemap.choices import RasterState
from cityloop.onemap.queries.ground_maps import MAP, Basemap, Raster, basemap_tile, raster_tile
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.ground_files import GROUND_FILES, begin, begin_upload, upload_by
from cityloop.places.ground_pages import choices, ground_of, line_of, lines_of, middle_of, square_of

WAYS = ("file", "tianditu", "wmts", "xyz")


def _keeps_data(viewer: Viewer) -> list[str]:
    homes = managed_by(viewer)
    if not homes:
        raise NotAllowed(_("None of your posts changes the base data of a city. A data administrator does."))
    return homes


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list of ground maps, and the form that adds one."""
    homes = _keeps_data(viewer)
    if request.method != "POST":
        return _list(request, homes)
    try:
        made = _added(request, viewer, homes)
    except CityError as exc:
        return _list(request, homes, refused=exc, status=exc.http_status)
    return HttpResponseRedirect(reverse("desk-grounds-one", args=[made.pk]))


def _list(request: HttpRequest, homes: list[str], status: int = 200, refused: CityError | None = None) -> HttpResponse:
    form = request.POST if request.method == "POST" else request.GET
    way = form.get("way", "")
    home = form.get("city") if form.get("city") in homes else homes[0]
    assert home is not None
    told: dict[str, Any] = {
        "lines": lines_of(homes), "homes": [(code, city(code).name) for code in homes], "home": home, "form": form, "refused": refused,
        "way": way if way in WAYS else "file", "today": city(home).today().isoformat(), **choices(home),
    }  # fmt: skip
    told["is_working"] = any(line.is_working for line in told["lines"])
    return render(request, "places/grounds/list.html", told, status=status)


def _added(request: HttpRequest, viewer: Viewer, homes: list[str]) -> Raster | Basemap:
    home = home_asked(set(homes), request.POST.get("city") or homes[0])
    told = _told(request.POST)
    if request.POST.get("way", "file") != "file":
        return basemaps.add_basemap(home, told | {"kind": request.POST["way"]}, actor_id=viewer.user_id)
    for receipt in request.POST.getlist("files"):
        upload = upload_by(receipt.partition(":")[2], viewer.user_id)
        if upload is not None and sent_for(upload.jurisdiction, home):
            name = request.POST.get("files_name", "")[:255] or _("File")
            return begin_upload(upload, told, name=name, actor_id=viewer.user_id)
    with sent_whole(request, "files.map") as (path, name):
        return begin(path, home, told, name=name, actor_id=viewer.user_id)


FIELDS = (
    "title", "kind", "taken_on", "valid_from", "valid_to", "is_public", "crs", "url", "layer", "key", "role", "minzoom", "maxzoom",
    "tile_size", "system", "attribution", "review_number",
)  # fmt: skip


def _told(form: QueryDict) -> dict[str, Any]:
    return {name: form.get(name, "")[:1200] for name in FIELDS if name in form}


@require_POST
@at_desk
def grant(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Grant a data administrator the upload of one file of ``bytes`` bytes to ``city``."""

    def give(size: int) -> Grant:
        homes = _keeps_data(viewer)
        return GROUND_FILES.grant(viewer.user_id, home_asked(homes, request.POST.get("city") or homes[0]), size)

    return granted(request, give)


@require_safe
@at_desk
def one(request: HttpRequest, viewer: Viewer, ground_id: UUID) -> HttpResponse:
    """One ground map: how it stands, a tile of the city now, and what can be changed."""
    return _page(request, viewer, ground_of(viewer, ground_id))


def _page(
    request: HttpRequest, viewer: Viewer, row: Raster | Basemap, refused: CityError | None = None, status: int = 200
) -> HttpResponse:
    line = line_of(row)
    told: dict[str, Any] = {
        "row": row, "line": line, "refused": refused, "lines": lines_of(managed_by(viewer)), "home": city(row.jurisdiction),
        "form": request.POST if refused else None, "today": city(row.jurisdiction).today().isoformat(), **choices(row.jurisdiction),
    }  # fmt: skip
    return render(request, "places/grounds/one.html", told, status=status)


@require_POST
@at_desk
def act(request: HttpRequest, viewer: Viewer, ground_id: UUID, what: str) -> HttpResponse:
    """Change, try, switch, move or delete a ground map."""
    row = ground_of(viewer, ground_id)
    try:
        _done(row, what, request.POST)
    except CityError as exc:
        row.refresh_from_db()
        return _page(request, viewer, row, refused=exc, status=exc.http_status)
    if what in {"delete", "up", "down"}:
        return HttpResponseRedirect(reverse("desk-grounds"))
    return HttpResponseRedirect(reverse("desk-grounds-one", args=[row.pk]))


def _done(row: Raster | Basemap, what: str, form: QueryDict) -> None:
    match what, row:
        case "up" | "down", _row:
            basemaps.move_ground(row, up=what == "up")
        case "delete", Raster():
            rasters.delete_raster(row)
        case "delete", Basemap():
            basemaps.delete_basemap(row)
        case "change", Raster():
            rasters.change_raster(row, _told(form))
        case "change", Basemap():
            basemaps.change_basemap(row, _told(form))
        case "system", Raster():
            rasters.answer_system(row, form.get("crs", ""))
        case "try", Basemap():
            basemaps.try_basemap(row, *middle_of(row))
        case "on" | "off", Basemap():
            basemaps.switch_basemap(row, on=what == "on")
        case _:
            raise InvalidInput(_("There is nothing of this name to do."))


@require_safe
@at_desk
def picture(request: HttpRequest, viewer: Viewer, ground_id: UUID) -> HttpResponse:
    """A tile by which a ground map is recognised, also while it is off.

    Raises:
        NotFound: There is none yet.
    """
    row = ground_of(viewer, ground_id)
    at = square_of(row)
    if isinstance(row, Raster):
        if row.state != RasterState.READY:
            raise NotFound(_("There is no such picture."))
        body, kind = raster_tile(row, at, "webp"), "image/webp"
    else:
        body, kind = basemap_tile(row, MAP, at)
    response = HttpResponse(body, content_type="image/png" if body[:4] == b"\x89PNG" else kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    assert request.method in {"GET", "HEAD"}
    return response
