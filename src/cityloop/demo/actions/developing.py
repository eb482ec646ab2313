"""The photos of the past: those of the last month are drawn when there is time, of older ones is left that they were there.

As in a real city photos are kept for a while. Cases of the past name theirs all alike; the media room gets the newer ones as
they are drawn, newest first, and knows of the older ones that they were erased when their time was over.
"""

import io
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from time import monotonic

from cityloop.cases.actions import PastCase
from cityloop.demo import models
from cityloop.demo.actions.picturing import POOL, read_captions
from cityloop.demo.rules.album import DAYS, VIEWS, Album, Photo, photo_of, quota
from cityloop.demo.rules.mix import TROUBLES
from cityloop.demo.rules.pictures import Shot, View
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _
from cityloop.media import actions as media
from cityloop.media.actions import GoneFile

logger = logging.getLogger(__name__)

WITH_PHOTOS = frozenset({"collector", "video_ai", "wechat"})
"""Sources of reports that bring a photo; whoever disposes of such a case shows how it was and how it is."""

KIND_OF = {View.CLOSE: "before", View.AFTER: "after"}
assert tuple(KIND_OF) == VIEWS

KEPT = timedelta(days=DAYS)
BUSY = 0.75
"""Above this load of each core nobody draws: whoever works at a desk comes first."""

HASTE_S, LEISURE_S = 0.35, 0.08
"""So long somebody draws between two steps of the city's life."""

QUOTAS = {one.category: quota(one) for one in TROUBLES}
ROWS_AT_ONCE, MOST_AT_ONCE = 2_000, 30


class Film:
    """Gives the photos of the album to cases, and keeps what is to be drawn later.

    Args:
        jurisdiction: Code of the city.
    """

    def __init__(self, jurisdiction: str) -> None:
        self.jurisdiction = jurisdiction
        self.negatives: list[models.Negative] = []
        self.is_drawn_here = _album().is_drawn_here(read_captions())
        if not self.is_drawn_here:
            logger.warning(
                "demo: photos are drawn otherwise here than the album has them; the last month stays without"
            )
        self._used = Counter[str]()
        self._streets: dict[tuple[str, str], int] = {}
        self._in_hand = Counter[str]()
        self._takes = Counter[tuple[tuple[str, str], str]]()

    def of_past(self, category: str, at: datetime) -> dict[str, str]:
        """Return the digests of the next case of a class, by view; none where the album has no more."""
        number = self._used[category]
        self._used[category] += 1
        return self._named([Photo(category, number, view) for view in VIEWS], at)

    def in_hand(self, case: str, shot: Shot, at: datetime) -> str:
        """Return the digest of one more photo of a case in hand; ``""`` where the album has no more."""
        street, first = (case, shot.category), QUOTAS.get(shot.category, 0)
        if street not in self._streets:
            self._streets[street] = first + self._in_hand[shot.category]
            self._in_hand[shot.category] += 1
        photo = Photo(shot.category, self._streets[street], shot.view, self._takes[street, shot.view])
        self._takes[street, shot.view] += 1
        return self._named([photo], at).get(shot.view, "")

    def _named(self, photos: Sequence[Photo], at: datetime) -> dict[str, str]:
        digests = {one.view: _album().digest(one) for one in photos} if self.is_drawn_here else {}
        if not all(digests.values()):
            return {}
        self.negatives += [
            models.Negative(sha256=digests[one.view], jurisdiction=self.jurisdiction, at=at, **one._asdict())
            for one in photos[: len(digests)]
        ]
        return digests

    def store(self) -> None:
        """Write down what is to be drawn."""
        models.Negative.objects.bulk_create(self.negatives, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        self.negatives = []


def with_photos(past: Sequence[PastCase], film: Film, present: datetime, *, sender: int) -> list[PastCase]:
    """Return the cases with the photos that they name, and write down what is to be drawn and what is gone.

    Args:
        present: When the city opens; photos of the last month before that are still kept.
        sender: Who erased the others.
    """
    gone, told = list[GoneFile](), list[PastCase]()
    for case in reversed(past):  # the newest first: should the album have too few, the oldest stay without
        digests: dict[str, str] = {}
        if case.source in WITH_PHOTOS and case.reported_at < present - KEPT:
            digests = {view: sha256(f"{case.key}/{view}".encode()).hexdigest() for view in VIEWS}
            gone += [GoneFile(one, case.reported_at, case.reported_at + KEPT) for one in digests.values()]
        elif case.source in WITH_PHOTOS:
            digests = film.of_past(case.category, case.reported_at)
        told.append(_showing(case, digests) if digests else case)
    film.store()
    why = _("Kept for %(days)d days; that time is over") % {"days": DAYS}
    media.remember_gone(gone, jurisdiction=film.jurisdiction, by_id=sender, why=why, pool=POOL)
    return told[::-1]


def _showing(case: PastCase, digests: Mapping[str, str]) -> PastCase:
    """Return the case with the photos in its last feedback: how it was, and put right."""
    fed_back = max(number for number, act in enumerate(case.acts) if act.action == "feedback")
    acts, photos = list(case.acts), [{"kind": kind, "sha256": digests[view]} for view, kind in KIND_OF.items()]
    acts[fed_back] = replace(acts[fed_back], inputs={**acts[fed_back].inputs, "photos": photos})
    return replace(case, acts=tuple(acts))


def develop(jurisdiction: str, *, sender: int) -> int:
    """Draw some photos, the newest first: those of cases in hand at once, others as the machine has time; return how many."""
    rows = list(models.Negative.objects.filter(jurisdiction=jurisdiction).order_by("-at", "sha256")[:MOST_AT_ONCE])
    in_hand = [row for row in rows if row.number >= QUOTAS.get(row.category, 0)]
    if not in_hand and os.getloadavg()[0] > BUSY * (os.cpu_count() or 1):
        return 0
    until, made = monotonic() + (HASTE_S if in_hand else LEISURE_S), 0
    for row in in_hand or rows:
        _develop(row, sender)
        made += 1
        if monotonic() > until:
            break
    return made


def _develop(row: models.Negative, sender: int) -> None:
    content = photo_of(Photo(row.category, row.number, row.view, row.take), read_captions())
    if sha256(content).hexdigest() == row.sha256:
        with suppress(Conflict):  # somebody has erased it before it was drawn
            media.keep(
                io.BytesIO(content), jurisdiction=row.jurisdiction, owner_id=sender, now=machine_now(), pool=POOL
            )
    else:
        logger.warning("demo: photo %s comes out otherwise here; it stays away", row)
    row.delete()  # only now: killed before that, it is drawn again, and the same file is kept once


@lru_cache(maxsize=1)
def _album() -> Album:
    return Album(resources.files("cityloop.demo").joinpath("data/album.bin").read_bytes())
