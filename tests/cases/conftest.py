"""A city with grids, its cast, and scenes that the tests of the loop begin from."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import translation

from cast import CITY, NOW, Cast, city_cast, committed_cast, make_cast  # noqa: F401
from cityloop.cases import actions
from cityloop.cases.actions import Performed
from cityloop.geography.actions import lay_regular_grid
from cityloop.media import models as media
from pasting import once

POINT = {"lon": 120.005, "lat": 30.005, "system": "wgs84"}
MANHOLE = "gb47678_2026/part/01001"
OPEN_COVER = f"{MANHOLE}#cov_open"
BROKEN_COVER = f"{MANHOLE}#cov_break"
PHOTOS = [{"kind": "close", "sha256": "a" * 64}, {"kind": "wide", "sha256": "b" * 64}]


def send(
    digests: Iterable[str], people: Iterable[int], city: str = CITY, *, kind: str = "photo", pool: str = ""
) -> list[media.File]:
    """Have ``people`` send files with these digests to a city: rows alone, for acts that name them."""
    digests = list(digests)
    variants = {
        name: {"type": "image/webp", "bytes": 9000, "width": 320, "height": 240}
        for name in ("public", "large", "small")
    }
    media.File.objects.bulk_create(
        (
            media.File(
                jurisdiction=city, sha256=digest, kind=kind, bytes=40_000, width=640, height=480, state="ready",
                format={"photo": "jpeg", "video": "mp4", "sound": "mp3"}[kind], kept_at=NOW, pool=pool, variants=variants,
            )
            for digest in digests
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    kept = {file.sha256: file for file in media.File.objects.filter(jurisdiction=city, sha256__in=digests)}
    files = [kept[digest] for digest in digests]
    media.Keeping.objects.bulk_create(
        (media.Keeping(file=file, owner_id=person, at=NOW) for file in files for person in people),
        ignore_conflicts=True,
    )
    return files


class Desk:
    """Acts on cases in a test as any of the cast: ``desk("dispatcher", number, "dispatch", department="HW")``."""

    def __init__(self, cast: Cast, *, has_sent: bool = False) -> None:
        self.cast = cast
        self.now = NOW
        if not has_sent:
            send([photo["sha256"] for photo in PHOTOS], cast.people.values())

    def __call__(self, who: str, number: str, action: str, *, key: UUID | None = None, **inputs: Any) -> Performed:
        return actions.perform(
            number,
            action,
            inputs,
            actor=self.cast.viewer(who, self.now),
            key=key or uuid4(),
            via="api",
            now=self.now,
        )

    def report(self, who: str = "collector", *, key: UUID | None = None, **inputs: Any) -> Performed:
        given: dict[str, Any] = {
            "source": "collector",
            "category": MANHOLE,
            "point": POINT,
            "photos": PHOTOS,
            "condition": BROKEN_COVER,
        }
        given |= inputs
        return actions.report(
            CITY,
            {name: value for name, value in given.items() if value is not None},
            actor=self.cast.viewer(who, self.now),
            key=key or uuid4(),
            via="api",
            now=self.now,
        )

    def later(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now

    def filed(self, **inputs: Any) -> str:
        number = self.report(**inputs).number
        self("acceptor", number, "accept")
        self("duty_chief", number, "file", condition=inputs.get("condition", BROKEN_COVER))
        return number

    def in_disposal(self, **inputs: Any) -> str:
        number = self.filed(**inputs)
        self("dispatcher", number, "dispatch", department="HW")
        self("dept_clerk", number, "sign")
        return number

    def to_close(self, **inputs: Any) -> str:
        number = self.in_disposal(**inputs)
        self("dept_clerk", number, "feedback")
        self("acceptor", number, "send_check")
        self("collector", number, "check_back", result="pass")
        return number


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages as their ids, whatever the catalogues say."""
    with translation.override("en"):
        yield


def lay_grid() -> None:
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 200, date(2020, 1, 1))


def make_desk() -> Desk:
    """Make the cast, the grid they work in, and the photos that they have sent."""

    def make() -> Cast:
        cast = make_cast()
        lay_grid()
        return Desk(cast).cast

    return Desk(once("desk", make), has_sent=True)


@pytest.fixture
def desk(request: pytest.FixtureRequest, db: None) -> Desk:
    return _desk_with(request, "city_cast")


@pytest.fixture
def committed_desk(request: pytest.FixtureRequest, transactional_db: None) -> Desk:
    """The same, committed: for tests with several connections."""
    return _desk_with(request, "committed_cast")


def _desk_with(request: pytest.FixtureRequest, cast: str) -> Desk:
    """Return the desk of the cast that the test has already, or one with a cast of its own."""
    if cast not in request.fixturenames:
        return make_desk()
    made = request.getfixturevalue(cast)
    lay_grid()
    return Desk(made)


Scene = Callable[..., str]
