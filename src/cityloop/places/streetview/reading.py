"""What is in a picture, through Pillow: its header, what the camera wrote, and whether it can be decoded to its end."""

import hashlib
import io
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from PIL import Image

from cityloop.media.choices import Kind
from cityloop.media.reading.pictures import EXIF_PART, GPS_PART, ORIENTATION
from cityloop.media.rules.formats import HEAD_BYTES, LIMITS, format_of
from cityloop.media.rules.origin import Origin, origin_of
from cityloop.onemap.rules.squares import BASE, WIDEST_PX, Level, Squares, ends_of, levels_of
from cityloop.places.rules.gpano import Pano, pano_of
from cityloop.places.rules.street_pictures import MOST_PIXELS, MOST_PIXELS_WHOLE, Refused, Seen

DIRECTION_REF, DIRECTION = 16, 17
"""Tags of EXIF's part GPS: ``T`` true or ``M`` magnetic north, and where the camera looked."""

SMALL_PX: Final = 256
BLANK: Final = (128, 132, 138)
BLOCK: Final = 1 << 20


def see(path: Path, *, now: datetime) -> Seen:
    """Return what a picture says of itself; it is decoded to its end, a JPEG at an eighth of its size.

    Raises:
        Refused: It is no picture, damaged, or too large.
    """
    with path.open("rb") as file:
        found = format_of(file.read(HEAD_BYTES))
    if found is None or found.kind != Kind.PHOTO:
        raise Refused("not_picture")
    try:
        with Image.open(path, formats=["JPEG", "MPO"] if found.reader == "JPEG" else [found.reader]) as image:
            width, height = image.size
            is_jpeg = found.reader == "JPEG"
            _refuse_pixels(width * height, MOST_PIXELS if is_jpeg else MOST_PIXELS_WHOLE)
            exif: Any = {}
            with suppress(Exception):  # an EXIF block that cannot be read says nothing
                exif = image.getexif()
            origin, heading, is_magnetic = _told(exif, now)
            pano = _pano(image)
            if exif.get(ORIENTATION, 1) in {5, 6, 7, 8}:
                width, height = height, width
            image.draft("RGB", (SMALL_PX, SMALL_PX))
            image.load()
    except Refused:
        raise
    except Exception as exc:  # decoders raise whatever a broken file makes them raise
        raise Refused("damaged") from exc
    return Seen(
        path.stat().st_size, width, height, origin.lon, origin.lat, origin.taken, heading, is_magnetic, pano, is_jpeg
    )  # fmt: skip


def _refuse_pixels(pixels: int, most: int) -> None:
    if pixels > most:
        raise Refused("too_many_pixels", pixels=pixels // 1_000_000)


def _told(exif: Any, now: datetime) -> tuple[Origin, float | None, bool]:
    """Return position and time, where the camera looked, and whether by the compass."""
    with suppress(Exception):
        gps = exif.get_ifd(GPS_PART)
        origin = origin_of(exif, exif.get_ifd(EXIF_PART), gps, now=now)
        heading = None
        with suppress(TypeError, ValueError, ZeroDivisionError):
            value = float(gps.get(DIRECTION))
            heading = value if 0 <= value <= 360 else None
        return origin, heading, str(gps.get(DIRECTION_REF, "T")).strip("\0 ").upper() == "M"
    return Origin(), None, False


def _pano(image: Image.Image) -> Pano | None:
    block = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return pano_of(block) if isinstance(block, bytes | str) else None


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    told = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            told.update(block)
    return told.hexdigest()


def fits(seen: Seen) -> bool:
    """Return whether a picture is kept as it came."""
    limits = LIMITS[Kind.PHOTO]
    return (
        seen.bytes <= limits.bytes
        and seen.width * seen.height <= limits.pixels
        and max(seen.width, seen.height) <= limits.side_px
    )


def made_to_fit(path: Path, target: Path) -> None:
    """Write a picture again as one that is kept: in fewer bytes and, where it has too many pixels, a half or a quarter as wide.

    A JPEG is decoded at that size at once, so that the whole is never in memory.

    Raises:
        Refused: It cannot be decoded.
    """
    limits = LIMITS[Kind.PHOTO]
    try:
        with Image.open(path) as image:
            width, height = image.size
            part = 1
            while width * height > limits.pixels * part * part or max(width, height) > limits.side_px * part:
                part *= 2
            image.draft("RGB", (width // part, height // part))
            exif = image.getexif()
            whole = image.convert("RGB") if image.mode != "RGB" else image
            if whole.width > width // part:
                whole = whole.resize((width // part, height // part), Image.Resampling.BOX)
            turned = Image.Exif()
            if exif.get(ORIENTATION):
                turned[ORIENTATION] = exif[ORIENTATION]
            for quality in (90, 80, 65):
                whole.save(target, "JPEG", quality=quality, exif=turned)
                if target.stat().st_size <= limits.bytes:
                    return
    except Exception as exc:
        raise Refused("damaged") from exc
    raise Refused("too_large")


def is_part(seen: Seen) -> bool:
    """Return whether a picture is a part of a sphere, with the rest left blank."""
    pano = seen.pano
    return bool(pano and pano.is_sphere and pano.full and pano.cut and pano.cut[2:] != pano.full)


def filled_up(path: Path, seen: Seen, target: Path) -> None:
    """Write the whole sphere around a picture that is a part of one: grey where nothing was taken.

    Raises:
        Refused: It cannot be decoded.
    """
    pano = seen.pano or Pano()
    (full, _high), (left, top, width, height) = pano.full or (2, 1), pano.cut or (0, 0, 2, 1)
    wide = min(full, WIDEST_PX) // 2 * 2
    scale = wide / full
    size = max(1, round(width * scale)), max(1, round(height * scale))
    try:
        with Image.open(path) as image:
            image.draft("RGB", size)
            part = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    except Exception as exc:
        raise Refused("damaged") from exc
    sphere = Image.new("RGB", (wide, wide // 2), BLANK)
    sphere.paste(part, (round(left * scale), round(top * scale)))
    sphere.save(target, "JPEG", quality=88)


def cut(path: Path, target: Path) -> Squares | None:
    """Cut a panorama into squares at several sizes, all in one file; return where each lies.

    None where it cannot be decoded.
    """
    try:
        with Image.open(path) as image:
            whole = image.convert("RGB")
    except Exception:  # noqa: BLE001  # decoders raise whatever a broken file makes them raise
        return None
    levels = levels_of(whole.width)
    lengths: list[int] = []
    with target.open("wb") as out:
        lengths.append(_write(out, whole.resize(BASE, Image.Resampling.BOX, reducing_gap=2.0), 72))
        pieces: list[list[bytes]] = []
        for level in reversed(levels):  # the largest first: each smaller one is made of the one above
            if whole.size != (level.width, level.width // 2):
                whole = whole.resize((level.width, level.width // 2), Image.Resampling.LANCZOS, reducing_gap=2.0)
            pieces.insert(0, [_jpeg(whole.crop(_box(level, col, row)), 82) for col, row in level.squares()])
        for piece in (one for some in pieces for one in some):
            out.write(piece)
            lengths.append(len(piece))
    return Squares(tuple(levels), ends_of(lengths))


def _box(level: Level, col: int, row: int) -> tuple[int, int, int, int]:
    side = level.side
    return col * side, row * side, (col + 1) * side, (row + 1) * side


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _write(out: IO[bytes], image: Image.Image, quality: int) -> int:
    return out.write(_jpeg(image, quality))
