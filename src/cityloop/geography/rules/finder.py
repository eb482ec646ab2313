"""The first of many polygons that contains a point, for points by the million.

Squares laid over the ground know the answer for themselves: a square through which no border runs lies in the same shapes
with all of its points. Only in the squares on a border are the shapes themselves asked.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.shapes import Shapes

Floats = NDArray[np.float64]
Index = NDArray[np.int32]
Pairs = NDArray[np.int64]
"""Squares and shapes that have to do with each other, as ``square * shapes + shape``, in order."""

NOWHERE: Final = -1
ON_BORDER: Final = -2
"""In ``Squares.answers``: this and everything below stands for a list of shapes, ``ON_BORDER - value`` is its number."""

SQUARES_PER_SHAPE: Final = 64
MOST_SQUARES: Final = 16_000_000
"""Of one cluster; four bytes each."""

MOST_POINTS: Final = 200_000
"""Asked of the tree at once while squares are laid."""

GAP: Final = 10.0
"""Shapes that lie farther apart than so many of the middle shape's sides get squares of their own."""

SLACK: Final = 1e-6
"""Of a square's side: a border that comes this near counts as running through, far beyond what floats lose."""


class Squares(NamedTuple):
    """What is known of a rectangle of squares; plain arrays, so that processes may share them through a file.

    Args:
        west, south: Corner of the first square, degrees.
        per_degree: Squares in a degree of longitude, of latitude.
        columns, rows: How many there are.
        answers: ``(rows * columns + 1,)`` row by row from the south, and one more for all that lies outside: the lowest
            shape around the square, ``NOWHERE``, or a list's number (``ON_BORDER``).
        begins: ``(lists + 1,)`` where each list begins in ``candidates``.
        candidates: Shapes that may contain a point of a square on a border, lowest first in each list.
    """

    west: float
    south: float
    per_degree: tuple[float, float]
    columns: int
    rows: int
    answers: Index
    begins: Index
    candidates: Index

    def hold(self, lons: Floats, lats: Floats) -> NDArray[np.bool_]:
        """Return ``(n,)`` whether each point lies in any square; not where it is NaN."""
        east, north = self.west + self.columns / self.per_degree[0], self.south + self.rows / self.per_degree[1]
        inside: NDArray[np.bool_] = (lons >= self.west) & (lons <= east) & (lats >= self.south) & (lats <= north)
        return inside

    def numbers(self, lons: Floats, lats: Floats) -> NDArray[np.int64]:
        """Return ``(n,)`` the square of each point; the last one for points outside, NaN and infinity among them."""
        with np.errstate(invalid="ignore", over="ignore"):
            column = (lons - self.west) * self.per_degree[0]
            row = (lats - self.south) * self.per_degree[1]
            inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
            number = row.astype(np.int64) * self.columns + column.astype(np.int64)
        number[~inside] = self.rows * self.columns
        return number


