"""The numbers of unit grids inside their community: as one reads a map, and never one that another grid has had."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.codes import LAST_NUMBER
from cityloop.geography.rules.division.plane import Ints
from cityloop.geography.rules.shapes import Shapes
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

STAYS: Final = 0.5
"""A grid that shares more than this of its ground with an older one, and that one of its own with it, keeps the code."""


def reading_order(shapes: Shapes) -> Ints:
    """Return ``(n,)`` the places of ``shapes`` in reading order: rows from the north, each from west to east.

    A row is as high as a grid is long, at its median.

    Source:
        Numbers run from west to east and from north to south (GB/T 30428.1 as told in domain/grid-and-codes.md 2.1).
    """
    if not len(shapes):
        return np.empty(0, dtype=np.int64)
    at = shapely.get_coordinates(shapely.point_on_surface(shapes))
    height = max(float(np.median(np.sqrt(shapely.area(shapes)))), 1e-12)
    row = np.floor((at[:, 1].max() - at[:, 1]) / height)
    return np.lexsort((at[:, 1], at[:, 0], row)).astype(np.int64)


def codes_of(shapes: Shapes, communities: Sequence[str], kept: Mapping[int, str], used: Collection[str]) -> list[str]:
    """Return the 15 digits of each grid.

    Args:
        shapes: ``(n,)`` the grids.
        communities: ``n`` codes of 12 digits.
        kept: Code of each grid, by index, that keeps the one it has.
        used: Codes that grids have or have had; none is given again.

    Raises:
        InvalidInput: A community has no numbers left; ``faults`` name each.
    """
    codes = [kept.get(number, "") for number in range(len(shapes))]
    taken: dict[str, int] = {}
    for code in {*used, *kept.values()}:
        taken[code[:12]] = max(taken.get(code[:12], 0), int(code[12:]))
    faults = []
    names = np.array(communities, dtype=str)
    for community in np.unique(names).tolist():
        new = np.array([one for one in np.flatnonzero(names == community).tolist() if not codes[one]], dtype=np.int64)
        start = taken.get(community, 0)
        if start + len(new) > LAST_NUMBER:
            faults.append(
                Fault(
                    "community",
                    _("has %(used)d numbers in use or used up, and %(new)d new grids: there are 999")
                    % {"used": start, "new": len(new)},
                    community,
                )
            )
            continue
        for number, place in enumerate(new[reading_order(shapes[new])].tolist(), start + 1):
            codes[place] = f"{community}{number:03}"
    if faults:
        raise InvalidInput(
            _("A community has no numbers left for its grids; make them larger, or divide the community."),
            faults=faults,
        )
    return codes


def staying(shapes: Shapes, communities: Sequence[str], old: Shapes, old_codes: Sequence[str]) -> dict[int, str]:
    """Return, by index, the code of the older grid that each grid goes on being: renumbering is avoided.

    Args:
        shapes, communities: ``n`` grids and the 12 digits of their communities.
        old, old_codes: The grids that hold now.
    """
    one, other = shapely.STRtree(old).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[one], old[other]))
    of_new, of_old = shared / shapely.area(shapes)[one], shared / shapely.area(old)[other]
    return {
        int(new): str(old_codes[was])
        for new, was, here, there in zip(one.tolist(), other.tolist(), of_new.tolist(), of_old.tolist(), strict=True)
        if here > STAYS and there > STAYS and str(old_codes[was]).startswith(communities[new])
    }
