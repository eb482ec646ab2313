"""The album: photos of the past whose digests are known before they are drawn.

An event names its files by digest and is never written again; yet the photos of a month take minutes to draw. What the generator
draws is the same each time, so the digests of an album's worth of its photos lie beside it (``data/album.bin``, written by
``script/album``): cases of the past name them, and the photos themselves are drawn when there is time.
"""

from collections.abc import Iterator
from hashlib import sha256
from math import ceil, sqrt
from typing import NamedTuple

from PIL import Image

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.mix import MONTHS, TROUBLES, Trouble
from cityloop.demo.rules.pictures import View, drawn, shot_of
from cityloop.demo.rules.streets import street_of

VIEWS = (View.CLOSE, View.AFTER)
"""Which photos of a case of the past there are: as it was reported, and put right."""

VIEWS_IN_HAND = (View.CLOSE, View.WIDE, View.AFTER)
TAKES = 2
"""Of a case that is in hand at the opening there are more, each view twice."""

IN_HAND, OF_EACH = 300, 8
"""For so many cases in hand by the weights of their classes, and so many of each class besides: repairs are told of more often."""

DAYS = 30
"""So long photos are kept, counted from the opening."""

MOST_A_DAY = 167.0 * 1.15
DIGEST_BYTES = 32
WHOLE = sum(one.weight for one in TROUBLES)


class Photo(NamedTuple):
    """One of the album: of which class, the how many-th street of it, how it is taken, the how many-th time.

    Streets from the class's quota on are of cases in hand.
    """

    category: str
    number: int
    view: str
    take: int = 0


def quota(trouble: Trouble) -> int:
    """Return for how many cases of a class the album has photos: for those of any month, in all but the rarest cities."""
    busiest = max(trouble.season.get(month, 1.0) * MONTHS[month - 1] for month in range(1, 13))
    expected = MOST_A_DAY * DAYS * trouble.weight / WHOLE * busiest
    return ceil(expected + 2 * sqrt(expected))


def quota_in_hand(trouble: Trouble) -> int:
    """Return for how many cases of a class that are in hand at the opening the album has photos."""
    return OF_EACH + ceil(IN_HAND * trouble.weight / WHOLE)


def photos() -> Iterator[Photo]:
    """Yield all photos of the album, in its order."""
    for one in TROUBLES:
        yield from (Photo(one.category, number, view) for number in range(quota(one)) for view in VIEWS)
    for one in TROUBLES:
        for number in range(quota(one), quota(one) + quota_in_hand(one)):
            yield from (Photo(one.category, number, view, take) for view in VIEWS_IN_HAND for take in range(TAKES))


def photo_of(photo: Photo, captions: Image.Image) -> bytes:
    """Return a photo of the album as JPEG; those of one number show one street."""
    street = street_of(chance("album", photo.category, photo.number))
    shot = shot_of(photo.category, photo.view, mended=True)
    return drawn(shot, captions, street, chance("album", *photo[:3], *filter(None, photo[3:])))


class Album:
    """The digests of the album's photos.

    Args:
        content: Of ``data/album.bin``: digest after digest, in the order of ``photos``.
    Raises:
        ValueError: It was written for another mix.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = {one: number * DIGEST_BYTES for number, one in enumerate(photos())}
        if len(content) != len(self._place) * DIGEST_BYTES:
            raise ValueError("the album was written for another mix: run script/album")

    def digest(self, photo: Photo) -> str:
        """Return the SHA-256 of a photo in hexadecimal; ``""`` where the album has no such one."""
        place = self._place.get(photo)
        return "" if place is None else self._content[place : place + DIGEST_BYTES].hex()

    def is_drawn_here(self, captions: Image.Image) -> bool:
        """Return whether the pictures come out here as they did where the album was written; another library draws otherwise."""
        samples = (Photo(TROUBLES[0].category, 0, View.CLOSE), Photo(TROUBLES[-1].category, 1, View.AFTER))
        return all(sha256(photo_of(one, captions)).hexdigest() == self.digest(one) for one in samples)
