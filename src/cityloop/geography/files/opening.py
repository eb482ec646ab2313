"""What a file is, by its first bytes and never by its name, and what GDAL is given to open. Part of the process that reads."""

import codecs
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cityloop.geography.files.refused import RefusedFile
from cityloop.kernel.unpacking import DAMAGED, TooMuch, copy_out, extract, members_of, name_of

MOST_UNPACKED = 4 << 30
"""Bytes; a province's buildings are 3 GB."""
MOST_TOLD = "4 GB"
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
INNER = {".gpkg": "gpkg", ".geojson": "geojson", ".json": "geojson", ".kml": "kml", ".dxf": "dxf", ".osm": "osm", ".pbf": "osm", ".csv": "csv"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be opened: ``layer`` is the name shown for a file that has one only; "" where the file knows its own."""

    kind: str  # shp, gpkg, geojson, kml, dxf, osm, csv, xlsx
    path: Path
    layer: str = ""
    encoding: str = ""
    crs: str = ""


def sources(path: Path, folder: Path) -> list[Source]:
    """Return what a file holds that can be opened; archives are unpacked into ``folder``.

    Raises:
        RefusedFile: It is missing, damaged, too large unpacked, or nothing that we know.
    """
    if not path.is_file():
        raise RefusedFile("missing")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"\x1f\x8b"):
        path = _gunzipped(path, folder)
        with path.open("rb") as file:
            head = file.read(4096)
    if head.startswith(b"PK"):
        return _unzipped(path, folder)
    kind = kind_of(head)
    if not kind:
        raise RefusedFile("unknown_kind")
    return [Source(kind, path, path.name.split(".")[0] if kind in {"csv", "xlsx"} else "")]


def kind_of(head: bytes) -> str:
    """Return what begins with ``head``, by its content alone: drivers that follow links out of a file never see one."""
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xlsx"  # an old Excel; the reader of spreadsheets knows it
    if b"OSMHeader" in head[:64]:
        return "osm"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"{"):
        return "geojson"
    if text.startswith(b"<"):
        return "osm" if b"<osm" in text else "kml" if b"<kml" in text else ""
    if re.match(rb"(999\r?\n.*?\r?\n\s*)*0\r?\n\s*SECTION", text, re.DOTALL):
        return "dxf"
    return "" if b"\x00" in head or not head.strip() else "csv"


def _gunzipped(path: Path, folder: Path) -> Path:
    target = folder / (path.name.removesuffix(".gz") or "unpacked")
    try:
        with gzip.open(path) as packed:
            copy_out(packed, target, path.stat().st_size, MOST_UNPACKED)
    except TooMuch as exc:
        raise RefusedFile("too_large", MOST_TOLD) from exc
    except (OSError, EOFError, zlib.error) as exc:
        raise RefusedFile("unreadable", log=exc) from exc
    return target


def _unzipped(path: Path, folder: Path) -> list[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
            if "[Content_Types].xml" in names or "mimetype" in names:
                return [Source("xlsx", path, path.name.split(".")[0])]
            members = members_of(archive, MOST_UNPACKED)
            found = [*_shapefiles(archive, members, folder), *_others(archive, members, folder)]
    except TooMuch as exc:
        raise RefusedFile("too_large", MOST_TOLD) from exc
    except DAMAGED as exc:
        raise RefusedFile("cut_zip", log=exc) from exc
    if not found:
        raise RefusedFile("empty_zip")
    return found


def _shapefiles(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> Iterator[Source]:
    by_name = {name_of(info).lower(): info for info in members}
    for number, (name, info) in enumerate(sorted(by_name.items())):
        if not name.endswith(".shp"):
            continue
        stem = name.removesuffix(".shp")
        if f"{stem}.dbf" not in by_name:
            raise RefusedFile("no_dbf")
        base = folder / f"layer{number}.shp"
        for part in SHAPE_PARTS:
            if member := by_name.get(stem + part):
                extract(archive, member, base.with_suffix(part), MOST_UNPACKED)
        shown = name_of(info).rsplit("/", 1)[-1].rsplit("\\", 1)[-1][:-4]
        yield Source("shp", base, shown, dbf_encoding(base.with_suffix(".dbf"), _declared(base)))


def _others(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> Iterator[Source]:
    for number, info in enumerate(members):
        name = name_of(info).rsplit("/", 1)[-1]
        suffix = Path(name).suffix.lower()
        if suffix not in INNER:
            continue
        target = extract(archive, info, folder / f"member{number}{suffix}", MOST_UNPACKED)
        with target.open("rb") as file:
            kind = kind_of(file.read(4096))
        if kind == INNER[suffix]:
            yield Source(kind, target, name.rsplit(".", 1)[0])


def _declared(base: Path) -> str:
    """Return the encoding that the .cpg names, as Python calls it; "" where there is none."""
    try:
        word = base.with_suffix(".cpg").read_text(errors="ignore").strip().lower()
        return codecs.lookup({"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}.get(word, word)).name
    except (OSError, LookupError):
        return ""


def dbf_encoding(dbf: Path, declared: str = "") -> str:
    """Return how the texts of a .dbf are written: as declared where that fits, else UTF-8 or GBK by what stands there.

    A field may be cut within a character at its end, so a broken last character says nothing.
    """
    with dbf.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return "utf-8"
        header, length = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        fields = _dbf_fields(file.read(max(0, header - 32)))
        records = file.read(length * 2000) if length else b""
    texts = [
        records[start + at : start + at + size].rstrip(b" \x00")
        for start in range(0, len(records) - length + 1, length or 1)
        for at, size in fields
    ]
    texts = [text for text in texts if not text.isascii()]
    for encoding in dict.fromkeys([*([declared] if declared not in {"", "ascii"} else []), "utf-8", "gb18030"]):
        if all(_fits(text, encoding) for text in texts):
            return encoding
    return declared or "gb18030"


def _dbf_fields(descriptors: bytes) -> list[tuple[int, int]]:
    """Return offset and size of each field of text in a record."""
    found, at = [], 1
    for start in range(0, len(descriptors) - 31, 32):
        if descriptors[start] == 0x0D:
            break
        size = descriptors[start + 16]
        if descriptors[start + 11 : start + 12] == b"C":
            found.append((at, size))
        at += size
    return found


def _fits(text: bytes, encoding: str) -> bool:
    for cut in range(4):
        try:
            text[: len(text) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return cut == 0 or len(text) > 8
    return False
