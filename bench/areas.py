"""``area_statistics``: what lies in a drawn area, and the intact rates, of 2,000,000 parts."""

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from bench.ground import figure
from bench.parts import CITY, PARTS, SIDE, SOUTH, WEST, city_of_parts

HALVES = (0.003, 0.01, 0.03, 0.12)
"""Degrees from the middle of an area to its sides: from a quarter to the whole city."""

BACK = (0, 30, 365)
"""Days that a rate looks back."""


def area_statistics() -> None:
    """Milliseconds of the statistics of an area with crooked sides, by the parts in it; of the rates, by how far they look back."""
    with city_of_parts():
        from cityloop.assets.queries.rates import SIDES, intact_rates
        from cityloop.onemap import queries as onemap
        from cityloop.onemap import within
        from cityloop.onemap.rules import Look, Moment
        from cityloop.onemap.rules.areas import drawn_area
        from cityloop.organisation.queries import city
        from cityloop.organisation.rules.staffing import HeldPost, Viewer

        viewer = Viewer(1, "bench", (HeldPost("data_admin", CITY),), frozenset({CITY}))
        moment = Moment(CITY, city(CITY).now(), city(CITY).today())
        look = Look(viewer, (moment,), (moment,), "zh-hans")
        [parts] = onemap.named(["parts"])
        times, told = [], {}
        for half in HALVES:
            area = within.area_of(drawn_area(_crooked(half), 0))
            times.append(_median(lambda area=area: within.within(parts, look, area)))  # type: ignore[misc]
            told[f"of_{within.within(parts, look, area).count}"] = round(times[-1])
        figure("area_statistics.ms", max(times), "ms", n=len(HALVES), parts=PARTS, **told)
        rates = {
            f"{side}_{back}_days": round(_median(lambda s=side, b=back: intact_rates(viewer, city(CITY), moment.today - timedelta(b), s)), 1)  # type: ignore[misc]
            for side in SIDES
            for back in BACK
        }  # fmt: skip
        figure("intact_rates.ms", max(rates.values()), "ms", n=len(rates), parts=PARTS, **rates)


def _crooked(half: float) -> dict[str, object]:
    """Return a square about the middle of the city whose sides run across cells, as GeoJSON."""
    lon, lat = WEST + SIDE / 2, SOUTH + SIDE / 2
    ring = [(-1.0, -1.0), (1.0, -0.9), (1.1, 1.0), (-0.95, 1.05), (-1.0, -1.0)]
    return {"type": "Polygon", "coordinates": [[[lon + x * half, lat + y * half] for x, y in ring]]}


def _median(do: Callable[[], object]) -> float:
    """Return the milliseconds of the middle one of three, after one that warms."""
    do()
    times = []
    for _time in range(3):
        started = time.perf_counter()
        do()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)
