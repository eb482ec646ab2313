"""The album: digests of photos that are drawn later."""

from hashlib import sha256
from importlib import resources

import pytest

from cityloop.demo.actions.picturing import read_captions
from cityloop.demo.rules.album import Album, Photo, photo_of, photos, quota
from cityloop.demo.rules.mix import TROUBLES
from cityloop.demo.rules.pictures import View


@pytest.fixture(scope="module")
def album() -> Album:
    return Album(resources.files("cityloop.demo").joinpath("data/album.bin").read_bytes())


def test_the_photos_come_out_as_the_album_has_them(album: Album) -> None:
    """Where this fails a scene or the library that draws has changed: run ``script/album``."""
    wanted = list(photos())
    assert album.is_drawn_here(read_captions())
    for one in wanted[:: len(wanted) // 40]:
        assert sha256(photo_of(one, read_captions())).hexdigest() == album.digest(one), one


def test_no_photo_is_another(album: Album) -> None:
    digests = {album.digest(one) for one in photos()}
    assert len(digests) == len(list(photos()))


def test_there_are_enough_for_a_busy_month(album: Album) -> None:
    assert sum(map(quota, TROUBLES)) > 1.3 * 30 * 167
    most = TROUBLES[0]
    assert album.digest(Photo(most.category, quota(most) - 1, View.AFTER))
    assert album.digest(Photo(most.category, quota(most), View.WIDE, 1))
    assert not album.digest(Photo(most.category, quota(most), View.WIDE, 2))
    assert not album.digest(Photo("gb47678_2026/event/99999", 0, View.CLOSE))


def test_an_album_of_another_mix_is_refused() -> None:
    with pytest.raises(ValueError, match="script/album"):
        Album(b"")
