"""Streets, drawn: where the demo city's photos are taken. Pure: a street is drawn the same each time from the same chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

WIDTH_PX, HEIGHT_PX = 720, 540
FINER = 2
"""Drawn so many times as large, then made smaller: Pillow draws hard edges."""

Point = tuple[float, float]


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


class Canvas:
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


def draw_street(canvas: Canvas, street: Street) -> None:
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
        tree(canvas, x, size, leaf)
    if street.car is not None:
        car(canvas, *street.car)


def tree(canvas: Canvas, x: float, size: float, leaf: str) -> None:
    canvas.box("#6d4c2f", x - size, 16, 2 * size, 25)
    for dx, dy, across in ((0, 12, 18), (-7, 17, 13), (8, 17, 13), (1, 5, 13)):
        canvas.disc(leaf, x + dx * size, 14 + (dy - 14) * size, across * size, across * 0.8 * size)


def car(canvas: Canvas, colour: str, x: float, *, lift: float = 0.0) -> None:
    """Draw a car at the kerb, or ``lift`` above it: on the pavement."""
    y = 67 - lift
    body = ((0, 0), (1, -4), (6, -4.6), (9, -8.6), (20, -8.6), (24, -4.4), (29, -3.4), (29.6, 0))
    canvas.shape(colour, *((x + dx, y + dy) for dx, dy in body))
    for window in (
        ((7.6, -4.6), (10, -7.6), (14, -7.6), (14, -4.6)),
        ((15, -4.6), (15, -7.6), (19.4, -7.6), (22.6, -4.6)),
    ):
        canvas.shape("#9fb6c4", *((x + dx, y + dy) for dx, dy in window))
    for wheel in (6, 24):
        canvas.disc("#22272c", x + wheel, y, 4.6, 4.6, rim="#15181b")
