"""``public_page``: what the public page asks of a million cases: what is open near a place, and what is reported most."""

import time
from datetime import timedelta
from random import Random
from statistics import median, quantiles
from typing import Any

from bench.ground import CITY, EXTENT, cluster, figure, say
from bench.large import LARGE, SEED, prepared

SPOTS = 300
ROUNDS = 20
NEAR_M = 200.0
SOURCES = ("hotline", "web", "wechat")
"""The prepared cases all came by the hotline: it counts as public here, so that all that is near is found."""


def public_page() -> None:
    """Milliseconds of what is open near a place, and of the tiles of a city, beside a million cases; nothing is written."""
    data, _tokens = prepared(LARGE)
    with cluster(data):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from cityloop.cases.queries.public_near import open_near
        from cityloop.cases.queries.public_view import most_reported
        from cityloop.organisation.queries import city

        chance = Random(SEED)
        west, south, east, north = EXTENT
        spots = [(chance.uniform(west, east), chance.uniform(south, north)) for _spot in range(SPOTS)]
        now = city(CITY).now()
        latest = _latest(connection)
        found = 0

        def near(n: int) -> None:
            nonlocal found
            found += len(open_near(CITY, spots[n % SPOTS], NEAR_M, sources=SOURCES))

        def tiles(_n: int) -> None:
            most_reported(CITY, sources=SOURCES, at=min(now, latest + timedelta(days=1)))

        for name, ask, rounds in (("near", near, SPOTS), ("tiles", tiles, ROUNDS)):
            with CaptureQueriesContext(connection) as asked:
                ask(0)
            for query in asked.captured_queries:
                if "%(" not in query["sql"]:  # a prepared statement is noted without its values
                    _show_plan(connection, query["sql"])
            took = []
            for n in range(rounds):
                begun = time.perf_counter()
                ask(n)
                took.append((time.perf_counter() - begun) * 1000)
            more: dict[str, Any] = {"p50": round(median(took), 2), "statements": len(asked), "cases": LARGE}
            figure(f"public_page.{name}_p99", quantiles(took, n=100)[98], "ms", n=rounds, **more)
        say(f"public_page: {found} open cases found near {SPOTS} places")


def _latest(connection: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(reported_at) FROM cases_case WHERE jurisdiction = %s", [CITY])
        return cursor.fetchone()[0]


def _show_plan(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}")
        for (line,) in cursor.fetchall():
            say(f"  {line}")
