"""Which pictures and basemaps there are for whom, and their tiles.

Who asks is told by the cities in which they are one of the staff: what is another city's is not there for them. A picture that is marked
public is there for everybody.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from cityloop.kernel.errors import NotFound, Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap import archives, files, sealing
from cityloop.onemap.choices import BasemapKind, GroundKind, RasterKind, RasterState
from cityloop.onemap.fetching import FETCHER
from cityloop.onemap.models import Basemap, GroundUpload, Raster
from cityloop.onemap.queries.fetched import fetched
from cityloop.onemap.queries.kept_grounds import RASTER_TILES
from cityloop.onemap.rasters.hand import HAND
from cityloop.onemap.rules.basemaps import LABELS, Source, tianditu, xyz
from cityloop.onemap.rules.ground import Ground
from cityloop.onemap.rules.layer import Look
from cityloop.onemap.rules.tiles import Tile

__all__ = [
    "LABELLED", "MAP", "NOTHING", "Basemap", "GroundUpload", "Raster", "basemap_of", "basemap_tile", "basemaps_for", "form_of", "grounds_for",
    "raster_of", "raster_tile", "rasters_for", "sheets_of", "source_of", "touches",
]  # fmt: skip

MAP, LABELLED = "map", "labels"
"""The sheets of a basemap: its tiles, and labels that some have in tiles of their own."""

NOTHING: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000400010a2db40000000049454e44ae426082"
)
"""A transparent point: where a picture shows nothing."""


def rasters_for(cities: Collection[str]) -> QuerySet[Raster]:
    """Return the pictures that whoever works in ``cities`` may see."""
    return Raster.objects.filter(Q(jurisdiction__in=list(cities)) | Q(is_public=True))


def basemaps_for(cities: Collection[str]) -> QuerySet[Basemap]:
    """Return the basemaps that whoever works in ``cities`` may see: of theirs, and those of all cities. Nobody else sees any."""
    return Basemap.objects.filter(jurisdiction__in=[*cities, ""]) if cities else Basemap.objects.none()


def grounds_for(look: Look) -> list[Ground]:
    """Return what may lie under the layers for whoever looks, on their day and in the order of their data administrators."""
    cities = [moment.jurisdiction for moment in look.cities]
    days = {moment.jurisdiction: moment.today for moment in (*look.everywhere, *look.cities)}
    shown: list[Raster | Basemap] = [
        *(one for one in rasters_for(cities).filter(state=RasterState.READY) if _is_shown(one, days)),
        *basemaps_for(cities).filter(is_on=True),
    ]
    shown.sort(key=lambda one: (one.jurisdiction == "", one.order, str(one.pk)))
    return [ground for one in shown for ground in (_of_raster(one) if isinstance(one, Raster) else _of_basemap(one))]


def _is_shown(raster: Raster, days: Mapping[str, date]) -> bool:
    day = days.get(raster.jurisdiction)
    return day is not None and raster.valid_from <= day and (raster.valid_to is None or day < raster.valid_to)


def form_of(raster: Raster) -> str:
    """Return in what format its tiles are sent: a drawing's without loss."""
    return "png" if raster.kind == RasterKind.TOPOGRAPHIC else "webp"


def _of_raster(raster: Raster) -> Iterable[Ground]:
    yield Ground(
        f"raster-{raster.pk}", f"{raster.title} ({raster.taken_on:%Y-%m-%d})", GroundKind.OVERLAY,
        [f"/rasters/{raster.pk}/{{z}}/{{x}}/{{y}}.{form_of(raster)}"], 512, (raster.minzoom, raster.maxzoom), "", _box(raster.bounds),
    )  # fmt: skip


def _of_basemap(basemap: Basemap) -> Iterable[Ground]:
    said = " · ".join(one for one in (basemap.attribution, basemap.review_number) if one)
    trouble = _("It does not answer now; the map goes on without it.") if _rests(basemap) else ""
    for sheet in sheets_of(basemap):
        is_map = sheet == MAP
        yield Ground(
            f"basemap-{basemap.pk}" if is_map else f"basemap-{basemap.pk}-{sheet}",
            basemap.title if is_map else _("%(title)s: labels") % {"title": basemap.title},
            GroundKind(basemap.role) if is_map else GroundKind.OVERLAY,
            [f"/basemaps/{basemap.pk}/{sheet}/{{z}}/{{x}}/{{y}}?v={basemap.version}"],
            basemap.tile_size, (basemap.minzoom, basemap.maxzoom), said, _box(basemap.bounds),
            vectors=tuple(basemap.reading.get("layers", ())) if basemap.format == "mvt" else (), trouble=trouble,
        )  # fmt: skip


