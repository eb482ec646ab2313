"""Where and when a picture was taken, as its camera wrote it: positions in WGS 84, and nothing that cannot be true."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from math import isfinite
from typing import Any

FIRST_YEAR = 1995
"""No phone took a picture before; a camera whose clock was never set writes 1970 or 1980."""

EXIF_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
EXIF_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
ISO_6709 = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?(?:CRSWGS_84)?/?")

# Tags of EXIF 2.32: of the main part, of its part Exif, of its part GPS.
DATE_TIME, ORIGINAL, OFFSET, OFFSET_ORIGINAL = 0x0132, 0x9003, 0x9010, 0x9011
LAT_REF, LAT, LON_REF, LON, GPS_TIME, DATUM, GPS_DATE = 1, 2, 3, 4, 7, 18, 29


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where and when: ``lon`` and ``lat`` in degrees, WGS 84, both or neither.

    ``taken`` carries an offset where the camera gave one; without it stands for the time on the wall where it was.
    """

    lon: float | None = None
    lat: float | None = None
    taken: datetime | None = None


def origin_of(main: Mapping[int, Any], exif: Mapping[int, Any], gps: Mapping[int, Any], *, now: datetime) -> Origin:
    """Return what the three parts of a picture's EXIF say; each thing that makes no sense is left out."""
    lon, lat = position_of(gps) or (None, None)
    return Origin(lon, lat, _taken(main, exif, gps, now))


def position_of(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return lon, lat in degrees, WGS 84; None where there is none, it cannot be, or it is of another datum."""
    datum = str(gps.get(DATUM, "")).strip("\0 ").upper().replace(" ", "").replace("-", "").replace("_", "")
    if datum not in {"", "WGS84", "WGS1984", "CGCS2000"}:
        return None
    lat, lon = _degrees(gps.get(LAT), gps.get(LAT_REF), "NS"), _degrees(gps.get(LON), gps.get(LON_REF), "EW")
    return None if lat is None or lon is None else _possible(lon, lat)


def position_of_iso_6709(text: str) -> tuple[float, float] | None:
    """Return lon, lat in degrees of a video's ``+30.0050+120.0050+010.000/``; None where it makes no sense."""
    found = ISO_6709.fullmatch(text.strip())
    return _possible(float(found[2]), float(found[1])) if found else None


def _possible(lon: float, lat: float) -> tuple[float, float] | None:
    """Return the position rounded to a centimetre. A camera without a fix writes 0, 0, where there is only sea."""
    if not -180 <= lon <= 180 or not -90 <= lat <= 90 or (lon, lat) == (0, 0):
        return None
    return round(lon, 7), round(lat, 7)


def _degrees(parts: Any, reference: Any, signs: str) -> float | None:
    """Return degrees from degrees, minutes and seconds; ``signs`` names the positive side first."""
    side = str(reference or "").strip("\0 ").upper()[:1]
    if side not in set(signs) or not isinstance(parts, Sequence) or len(parts) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if (
        not all(isfinite(part) for part in (degrees, minutes, seconds))
        or not 0 <= minutes < 60
        or not 0 <= seconds < 60
    ):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return value if side == signs[0] else -value


def _taken(main: Mapping[int, Any], exif: Mapping[int, Any], gps: Mapping[int, Any], now: datetime) -> datetime | None:
    on_the_wall = _time(exif.get(ORIGINAL)) or _time(main.get(DATE_TIME))
    offset = _offset(exif.get(OFFSET_ORIGINAL)) or _offset(exif.get(OFFSET))
    if on_the_wall and offset:
        return _plausible(on_the_wall.replace(tzinfo=offset), now)
    if on_the_wall:
        return _plausible(on_the_wall, now)
    return _plausible(_time_of_satellites(gps), now)


def _time(text: Any) -> datetime | None:
    found = EXIF_TIME.match(str(text or "").strip("\0 "))
    if not found:
        return None
    try:
        return datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type] # noqa: DTZ001  # no offset is known
    except ValueError:
        return None


def _offset(text: Any) -> timezone | None:
    found = EXIF_OFFSET.fullmatch(str(text or "").strip("\0 "))
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(offset if found[1] == "+" else -offset)


def _time_of_satellites(gps: Mapping[int, Any]) -> datetime | None:
    """Return the instant that the satellites told, in UTC."""
    parts = gps.get(GPS_TIME)
    if not isinstance(parts, Sequence) or len(parts) != 3:
        return None
    try:
        hour, minute, second = (int(float(part)) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    told = _time(f"{gps.get(GPS_DATE, '')!s:.10} {hour:02}:{minute:02}:{second:02}")
    return told.replace(tzinfo=UTC) if told else None


def instant_of_video(text: str, now: datetime) -> datetime | None:
    """Return the instant at which a video says it was made; None where it makes no sense."""
    try:
        made = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return _plausible(made, now)


def _plausible(taken: datetime | None, now: datetime) -> datetime | None:
    """Return ``taken`` unless it lies before the first camera phones or more than a day ahead, by whatever zone."""
    if taken is None or taken.year < FIRST_YEAR:
        return None
    try:
        moment = taken if taken.tzinfo else taken.replace(tzinfo=UTC)
        return taken if moment <= now + timedelta(days=1) else None
    except OverflowError:
        return None
