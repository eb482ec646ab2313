"""Photos for the demo city, drawn: what goes wrong in a street, from near, from afar, and the street put right.

All photos of one case show one street; every case has a street of its own: its houses, trees and weather, and where in it
things lie. A picture is the same each time for the same names of street and photo.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageEnhance

from cityloop.demo.rules.mix import OWN_CLASS, SCHEME

WIDTH_PX, HEIGHT_PX = 720, 540
FINER = 2
"""Drawn so many times as large, then made smaller: Pillow draws hard edges."""

LINE_PX = 44
"""Height of a line of ``captions.png``."""

CAPTION_PX = 33
"""Height of a line in the photo."""

QUALITY = 74
"""Of the JPEG, where it is small enough then."""

MOST_BYTES = 40_000

Point = tuple[float, float]


class View(StrEnum):
    """How a photo is taken. The values' order is that of the lines of ``captions.png``."""

    CLOSE = "close"
    WIDE = "wide"
    AFTER = "after"


class Subject(StrEnum):
    """What is to be seen. In the order of the lines of ``captions.png``, after the views."""

    BIKES = "bikes"
    STALL = "stall"
    RUBBISH = "rubbish"
    HEAP = "heap"
    POLE = "pole"
    GROUND = "ground"


class Shot(NamedTuple):
    subject: Subject
    view: View


SHOWN: Mapping[Subject, frozenset[str]] = {
    Subject.BIKES: frozenset({"event/09010", "event/09009"}),
    Subject.STALL: frozenset({"event/09001", "event/09005", "event/06029"}),
    Subject.RUBBISH: frozenset({"event/06010", "event/06042", "event/06012", "event/06017", "part/03005"}),
    Subject.HEAP: frozenset({"event/06036", "event/08006", "event/06045"}),
    Subject.POLE: frozenset(
        {"event/07007", "event/07001", "event/06007", "event/06004", "event/10002", "part/01037", "part/01027"}
    ),
}
"""What photos of a class show; of all others, parts mostly, the ground."""

OF_KIND: Mapping[str, View] = {"close": View.CLOSE, "after": View.AFTER, "check": View.AFTER}
"""How a photo of a kind is taken; one of any other kind from afar."""


def shot_of(category: str, kind: str, *, mended: bool) -> Shot:
    """Return which photo a case of a class has for a kind (``close``, ``after`` …).

    Args:
        mended: Whether a check found it put right.
    """
    if category == OWN_CLASS:
        return Shot(Subject.BIKES, OF_KIND.get(kind, View.WIDE))
    code = category.removeprefix(f"{SCHEME}/")
    subject = next((one for one, codes in SHOWN.items() if code in codes), Subject.GROUND)
    view = OF_KIND.get(kind, View.WIDE)
    return Shot(subject, View.CLOSE if kind == "check" and not mended else view)


@dataclass(frozen=True, slots=True)
class Street:
    """Where a case happens.

    Args:
        wall, door, beyond: Colours of the house, its door, and the house beside it.
        first: Where the first window stands; ``wide`` from one to the next.
        roof: How high the house is; ``edge`` where it ends and the other one begins.
        trees: Where trees stand and how large they are.
        shift: How far what is wrong lies from its usual place.
        weather: One of ``WEATHERS``.
        is_mirrored: Left is right.
        pavement: Colour of the slabs.
        car: Colour and place of a parked car; None where there is none.
    """

    wall: str
    door: str
    beyond: str
    first: float
    wide: float
    roof: float
    edge: float
    trees: tuple[tuple[float, float, str], ...]
    shift: Point
    weather: str
    is_mirrored: bool
    pavement: str
    car: tuple[str, float] | None


WALLS = (
    "#b98f74",
    "#a9b7a0",
    "#c9c2b4",
    "#9fb0bf",
    "#d3c3a8",
    "#b7a9b4",
    "#8f7f70",
    "#d9d2c2",
    "#7f8f94",
    "#c4a48a",
    "#e0d9cc",
    "#6f7a74",
)
DOORS = ("#7a4a35", "#54663f", "#6b6557", "#3f5568", "#8a6f45", "#5d4a5a", "#2f4a46", "#803c33")
LEAVES = ("#4f8a4a", "#3f7440", "#6b9a4c", "#8a8f3f", "#557d5e")
PAVEMENTS = ("#bdb8ae", "#b1a79a", "#c6bfb0", "#a9aca8", "#b9a999")
CARS = ("#d8d8d6", "#2b2f36", "#8c1f25", "#2f5d8a", "#5b6b62", "#b59b62")

