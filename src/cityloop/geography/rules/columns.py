"""Which columns of a table hold coordinates, and in what system they may be: guesses that a person confirms on the map."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EAST = ("lon", "lng", "long", "longitude", "经度", "東經", "东经", "jd", "jingdu", "x", "xcoord", "coordx", "pointx", "x坐标", "横坐标", "东坐标", "easting")  # fmt: skip
NORTH = ("lat", "latitude", "纬度", "緯度", "北纬", "wd", "weidu", "y", "ycoord", "coordy", "pointy", "y坐标", "纵坐标", "北坐标", "northing")  # fmt: skip
SHAPE = ("wkt", "geom", "geometry", "thegeom", "shape", "图形", "空间信息")
HINTS = {"gcj02": ("gcj", "火星", "高德", "amap", "腾讯"), "bd09": ("bd09", "百度", "baidu")}
DEGREES_MINUTES = re.compile(
    r"""^\s*(?P<sign>[-+]?)(?P<d>\d{1,3})\s*[°度]\s*(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*['′分]\s*)?(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*["″秒]?\s*)?(?P<side>[NSEW北南东西]?)\s*$"""
)
MOST_EAST_M, ZONE_M = 1_000_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Position:
    """Where a table holds its positions: two columns, or one of WKT; all empty where nobody can tell."""

    x: str = ""
    y: str = ""
    wkt: str = ""

    def __bool__(self) -> bool:
        return bool(self.wkt or (self.x and self.y))


def plain(name: str) -> str:
    """Return a column's name as it is compared: small letters, without signs and units in brackets."""
    return re.sub(r"[\s_\-.·:：/]|[（(].*?[)）]", "", name).lower()


def number_of(text: str) -> float:
    """Return a coordinate: a number, or degrees with minutes and seconds; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        pass
    if found := DEGREES_MINUTES.match(text):
        value = float(found["d"]) + float(found["m"] or 0) / 60 + float(found["s"] or 0) / 3600
        return -value if found["sign"] == "-" or found["side"] in {"S", "W", "南", "西"} else value
    return float("nan")


def guess_position(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Position:
    """Return the columns of a table that hold positions, by their names first, then by what stands in them.

    Args:
        columns: Their names.
        rows: The first rows.
    """
    for column in columns:
        if plain(column) in SHAPE and any(is_wkt(row.get(column, "")) for row in rows):
            return Position(wkt=column)
    east = _named(columns, rows, EAST)
    north = _named(columns, rows, NORTH)
    if east and north:
        return _in_order(east, north, rows)
    return _by_content(columns, rows)


def is_wkt(text: str) -> bool:
    """Whether a text begins as a shape in WKT does."""
    return bool(re.match(r"\s*(multi)?(point|linestring|polygon)\s*(z|m|zm)?\s*\(", text, re.IGNORECASE))


def _named(columns: Sequence[str], rows: Sequence[Mapping[str, str]], words: Sequence[str]) -> str:
    fitting = [column for column in columns if _is_numeric(column, rows)]
    for word in words:
        for column in fitting:
            name = plain(column)
            if name == word or (len(word) > 2 and (name.endswith(word) or name.startswith(word))):
                return column
    return ""


def _values(column: str, rows: Sequence[Mapping[str, str]]) -> list[float]:
    texts = [row.get(column, "") for row in rows]
    return [number_of(text) for text in texts if text.strip()]


def _is_numeric(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether most of what stands in a column are numbers; where nothing stands, its name may speak."""
    values = _values(column, rows)
    return not rows or (bool(values) and sum(value == value for value in values) * 2 >= len(values))  # noqa: PLR0124 - NaN


def _in_order(east: str, north: str, rows: Sequence[Mapping[str, str]]) -> Position:
    """Return the pair, the other way round where its metres say so: Chinese surveys call the north x."""
    first, second = _median(east, rows), _median(north, rows)
    if first > MOST_EAST_M and first < 10_000_000 and (second < MOST_EAST_M or second > 10_000_000) and second > 180:
        return Position(north, east)
    return Position(east, north)


def _median(column: str, rows: Sequence[Mapping[str, str]]) -> float:
    values = [value for value in _values(column, rows) if value == value]  # noqa: PLR0124 - NaN
    return float(np.median(values)) if values else float("nan")


def _by_content(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Position:
    """Return two neighbouring columns of fractions that lie in China, east first or north first."""
    medians = [
        _median(column, rows) if rows and any("." in row.get(column, "") for row in rows) else float("nan")
        for column in columns
    ]
    for place in range(len(columns) - 1):
        one, other = medians[place], medians[place + 1]
        if 70 < one < 140 and 0 < other < 60:
            return Position(columns[place], columns[place + 1])
        if 70 < other < 140 and 0 < one < 60:
            return Position(columns[place + 1], columns[place])
    return Position()


def guess_system(
    columns: Sequence[str], x: NDArray[np.float64], y: NDArray[np.float64], middle_lon: float | None
) -> str:
    """Return the system that coordinates without one are probably in; "" where nobody can tell.

    Args:
        columns: Names of columns: they may say 高德 or BD09.
        x: ``(n,)`` east or longitude.
        y: ``(n,)`` north or latitude.
        middle_lon: Degrees of longitude of the city's middle: it tells the 3° zone of metres without a prefix.
    """
    told = " ".join(columns).lower()
    east, north = (float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan") for values in (x, y))
    if abs(east) <= 180 and abs(north) <= 90:
        return next((system for system, words in HINTS.items() if any(word in told for word in words)), "wgs84")
    return gauss_zone(east, north, middle_lon)


def gauss_zone(east: float, north: float, middle_lon: float | None) -> str:
    """Return the EPSG code of the 3° zone of CGCS2000 in which metres lie; "" where they lie in none.

    Source:
        EPSG:4513 to 4533, zones 25 to 45 with the zone before the easting; EPSG:4534 to 4554, the same by central meridian.
    """
    if not 0 < north < 6_200_000:
        return ""
    zone = int(east // ZONE_M)
    if 25 <= zone <= 45:
        return f"EPSG:{4513 + zone - 25}"
    if 100_000 < east < 900_000 and middle_lon is not None:
        meridian = round(middle_lon / 3) * 3
        if 75 <= meridian <= 135:
            return f"EPSG:{4534 + (meridian - 75) // 3}"
    return ""
