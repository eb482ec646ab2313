"""What a picture looks like, in 64 bits: a copy resaved or made smaller keeps nearly all of them, another picture about half.

The perceptual hash of the cosine transform, after C. Zauner, *Implementation and Benchmarking of Perceptual Image Hash
Functions* (2010), 3.2: 32 by 32 grey values, the 8 by 8 lowest frequencies, each above or below their median.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Pixels along each side of the grey picture that is hashed."""

LOW = 8
BANDS = 5
BAND_BITS = 13
ALIKE_BITS = BANDS - 1
"""Two pictures look alike where at most this many bits differ: then at least one of the five bands agrees, and is found by index."""

PLAIN = 6.0
"""Standard deviation, in grey values of 0 to 255, below which a picture shows too little to be told from another."""


def looks_of(grey: NDArray[np.uint8]) -> int | None:
    """Return the hash, from 0 up to 2 ** 64; None for a picture of nothing (a lens cap, a white wall).

    Args:
        grey: ``(32, 32)`` grey values of the whole picture.
    """
    values = grey.astype(np.float64)
    if values.std() < PLAIN:
        return None
    turn = _cosines()
    # Without the lowest along either side: these hold what is the same over a whole row or column, as exposure is.
    low = (turn @ values @ turn.T)[1 : LOW + 1, 1 : LOW + 1].ravel()
    bits = 0
    for is_above in low > np.median(low):
        bits = bits << 1 | int(is_above)
    return bits


@cache
def _cosines() -> NDArray[np.float64]:
    """Return the ``(32, 32)`` matrix of the cosine transform (DCT-II, unscaled)."""
    places = np.arange(SIDE)
    return np.cos(np.pi * (2 * places + 1) * places[:, None] / (2 * SIDE))


def bands_of(looks: int) -> list[int]:
    """Return the hash cut into five bands, each with its place in the hash written into it: what an index is made of."""
    mask = (1 << BAND_BITS) - 1
    return [band << BAND_BITS | (looks >> (band * BAND_BITS) & mask) for band in range(BANDS)]


def distance(one: int, other: int) -> int:
    """Return how many of the 64 bits differ."""
    return (one ^ other).bit_count()