WEATHERS: Mapping[str, tuple[str, float, str, float]] = {
    # sky, brightness, tint and how much of it
    "clear": ("#c9dcea", 1.0, "#ffffff", 0.0),
    "bright": ("#a9cdea", 1.08, "#fff2cf", 0.08),
    "overcast": ("#cfd3d6", 0.9, "#8f9aa3", 0.1),
    "rain": ("#aab3ba", 0.76, "#5f7486", 0.18),
    "haze": ("#dcdad2", 0.98, "#e9e4d4", 0.28),
    "evening": ("#e3b48c", 0.78, "#c96f3a", 0.16),
    "dusk": ("#5c6785", 0.58, "#2b3960", 0.26),
}


def street_of(source: Random) -> Street:
    """Draw a street."""
    return Street(
        wall=source.choice(WALLS),
        door=source.choice(DOORS),
        beyond=source.choice(WALLS),
        first=source.uniform(-18, 2),
        wide=source.uniform(12.5, 23),
        roof=source.uniform(-6, 14),
        edge=source.uniform(8, 92),
        trees=tuple(
            (source.uniform(-5, 105), source.uniform(0.5, 1.35), source.choice(LEAVES))
            for _number in range(source.choice((0, 1, 1, 2, 3)))
        ),
        shift=(source.uniform(-17, 17), source.uniform(-2.5, 3.5)),
        weather=source.choice(tuple(WEATHERS)),
        is_mirrored=source.random() < 0.5,
        pavement=source.choice(PAVEMENTS),
        car=(source.choice(CARS), source.uniform(-10, 85)) if source.random() < 0.4 else None,
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
    canvas = _Canvas(zoom, middle)
    _street(canvas, street)
    subject = _Canvas(zoom, (middle[0] - street.shift[0], middle[1] - street.shift[1]), canvas.image)
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


class _Canvas:
    """Draws in a world of 100 × 75, of which a part is seen."""

    def __init__(self, zoom: float, centre: Point, image: Image.Image | None = None) -> None:
        self.image = image or Image.new("RGB", (WIDTH_PX * FINER, HEIGHT_PX * FINER))
        self.pen = ImageDraw.Draw(self.image)
        self.scale = WIDTH_PX * FINER / 100 * zoom
        self.left, self.top = centre[0] - 50 / zoom, centre[1] - 37.5 / zoom

    def at(self, x: float, y: float) -> Point:
        return (x - self.left) * self.scale, (y - self.top) * self.scale

    def shape(self, colour: str, *points: Point, edge: str = "") -> None:
        self.pen.polygon([self.at(*point) for point in points], fill=colour, outline=edge or None)

    def box(self, colour: str, x: float, y: float, width: float, height: float, edge: str = "") -> None:
        self.shape(colour, (x, y), (x + width, y), (x + width, y + height), (x, y + height), edge=edge)

    def disc(
        self, colour: str | None, x: float, y: float, across: float, high: float, rim: str = "", thick: float = 0.4
    ) -> None:
        corners = [*self.at(x - across / 2, y - high / 2), *self.at(x + across / 2, y + high / 2)]
        self.pen.ellipse(corners, fill=colour, outline=rim or None, width=max(1, int(thick * self.scale)))

    def line(self, colour: str, thick: float, *points: Point) -> None:
        width = max(1, int(thick * self.scale))
        self.pen.line([self.at(*point) for point in points], fill=colour, width=width, joint="curve")


class _Look(NamedTuple):
    """A subject: what is wrong, what is there when it is put right, where it lies, how near one goes."""

    trouble: Callable[[_Canvas], None]
    mended: Callable[[_Canvas], None]
    centre: Point
    zoom: float


def _street(canvas: _Canvas, street: Street) -> None:
    canvas.box(WEATHERS[street.weather][0], -80, -60, 260, 100)
    canvas.box(street.wall, -80, street.roof, 80 + street.edge, 38 - street.roof)
    canvas.box(street.beyond, street.edge, street.roof + 5, 120, 33 - street.roof)
    for column in range(-4, 11):
        x = column * street.wide + street.first
        canvas.box("#e9eef2", x - 0.6, 7.4 + street.roof / 2, 10.2, 10.2 - street.roof / 3)
        canvas.box("#5d7688", x, 8 + street.roof / 2, 9, 9 - street.roof / 3)
        canvas.line("#e9eef2", 0.4, (x + 4.5, 8 + street.roof / 2), (x + 4.5, 17 + street.roof / 6))
        canvas.box("#46525c", x, 23, 9, 15) if column % 2 else canvas.box(street.door, x - 2, 21, 13, 17)
        canvas.box("#f2e3c6" if column % 2 else "#d9d4cb", x - 3, 19.4, min(15, street.wide - 1), 2.2)
    canvas.box(street.pavement, -80, 38, 260, 21)
    for row in range(6):
        y = 38 + row * row * 0.62
        canvas.line("#aaa59b", 0.16, (-80, y), (180, y))
    for column in range(-16, 30):
        canvas.line("#aaa59b", 0.16, (20 + column * 5.5 + street.first, 38), (-10 + column * 9 + street.first, 59))
    canvas.box("#e2b93b", -80, 44.6, 260, 1.7)
    canvas.box("#d8d8d6", -80, 59, 260, 1.6)
    canvas.box("#60656b", -80, 60.6, 260, 60)
    for x in range(-70, 180, 16):
        canvas.box("#e8e8e4", x + street.first, 69, 8, 0.9)
    for x, size, leaf in street.trees:
        _tree(canvas, x, size, leaf)
    if street.car is not None:
        _car(canvas, *street.car)


def _tree(canvas: _Canvas, x: float, size: float, leaf: str) -> None:
    canvas.box("#6d4c2f", x - size, 16, 2 * size, 25)
    for dx, dy, across in ((0, 12, 18), (-7, 17, 13), (8, 17, 13), (1, 5, 13)):
        canvas.disc(leaf, x + dx * size, 14 + (dy - 14) * size, across * size, across * 0.8 * size)


def _car(canvas: _Canvas, colour: str, x: float) -> None:
    canvas.shape(
        colour,
        (x, 67),
        (x + 1, 63),
        (x + 6, 62.4),
        (x + 9, 58.4),
        (x + 20, 58.4),
        (x + 24, 62.6),
        (x + 29, 63.6),
        (x + 29.6, 67),
    )
    canvas.shape("#9fb6c4", (x + 7.6, 62.4), (x + 10, 59.4), (x + 14, 59.4), (x + 14, 62.4))
    canvas.shape("#9fb6c4", (x + 15, 62.4), (x + 15, 59.4), (x + 19.4, 59.4), (x + 22.6, 62.4))
    for wheel in (6, 24):
        canvas.disc("#22272c", x + wheel, 67, 4.6, 4.6, rim="#15181b")


def _bicycle(canvas: _Canvas, x: float, y: float, colour: str, lean: float = 0.0) -> None:
    for wheel in (0.0, 9.6):
        canvas.disc(None, x + wheel, y, 6, 6, rim="#22272c", thick=0.5)
        canvas.disc("#8a9299", x + wheel, y, 1, 1)
    crank, saddle, head = (x + 4.4, y), (x + 3 + lean, y - 5.2), (x + 8.4 + lean, y - 5.4)
    canvas.line(colour, 0.7, (x, y), saddle, crank, head, saddle)
    canvas.line(colour, 0.7, (x, y), crank)
    canvas.line(colour, 0.7, (x + 9.6, y), head, (x + 8.2 + lean, y - 7.4))
    canvas.line("#22272c", 0.6, (x + 6.8 + lean, y - 7.6), (x + 9.4 + lean, y - 7.2))
    canvas.box("#22272c", x + 1.6 + lean, y - 6, 3, 0.8)


def _bikes_parked(canvas: _Canvas) -> None:
    canvas.box("#ffffff", 58, 39.5, 0.5, 4.2)
    for number, colour in enumerate(("#2a6fb0", "#2f8f5b", "#2a6fb0")):
        _bicycle(canvas, 60 + number * 11.5, 42, colour)


def _bikes_astray(canvas: _Canvas) -> None:
    placed = (
        (24, 43, "#2a6fb0", 0.0), (38, 45, "#e0a11b", 0.8), (52, 43.6, "#2f8f5b", -0.6), (18, 50, "#c2463d", 0.5),
        (33, 52, "#2a6fb0", -0.8), (49, 50.6, "#6a4fa3", 0.9), (61, 53, "#e0a11b", 0.0),
    )  # fmt: skip
    for x, y, colour, lean in placed:
        _bicycle(canvas, x, y, colour, lean)


def _stall(canvas: _Canvas) -> None:
    canvas.line("#6d4c2f", 0.9, (34, 33), (34, 52))
    canvas.line("#6d4c2f", 0.9, (66, 33), (66, 52))
    for stripe in range(8):
        canvas.shape("#c2463d" if stripe % 2 else "#f4f1ea", (31 + stripe * 4.75, 33), (35.75 + stripe * 4.75, 33),
                     (35 + stripe * 4.1, 27), (31 + stripe * 4.1 + 0.4, 27))  # fmt: skip
    canvas.box("#8c6a45", 32, 43, 36, 7)
    canvas.box("#6d4c2f", 32, 49.4, 36, 1)
    heaps = (("#d9822b", 36), ("#b5302e", 44), ("#7fae3c", 52), ("#e6c12f", 60))
    for colour, x in heaps:
        for dx, dy in ((-2.4, 0), (0, 0), (2.4, 0), (-1.2, -1.8), (1.2, -1.8), (0, -3.4)):
            canvas.disc(colour, x + dx, 41.6 + dy, 2.5, 2.5, rim="#5b3a1d", thick=0.1)
    canvas.box("#3d6ea5", 71, 46, 7, 6)
    canvas.box("#2d547f", 71, 46, 7, 1.2)
    for wheel in (37, 62):
        canvas.disc("#30353a", wheel, 52, 4, 4, rim="#15181b")


def _bin(canvas: _Canvas, x: float, *, full: bool) -> None:
    canvas.box("#2f7d4f", x, 39, 8, 12)
    canvas.box("#26643f", x - 0.6, 38 - (2.4 if full else 0), 9.2, 1.6)
    canvas.disc("#f4f4f0", x + 4, 45, 3.4, 3.4)
    if full:
        for dx, colour in ((1, "#e8e6df"), (3.6, "#3a3f44"), (6, "#c9b27c")):
            canvas.disc(colour, x + dx, 36.8, 3.6, 3.6, rim="#6b6b66", thick=0.1)


def _bins(canvas: _Canvas) -> None:
    _bin(canvas, 40, full=False)
    _bin(canvas, 52, full=False)


def _rubbish(canvas: _Canvas) -> None:
    _bin(canvas, 40, full=True)
    _bin(canvas, 52, full=True)
    bags = (
        (34, 52, 9, 6, "#2f3439"),
        (43, 54, 8, 6, "#43494f"),
        (52, 53, 10, 7, "#25292d"),
        (62, 53.6, 7, 5, "#e8e6df"),
    )
    for x, y, across, high, colour in bags:
        canvas.disc(colour, x, y, across, high, rim="#15181b", thick=0.15)
        canvas.line("#15181b", 0.4, (x, y - high / 2), (x + 0.8, y - high / 2 - 1.4))
    scattered = ((29, 56, "#d8473c"), (38, 57.4, "#f4f4f0"), (48, 58, "#3d6ea5"), (58, 57.6, "#e6c12f"), (68, 57, "#f4f4f0"),
                 (72, 54, "#d9822b"))  # fmt: skip
    for x, y, colour in scattered:
        canvas.shape(colour, (x, y), (x + 1.8, y - 0.5), (x + 2.4, y + 0.7), (x + 0.5, y + 1))


def _heap(canvas: _Canvas) -> None:
    canvas.shape("#c8ab6b", (24, 55), (34, 43), (42, 41), (52, 55), edge="#a58a4f")
    for row, count in enumerate((4, 3, 2)):
        for number in range(count):
            x, y = 50 + number * 6.6 + row * 3.3, 50 - row * 5
            canvas.box("#b98a55", x, y, 6.2, 4.8, edge="#7d5a33")
            canvas.line("#e3c48f", 0.5, (x, y + 2.4), (x + 6.2, y + 2.4))
    for number in range(5):
        canvas.shape("#8c6a45", (26, 57.4 - number * 0.9), (60, 55.4 - number * 0.9), (60, 56.1 - number * 0.9),
                     (26, 58.1 - number * 0.9), edge="#5f4529")  # fmt: skip
    canvas.line("#59636c", 0.8, (70, 55), (78, 37))
    canvas.line("#59636c", 0.8, (73, 55.6), (79, 38))


def _lamp(canvas: _Canvas) -> None:
    canvas.box("#59636c", 36.4, 4, 1.6, 50)
    canvas.box("#454d54", 35, 52.6, 4.4, 2)
    canvas.line("#59636c", 1.0, (37.2, 5), (46, 3.4))
    canvas.box("#f4e7b0", 44, 3.2, 6, 1.8)
    canvas.box("#6d4c2f", 68, 18, 2, 36)
    for dx, dy, across in ((0, 12, 18), (-7, 17, 13), (8, 17, 13), (1, 5, 13)):
        canvas.disc("#4f8a4a", 69 + dx, dy, across, across * 0.8)


def _hung(canvas: _Canvas) -> None:
    _lamp(canvas)
    canvas.shape("#c62f2f", (38, 24), (68, 26), (68, 32), (38, 30))
    for number in range(7):
        x = 40.4 + number * 3.9
        canvas.shape("#f6e27a", (x, 25.8 + number * 0.26), (x + 2.4, 26 + number * 0.26), (x + 2.4, 29.6 + number * 0.26),
                     (x, 29.4 + number * 0.26))  # fmt: skip
    for x, y, colour in ((35.2, 36, "#f4f4f0"), (36.6, 40, "#f6e27a"), (35.4, 43.6, "#9fd0e8"), (36.2, 47, "#f4f4f0")):
        canvas.box(colour, x, y, 3.2, 2.8, edge="#7d7d78")
        for row in range(3):
            canvas.line("#7d7d78", 0.14, (x + 0.4, y + 0.7 + row * 0.7), (x + 2.6, y + 0.7 + row * 0.7))
    canvas.line("#1d2125", 0.35, (38, 10), (46, 22), (54, 34), (57, 46), (55, 53))
    canvas.line("#1d2125", 0.35, (55, 53), (58, 55), (52, 56))


def _cover(canvas: _Canvas) -> None:
    canvas.disc("#4a4f54", 50, 52, 15, 7, rim="#2d3135", thick=0.7)
    for number in range(-2, 3):
        canvas.line("#6c737a", 0.3, (45, 52 + number * 1.1), (55, 52 + number * 1.1))


def _broken_cover(canvas: _Canvas) -> None:
    canvas.disc("#2d3135", 50, 52, 15, 7, rim="#2d3135", thick=0.7)
    canvas.disc("#0c0e10", 50.6, 52.3, 12.6, 5.4)
    canvas.shape("#4a4f54", (43.6, 50.6), (48, 49.2), (50, 51.4), (47.4, 54.6), (44, 53.6), edge="#22262a")
    canvas.shape("#565c62", (58, 49), (65, 47.6), (68, 50.4), (61, 52.6), edge="#22262a")
    for path in (((42, 53), (36, 55.6), (33, 54.8), (28, 57)), ((57, 54.6), (63, 56.6), (70, 56))):
        canvas.line("#6b665c", 0.35, *path)
    for x, y in ((39, 50), (41, 56), (60, 55), (55, 57), (46, 57.4)):
        canvas.shape("#8f897e", (x, y), (x + 1.4, y - 0.5), (x + 1.8, y + 0.6), (x + 0.4, y + 0.9))
    for x in (30, 73):
        canvas.shape("#e2621b", (x, 54), (x + 2.6, 44), (x + 3.6, 44), (x + 6.2, 54))
        canvas.shape("#f4f4f0", (x + 1.1, 50), (x + 1.8, 47.4), (x + 4.4, 47.4), (x + 5.1, 50))


def _nothing(_canvas: _Canvas) -> None:
    """The street itself is all there is."""


LOOKS: Mapping[Subject, _Look] = {
    Subject.BIKES: _Look(_bikes_astray, _bikes_parked, (42, 46), 1.9),
    Subject.STALL: _Look(_stall, _nothing, (51, 41), 1.8),
    Subject.RUBBISH: _Look(_rubbish, _bins, (49, 49), 2.0),
    Subject.HEAP: _Look(_heap, _nothing, (50, 48), 1.8),
    Subject.POLE: _Look(_hung, _lamp, (46, 34), 1.7),
    Subject.GROUND: _Look(_broken_cover, _cover, (50, 52), 2.6),
}


def _caption(image: Image.Image, shot: Shot, captions: Image.Image) -> None:
    """Write at the lower edge what is to be seen, and that it is drawn: as a camera stamps its pictures."""
    pen = ImageDraw.Draw(image, "RGBA")
    pen.rectangle((0, HEIGHT_PX - CAPTION_PX - 8, WIDTH_PX, HEIGHT_PX), fill=(16, 22, 31, 190))
    lines = [*View, *Subject]
    words = [_line(captions, lines.index(shot.view)), _line(captions, lines.index(shot.subject))]
    _write(image, words, 14)
    drawn_here = _line(captions, len(lines))
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
