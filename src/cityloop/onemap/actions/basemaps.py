"""Basemaps: entered, tried, switched on and off, put in order, deleted."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, Unavailable
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import _, how_said
from cityloop.onemap import archives, files, sealing
from cityloop.onemap.actions.rasters import next_order
from cityloop.onemap.choices import BasemapKind, GroundKind, TiandituLayer
from cityloop.onemap.fetching import FETCHER, WHY, Unreached
from cityloop.onemap.models import Basemap, Raster
from cityloop.onemap.queries.fetched import asked
from cityloop.onemap.queries.ground_maps import MAP, sheets_of, source_of
from cityloop.onemap.queries.kept_grounds import BASEMAP_TILES
from cityloop.onemap.rules import capabilities
from cityloop.onemap.rules.basemaps import TIANDITU_LEVELS, check_address
from cityloop.onemap.rules.tiles import Tile

DESCRIPTION_BYTES = 8_000_000
HOLDS_TILES = frozenset({BasemapKind.MBTILES, BasemapKind.PMTILES})


def add_basemap(
    jurisdiction: str,
    told: dict[str, Any],
    *,
    actor_id: int | None,
    now: datetime | None = None,
) -> Basemap:
    """Enter a basemap that comes from another host; it is off until it was tried.

    Args:
        jurisdiction: Whose it is; "" for all cities.
        told: ``kind``, ``title``, ``url``, ``layer``, ``key``, ``role``, ``minzoom``, ``maxzoom``, ``attribution``, ``review_number``.

    Raises:
        InvalidInput: A field is wrong.
        Unavailable: The description of a WMTS does not come.
    """
    kind = str(told.get("kind") or "")
    if kind not in {BasemapKind.TIANDITU, BasemapKind.XYZ, BasemapKind.WMTS}:
        raise InvalidInput(_("Choose what kind of basemap it is."), faults=[Fault("kind", _("is unknown"))])
    basemap = Basemap(
        id=uuid7(), jurisdiction=jurisdiction, kind=kind, asked_at=now or machine_now(), asked_by=actor_id
    )
    _take(basemap, told)
    basemap.order = next_order(jurisdiction)
    basemap.save(force_insert=True)
    return basemap


def change_basemap(basemap: Basemap, told: dict[str, Any]) -> Basemap:
    """Change a basemap. Where it comes from elsewhere now it is off until it was tried again; an empty key leaves the old one.

    Raises:
        InvalidInput, Unavailable: As for ``add_basemap``.
    """
    with transaction.atomic():
        row = Basemap.objects.select_for_update().get(pk=basemap.pk)
        before = (row.url, row.layer, row.key_sealed, row.reading)
        _take(row, told)
        if (row.url, row.layer, row.key_sealed, row.reading) != before:
            row.is_on, row.tried_at, row.failure, row.failure_said = False, None, "", None
            row.version += 1
        row.save()
    return row


def _take(row: Basemap, told: dict[str, Any]) -> None:
    faults = []
    row.title = str(told.get("title") or "").strip()
    row.attribution = str(told.get("attribution") or "").strip()
    row.review_number = str(told.get("review_number") or "").strip()
    for name, most in (("title", 100), ("attribution", 200), ("review_number", 60)):
        if len(getattr(row, name)) > most:
            faults.append(Fault(name, _("may have %(count)d characters at most") % {"count": most}))
    if not row.title:
        faults.append(Fault("title", _("name it, in 100 characters at most")))
    role = str(told.get("role") or GroundKind.BASE)
    row.role = role if role in GroundKind.values else GroundKind.BASE.value
    if key := str(told.get("key") or "").strip():
        if len(key) > 200 or not key.isascii() or not key.isprintable() or " " in key:
            faults.append(Fault("key", _("is no key: it has other signs than letters and digits")))
        row.key_sealed = sealing.sealed(key)
    if faults:
        raise InvalidInput(_("Mend what is marked."), faults=faults)
    if row.kind == BasemapKind.TIANDITU:
        _take_tianditu(row, told)
    elif row.kind == BasemapKind.WMTS:
        _take_wmts(row, told)
    elif row.kind == BasemapKind.XYZ:
        _take_xyz(row, told)


def _take_tianditu(row: Basemap, told: dict[str, Any]) -> None:
    faults = []
    row.layer = str(told.get("layer") or "")
    row.url = str(told.get("url") or "").strip()
    if row.layer not in TiandituLayer.values:
        faults.append(Fault("layer", _("choose one of its maps")))
    if not row.key_sealed:
        faults.append(
            Fault("key", _("enter the key that Tianditu has given for this server (浏览器端 keys do not work here)"))
        )
    if not row.review_number:
        faults.append(
            Fault(
                "review_number",
                _("is needed: a public map of China is shown with its number (GS…), as Tianditu's page has it"),
            )
        )
    if faults:
        raise InvalidInput(_("Mend what is marked."), faults=faults)
    if row.url:
        check_address(row.url, is_template=False)
    row.minzoom, row.maxzoom = TIANDITU_LEVELS[row.layer]
    row.attribution = row.attribution or "天地图"
    row.role, row.tile_size, row.format = GroundKind.BASE.value, 256, "png"


def _take_xyz(row: Basemap, told: dict[str, Any]) -> None:
    row.url = str(told.get("url") or "").strip()
    check_address(row.url, is_template=True)
    if "{key}" in row.url and not row.key_sealed:
        raise InvalidInput(
            _("Mend what is marked."), faults=[Fault("key", _("is needed: the address has a place for it"))]
        )
    if str(told.get("system") or "") in {"gcj02", "bd09"}:
        raise InvalidInput(
            _("Maps in GCJ-02 or BD-09 are not laid under ours: they are shifted by 50 to 700 m, and parts and cases would stand beside their place."),
            faults=[Fault("system", _("is shifted"))],
        )  # fmt: skip
    row.minzoom, row.maxzoom = _levels(told)
    row.tile_size = 512 if str(told.get("tile_size")) == "512" else 256
    row.format = "png"


def _levels(told: dict[str, Any]) -> tuple[int, int]:
    given = [str(told.get(name) or usual) for name, usual in (("minzoom", "0"), ("maxzoom", "18"))]
    if not all(one.isascii() and one.isdigit() and int(one[:4]) <= 22 for one in given) or int(given[0]) > int(
        given[1]
    ):
        raise InvalidInput(
            _("Mend what is marked."), faults=[Fault("maxzoom", _("write zooms from 0 to 22, the first one first"))]
        )
    return int(given[0]), int(given[1])


def _take_wmts(row: Basemap, told: dict[str, Any]) -> None:
    url, name = str(told.get("url") or "").strip(), str(told.get("layer") or "")
    check_address(url, is_template=False)
    offers = (
        row.reading.get("offers")
        if row.url == url and row.reading.get("offers")
        else described(url, sealing.opened(row.key_sealed))
    )
    chosen = next((one for one in offers if one["name"] == name), offers[0])
    row.url, row.layer = url, chosen["name"]
    row.reading = {"offers": offers, "template": chosen["template"], "matrices": chosen["matrices"]}
    zooms = sorted(int(zoom) for zoom in chosen["matrices"])
    row.minzoom, row.maxzoom, row.tile_size = zooms[0], zooms[-1], chosen["tile_size"]
    row.bounds, row.format = chosen["bounds"], "png"


def described(url: str, key: str) -> list[dict[str, Any]]:
    """Return what a WMTS offers, as JSON; ``{key}`` in its address is where the key goes.

    Raises:
        InvalidInput: It offers nothing that fits.
        Unavailable: It does not answer.
    """
    asked_at = (
        url if "request=" in url.lower() else f"{url}{'&' if '?' in url else '?'}SERVICE=WMTS&REQUEST=GetCapabilities"
    )
    try:
        answer = FETCHER.get(asked_at.replace("{key}", key), allowed=settings.BASEMAP_NETWORKS, most=DESCRIPTION_BYTES)
    except Unreached as exc:
        raise Unavailable(_(WHY[exc.reason])) from None
    if answer.status in {401, 403}:
        raise Unavailable(_(WHY["refused"]))
    if 300 <= answer.status < 400:
        raise Unavailable(_(WHY["moved"]))
    return [one.as_json() for one in capabilities.read(answer.body, url, key)]


def add_archive(
    file_id: UUID,
    jurisdiction: str,
    path: Path,
    *,
    name: str,
    title: str,
    actor_id: int | None,
    now: datetime | None = None,
) -> Basemap:
    """Enter a file of tiles that lies in the store under ``file_id`` and at ``path``; it is tried at once, since it is here.

    Raises:
        InvalidInput: It is neither MBTiles nor PMTiles, or damaged.
    """
    at = now or machine_now()
    found = archives.look(path, name)
    return Basemap.objects.create(
        id=file_id,
        jurisdiction=jurisdiction,
        kind=found.kind,
        title=(title.strip() or found.title or name)[:100],
        reading={"layers": list(found.layers)},
        format=found.format,
        tile_size=512 if found.format == "mvt" else 256,
        minzoom=found.minzoom,
        maxzoom=found.maxzoom,
        bounds=found.bounds,
        attribution=found.attribution,
        asked_at=at,
        asked_by=actor_id,
        tried_at=at,
        file_name=name[:255],
        file_bytes=path.stat().st_size,
        order=next_order(jurisdiction),
    )


def try_basemap(basemap: Basemap, lon: float, lat: float, *, now: datetime | None = None) -> Basemap:
    """Ask for a tile of each sheet at a place; what came of it is kept with the basemap.

    Args:
        lon, lat: Degrees: the middle of the city.
    """
    failure = ""
    if basemap.kind not in HOLDS_TILES:
        FETCHER.forget()  # whoever has mended something need not wait until a host is asked again
        key = sealing.opened(basemap.key_sealed)
        for sheet in sheets_of(basemap):
            source = source_of(basemap, sheet)
            at = Tile.around(lon, lat, min(basemap.maxzoom, max(basemap.minzoom, 12)))
            try:
                if not asked(source, at, key) and sheet == MAP:
                    failure = _(WHY["absent"])
            except Unreached as exc:
                failure = _(WHY[exc.reason])
            if failure:
                break
    Basemap.objects.filter(pk=basemap.pk, version=basemap.version).update(
        tried_at=now or machine_now(),
        failure=failure[:500],
        failure_said=how_said(failure) if failure else None,
        is_on=F("is_on") if not failure else False,
    )
    basemap.refresh_from_db()
    return basemap


def switch_basemap(basemap: Basemap, *, on: bool) -> None:
    """Show a basemap on the map, or no more.

    Raises:
        Conflict: It was not tried, or in vain.
    """
    with transaction.atomic():
        row = Basemap.objects.select_for_update().get(pk=basemap.pk)
        if on and (row.tried_at is None or row.failure):
            raise Conflict(_("Try it first: it is shown only once a tile of it has come."))
        Basemap.objects.filter(pk=row.pk).update(is_on=on)


def delete_basemap(basemap: Basemap) -> None:
    """Take a basemap away for good, with its file and its kept tiles."""

    def forget() -> None:
        if basemap.kind in HOLDS_TILES:
            files.store().delete(files.key_of(basemap.id))
            files.forget_copy(files.key_of(basemap.id))
        BASEMAP_TILES.drop(str(basemap.id))

    with transaction.atomic():
        Basemap.objects.filter(pk=basemap.pk).delete()
        transaction.on_commit(forget)


def move_ground(one: Raster | Basemap, *, up: bool) -> None:
    """Put a ground map one place higher or lower in the list of its city."""
    with transaction.atomic():
        rows: list[Raster | Basemap] = [
            *Raster.objects.select_for_update().filter(jurisdiction=one.jurisdiction),
            *Basemap.objects.select_for_update().filter(jurisdiction=one.jurisdiction),
        ]
        rows.sort(key=lambda row: (row.order, str(row.pk)))
        at = next((place for place, row in enumerate(rows) if row.pk == one.pk), None)
        to = -1 if at is None else at + (-1 if up else 1)
        if at is None or not 0 <= to < len(rows):
            return
        rows[at], rows[to] = rows[to], rows[at]
        for place, row in enumerate(rows, 1):
            if row.order != place:
                type(row)._default_manager.filter(pk=row.pk).update(order=place)  # noqa: SLF001  # Django's own way