def _box(bounds: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if not bounds:
        return None
    west, south, east, north = bounds
    return west, south, east, north


def sheets_of(basemap: Basemap) -> tuple[str, ...]:
    """Return the sheets of a basemap."""
    return (MAP, LABELLED) if basemap.kind == BasemapKind.TIANDITU else (MAP,)


def _rests(basemap: Basemap) -> bool:
    if basemap.kind in {BasemapKind.MBTILES, BasemapKind.PMTILES}:
        return False
    source = source_of(basemap, MAP)
    return FETCHER.rests(source.address(source.levels[0], 0, 0))


# --- tiles


def raster_tile(raster: Raster, at: Tile, form: str) -> bytes:
    """Return a tile of a picture, 512 points wide; ``NOTHING`` (PNG) where it shows nothing.

    Raises:
        Unavailable: It cannot be drawn now.
    """
    name = f"{raster.pk}/{raster.cog_sha256[:12]}-{at.zoom}-{at.x}-{at.y}.{form}"
    if (kept := RASTER_TILES.get(name)) is not None:
        return kept[0] or NOTHING
    if not touches(raster.bounds or (), at):
        return NOTHING
    path = files.local(files.key_of(raster.pk, "cog"))
    body = HAND.tile(path, at.zoom, at.x, at.y, form)
    RASTER_TILES.put(name, body)
    return body or NOTHING


def touches(bounds: Collection[float], at: Tile) -> bool:
    """Whether a tile has anything of a box in degrees; of no box everything."""
    if not bounds:
        return True
    west, south, east, north = bounds
    box = at.degrees()
    return not (box.west > east or box.east < west or box.south > north or box.north < south)


def source_of(basemap: Basemap, sheet: str) -> Source:
    """Return from where the tiles of a sheet come, for what is asked of another host."""
    if basemap.kind == BasemapKind.TIANDITU:
        return tianditu(basemap.layer if sheet == MAP else LABELS[basemap.layer], basemap.url)
    levels = (basemap.minzoom, basemap.maxzoom)
    if basemap.kind == BasemapKind.WMTS:
        matrices = {int(zoom): name for zoom, name in basemap.reading.get("matrices", {}).items()}
        return Source(basemap.reading.get("template", ""), (), levels, matrices)
    return xyz(basemap.url, levels)


def basemap_tile(basemap: Basemap, sheet: str, at: Tile) -> tuple[bytes, str]:
    """Return a tile of a basemap and its media type; one point of nothing where there is none.

    Raises:
        NotFound: It has no such sheet or zoom.
        Unavailable: It does not come now.
    """
    if sheet not in sheets_of(basemap) or not basemap.minzoom <= at.zoom <= basemap.maxzoom:
        raise NotFound(_("There is no such tile."))
    if not touches(basemap.bounds or (), at):
        return NOTHING, "image/png"
    if basemap.kind in {BasemapKind.MBTILES, BasemapKind.PMTILES}:
        return _of_archive(basemap, at)
    return fetched(basemap, sheet, source_of(basemap, sheet), at, sealing.opened(basemap.key_sealed)) or (
        NOTHING,
        "image/png",
    )


def _of_archive(basemap: Basemap, at: Tile) -> tuple[bytes, str]:
    path = files.local(files.key_of(basemap.pk))
    try:
        body = archives.tile(path, basemap.kind, at.zoom, at.x, at.y)
    except OSError as exc:
        raise Unavailable(_("The file of this map is gone or damaged. Delete it and send it again.")) from exc
    if basemap.format == "mvt":
        return body, archives.MVT
    return (body, archives.TYPES[basemap.format]) if body else (NOTHING, "image/png")


def raster_of(cities: Collection[str], raster_id: UUID) -> Raster:
    """Return a picture that is shown to whoever works in ``cities``.

    Raises:
        NotFound: There is none for them.
    """
    found = rasters_for(cities).filter(pk=raster_id, state=RasterState.READY).first()
    if found is None:
        raise NotFound(_("There is no such picture."))
    return found


def basemap_of(cities: Collection[str], basemap_id: UUID) -> Basemap:
    """Return a basemap that is on for whoever works in ``cities``.

    Raises:
        NotFound: There is none for them.
    """
    found = basemaps_for(cities).filter(pk=basemap_id, is_on=True).first()
    if found is None:
        raise NotFound(_("There is no such basemap."))
    return found
