"""Photos, through Pillow and libheif."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Semaphore
from typing import Any

import numpy as np
import pi_heif
from PIL import Image, ImageCms, ImageOps

from cityloop.kernel.errors import CityError
from cityloop.media.choices import Variant
from cityloop.media.reading.seen import Made, Seen, damaged, refuse_pixels
from cityloop.media.rules.formats import Format
from cityloop.media.rules.looks import SIDE, looks_of
from cityloop.media.rules.origin import Origin, origin_of

logger = logging.getLogger(__name__)

pi_heif.register_heif_opener()
# Pillow would warn of large pictures in its own way; ``refuse_pixels`` asks the header before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

SIDES_PX = {Variant.LARGE: 1280, Variant.SMALL: 320}
"""The longer side of the pictures that lists and pages show."""

EXIF_PART, GPS_PART = 0x8769, 0x8825

_decoding = Semaphore(2)
"""A picture at the limit takes 150 MB when decoded: no more than two at a time in one process."""


def look(path: Path, found: Format, *, now: datetime) -> Seen:
    """Decode the photo at ``path`` and return what is in it.

    A JPEG is decoded at an eighth of its size, which still reads it to its end.

    Raises:
        InvalidInput: It has too many pixels, or cannot be decoded to its end.
    """
    with _opened(path, found) as image:
        origin = _origin(image, now)
        width, height = _upright(image)
        image.draft("RGB", (SIDE * 8, SIDE * 8))
        image.load()
        grey = _upright_image(image).convert("RGB").convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        return Seen(found, width, height, origin=origin, looks=looks_of(np.asarray(grey)))


def copies(path: Path, found: Format, folder: Path) -> list[Made]:
    """Write the public copy and the smaller pictures: upright, in sRGB, with no metadata of any kind.

    Raises:
        InvalidInput: It cannot be decoded.
    """
    with _opened(path, found) as image:
        image.load()
        shown = plain(_upright_image(image), image.info.get("icc_profile"))
    target = folder / Variant.PUBLIC
    shown.save(target, "JPEG", quality=90)
    return [Made(Variant.PUBLIC, target, "image/jpeg", *shown.size), *smaller(shown, folder)]


def smaller(shown: Image.Image, folder: Path) -> list[Made]:
    """Write the smaller pictures of ``shown``, which has no metadata; return them, the larger first."""
    made = []
    for variant, side in SIDES_PX.items():
        shown = ImageOps.contain(shown, (side, side)) if max(shown.size) > side else shown
        target = folder / variant
        shown.save(target, "WEBP", quality=80, method=4)
        made.append(Made(variant, target, "image/webp", *shown.size))
    return made


def plain(image: Image.Image, profile: bytes | None = None) -> Image.Image:
    """Return the pixels alone, as sRGB on white: colours of a phone's wider space are brought over, then it is forgotten."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        seen_through = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(seen_through, mask=seen_through.getchannel("A"))
        return ground
    if profile and image.mode in {"RGB", "CMYK", "L"}:
        # A profile that cannot be used costs a shade of colour, not the picture.
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            brought = ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if brought is not None:
                image = brought
    pixels = image.convert("RGB")
    bare = Image.new("RGB", pixels.size)
    bare.paste(pixels)
    return bare


@contextmanager
def _opened(path: Path, found: Format) -> Iterator[Image.Image]:
    """Open the photo as the one format that it begins as, and refuse by its header; whatever the decoder stumbles over is damage."""
    formats = ["JPEG", "MPO"] if found.reader == "JPEG" else [found.reader]
    try:
        with _decoding, Image.open(path, formats=formats) as image:
            refuse_pixels(found, *image.size)
            yield image
    except CityError:
        raise
    except Exception as exc:  # decoders raise whatever a broken file makes them raise
        logger.info("a file that begins as %s cannot be decoded: %s", found.code, type(exc).__name__)
        raise damaged(found) from exc


ORIENTATION = 0x0112


def _orientation(image: Image.Image) -> int:
    with suppress(Exception):  # an EXIF block that cannot be read turns nothing
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _upright(image: Image.Image) -> tuple[int, int]:
    """Return width and height as the picture is shown; asked before ``draft``, which makes it smaller."""
    width, height = image.size
    return (height, width) if _orientation(image) in {5, 6, 7, 8} else (width, height)


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright_image(image: Image.Image) -> Image.Image:
    turn = TURNS.get(_orientation(image))
    return image.transpose(turn) if turn is not None else image


def _origin(image: Image.Image, now: datetime) -> Origin:
    """Return where and when, by EXIF; what cannot be read is as good as not there."""
    with suppress(Exception):  # damaged EXIF raises whatever it likes, and the picture is good without
        exif = image.getexif()
        parts: list[Any] = [exif, exif.get_ifd(EXIF_PART), exif.get_ifd(GPS_PART)]
        return origin_of(*parts, now=now)
    return Origin()
