"""Two cities with cases, and those who administer them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from cases.conftest import BROKEN_COVER, MANHOLE, PHOTOS, Desk, make_desk, send
from cast import CITY, NOW, OTHER_CITY, PASSWORD, Cast, make_person
from cityloop.cases import actions, models
from cityloop.cases.actions.looking import look_at_case
from cityloop.cases.choices import Via
from cityloop.cases.queries.found import find
from cityloop.cases.queries.tables import default_text, table
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.hashing import sha256
from cityloop.organisation import actions as organisation
from cityloop.organisation.queries import viewer_of
from pasting import once

OTHER_POINT = {"lon": 121.005, "lat": 31.005, "system": "wgs84"}


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


@dataclass(frozen=True)
class Cities:
    """``ours`` and ``theirs`` are case numbers; ``people`` has ``their_admin`` and ``boss`` of the installation besides."""

    people: dict[str, int]
    ours: str
    theirs: str


@pytest.fixture
def _desk_and_cities(db: None) -> tuple[Desk, Cities]:
    return once("two cities of the console", _made)


@pytest.fixture
def desk(_desk_and_cities: tuple[Desk, Cities]) -> Desk:
    return _desk_and_cities[0]


@pytest.fixture
def cities(_desk_and_cities: tuple[Desk, Cities]) -> Cities:
    """A case in each of two cities, each with a caller, a table of its own, a restricted zone and a notice."""
    return _desk_and_cities[1]


def _made() -> tuple[Desk, Cities]:
    desk = make_desk()
    cast: Cast = desk.cast
    people = dict(cast.people)
    people["their_admin"] = make_person("their_admin", "sysadmin", OTHER_CITY)
    people["their_acceptor"] = make_person("their_acceptor", "acceptor", OTHER_CITY)
    people["boss"] = organisation.create_user("boss", password=PASSWORD, is_superuser=True).pk
    get_user_model().objects.filter(username__in=["their_admin", "their_acceptor"]).update(jurisdiction=OTHER_CITY)
    lay_regular_grid(OTHER_CITY, 121.0, 31.0, 121.01, 31.01, 500, date(2020, 1, 1))
    for code in (CITY, OTHER_CITY):
        models.RestrictedZone.objects.create(
            jurisdiction=code, name=f"zone {code}", reason="x", categories=["gb47678_2026/part/01002"]
        )
    ours = desk.in_disposal(reporter={"name": "张三丰", "phone": "13812345678"}, description="井盖破损")
    theirs = report_elsewhere(people["their_acceptor"])
    for number, who in ((ours, "acceptor"), (theirs, "their_acceptor")):
        look_at_case(find(number, viewer_of(people[who], NOW)), Via.API)
    for code in (CITY, OTHER_CITY):  # last, so that the cases run under the table that every process knows
        models.LoopTable.objects.create(
            jurisdiction=code,
            version=1,
            text=default_text(),
            digest=sha256(default_text().encode()),
            note=f"first of {code}",
            created_at=NOW,
            effective_from=NOW,
        )
    return desk, Cities(people, ours, theirs)


def report_elsewhere(acceptor: int) -> str:
    inputs: dict[str, Any] = {
        "source": "hotline", "category": MANHOLE, "condition": BROKEN_COVER, "point": OTHER_POINT, "photos": PHOTOS,
        "reporter": {"name": "李四光", "phone": "13987654321"}, "description": "路灯",
    }  # fmt: skip
    send([photo["sha256"] for photo in PHOTOS], [acceptor], OTHER_CITY)
    made = actions.report(OTHER_CITY, inputs, actor=viewer_of(acceptor, NOW), key=uuid4(), via="api", now=NOW)
    return made.number


Console = Callable[[str], Client]


@pytest.fixture
def console(cities: Cities, client: Client) -> Console:
    """Sign somebody in at the console: ``console("sysadmin")``."""

    def sign_in(who: str) -> Client:
        client.cookies["django_language"] = "en"
        client.force_login(get_user_model().objects.get(pk=cities.people[who]))
        return client

    return sign_in


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
