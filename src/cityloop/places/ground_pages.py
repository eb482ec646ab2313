"""What the pages of ground maps show, and of what their keepers may take hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cityloop.assets.queries.rights import managed_by
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, lazy
from cityloop.onemap.choices import BasemapKind, GroundKind, RasterKind, RasterState, TiandituLayer
from cityloop.onemap.queries.ground_maps import Basemap, Raster
from cityloop.onemap.rules import Tile
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places.ground_files import box_of

STEPS = {
    "reading": lazy("Points are read"),
    "overviews": lazy("Smaller scales are drawn"),
    "writing": lazy("Tiles are written"),
}

SYSTEMS = (
    ("EPSG:4490", lazy("CGCS2000, degrees")),
    ("EPSG:4326", lazy("WGS 84, degrees")),
    ("EPSG:3857", "Web Mercator"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A ground map in the list of its keepers.

    ``light``: green (shown), yellow (under way, off, or out of its days), red (something must be done).
    """

    row: Raster | Basemap
    is_raster: bool
    kind: str
    light: str
    state: str
    why: str
    has_picture: bool
    is_working: bool
    step: str


def lines_of(homes: Sequence[str]) -> list[Line]:
    """Return the ground maps of some cities, in their order."""
    rows: list[Raster | Basemap] = [
        *Raster.objects.filter(jurisdiction__in=homes),
        *Basemap.objects.filter(jurisdiction__in=homes),
    ]
    rows.sort(key=lambda row: (row.jurisdiction, row.order, str(row.pk)))
    return [line_of(row) for row in rows]


def line_of(row: Raster | Basemap) -> Line:
    """Return how a ground map stands."""
    if isinstance(row, Raster):
        today = city(row.jurisdiction).today()
        is_shown = row.valid_from <= today and (row.valid_to is None or today < row.valid_to)
        light, state = {
            RasterState.READY: ("green", _("Shown on the map")) if is_shown else ("yellow", _("Not shown today")),
            RasterState.ASKING: ("red", row.get_state_display()),
            RasterState.FAILED: ("red", row.get_state_display()),
        }.get(RasterState(row.state), ("yellow", row.get_state_display()))
        is_working = row.state in {RasterState.WAITING, RasterState.WORKING}
        step = str(STEPS.get(row.step, ""))
        return Line(
            row, True, row.get_kind_display(), light, state, row.why, row.state == RasterState.READY, is_working, step
        )
    why = why_of(row)
    if why:
        light, state = "red", _("Does not come")
    elif row.is_on:
        light, state = "green", _("Shown on the map")
    else:
        light, state = "yellow", _("Off: not tried yet") if row.tried_at is None else _("Off")
    return Line(row, False, row.get_kind_display(), light, state, why, row.tried_at is not None and not why, False, "")


def why_of(basemap: Basemap) -> str:
    """Return why a basemap does not come, in the language of now; "" where it does."""
    from cityloop.kernel.translation import said_again

    return str(said_again(basemap.failure_said)) if basemap.failure_said else basemap.failure


def ground_of(viewer: Viewer, ground_id: UUID) -> Raster | Basemap:
    """Return a ground map of a city whose data ``viewer`` keeps.

    Raises:
        NotFound: There is none for them.
    """
    homes = managed_by(viewer)
    found: Raster | Basemap | None = Raster.objects.filter(pk=ground_id, jurisdiction__in=homes).first()
    found = found or Basemap.objects.filter(pk=ground_id, jurisdiction__in=homes).first()
    if found is None:
        raise NotFound(_("There is no such ground map."))
    return found


def middle_of(row: Raster | Basemap, jurisdiction: str = "") -> tuple[float, float]:
    """Return where a ground map is looked at: the middle of its city, or its own where it does not reach there."""
    box = box_of(jurisdiction or row.jurisdiction)
    own = row.bounds
    if own and (box is None or isinstance(row, Raster) or not _holds(own, box)):
        box = (own[0], own[1], own[2], own[3])
    west, south, east, north = box or (113.0, 34.0, 114.0, 35.0)
    return (west + east) / 2, (south + north) / 2


def _holds(own: Sequence[float], box: Sequence[float]) -> bool:
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return own[0] <= lon <= own[2] and own[1] <= lat <= own[3]


def square_of(row: Raster | Basemap) -> Tile:
    """Return the tile by which a ground map is recognised: of a picture most of it, of a basemap some streets of the city."""
    lon, lat = middle_of(row)
    zoom = row.minzoom + 4 if isinstance(row, Raster) else 14
    return Tile.around(lon, lat, min(row.maxzoom, max(row.minzoom, zoom)))


def choices(jurisdiction: str) -> dict[str, Any]:
    """Return what the forms offer, the likely zones of the city first among the systems."""
    box = box_of(jurisdiction)
    systems = [(code, str(words)) for code, words in SYSTEMS]
    if box is not None:
        zone = min(45, max(25, round((box[0] + box[2]) / 6)))
        near = [
            (f"EPSG:{4534 + zone - 25}", f"CGCS2000 / 3° {zone * 3}°E"),
            (f"EPSG:{4513 + zone - 25}", _("CGCS2000 / 3° zone %(zone)d, zone before the easting") % {"zone": zone}),
        ]
        systems = [*near, *systems]
    return {
        "kinds": RasterKind.choices,
        "layers": TiandituLayer.choices,
        "roles": GroundKind.choices,
        "systems": systems,
        "ways": [
            ("file", _("A file")),
            *((one.value, str(one.label)) for one in (BasemapKind.TIANDITU, BasemapKind.WMTS, BasemapKind.XYZ)),
        ],
    }
