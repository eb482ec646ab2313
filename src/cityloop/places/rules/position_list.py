"""Lists of positions that come with pictures: which column holds what, and what stands in a line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import isfinite
from typing import Final

from cityloop.geography.rules.columns import guess_position, number_of, plain

FILE: Final = ("file", "filename", "name", "image", "imagename", "photo", "picture", "path", "文件", "文件名", "文件名称", "照片", "照片名", "图片", "图片名称", "影像", "影像名称", "全景")  # fmt: skip
HEADING: Final = ("heading", "bearing", "azimuth", "direction", "yaw", "course", "方位角", "方向", "方向角", "航向", "航向角", "朝向", "偏航角", "偏航")  # fmt: skip
PITCH: Final = ("pitch", "俯仰", "俯仰角")
ROLL: Final = ("roll", "横滚", "横滚角", "翻滚", "翻滚角")
TIME: Final = ("time", "taken", "takenat", "datetime", "timestamp", "date", "gpstime", "时间", "拍摄时间", "采集时间", "日期", "拍摄日期")  # fmt: skip
KIND: Final = ("kind", "type", "类型", "种类", "影像类型")
KINDS: Final = {
    "pano": "pano", "panorama": "pano", "360": "pano", "sphere": "pano", "equirectangular": "pano", "全景": "pano", "全景照片": "pano", "全景图": "pano", "球形全景": "pano",
    "photo": "photo", "image": "photo", "flat": "photo", "照片": "photo", "平面": "photo", "普通照片": "photo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of a list; "" where there is none."""

    file: str
    x: str
    y: str
    heading: str = ""
    pitch: str = ""
    roll: str = ""
    time: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a line of a list says of a picture.

    Args:
        row: As a spreadsheet counts it, 1 being the heading.
        x, y: Degrees in the system of the list; None where nothing stands there.
        taken: With an offset, or the time on the wall; None where nothing is said.
        kind: ``pano``, ``photo``, or "" where nothing is said.
        wrong: Names of the fields in which something stands that cannot be read.
    """

    row: int
    file: str
    x: float | None = None
    y: float | None = None
    heading_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    taken: datetime | None = None
    kind: str = ""
    wrong: tuple[str, ...] = ()


def columns_of(names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Columns | None:
    """Return which columns hold what; None where none names the pictures, or none holds positions.

    Args:
        names: The headings, in Chinese or English.
        rows: The first rows.
    """
    file = _named(names, FILE)
    position = guess_position([name for name in names if name != file], rows)
    if not file or not (position.x and position.y):
        return None
    others = [name for name in names if name not in {file, position.x, position.y}]
    return Columns(
        file, position.x, position.y, *(_named(others, words) for words in (HEADING, PITCH, ROLL, TIME, KIND))
    )  # fmt: skip


def _named(names: Sequence[str], words: Sequence[str]) -> str:
    by_plain = {plain(name): name for name in reversed(names)}
    return next((by_plain[word] for word in words if word in by_plain), "")


def listed_of(row: int, cells: Mapping[str, str], columns: Columns) -> Listed:
    """Return what a line says."""
    wrong: list[str] = []

    def number(name: str, column: str, least: float, most: float) -> float | None:
        text = cells.get(column, "").strip() if column else ""
        if not text:
            return None
        value = number_of(text)
        if not isfinite(value) or not least <= value <= most:
            wrong.append(name)
            return None
        return value

    taken = time_of(cells.get(columns.time, "")) if columns.time else None
    if columns.time and cells.get(columns.time, "").strip() and taken is None:
        wrong.append("time")
    word = cells.get(columns.kind, "").strip().lower() if columns.kind else ""
    if word and word not in KINDS:
        wrong.append("kind")
    return Listed(
        row,
        cells.get(columns.file, "").strip(),
        number("lon", columns.x, -180, 180),
        number("lat", columns.y, -180, 180),
        number("heading", columns.heading, -360, 720),
        number("pitch", columns.pitch, -90, 90),
        number("roll", columns.roll, -180, 180),
        taken,
        KINDS.get(word, ""),
        tuple(wrong),
    )


TIMES: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?(?:\.\d+)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


def time_of(text: str) -> datetime | None:
    """Return a time as people and programs write it: ``2026/3/1 10:20``, ``2026-03-01T10:20:00+08:00``; None for what is none."""
    found = TIMES.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  # the time on the wall
        offset = (found[7] or "").replace("Z", "+00:00")
        return datetime.fromisoformat(f"{at.isoformat()}{offset}") if offset else at
    except ValueError:
        return None


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """Return a time with its offset: without one it is the time on the wall of ``zone``."""
    return at if at.tzinfo else at.replace(tzinfo=zone)


def by_picture(listed: Sequence[Listed]) -> dict[str, Listed]:
    """Return the lines by the names of their pictures in small letters: the whole path, and the last part where it is the only one."""
    found: dict[str, Listed] = {}
    last: dict[str, list[Listed]] = {}
    for one in listed:
        path = name_of(one.file)
        found.setdefault(path, one)
        last.setdefault(path.rsplit("/", 1)[-1], []).append(one)
    for name, lines in last.items():
        if len(lines) == 1:
            found.setdefault(name, lines[0])
    return found


def name_of(path: str) -> str:
    """Return a path as it is compared: with slashes, without a dot at its beginning, in small letters."""
    return path.replace("\\", "/").removeprefix("./").strip().lower()
