"""Photos for the demo city, drawn: what goes wrong in a street, from near, from afar, and the street put right.

All photos of one case show one street; every case has a street of its own: its houses, trees and weather, and where in it
things lie. A picture is the same each time for the same names of street and photo.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageEnhance

from cityloop.demo.rules.mix import OWN_CLASS, SCHEME, TROUBLES
from cityloop.demo.rules.sights import LOOKS, Subject
from cityloop.demo.rules.streets import HEIGHT_PX, WEATHERS, WIDTH_PX, Canvas, Street, draw_street

LINE_PX = 44
"""Height of a line of ``captions.png``."""

CAPTION_PX = 33
"""Height of a line in the photo."""

QUALITY = 74
"""Of the JPEG, where it is small enough then."""

MOST_BYTES = 40_000


class View(StrEnum):
    """How a photo is taken. The values' order is that of the lines of ``captions.png``."""

    CLOSE = "close"
    WIDE = "wide"
    AFTER = "after"


class Shot(NamedTuple):
    """A photo: what is to be seen, how it is taken, and of which class it is, whose name is written under it."""

    subject: Subject
    view: View
    category: str = ""


DRAWN = "drawn"
LINES: tuple[str, ...] = (*View, DRAWN, *(one.category for one in TROUBLES))
"""What the lines of ``captions.png`` say: how a photo is taken, that it is drawn, what each class is called."""

SHOWN: Mapping[Subject, str] = {
    Subject.BIKES: "event/09010 event/09011 event/09019 event/09999",
    Subject.CARS: "event/09009 event/09012",
    Subject.STALL: "event/09001 event/09005 event/09006 event/09022 event/06029",
    Subject.RUBBISH: "event/06010 event/06042 event/06012 event/06017 part/03005",
    Subject.HEAP: "event/06036 event/06014 event/06018 event/06035 event/08004 event/08006",
    Subject.POLE: "event/07001 event/07007 event/06007 event/10002 part/01037",
    Subject.COVER: "part/01001 part/01002 part/01003 part/01004 part/01007",
    Subject.PAVING: "event/06013 event/06050 event/06051 event/06052",
    Subject.TREE: "part/04002 event/06019",
}
"""What photos of a class show; of all others a street with cones: what is the matter says the name of the class under it."""

SUBJECTS: Mapping[str, Subject] = {
    f"{SCHEME}/{code}": subject for subject, codes in SHOWN.items() for code in codes.split()
}
assert OWN_CLASS in SUBJECTS

OF_KIND: Mapping[str, View] = {"close": View.CLOSE, "after": View.AFTER, "check": View.AFTER}
"""How a photo of a kind is taken; one of any other kind from afar."""


def shot_of(category: str, kind: str, *, mended: bool) -> Shot:
    """Return which photo a case of a class has for a kind (``close``, ``after`` …).

    Args:
        mended: Whether a check found it put right.
    """
    view = OF_KIND.get(kind, View.WIDE)
    return Shot(
        SUBJECTS.get(category, Subject.STREET), View.CLOSE if kind == "check" and not mended else view, category
    )


def drawn(shot: Shot, captions: Image.Image, street: Street, source: Random) -> bytes:
    """Return a photo as JPEG.

    Args:
        shot: What it shows.
        captions: ``data/captions.png``.
        street: Where.
        source: Draws how whoever takes it holds the camera.
    """
    look = LOOKS[shot.subject]
    middle = (50 + source.uniform(-9, 9), 37.5 + source.uniform(-5, 5))
    zoom = source.uniform(1.02, 1.3)
    if shot.view is View.CLOSE:
        middle = (
            look.centre[0] + street.shift[0] + source.uniform(-7, 7),
            look.centre[1] + street.shift[1] + source.uniform(-5, 5),
        )
        zoom = look.zoom * source.uniform(0.8, 1.25)
    canvas = Canvas(zoom, middle)
    draw_street(canvas, street)
    subject = Canvas(zoom, (middle[0] - street.shift[0], middle[1] - street.shift[1]), canvas.image)
    if shot.view is View.AFTER:
        look.mended(subject)
    else:
        look.trouble(subject)
    image = canvas.image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BOX)
    image = _in_weather(
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if street.is_mirrored else image, street.weather, source
    )
    _caption(image, shot, captions)
    return next(content for content in _pressed(image) if len(content) <= MOST_BYTES)


def _pressed(image: Image.Image) -> Iterator[bytes]:
    """Yield the picture as JPEG, harder pressed each time."""
    for quality in range(QUALITY, 1, -8):
        target = io.BytesIO()
        image.save(target, "JPEG", quality=quality)
        yield target.getvalue()


def _in_weather(image: Image.Image, weather: str, source: Random) -> Image.Image:
    _sky, light, tint, share = WEATHERS[weather]
    image = Image.blend(image, Image.new("RGB", image.size, tint), share)
    image = ImageEnhance.Brightness(image).enhance(light * source.uniform(0.94, 1.06))
    if weather == "rain":
        pen = ImageDraw.Draw(image, "RGBA")
        for _drop in range(130):
            x, y, long = source.uniform(0, WIDTH_PX), source.uniform(0, HEIGHT_PX), source.uniform(9, 22)
            pen.line([(x, y), (x - long / 4, y + long)], fill=(220, 228, 236, 110), width=1)
    return image


def _caption(image: Image.Image, shot: Shot, captions: Image.Image) -> None:
    """Write at the lower edge what is to be seen, and that it is drawn: as a camera stamps its pictures."""
    pen = ImageDraw.Draw(image, "RGBA")
    pen.rectangle((0, HEIGHT_PX - CAPTION_PX - 8, WIDTH_PX, HEIGHT_PX), fill=(16, 22, 31, 190))
    names = [str(shot.view), *([shot.category] if shot.category in LINES else [])]
    _write(image, [_line(captions, LINES.index(name)) for name in names], 14)
    drawn_here = _line(captions, LINES.index(DRAWN))
    _write(image, [drawn_here], WIDTH_PX - 14 - drawn_here.width)


def _line(captions: Image.Image, number: int) -> Image.Image:
    line = captions.crop((0, number * LINE_PX, captions.width, (number + 1) * LINE_PX))
    box = line.getbbox()
    assert box is not None
    line = line.crop((box[0], 0, box[2], LINE_PX))
    return line.resize((round(line.width * CAPTION_PX / LINE_PX), CAPTION_PX), Image.Resampling.LANCZOS)


def _write(image: Image.Image, words: Iterable[Image.Image], x: int) -> None:
    for word in words:
        image.paste("#f4f7fa", (x, HEIGHT_PX - CAPTION_PX - 4), word)
        x += word.width + 18
