"""The photos of the demo city: drawn, and kept like those that people send."""

import io
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from importlib import resources

import numpy as np
from PIL import Image

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.pictures import Shot, drawn
from cityloop.demo.rules.streets import street_of
from cityloop.media import actions as media
from cityloop.media.rules.looks import ALIKE_BITS, SIDE, distance, looks_of

POOL = "demo"
FEW_STREETS = 3
"""In so many streets photos are taken for which there is no time to draw new ones."""

MARGIN_BITS = 3
"""The media room makes a picture small in its own way before it looks at it: so many bits may come out otherwise."""

TRIES = 25


@lru_cache(maxsize=1)
def read_captions() -> Image.Image:
    """Return the words that stand under the photos."""
    with resources.files("cityloop.demo").joinpath("data/captions.png").open("rb") as file:
        return Image.open(file).convert("L")


class Photographer:
    """Takes the photos of a city's cases and keeps them; in a small city all cases happen in few streets.

    Args:
        jurisdiction: Its code.
        owner_id: Who has sent them.
        seed: Draws streets and how the camera is held.
        streets: How many streets there are; 0: one for each case, and no photo looks like another.
        now: The machine's time.
        known: Gives the digest of a photo of a case that is drawn later; ``""`` where it is drawn now.
    """

    def __init__(
        self,
        jurisdiction: str,
        owner_id: int,
        *,
        seed: int,
        streets: int,
        now: datetime,
        known: Callable[[str, Shot], str] = lambda _case, _shot: "",
    ) -> None:
        self.known = known
        self.jurisdiction, self.owner_id, self.seed, self.streets, self.now = jurisdiction, owner_id, seed, streets, now
        self.in_a_hurry = False
        self.pool = POOL if streets else ""
        self.kept: dict[tuple[str, Shot, str], str] = {}
        self.seen: list[int] = []

    def __call__(self, case: str, shot: Shot, moment: str) -> str:
        """Return the digest of a photo: what of the case it shows, and when it was taken, as a word."""
        if later := self.known(case, shot):
            return later
        if self.streets:
            number = chance(self.seed, "street of", case).randrange(self.streets)
            case, moment = f"{shot.subject}/{number}", ""
        elif self.in_a_hurry:
            number = chance(self.seed, "street of", case).randrange(FEW_STREETS)
            case, moment = f"any {shot.subject}/{number}", ""
        if (case, shot, moment) not in self.kept:
            self.kept[case, shot, moment] = self._taken(case, shot, moment)
        return self.kept[case, shot, moment]

    def _taken(self, case: str, shot: Shot, moment: str) -> str:
        content = self._new_to_the_eye(case, shot, moment)
        kept = media.keep(
            io.BytesIO(content),
            jurisdiction=self.jurisdiction,
            owner_id=self.owner_id,
            now=self.now,
            pool=self.pool,
        )
        return kept.file.sha256

    def _new_to_the_eye(self, case: str, shot: Shot, moment: str) -> bytes:
        """Return a photo that looks like none taken before; the camera is held otherwise until it does."""
        street = street_of(chance(self.seed, "street", case))
        content = b""
        for number in range(TRIES):
            content = drawn(shot, read_captions(), street, chance(self.seed, "photo", case, shot, moment, number))
            looks = _looks(content)
            if looks is None or all(distance(looks, one) > ALIKE_BITS + MARGIN_BITS for one in self.seen):
                if looks is not None:
                    self.seen.append(looks)
                break
        return content


def _looks(content: bytes) -> int | None:
    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (SIDE * 8, SIDE * 8))
        grey = image.convert("RGB").convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return looks_of(np.asarray(grey))
