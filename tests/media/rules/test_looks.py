import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityloop.media.rules.looks import ALIKE_BITS, BAND_BITS, BANDS, SIDE, bands_of, distance, looks_of

hashes = st.integers(0, 2**64 - 1)


@given(one=hashes, bits=st.sets(st.integers(0, 63), max_size=ALIKE_BITS))
def test_hashes_that_are_alike_share_a_band(one: int, bits: set[int]) -> None:
    other = one
    for bit in bits:
        other ^= 1 << bit
    assert distance(one, other) == len(bits)
    assert set(bands_of(one)) & set(bands_of(other))


@given(one=hashes)
def test_bands_hold_the_whole_hash_and_tell_their_place(one: int) -> None:
    bands = bands_of(one)
    assert len(set(bands)) == BANDS
    assert [band >> BAND_BITS for band in bands] == [*range(BANDS)]
    low = (1 << BAND_BITS) - 1
    assert sum((band & low) << (place * BAND_BITS) for place, band in enumerate(bands)) == one


def test_half_of_the_bits_are_set_so_that_strangers_differ_by_about_half() -> None:
    chance = np.random.default_rng(7)
    pictures = [looks_of(chance.integers(0, 256, (SIDE, SIDE)).astype(np.uint8)) for _ in range(40)]
    found = [one for one in pictures if one is not None]
    assert {one.bit_count() for one in found} == {32}
    assert min(distance(one, other) for one in found for other in found if one != other) > 3 * ALIKE_BITS


def test_brightness_changes_nothing() -> None:
    grey = np.random.default_rng(3).integers(60, 160, (SIDE, SIDE)).astype(np.uint8)
    one, brighter = looks_of(grey), looks_of(grey + 40)
    assert one is not None
    assert brighter is not None
    assert distance(one, brighter) <= 1


def test_a_picture_of_nothing_looks_like_nothing() -> None:
    assert looks_of(np.full((SIDE, SIDE), 128, np.uint8)) is None
    assert looks_of(np.random.default_rng(1).integers(0, 8, (SIDE, SIDE)).astype(np.uint8)) is None
