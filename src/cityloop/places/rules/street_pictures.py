"""Whether a picture can be taken into street view, and as what: what it says of itself, and what a list says of it, judged together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from cityloop.geography.rules.coordinates import convert, looks_swapped
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.rules.streetview import Shot, turned
from cityloop.places.rules.gpano import Pano
from cityloop.places.rules.position_list import Listed, in_zone

MB: Final = 1 << 20
MOST_BYTES: Final = 100 * MB
"""Of one picture."""

MOST_PIXELS: Final = 200_000_000
MOST_PIXELS_WHOLE: Final = 50_000_000
"""What is larger is made smaller by a JPEG's own means, without ever being decoded whole; other formats have none."""

SPHERE_FROM_PX: Final = 2000
"""A picture twice as wide as high that is wider than this is a panorama, though nothing says so."""

REASONS: Final[Mapping[str, Any]] = {
    "not_picture": _("is no picture that is taken: JPEG, PNG, WebP or HEIC"),
    "damaged": _("is damaged, or was cut short: copy it again"),
    "too_large": _("has more than 100 MB: save it smaller"),
    "too_many_pixels": _("has too many pixels (%(pixels)s million): save it smaller, a panorama at most 10,000 wide"),
    "unsafe_name": _("has a name that leads out of its folder"),
    "locked": _("is locked with a password"),
    "bomb": _("unpacks to far more than any picture has"),
    "no_position": _("has no position: neither in the picture nor in a list"),
    "outside": _("lies outside the city (%(at)s)"),
    "swapped": _("longitude and latitude look swapped (%(at)s)"),
    "not_whole": _("is called a panorama, but is not twice as wide as high (%(size)s)"),
    "other_projection": _("is a panorama of another projection (%(projection)s): save it as equirectangular"),
    "bad_cut": _("says that it is a part of a larger panorama, with sizes that cannot be"),
    "unreadable_line": _("its line %(row)s of the list cannot be read: %(fields)s"),
    "no_picture": _("stands in line %(row)s of the list, and there is no such picture"),
    "doubled": _("has the same content as “%(other)s”"),
    "known": _("stands in the city's street view already"),
    "from_tomorrow": _("was taken in the future (%(at)s): set the camera's clock right, or give the time in a list"),
    "erased": _("was erased here before, and does not come back"),
    "made_smaller": _("is large and will be kept smaller"),
    "filled_up": _("is a part of a sphere: the rest is kept grey"),
    "no_heading": _("does not say where it looks"),
    "heading_of_way": _("looks along the way it was driven: it does not say so itself"),
    "magnetic": _("tells its direction by the compass, not by true north"),
    "no_time": _("does not say when it was taken: today counts"),
    "taken_for_pano": _("is twice as wide as high and is taken for a panorama"),
}
"""What is said of a picture, by reason."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture says of itself.

    Args:
        width, height: Upright, in pixels.
        lon, lat: Degrees, WGS 84; both or neither.
        taken: With an offset where the camera gave one.
        heading_deg: Where the camera looked, by EXIF.
    """

    bytes: int
    width: int
    height: int
    lon: float | None = None
    lat: float | None = None
    taken: datetime | None = None
    heading_deg: float | None = None
    is_magnetic: bool = False
    pano: Pano | None = None
    is_jpeg: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What a picture becomes; or why it is not taken."""

    shot: Shot | None = None
    day: date | None = None
    reason: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Refused(Exception):  # it is caught in this room alone
    """A picture is not taken, for one of ``REASONS``."""

    def __init__(self, reason: str, **given: object) -> None:
        super().__init__(reason)
        self.judged = Judged(reason=reason, given={name: str(value) for name, value in given.items()})


def judge(
    seen: Seen,
    listed: Listed | None,
    *,
    system: str,
    extent: tuple[float, float, float, float],
    zone: tzinfo,
    now: datetime,
) -> Judged:
    """Return what a picture becomes. A list goes before what the camera wrote, field by field.

    Args:
        system: Of the coordinates in the list; a camera writes WGS 84.
        extent: Of the city: west, south, east, north.
        zone: The city's: a time without an offset is that on its wall.
        now: By the machine's clock.
    """
    notes: list[str] = []
    try:
        kind = _kind(seen, listed, notes)
        lon, lat = _position(seen, listed, system, extent)
        taken, day = _time(seen, listed, zone, now, notes)
    except Refused as exc:
        return exc.judged
    heading = _heading(seen, listed, notes)
    pano = seen.pano or Pano()
    pitch = _first(listed.pitch_deg if listed else None, pano.pitch_deg) if kind == "pano" else 0.0
    roll = _first(listed.roll_deg if listed else None, pano.roll_deg) if kind == "pano" else 0.0
    if seen.width * seen.height > MOST_PIXELS_WHOLE:
        notes.append("made_smaller")
    shot = Shot(
        kind, round(lon, 7), round(lat, 7), seen.width, seen.height, taken, heading, max(-90.0, min(90.0, pitch)), _signed(roll)
    )  # fmt: skip
    return Judged(shot, day, notes=tuple(notes))


def _kind(seen: Seen, listed: Listed | None, notes: list[str]) -> str:
    pano, is_double = seen.pano, seen.width == 2 * seen.height
    if listed and listed.wrong:
        raise Refused("unreadable_line", row=listed.row, fields=", ".join(listed.wrong))
    if pano and pano.projection and not pano.is_sphere and not (listed and listed.kind == "photo"):
        raise Refused("other_projection", projection=pano.projection)
    is_called = (pano is not None and pano.is_sphere) or (listed is not None and listed.kind == "pano")
    if listed and listed.kind == "photo":
        return "photo"
    if is_called:
        if pano and pano.full and pano.cut and pano.cut[2:] != pano.full:
            _check_cut(seen, pano)
            notes.append("filled_up")
        elif abs(seen.width - 2 * seen.height) > max(2, seen.width // 200):
            raise Refused("not_whole", size=f"{seen.width} × {seen.height}")
        return "pano"
    if is_double and seen.width >= SPHERE_FROM_PX:
        notes.append("taken_for_pano")
        return "pano"
    return "photo"


def _check_cut(seen: Seen, pano: Pano) -> None:
    (wide, high), (left, top, width, height) = pano.full or (0, 0), pano.cut or (0, 0, 0, 0)
    fits = width > 0 and left + width <= wide and height > 0 and top + height <= high
    if (
        not fits
        or abs(wide - 2 * high) > max(2, wide // 200)
        or abs(seen.width * height - seen.height * width) > width * height // 50
    ):
        raise Refused("bad_cut")


def _position(
    seen: Seen, listed: Listed | None, system: str, extent: tuple[float, float, float, float]
) -> tuple[float, float]:
    if listed and listed.x is not None and listed.y is not None:
        lon, lat = convert(listed.x, listed.y, system, "wgs84")
    elif seen.lon is not None and seen.lat is not None:
        lon, lat = seen.lon, seen.lat
    else:
        raise Refused("no_position")
    west, south, east, north = extent
    if not (west <= lon <= east and south <= lat <= north):
        at = f"{lon:.5f}, {lat:.5f}"
        raise Refused("swapped" if looks_swapped(lon, lat, extent) else "outside", at=at)
    return lon, lat


def _time(seen: Seen, listed: Listed | None, zone: tzinfo, now: datetime, notes: list[str]) -> tuple[str, date]:
    at = listed.taken if listed and listed.taken else seen.taken
    if at is None:
        notes.append("no_time")
        return "", now.astimezone(zone).date()
    at = in_zone(at, zone)
    if at > now + timedelta(hours=1) or at.year < 1970:
        raise Refused("from_tomorrow", at=f"{at:%Y-%m-%d %H:%M}")
    return at.isoformat(timespec="seconds"), at.astimezone(zone).date()


def _heading(seen: Seen, listed: Listed | None, notes: list[str]) -> float | None:
    if listed and listed.heading_deg is not None:
        return turned(listed.heading_deg)
    if seen.pano and seen.pano.heading_deg is not None:
        return turned(seen.pano.heading_deg)
    if seen.heading_deg is not None:
        if seen.is_magnetic:
            notes.append("magnetic")
        return turned(seen.heading_deg)
    notes.append("no_heading")
    return None


def _first(*values: float | None) -> float:
    return next((value for value in values if value is not None), 0.0)


def _signed(angle: float) -> float:
    return (angle + 180.0) % 360.0 - 180.0
