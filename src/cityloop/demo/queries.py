"""Which city is a demo, and who may sign in to it."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from cityloop.demo import models
from cityloop.demo.rules.marks import ACCOUNTS, MADE_OF, ORIGIN, MadeOf
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import CONSOLE_POSTS, STANDARD_POSTS


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the sheet: its name, the person's name, the code of the post it stands for, its id, whether it is barred.

    ``number`` counts those of one post.
    """

    username: str
    name: str
    post: str
    user_id: int
    is_barred: bool
    number: int = 1

    @property
    def key(self) -> str:
        """By what the door knows it."""
        return self.post if self.number == 1 else f"{self.post}/{self.number}"


def demo_city() -> str:
    """Return the code of the demo city that is made and done; ``""`` where there is none."""
    return next((code for code in organisation.cities_with(ORIGIN) if origin(code)), "")


def origin(jurisdiction: str) -> str:
    """Return what a demo city was made from; ``""`` for a real city."""
    return str(organisation.city(jurisdiction).settings[ORIGIN])


def made_of(jurisdiction: str) -> MadeOf | None:
    """Return what the simulation of a demo city goes on from; None where nothing is simulated in it."""
    known = organisation.city(jurisdiction).settings[MADE_OF]
    return MadeOf(**known) if known else None


def lives() -> bool:
    """Whether there is a city that lives."""
    return models.Pace.objects.exists()


def seen_people(jurisdiction: str, since: datetime) -> frozenset[int]:
    """Return who has had a page of a demo city open since ``since``, by the machine's time."""
    rows = models.Watch.objects.filter(jurisdiction=jurisdiction, seen_at__gte=since)
    return frozenset(rows.values_list("person", flat=True))


def watched_cases(jurisdiction: str, since: datetime) -> frozenset[str]:
    """Return the numbers of the cases that somebody has had open since ``since``, by the machine's time."""
    rows = models.Watch.objects.filter(jurisdiction=jurisdiction, seen_at__gte=since).exclude(number="")
    return frozenset(rows.values_list("number", flat=True))


def accounts(jurisdiction: str) -> list[Account]:
    """Return the accounts that the sheet of a demo city names, in the order of the standard posts."""
    holders = at_door(jurisdiction)
    people = organisation.people(one for ids in holders.values() for one in ids)
    return [
        Account(one.username, one.name, post, one.id, not one.is_active, number)
        for post in STANDARD_POSTS
        for number, person in enumerate(holders.get(post, ()), start=1)
        if (one := people.get(person)) is not None
    ]


def at_door(jurisdiction: str) -> Mapping[str, Sequence[int]]:
    """Return the ids of the accounts that stand for each post of a demo city."""
    kept: dict[str, list[int] | int] = organisation.city(jurisdiction).settings[ACCOUNTS]
    return {post: [ids] if isinstance(ids, int) else ids for post, ids in kept.items()}  # a number: of an older version


def offered_accounts(jurisdiction: str) -> list[Account]:
    """Return the accounts that the door of a demo city offers to whoever comes.

    Not those that are barred; and once there is another city beside the demo none that may do anything everywhere.
    """
    is_alone = len(organisation.jurisdictions()) == 1
    return [one for one in accounts(jurisdiction) if not one.is_barred and (is_alone or one.post not in CONSOLE_POSTS)]


LABEL_COLUMNS = ("key", "problem", "reported_at", "category", "source", "lon", "lat", "description")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report of the past; those with the same ``problem`` tell of one thing.

    Args:
        key: Idempotency key of the event that made its case.
        lon, lat: Degrees, WGS 84.
    """

    key: UUID
    problem: str
    reported_at: datetime
    category: str
    source: str
    lon: float
    lat: float
    description: str


def labels_path() -> Path:
    """Return where the labels of the demo city lie in the data folder; it need not be there."""
    return Path(settings.DATA) / "demo-problems.csv.gz"


def labelled() -> Iterator[Labelled]:
    """Yield the reports of the city's past in order of time, with what the generator knows of them; none without a demo city."""
    if not labels_path().exists():
        return
    with gzip.open(labels_path(), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Labelled(
                key=UUID(row["key"]),
                problem=row["problem"],
                reported_at=datetime.fromisoformat(row["reported_at"]),
                category=row["category"],
                source=row["source"],
                lon=float(row["lon"]),
                lat=float(row["lat"]),
                description=row["description"],
            )
