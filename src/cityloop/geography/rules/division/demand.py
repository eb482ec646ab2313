"""How many unit grids a piece of ground wants to be: one for so many square metres, more where many parts stand.

The ground is looked at through samples, a lattice of points and every part. What a face wants is the sum of what is in it, so
that a line can be moved until both sides want the same.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.division.city import Surroundings, Wish
from cityloop.geography.rules.division.plane import Floats, Ints
from cityloop.geography.rules.shapes import Shapes

SAMPLES_ALONG: Final = 6
"""Samples along the side of a grid of the built-up area."""

MOST_SAMPLES: Final = 3_000_000
REACH_M: Final = 50.0
"""Ground this near to a building belongs to the built-up area."""

STREETS_PER_M: Final = 0.006
"""Metres of road on a square metre, above which ground without known buildings counts as built up: a street every 300 m, both ways."""

STREETS_REACH_M: Final = 200.0
WATER_SHARE: Final = 0.2
"""What water wants to be divided, beside open ground: few cases lie in it."""

FEW: Final = 4
"""With fewer samples than this in a face its density is that of the ground around."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Samples of the ground.

    Args:
        at: ``(n, 2)`` metres; first those of the lattice, then the parts.
        weight: ``(n,)`` unit grids that each sample wants.
        lattice: How many of them are of the lattice.
        is_built: ``(lattice,)`` whether it is built up there.
        cell_m2: Ground that a sample of the lattice stands for.
    """

    at: Floats
    weight: Floats
    lattice: int
    is_built: NDArray[np.bool_]
    cell_m2: float

    def of(self, faces: Shapes) -> tuple[Floats, Ints]:
        """Return ``(n,)`` what each face wants, and ``(samples,)`` the face of each sample, -1 in none."""
        face = inside(faces, self.at)
        ground, parts = slice(None, self.lattice), slice(self.lattice, None)
        known = face >= 0
        count = np.bincount(face[ground][known[ground]], minlength=len(faces))
        sum_ = np.bincount(face[ground][known[ground]], self.weight[ground][known[ground]], minlength=len(faces))
        few = np.flatnonzero(count < FEW)
        with np.errstate(invalid="ignore"):
            density = sum_ / (count * self.cell_m2)
        density[few] = self._around(faces[few])
        wanted = density * shapely.area(faces)
        wanted += np.bincount(face[parts][known[parts]], self.weight[parts][known[parts]], minlength=len(faces))
        return wanted, face

    def _around(self, faces: Shapes) -> Floats:
        """Return ``(n,)`` the density of the sample nearest to each face."""
        if not len(faces) or not self.lattice:
            return np.zeros(len(faces))
        tree = shapely.STRtree(shapely.points(self.at[: self.lattice]))
        nearest = tree.nearest(shapely.point_on_surface(faces))
        return np.asarray(self.weight[nearest] / self.cell_m2)


def inside(faces: Shapes, at: Floats) -> Ints:
    """Return ``(n,)`` the index of a face around each point, -1 where there is none; on a border the lowest."""
    found = np.full(len(at), -1, dtype=np.int64)
    # The tree holds the points: so each face is prepared once and asked for all of them.
    face, point = shapely.STRtree(shapely.points(at)).query(faces, predicate="intersects")
    order = np.argsort(-face, kind="stable")
    found[point[order]] = face[order]
    return found


def demand_of(communities: Shapes, city: Surroundings, wish: Wish) -> Demand:
    """Return what the ground of ``communities`` wants; all in metres."""
    west, south, east, north = shapely.total_bounds(communities).tolist()
    step = max(wish.built_m2**0.5 / SAMPLES_ALONG, ((east - west) * (north - south) / MOST_SAMPLES) ** 0.5)
    columns = int((east - west) / step) + 1
    rows = int((north - south) / step) + 1
    row, column = np.divmod(np.arange(rows * columns), columns)
    at = np.column_stack((west + (column + 0.5) * step, south + (row + 0.5) * step))
    community = inside(communities, at)
    kept = community >= 0
    frame = _Frame(west, south, step, rows, columns)
    is_built = _built_up(frame, city).ravel()[kept]
    at, community = at[kept], community[kept]
    weight = np.where(is_built, 1 / wish.built_m2, 1 / wish.open_m2)
    if len(city.water):
        wet = inside(city.water, at) >= 0
        is_built &= ~wet
        weight[wet] = WATER_SHARE / wish.open_m2
    weight *= step * step
    of_part = inside(communities, city.loads) if len(city.loads) else np.empty(0, dtype=np.int64)
    parts = city.loads[of_part >= 0]
    of_part = of_part[of_part >= 0]
    share = wish.load_weight if len(parts) else 0.0
    each = share * weight.sum() / len(parts) if len(parts) else 0.0
    weights = np.concatenate((weight * (1 - share), np.full(len(parts), each)))
    owner = np.concatenate((community, of_part))
    total = np.bincount(owner, weights, minlength=len(communities))
    # Three digits number the grids of a community: one that wants more gets larger ones.
    weights *= np.minimum(1.0, wish.most / np.maximum(total, 1e-9))[owner]
    return Demand(np.vstack((at, parts)), weights, len(at), is_built, step * step)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A raster over the city."""

    west: float
    south: float
    step: float
    rows: int
    columns: int

    def counted(self, at: Floats) -> Floats:
        """Return ``(rows, columns)`` how many of ``at`` lie in each cell."""
        column = np.floor((at[:, 0] - self.west) / self.step).astype(np.int64)
        row = np.floor((at[:, 1] - self.south) / self.step).astype(np.int64)
        held = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns)
        cells = np.bincount(row[held] * self.columns + column[held], minlength=self.rows * self.columns)
        return cells.reshape(self.rows, self.columns).astype(np.float64)


def _built_up(frame: _Frame, city: Surroundings) -> NDArray[np.bool_]:
    """Return ``(rows, columns)`` whether each cell belongs to the built-up area: near buildings, else where streets are dense.

    Where neither buildings nor streets are known, all of it counts as built up.
    """
    if len(city.buildings):
        outline = shapely.get_coordinates(shapely.segmentize(city.buildings, frame.step))
        return _summed(frame.counted(outline), round(REACH_M / frame.step)) > 0
    if len(city.lines):
        steps = shapely.get_coordinates(shapely.segmentize(city.lines, frame.step))
        reach = max(1, round(STREETS_REACH_M / frame.step))
        metres = _summed(frame.counted(steps), reach) * frame.step
        ground = _summed(np.ones((frame.rows, frame.columns)), reach) * frame.step**2
        return np.asarray(metres > STREETS_PER_M * ground)
    return np.ones((frame.rows, frame.columns), dtype=np.bool_)


def _summed(cells: Floats, reach: int) -> Floats:
    """Return for each cell the sum over the square that reaches ``reach`` cells to each side."""
    for axis in (0, 1):
        wide = [(reach + 1, reach) if each == axis else (0, 0) for each in (0, 1)]
        running = np.cumsum(np.pad(cells, wide), axis=axis)
        side = cells.shape[axis]
        upper = np.take(running, range(2 * reach + 1, 2 * reach + 1 + side), axis=axis)
        cells = upper - np.take(running, range(side), axis=axis)
    return cells
