"""``map_pan``: the page of the map over 2,000,000 parts, in Chromium: how long after a pan until it stands still."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from statistics import median
from typing import Any

from bench.ground import figure, say
from bench.parts import CENSUS, CITY, FOLDER, PARTS, SIDE, SOUTH, WEST, city_of_parts
from bench.response import DESK
from bench.tiles import signed_in
from bench.web import stack

ZOOMS = (11, 13, 15, 17.5)
PANS = ((420, 0), (0, 300), (-420, 0), (300, -300), (420, 300), (-300, 300))
GRID_M = 2000
PATIENCE_MS = 120_000
AIM_S = 1.5

# From the pan to the moment in which every tile is there and painted.
PAN = """by => new Promise(done => {
  const map = document.querySelector('city-map').engine.map;
  const begun = performance.now();
  map.once('idle', () => done((performance.now() - begun) / 1000));
  map.panBy(by, {animate: false});
})"""


def map_pan() -> None:
    """Seconds from a pan to a map that stands still, parts shown, at zooms from the whole city to single parts; the slowest zoom's
    median and the slowest pan of all. A processor draws here what elsewhere a graphics card does.
    """
    with city_of_parts():
        _with_an_area()
    taken: dict[float, list[float]] = {}
    with stack(FOLDER) as address, _chromium(signed_in()) as (browser, session):
        name, _is, value = session.partition(";")[0].partition("=")
        context = browser.new_context(viewport=DESK, locale="zh-CN")
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        for zoom in ZOOMS:
            page.goto("about:blank")
            spot = f"{zoom}/{SOUTH + SIDE / 2}/{WEST + SIDE / 2}"
            page.goto(f"{address}/map?layers=areas,buildings,roads,regions,unit_grids,parts,cases#map={spot}")
            page.locator("city-map[data-state=ready]").wait_for()
            taken[zoom] = [page.evaluate(PAN, list(by)) for by in PANS]
            say(f"  zoom {zoom}: median {median(taken[zoom]):.2f} s, slowest {max(taken[zoom]):.2f} s")
        context.close()
    slowest = max(taken, key=lambda zoom: median(taken[zoom]))
    figure(
        "map_pan.idle_s",
        round(median(taken[slowest]), 3),
        "s",
        n=len(PANS) * len(ZOOMS),
        zoom=slowest,
        slowest=round(max(max(times) for times in taken.values()), 3),
        aim=AIM_S,
        parts=PARTS,
    )


def _with_an_area() -> None:
    """Lay grids over the city of parts, once: a city without an area has no page of the map."""
    from cityloop.geography.actions import lay_regular_grid
    from cityloop.geography.queries import has_unit_grids

    if not has_unit_grids(CITY, date.today()):  # noqa: DTZ011  # any day since
        started = time.perf_counter()
        lay_regular_grid(CITY, WEST, SOUTH, WEST + SIDE, SOUTH + SIDE, GRID_M, CENSUS)
        say(f"  grids laid in {time.perf_counter() - started:.1f} s")


@contextmanager
def _chromium(session: str) -> Iterator[tuple[Any, str]]:
    """Give a browser with the session of whoever looks: Django asks nothing of a database while Playwright's loop runs."""
    from playwright.sync_api import sync_playwright

    from browsing import chromium

    with sync_playwright() as playwright, chromium(playwright, "--lang=zh-CN", webgl=True) as browser:
        yield browser, session
