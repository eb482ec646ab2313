"""Which points stand twice: pairs nearer to one another than a tolerance, found by a grid of cells as wide as it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cityloop.geography.rules.shapes import metres_per_degree

Floats = NDArray[np.float64]
BESIDE = ((0, 0), (1, -1), (1, 0), (1, 1), (0, 1))
"""A cell and the half of its neighbours; the other half has it among theirs."""


def near_pairs(
    lons: Floats, lats: Floats, kinds: NDArray[np.int64], tolerance_m: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
    """Yield pairs of places of one kind that lie within ``tolerance_m``: earlier, later, metres; each as ``(k,)``.

    Args:
        lons: ``(n,)`` degrees, finite.
        lats: ``(n,)`` degrees, finite.
        kinds: ``(n,)`` a number for each kind: only places of one kind are doubles.
        tolerance_m: Above 0.
    """
    if len(lons) < 2:
        return
    east_m, north_m = metres_per_degree(float(np.mean(lats)))
    x, y = (lons - lons.min()) * east_m, (lats - lats.min()) * north_m
    column, row = np.floor(x / tolerance_m).astype(np.int64), np.floor(y / tolerance_m).astype(np.int64)
    width = int(column.max()) + 3
    cell = row * width + column
    order = np.lexsort((kinds, cell))
    sorted_cells = cell[order]
    for right, up in BESIDE:
        for first, second in _meetings(
            order, sorted_cells, cell + right * 1 + up * width, is_same=(right, up) == (0, 0)
        ):
            same = kinds[first] == kinds[second]
            first, second = first[same], second[same]  # noqa: PLW2901
            metres = np.hypot(x[first] - x[second], y[first] - y[second])
            near = metres <= tolerance_m
            if near.any():
                low, high = np.minimum(first, second)[near], np.maximum(first, second)[near]
                yield low, high, metres[near]


def _meetings(
    order: NDArray[np.int64], cells: NDArray[np.int64], sought: NDArray[np.int64], *, is_same: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of a place and another in the cell that it looks into: round by round, so that a crowded cell costs no memory."""
    begin, end = np.searchsorted(cells, sought, "left"), np.searchsorted(cells, sought, "right")
    if is_same:
        at = np.empty(len(order), dtype=np.int64)
        at[order] = np.arange(len(order))
        begin = at + 1
    left = np.flatnonzero(begin < end)
    step = 0
    while len(left) and step < MOST_IN_CELL:
        yield left, order[begin[left] + step]
        step += 1
        left = left[begin[left] + step < end[left]]


MOST_IN_CELL = 64
"""Of more in one cell each is a double of one before it already."""