class Finder:
    """Finds the first of many polygons that contains a point, border included.

    It is made of plain arrays, and reads a shape from them when a point on its border first asks.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what ``arrays_of`` gives."""
        self._wkb, self._ends = arrays["wkb"], arrays["ends"]
        self._clusters = [
            Squares(
                frame[0], frame[1], (frame[2], frame[3]), sides[0], sides[1],
                arrays[f"answers{number}"], arrays[f"begins{number}"], arrays[f"candidates{number}"],
            )
            for number, (frame, sides) in enumerate(zip(arrays["frames"].tolist(), arrays["sides"].tolist(), strict=True))
        ]  # fmt: skip
        self._shapes = np.full(len(self), None, dtype=object)
        self._is_read = np.zeros(len(self), dtype=np.bool_)

    @classmethod
    def over(cls, shapes: Shapes) -> Self:
        return cls(arrays_of(shapes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def first(self, lons: Floats, lats: Floats) -> Index:
        """Return ``(n,)`` the lowest index of a shape that contains the point, ``NOWHERE`` where none does."""
        if len(self._clusters) == 1:
            return self._first(self._clusters[0], lons, lats)
        found = np.full(len(lons), NOWHERE, dtype=np.int32)
        for squares in self._clusters:
            inside = np.flatnonzero(squares.hold(lons, lats))
            if len(inside):
                here = self._first(squares, lons[inside], lats[inside])
                # Clusters lie apart, but the boxes around them may meet at a corner.
                found[inside] = np.where(here == NOWHERE, found[inside], here)
        return found

    def _first(self, squares: Squares, lons: Floats, lats: Floats) -> Index:
        found = squares.answers[squares.numbers(lons, lats)]
        points = np.flatnonzero(found <= ON_BORDER)
        lists = ON_BORDER - found[points]
        found[points] = NOWHERE
        place, end = squares.begins[lists], squares.begins[lists + 1]
        while len(points):
            shape = squares.candidates[place]
            hit = self._contains(shape, lons[points], lats[points])
            found[points[hit]] = shape[hit]
            place += 1
            left = ~hit & (place < end)
            points, place, end = points[left], place[left], end[left]
        return found

    def _contains(self, shape: Index, lons: Floats, lats: Floats) -> NDArray[np.bool_]:
        """Return ``(n,)`` whether each shape contains its point."""
        # One shape after another: each is then in the processor's cache for all of its points.
        order = np.argsort(shape, kind="stable")
        shape, hit = shape[order], np.empty(len(shape), dtype=np.bool_)
        self._read(shape[~self._is_read[shape]])
        hit[order] = shapely.intersects_xy(self._shapes[shape], lons[order], lats[order])
        return hit

    def _read(self, numbers: Index) -> None:
        for number in np.unique(numbers).tolist():
            shape = shapely.from_wkb(self._wkb[self._ends[number] : self._ends[number + 1]].tobytes())
            shapely.prepare(shape)
            self._shapes[number] = shape
            self._is_read[number] = True  # last: another thread may look meanwhile


def arrays_of(shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Return all that a ``Finder`` of ``shapes`` needs, as plain arrays that processes may share."""
    wkb = [shapely.to_wkb(shape) for shape in shapes]
    arrays: dict[str, NDArray[Any]] = {
        "wkb": np.frombuffer(b"".join(wkb), dtype=np.uint8),
        "ends": np.cumsum([0, *map(len, wkb)]),
    }
    frames, sides = [], []
    for number, cluster in enumerate(clusters_of(shapes)):
        squares = squares_over(shapes[cluster])
        frames.append([squares.west, squares.south, *squares.per_degree])
        sides.append([squares.columns, squares.rows])
        inside = squares.answers >= 0
        squares.answers[inside] = cluster[squares.answers[inside]]
        arrays[f"answers{number}"] = squares.answers
        arrays[f"begins{number}"] = squares.begins
        arrays[f"candidates{number}"] = cluster[squares.candidates].astype(np.int32)
    return arrays | {"frames": np.array(frames).reshape(-1, 4), "sides": np.array(sides, dtype=np.int64).reshape(-1, 2)}


def clusters_of(shapes: Shapes) -> list[Index]:
    """Divide ``shapes`` where there is much nothing between them: counties far apart, an exclave.

    Squares over all of it would be as wide as the nothing is, with hundreds of shapes in each.

    Returns:
        The indices of each cluster's shapes, in order; no two clusters overlap from west to east and from south to north.
    """
    if not len(shapes):
        return []
    bounds = shapely.bounds(shapes)
    sides = np.median(bounds[:, 2:] - bounds[:, :2], axis=0)
    return _divided(bounds, np.arange(len(shapes), dtype=np.int32), GAP * np.maximum(sides, 1e-9))


def _divided(bounds: Floats, members: Index, gap: Floats) -> list[Index]:
    for axis in (0, 1):
        order = members[np.argsort(bounds[members, axis], kind="stable")]
        reached = np.maximum.accumulate(bounds[order, axis + 2])
        cuts = np.flatnonzero(bounds[order[1:], axis] - reached[:-1] > gap[axis]) + 1
        if len(cuts):
            return [each for part in np.split(order, cuts) for each in _divided(bounds, part, gap)]
    return [np.sort(members)]


def squares_over(shapes: Shapes) -> Squares:
    """Lay squares over ``shapes``, about ``SQUARES_PER_SHAPE`` for each, and find out what each knows."""
    nothing = np.empty(0, np.int32)
    shapely.prepare(shapes)
    west, south, east, north = shapely.total_bounds(shapes)
    wanted = min(len(shapes) * SQUARES_PER_SHAPE, MOST_SQUARES)
    width, height = max(east - west, 1e-9), max(north - south, 1e-9)
    columns = max(1, round((wanted * width / height) ** 0.5))
    rows = max(1, round(wanted / columns))
    # A margin of one square all around, so that what lies on the outermost border lies in a square.
    per_degree = columns / width, rows / height
    grid = Squares(
        west - 1 / per_degree[0], south - 1 / per_degree[1], per_degree, columns + 2, rows + 2, nothing,
        nothing, nothing,
    )  # fmt: skip
    return _answered(grid, len(shapes), _crossed(shapes, grid), _around_middles(shapes, grid))


def _crossed(shapes: Shapes, grid: Squares) -> Pairs:
    """Return the pairs in which the shape's border runs through the square, or all but."""
    lines, line_owner = shapely.get_parts(shapely.boundary(shapes), return_index=True)
    corners, line = shapely.get_coordinates(lines, return_index=True)
    owner = line_owner[line]
    joined = np.flatnonzero(line[1:] == line[:-1])
    scaled = (corners - (grid.west, grid.south)) * grid.per_degree
    start, step, owner = scaled[joined], scaled[joined + 1] - scaled[joined], owner[joined]
    # Pieces no longer than a square's side: the box around each covers few squares, and the border surely.
    pieces = np.maximum(1, np.ceil(np.abs(step).max(axis=1))).astype(np.int64)
    of = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = 1 / pieces[of]
    one = start[of] + step[of] * (number * share)[:, None]
    other = start[of] + step[of] * ((number + 1) * share)[:, None]
    low = np.floor(np.minimum(one, other) - SLACK).astype(np.int64)
    high = np.floor(np.maximum(one, other) + SLACK).astype(np.int64)
    found = []
    for right in (0, 1, 2):
        for up in (0, 1, 2):
            column, row = low[:, 0] + right, low[:, 1] + up
            kept = (column <= high[:, 0]) & (row <= high[:, 1])
            found.append((row * grid.columns + column)[kept] * len(shapes) + owner[of][kept])
    return _once(np.concatenate(found))


def _around_middles(shapes: Shapes, grid: Squares) -> Pairs:
    """Return the pairs in which the shape contains the middle of the square."""
    tree = shapely.STRtree(shapes)
    columns = grid.west + (np.arange(grid.columns) + 0.5) / grid.per_degree[0]
    rows = grid.south + (np.arange(grid.rows) + 0.5) / grid.per_degree[1]
    step = max(1, MOST_POINTS // grid.columns)
    found = []
    for first in range(0, grid.rows, step):  # a shapely point takes some 250 bytes: not all of them at once
        some = rows[first : first + step]
        lons, lats = np.tile(columns, len(some)), np.repeat(some, grid.columns)
        square, shape = tree.query(shapely.points(lons, lats))
        order = np.argsort(shape, kind="stable")
        square, shape = square[order], shape[order]
        hit = shapely.intersects_xy(shapes[shape], lons[square], lats[square])
        found.append(np.sort((square[hit] + first * grid.columns) * len(shapes) + shape[hit]))
    return np.concatenate(found)


def _answered(grid: Squares, shapes: int, crossed: Pairs, around: Pairs) -> Squares:
    """Return ``grid`` with what its squares know."""
    answers = np.full(grid.rows * grid.columns + 1, NOWHERE, dtype=np.int32)
    square, shape = np.divmod(around, shapes)
    answers[square[::-1]] = shape[::-1]  # backwards, so that of a square's shapes the lowest is written last
    on_border = np.zeros(len(answers), dtype=np.bool_)
    on_border[crossed // shapes] = True
    # On a border every shape may be the answer whose border runs here, or that lies around all of the square.
    square, shape = np.divmod(_once(np.concatenate((crossed, around[on_border[square]]))), shapes)
    begins = np.flatnonzero(np.diff(square, prepend=-1))
    answers[square[begins]] = ON_BORDER - np.arange(len(begins), dtype=np.int32)
    return grid._replace(
        answers=answers, begins=np.append(begins, len(square)).astype(np.int32), candidates=shape.astype(np.int32)
    )


def _once(pairs: Pairs) -> Pairs:
    """Return ``pairs`` in order, each once; by sorting, which for millions is many times as fast as numpy's own way."""
    ordered: Pairs = np.sort(pairs)
    once: Pairs = ordered[np.diff(ordered, prepend=-1) != 0]
    return once
