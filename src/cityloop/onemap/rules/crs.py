"""Coordinate systems that features are given and asked for in, by the names that programs know them by.

Data are kept in CGCS2000 (EPSG:4490), which is WGS 84 to within centimetres: both leave as they are kept, never transformed into
each other. Degrees of EPSG's own systems are written latitude first, its projected zones of CGCS2000 northing first; CRS84 and Web
Mercator have the other order.

Source:
    OGC 17-069r4 and 18-058r1 (OGC API – Features, parts 1 and 2), EPSG dataset for the axes.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed

OGC_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
STORED: Final = 4490

FORMS = re.compile(
    r"\[?(?:https?://www\.opengis\.net/def/crs/|urn:ogc:def:crs:)?(?:(OGC)[/:](?:1\.3)?[/:]CRS84|(?:EPSG)[/:]{1,2}(?:[0-9.]*[/:])?([0-9]{4,5}))\]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system.

    Args:
        srid: Its number at EPSG; 0 for CRS84, which EPSG does not have.
        lat_first: Whether latitude or northing is written before longitude or easting.
        in_degrees: Degrees; else metres.
    """

    uri: str
    srid: int
    lat_first: bool
    in_degrees: bool

    @property
    def is_stored(self) -> bool:
        """Whether what is kept leaves without a transformation."""
        return self.in_degrees

    @property
    def digits(self) -> int:
        """Digits after the point that come to a centimetre or less."""
        return 7 if self.in_degrees else 3

    def out(self, geometry: str) -> str:
        """Return what gives a stored geometry in this system, axes in its own order."""
        made = geometry if self.is_stored else f"ST_Transform({geometry}, {self.srid})"
        return f"ST_FlipCoordinates({made})" if self.lat_first else made

    def stored(self, geometry: str) -> str:
        """Return what gives a geometry of this system, x before y, as stored."""
        if self.is_stored:
            return f"ST_SetSRID({geometry}, {STORED})"
        return f"ST_Transform(ST_SetSRID({geometry}, {self.srid}), {STORED})"


CRS84: Final = Crs(OGC_CRS84, 0, lat_first=False, in_degrees=True)
WGS84: Final = Crs(f"{EPSG}4326", 4326, lat_first=True, in_degrees=True)
CGCS2000: Final = Crs(f"{EPSG}4490", 4490, lat_first=True, in_degrees=True)
MERCATOR: Final = Crs(f"{EPSG}3857", 3857, lat_first=False, in_degrees=False)
EVERYWHERE: Final = (CRS84, WGS84, CGCS2000, MERCATOR)

FIRST_6, FIRST_6_PLAIN, FIRST_3, FIRST_3_PLAIN, LAST = 4491, 4502, 4513, 4534, 4554
"""Where EPSG's Gauss–Krüger zones of CGCS2000 begin: 6° (13 to 23), by their meridian; 3° (25 to 45), by their meridian."""


def zone(srid: int) -> Crs:
    return Crs(f"{EPSG}{srid}", srid, lat_first=True, in_degrees=False)


def zones_of(west: float, east: float) -> tuple[Crs, ...]:
    """Return the 3° zones between two longitudes, each with its number before the easting and without."""
    first, last = (max(25, min(45, math.floor(lon / 3 + 0.5))) for lon in (west, east))
    if east < 73.5 or west > 136.5:
        return ()
    return tuple(zone(start + number - 25) for number in range(first, last + 1) for start in (FIRST_3, FIRST_3_PLAIN))


def crs_of(name: str) -> Crs | None:
    """Return the system of a name: a URI, a URN, ``EPSG:4490``, also in brackets; None where we have none of that name."""
    found = FORMS.fullmatch(name.strip())
    if found is None:
        return None
    if found[1]:
        return CRS84
    srid = int(found[2])
    known = {one.srid: one for one in EVERYWHERE}
    return known.get(srid) or (zone(srid) if FIRST_6 <= srid <= LAST else None)


def wanted_crs(parameter: str, name: str) -> Crs:
    """Return the system that a parameter names; CRS84 where it is empty.

    Raises:
        InvalidInput: We have none of that name.
    """
    if not name:
        return CRS84
    found = crs_of(name)
    if found is None:
        known = listed(["CRS84", "EPSG:4326", "EPSG:4490", "EPSG:3857", f"EPSG:{FIRST_6}–{LAST}"])
        raise InvalidInput(
            _("“%(name)s” is no coordinate system that is given here. There are: %(known)s.")
            % {"name": shown(name), "known": known},
            faults=[Fault(parameter, _("is unknown here"), shown(name))],
        )
    return found
