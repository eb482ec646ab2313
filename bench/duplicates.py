"""``duplicates``: how quickly probable duplicates are found beside a million cases, and how well on the demo's labelled stream.

The weights (``cases.rules.likeness``) were fitted to the demo city of seed 1, with that of seed 2 in sight; here it is a third.
"""

import random
import time
from collections import defaultdict
from datetime import date, timedelta
from statistics import quantiles
from typing import Any
from urllib.parse import quote
from uuid import UUID

from bench.ground import EXTENT, cluster, figure, say
from bench.large import LARGE, Client, prepared
from bench.web import stack

SEED, DAYS, A_DAY = 3, 90, 167.0
"""A quarter of the full demo city's year, on its whole ground: some 15,000 reports."""
OPENING = date(2026, 9, 30)
ROUNDS = 600
NEAR = 0.0002
"""Degrees, some 20 m: half of the questions are asked beside a case that is there."""


def duplicates() -> None:
    """Milliseconds of a question over HTTP beside a million cases; recall and precision of the cards that are shown."""
    _well()
    _quickly()  # over HTTP alone: Django speaks to the other database


def _quickly() -> None:
    data, tokens = prepared(LARGE)
    chance = random.Random(SEED)
    with stack(data) as address:
        client = Client(address, tokens["acceptor"])
        spots = _spots(client, chance)
        took, found = [], 0
        for lon, lat, category in spots:
            path = f"/duplicates?lon={lon:.7f}&lat={lat:.7f}&system=wgs84&category={quote(category)}"
            started = time.perf_counter()
            found += len(client.ask("GET", path)["items"])
            took.append((time.perf_counter() - started) * 1000)
        client.close()
    cuts = quantiles(took, n=100)
    figure("duplicates.p99", cuts[98], "ms", n=len(took), p50=round(cuts[49], 2), cases=LARGE, found=found)


def _spots(client: Client, chance: random.Random) -> list[tuple[float, float, str]]:
    """Return where and of what to ask: beside open cases of their class, and anywhere."""
    beside: list[tuple[float, float, str]] = []
    path = "/cases?limit=100&kind=waiting&kind=working"
    following = ""
    while len(beside) < ROUNDS // 2:
        page = client.ask("GET", path + following)
        beside += [(*one["location"]["coordinates"], one["category"]["code"]) for one in page["items"]]
        following = f"&cursor={quote(page['next'])}"
    west, south, east, north = EXTENT
    spots = [(lon + chance.uniform(0, NEAR), lat + chance.uniform(0, NEAR), category) for lon, lat, category in beside]
    spots += [(chance.uniform(west, east), chance.uniform(south, north), category) for _lon, _lat, category in beside]
    chance.shuffle(spots)
    return spots


def _well() -> None:
    with cluster():
        from cityloop.demo.actions.making import Size, make_city
        from cityloop.demo.queries import labelled

        made = make_city(SEED, OPENING, size=Size(days=DAYS, a_day=A_DAY, played=0), tell=say)
        reports = list(labelled())
        numbers = _numbers([one.key for one in reports])
        say(f"duplicates: {len(reports):,} reports, each asked about at its time")
        earlier: dict[str, set[str]] = defaultdict(set)
        told = right = shown = again = caught = 0
        for one in reports:
            theirs = earlier[one.problem]
            cards = _cards(made.code, one)
            told, shown, right = told + len(theirs), shown + len(cards), right + len(cards & theirs)
            again, caught = again + bool(theirs), caught + bool(cards & theirs)
            theirs.add(numbers[one.key])
        more: dict[str, float | str] = {"reports": len(reports), "seed": SEED, "days": DAYS}
        figure("duplicates.recall", right / told, "1", n=told, of_reports=round(caught / again, 4), **more)
        figure("duplicates.precision", right / shown, "1", n=shown, **more)


def _cards(code: str, one: Any) -> set[str]:
    """Return the numbers of the cases that are shown for a report as it comes in: those that were open or just closed then."""
    from cityloop.cases.queries.duplicates import probable
    from cityloop.organisation.queries import system_viewer

    found = probable(
        code,
        point=(one.lon, one.lat),
        category=one.category,
        at=one.reported_at - timedelta(seconds=1),  # its own case is there already
        text=one.description,
        viewer=system_viewer("bench", code),
    )
    return {card.number for card in found}


def _numbers(keys: list[UUID]) -> dict[UUID, str]:
    from cityloop.cases.models import CaseEvent

    rows = CaseEvent.objects.filter(key__in=keys, seq=1).order_by("id")
    return dict(rows.values_list("key", "case__number"))
