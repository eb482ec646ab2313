"""The sheets of a zip laid together as one picture, which GDAL reads from where they lie: a virtual file (VRT) of ours names them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import Affine

from cityloop.onemap.rasters.looking import opened, refuse_too_much
from cityloop.onemap.rasters.packed import Sheet, is_packed, unpacked
from cityloop.onemap.rasters.place import system_of
from cityloop.onemap.rasters.refused import RefusedPicture

GDAL_TYPES: Final = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16"}
MOST_APART: Final = 25
"""How many times larger than its sheets a picture may be; beyond that they lie far apart."""

SHIFT: Final = 0.1
"""Points that the edge of a sheet may be off by, where its points are not exactly as large as those of the others."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What sheets must have in common to be one picture."""

    bands: int
    type: str
    signs: tuple[str, ...]
    nothing: float | None
    table: tuple[tuple[int, ...], ...]
    bits: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet that was looked into; ``is_masked``: points of it may be transparent."""

    name: str
    path: Path
    width: int
    height: int
    place: Affine
    system: str
    kind: _Kind
    is_masked: bool


@contextmanager
def picture(path: Path, folder: Path, crs: str, tell: Callable[[], None]) -> Iterator[DatasetReader]:
    """Open a GeoTIFF, or the sheets of a zip as one picture, unpacked into ``folder`` for as long.

    Args:
        crs: The coordinate system, against what the sheets say; "" for that.
        tell: Called now and then while sheets are unpacked.

    Raises:
        RefusedPicture: It cannot be used, or would take too much.
    """
    if not is_packed(path):
        with opened(path) as source:
            refuse_too_much(source, path.stat().st_size)
            yield source
        return
    with TemporaryDirectory(dir=folder) as place:
        sheets = unpacked(path, Path(place), tell)
        parts = [_part(sheet, crs) for sheet in sheets]
        virtual = Path(place) / "all.vrt"
        virtual.write_bytes(tostring(_laid(parts)))
        try:
            with rasterio.open(virtual, driver="VRT") as source:
                refuse_too_much(source, sum(sheet.path.stat().st_size for sheet in sheets))
                yield source
        except RasterioError as exc:
            raise RefusedPicture("cut_short", log=exc) from exc


def _part(sheet: Sheet, crs: str) -> _Part:
    try:
        with opened(sheet.path) as source:
            refuse_too_much(source, sheet.path.stat().st_size)
            return _Part(
                sheet.name, sheet.path, source.width, source.height, _place(source, sheet), _system(source, sheet, crs), _kind(source),
                any(MaskFlags.all_valid not in flags for flags in source.mask_flag_enums),
            )  # fmt: skip
    except RefusedPicture as refused:
        refused.line["sheet"] = sheet.name[:80]
        raise


def _place(source: DatasetReader, sheet: Sheet) -> Affine:
    """Return where a sheet lies: as its own head says, else its world file, which names the middle of the first point."""
    if not source.transform.is_identity:
        return source.transform
    if sheet.world is None:
        raise RefusedPicture("no_world")
    a, d, b, e, c, f = sheet.world
    return Affine(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)


def _system(source: DatasetReader, sheet: Sheet, crs: str) -> str:
    """Return the system of a sheet as WKT, "" where it says none or somebody has said it."""
    said = "" if crs else source.crs.to_wkt() if source.crs else sheet.system
    return system_of(said).to_wkt() if said else ""


def _kind(source: DatasetReader) -> _Kind:
    if (kind := source.dtypes[0]) not in GDAL_TYPES or len(set(source.dtypes)) > 1:
        raise RefusedPicture("no_picture", ", ".join(sorted(set(source.dtypes))))
    signs = [one.name.capitalize() for one in source.colorinterp if one != ColorInterp.alpha]
    is_table = source.colorinterp[0] == ColorInterp.palette
    table = tuple(colour for _value, colour in sorted(source.colormap(1).items())) if is_table else ()
    bits = source.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", "")
    return _Kind(len(signs), GDAL_TYPES[kind], tuple(signs), source.nodata, table, bits)


def _laid(parts: Sequence[_Part]) -> Element:
    """Return the virtual file in which sheets lie side by side, those of later names above.

    Raises:
        RefusedPicture: They are no one picture.
    """
    first = parts[0]
    system = _one_system(parts)
    for part in parts[1:]:
        if not _fits(first, part):
            raise RefusedPicture("sheets_differ", f"{first.name}, {part.name}")
    step_x, step_y = first.place.a, first.place.e
    begin_x, begin_y = _begin([one.place.c for one in parts], step_x), _begin([one.place.f for one in parts], step_y)
    corner = first.place if len(parts) == 1 else Affine(step_x, 0, begin_x, 0, step_y, begin_y)
    spots = [tuple(map(round, ~corner * (one.place.c, one.place.f))) for one in parts]
    width = max(x + one.width for (x, _y), one in zip(spots, parts, strict=True))
    height = max(y + one.height for (_x, y), one in zip(spots, parts, strict=True))
    if width * height > MOST_APART * sum(one.width * one.height for one in parts):
        raise RefusedPicture("apart", f"{width} × {height}")
    root = Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    if system:
        SubElement(root, "SRS").text = system
    SubElement(root, "GeoTransform").text = ", ".join(map(repr, corner.to_gdal()))
    for number in range(1, first.kind.bands + 1):
        _fill(_band(root, first.kind, number), parts, spots, str(number))
    if first.kind.nothing is None and (len(parts) > 1 or first.is_masked):
        mask = SubElement(SubElement(root, "MaskBand"), "VRTRasterBand", dataType="Byte")
        _fill(mask, parts, spots, "mask,1")
    return root


def _begin(edges: Sequence[float], step: float) -> float:
    return min(edges) if step > 0 else max(edges)


def _one_system(parts: Sequence[_Part]) -> str:
    said = {one.system: one for one in parts if one.system}
    names = list(said)
    for other in names[1:]:
        if system_of(other) != system_of(names[0]):
            raise RefusedPicture("sheets_differ", f"{said[names[0]].name}, {said[other].name}")
    return names[0] if names else ""


def _fits(one: _Part, other: _Part) -> bool:
    if one.kind != other.kind or not (one.place.is_rectilinear and other.place.is_rectilinear):
        return False
    off_x = abs(one.place.a - other.place.a) * max(one.width, other.width)
    off_y = abs(one.place.e - other.place.e) * max(one.height, other.height)
    return bool(off_x <= SHIFT * abs(one.place.a) and off_y <= SHIFT * abs(one.place.e))


def _band(root: Element, kind: _Kind, number: int) -> Element:
    band = SubElement(root, "VRTRasterBand", dataType=kind.type, band=str(number))
    if kind.bits:
        told = SubElement(band, "Metadata", domain="IMAGE_STRUCTURE")
        SubElement(told, "MDI", key="NBITS").text = kind.bits
    if kind.nothing is not None:
        SubElement(band, "NoDataValue").text = repr(kind.nothing)
    SubElement(band, "ColorInterp").text = kind.signs[number - 1]
    if kind.table:
        table = SubElement(band, "ColorTable")
        for colour in kind.table:
            SubElement(table, "Entry", {f"c{at}": str(part) for at, part in enumerate(colour, start=1)})
    return band


def _fill(band: Element, parts: Sequence[_Part], spots: Sequence[Sequence[int]], what: str) -> None:
    """Let a band, or the mask, show the sheets; where one is transparent, those below it show through."""
    for part, (x, y) in zip(parts, spots, strict=True):
        size: dict[str, Any] = {"xSize": str(part.width), "ySize": str(part.height)}
        is_whole = what.isdigit() and part.kind.nothing is None and not part.is_masked
        source = SubElement(band, "SimpleSource" if is_whole else "ComplexSource")
        SubElement(source, "SourceFilename", relativeToVRT="1").text = part.path.name
        SubElement(source, "SourceBand").text = what
        SubElement(source, "SrcRect", xOff="0", yOff="0", **size)
        SubElement(source, "DstRect", xOff=str(x), yOff=str(y), **size)
        if what.startswith("mask"):
            SubElement(source, "NODATA").text = "0"
        elif part.kind.nothing is not None:
            SubElement(source, "NODATA").text = repr(part.kind.nothing)
        elif not is_whole:
            SubElement(source, "UseMaskBand").text = "true"
