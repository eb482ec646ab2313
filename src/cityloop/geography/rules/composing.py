"""What is made of unit grids: which of them hang together, and the codes of what is made of them."""

import re
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.codes import belongs_to
from cityloop.geography.rules.division.plane import Ints
from cityloop.geography.rules.shapes import Shapes

LETTERS: Final = {"duty": "R", "management": "M", "evaluation": "E", "extension": "X"}
"""First letter of the codes that are issued."""

NEAR: Final = 1e-6
"""Degrees, a tenth of a metre: neighbours that were drawn elsewhere may lie a little apart."""

SIDE: Final = 1e-5
"""Degrees, about a metre: a border that is shared by less is a corner."""


def pieces_of(shapes: Shapes) -> Ints:
    """Return ``(n,)`` the number of the piece to which each grid belongs: grids that share a side are of one piece.

    Pieces are counted from 0 in the order of their first grids.
    """
    piece = np.arange(len(shapes), dtype=np.int64)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEAR)
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.intersection(shapely.boundary(shapes[one]), shapely.buffer(shapes[other], NEAR))
    beside = shapely.length(shared) > SIDE
    for here, there in zip(one[beside].tolist(), other[beside].tolist(), strict=True):
        left, right = _root(piece, here), _root(piece, there)
        piece[max(left, right)] = min(left, right)
    roots = [_root(piece, place) for place in range(len(shapes))]
    known = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return np.array([known[root] for root in roots], dtype=np.int64)


def _root(piece: Ints, place: int) -> int:
    while piece[place] != place:
        piece[place] = piece[piece[place]]
        place = int(piece[place])
    return place


def issued_code(kind: str, unit_grids: Sequence[str], used: Collection[str]) -> str:
    """Return a code for an area of a kind: its letter, the smallest region around its unit grids, and a number.

    Args:
        kind: One of ``LETTERS``.
        unit_grids: Codes of 15 digits, one at least.
        used: Codes that areas have or have had; none is given again.

    Source:
        The standards give no structure for these codes; ours follows that of professional grids (CJ/T 349-2010: division, street,
        community, two digits of sequence). Decision 0033.
    """
    region = next(one[0] for length in (12, 9, 6, 0) if len(one := sorted({code[:length] for code in unit_grids})) == 1)
    start = f"{LETTERS[kind]}{region}"
    taken = [code[len(start) :] for code in used if code.startswith(start)]
    # What is longer belongs to a street or community inside this region.
    last = max((int(one) for one in taken if len(one) in {2, 3} and one.isdigit()), default=0)
    return f"{start}{last + 1:02}"


def is_area_code(kind: str, code: str, division: str) -> bool:
    """Whether a text can be the code of an area of a kind in a division (6 digits).

    The letter of the kind, the digits of a division, street or community there, two or three of a number. Without the letter it is of two, so that
    nobody's unit grid (15 digits) is taken for an area.

    Source:
        As ``issued_code``.
    """
    found = re.fullmatch(
        rf"(?:{LETTERS[kind]}(\d{{6}}(?:\d{{3}}){{0,2}})\d{{2,3}}|(\d{{6}}(?:\d{{3}}){{0,2}})\d{{2}})", code, re.ASCII
    )
    region = found and (found[1] or found[2])
    return region is not None and belongs_to(str(region), division)
