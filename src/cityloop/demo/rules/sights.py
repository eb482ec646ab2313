"""What goes wrong in a street, and the street put right, drawn: the sights of the demo city's photos."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from cityloop.demo.rules.streets import CARS, LEAVES, Canvas, Point, car, tree


class Subject(StrEnum):
    """What is to be seen."""

    BIKES = "bikes"
    CARS = "cars"
    STALL = "stall"
    RUBBISH = "rubbish"
    HEAP = "heap"
    POLE = "pole"
    COVER = "cover"
    PAVING = "paving"
    TREE = "tree"
    STREET = "street"


class Look(NamedTuple):
    """A subject: what is wrong, what is there when it is put right, where it lies, how near one goes."""

    trouble: Callable[[Canvas], None]
    mended: Callable[[Canvas], None]
    centre: Point
    zoom: float


def _bicycle(canvas: Canvas, x: float, y: float, colour: str, lean: float = 0.0) -> None:
    for wheel in (0.0, 9.6):
        canvas.disc(None, x + wheel, y, 6, 6, rim="#22272c", thick=0.5)
        canvas.disc("#8a9299", x + wheel, y, 1, 1)
    crank, saddle, head = (x + 4.4, y), (x + 3 + lean, y - 5.2), (x + 8.4 + lean, y - 5.4)
    canvas.line(colour, 0.7, (x, y), saddle, crank, head, saddle)
    canvas.line(colour, 0.7, (x, y), crank)
    canvas.line(colour, 0.7, (x + 9.6, y), head, (x + 8.2 + lean, y - 7.4))
    canvas.line("#22272c", 0.6, (x + 6.8 + lean, y - 7.6), (x + 9.4 + lean, y - 7.2))
    canvas.box("#22272c", x + 1.6 + lean, y - 6, 3, 0.8)


def _bikes_parked(canvas: Canvas) -> None:
    canvas.box("#ffffff", 58, 39.5, 0.5, 4.2)
    for number, colour in enumerate(("#2a6fb0", "#2f8f5b", "#2a6fb0")):
        _bicycle(canvas, 60 + number * 11.5, 42, colour)


def _bikes_astray(canvas: Canvas) -> None:
    placed = (
        (24, 43, "#2a6fb0", 0.0), (38, 45, "#e0a11b", 0.8), (52, 43.6, "#2f8f5b", -0.6), (18, 50, "#c2463d", 0.5),
        (33, 52, "#2a6fb0", -0.8), (49, 50.6, "#6a4fa3", 0.9), (61, 53, "#e0a11b", 0.0),
    )  # fmt: skip
    for x, y, colour, lean in placed:
        _bicycle(canvas, x, y, colour, lean)


def _stall(canvas: Canvas) -> None:
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


def _bin(canvas: Canvas, x: float, *, full: bool) -> None:
    canvas.box("#2f7d4f", x, 39, 8, 12)
    canvas.box("#26643f", x - 0.6, 38 - (2.4 if full else 0), 9.2, 1.6)
    canvas.disc("#f4f4f0", x + 4, 45, 3.4, 3.4)
    if full:
        for dx, colour in ((1, "#e8e6df"), (3.6, "#3a3f44"), (6, "#c9b27c")):
            canvas.disc(colour, x + dx, 36.8, 3.6, 3.6, rim="#6b6b66", thick=0.1)


def _bins(canvas: Canvas) -> None:
    _bin(canvas, 40, full=False)
    _bin(canvas, 52, full=False)


def _rubbish(canvas: Canvas) -> None:
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


def _heap(canvas: Canvas) -> None:
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


def _lamp(canvas: Canvas) -> None:
    canvas.box("#59636c", 36.4, 4, 1.6, 50)
    canvas.box("#454d54", 35, 52.6, 4.4, 2)
    canvas.line("#59636c", 1.0, (37.2, 5), (46, 3.4))
    canvas.box("#f4e7b0", 44, 3.2, 6, 1.8)
    canvas.box("#6d4c2f", 68, 18, 2, 36)
    for dx, dy, across in ((0, 12, 18), (-7, 17, 13), (8, 17, 13), (1, 5, 13)):
        canvas.disc("#4f8a4a", 69 + dx, dy, across, across * 0.8)


def _hung(canvas: Canvas) -> None:
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


def _cover(canvas: Canvas) -> None:
    canvas.disc("#4a4f54", 50, 52, 15, 7, rim="#2d3135", thick=0.7)
    for number in range(-2, 3):
        canvas.line("#6c737a", 0.3, (45, 52 + number * 1.1), (55, 52 + number * 1.1))


def _broken_cover(canvas: Canvas) -> None:
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


def _parked(canvas: Canvas) -> None:
    """Draw cars on the pavement."""
    for number, x in enumerate((14, 50)):
        car(canvas, CARS[number * 2], x, lift=13)


def _slabs(canvas: Canvas) -> None:
    for row in range(2):
        for column in range(5):
            canvas.box("#cfc9bd", 32 + column * 8 - row * 2, 48 + row * 4.4, 7.7, 4.1, edge="#a79f92")


def _broken_slabs(canvas: Canvas) -> None:
    """Draw paving with a hole, slabs on edge and rubble."""
    _slabs(canvas)
    canvas.shape("#5a5148", (41, 48.6), (57, 48), (60, 53), (52, 57), (39, 55))
    canvas.shape("#453d35", (44, 50), (55, 49.6), (56.6, 53), (50, 55.4), (43, 54))
    for x, y, lean in ((36, 47, 2.4), (58, 53.4, -2.8), (50, 57.6, 1.6)):
        canvas.shape("#d8d2c6", (x, y), (x + 6, y - lean), (x + 7, y + 1.8 - lean), (x + 1, y + 2.2), edge="#8b8376")
    for x, y in ((33, 57), (45, 58.4), (63, 57), (67, 51), (30, 52)):
        canvas.shape("#8f877b", (x, y), (x + 1.5, y - 0.6), (x + 2, y + 0.7), (x + 0.4, y + 1))


def _standing_tree(canvas: Canvas) -> None:
    canvas.box("#8d8577", 43, 50, 14, 4, edge="#6d665a")
    canvas.box("#5b4630", 44, 50.6, 12, 2.8)
    canvas.box("#6d4c2f", 49, 16, 2.4, 36)
    tree(canvas, 50, 1.0, LEAVES[0])


def _fallen_tree(canvas: Canvas) -> None:
    """Draw a tree that lies over the pavement, its crown on the ground."""
    canvas.box("#8d8577", 20, 50, 12, 4, edge="#6d665a")
    canvas.shape("#6d4c2f", (24, 49), (27, 53), (60, 47), (60, 44.6))
    canvas.shape("#4d3723", (20.5, 46.6), (26, 48), (28, 54), (23, 55), (21.6, 51))
    for x, y, across in ((60, 45, 15), (70, 49, 17), (64, 53, 13), (78, 46, 14), (72, 41, 13)):
        canvas.disc(LEAVES[1], x, y, across, across * 0.7)
    for x, y in ((52, 56), (58, 58), (84, 55), (47, 53), (80, 58)):
        canvas.disc(LEAVES[2], x, y, 2.6, 1.3)


def _cordoned(canvas: Canvas) -> None:
    """Draw cones with a tape between them: something is the matter here that no picture shows."""
    canvas.line("#f4f4f0", 0.9, (36, 46.6), (50, 48), (66, 46.6))
    for number in range(7):
        canvas.line("#d8322a", 0.9, (37.4 + number * 4.2, 46.8), (39.2 + number * 4.2, 47))
    for x in (32, 62):
        canvas.shape("#e2621b", (x, 56), (x + 3, 43), (x + 4.4, 43), (x + 7.4, 56))
        canvas.shape("#f4f4f0", (x + 1.3, 51), (x + 2.1, 47.6), (x + 5.3, 47.6), (x + 6.1, 51))
        canvas.box("#c4511b", x - 0.8, 55.6, 9, 1.2)


def _nothing(_canvas: Canvas) -> None:
    """The street itself is all there is."""


LOOKS: Mapping[Subject, Look] = {
    Subject.BIKES: Look(_bikes_astray, _bikes_parked, (42, 46), 1.9),
    Subject.CARS: Look(_parked, _nothing, (48, 49), 1.5),
    Subject.STALL: Look(_stall, _nothing, (51, 41), 1.8),
    Subject.RUBBISH: Look(_rubbish, _bins, (49, 49), 2.0),
    Subject.HEAP: Look(_heap, _nothing, (50, 48), 1.8),
    Subject.POLE: Look(_hung, _lamp, (46, 34), 1.7),
    Subject.COVER: Look(_broken_cover, _cover, (50, 52), 2.6),
    Subject.PAVING: Look(_broken_slabs, _slabs, (49, 53), 2.3),
    Subject.TREE: Look(_fallen_tree, _standing_tree, (54, 46), 1.6),
    Subject.STREET: Look(_cordoned, _nothing, (51, 46), 1.6),
}
