"""``case_page``: the page of a case at a desk over HTTP, beside a million cases: open ones and such as ended long ago.

The database is built once, by ``script/bench --prepare``. ``CITYLOOP_BENCH_CASES`` names another of its sizes to try it on.
"""

import os
import time
from contextlib import closing
from statistics import quantiles

from bench.desks import OK, Browser, session_of
from bench.ground import CITY, figure
from bench.large import LARGE, prepared
from bench.web import stack

ASKED, ROUNDS = 100, 3
WARM = 20
PART = {"HX-Request": "true"}


def case_page() -> None:
    """A case as a desk asks for it (the part alone), and as a whole page with the list beside it: each case three times."""
    cases = int(os.environ.get("CITYLOOP_BENCH_CASES", LARGE))
    data, _tokens = prepared(cases)
    with stack(data) as address:
        numbers = _numbers()
        with closing(Browser(address, session_of("duty_chief"))) as browser:
            for number in numbers[:WARM]:
                _ask(browser, number, PART)
            part = [_ask(browser, number, PART) for number in numbers for _round in range(ROUNDS)]
            whole = [_ask(browser, number, {}) for number in numbers]
    cuts = quantiles(part, n=100)
    more: dict[str, float | str] = {
        "p50": round(cuts[49], 2),
        "whole_p99": round(quantiles(whole, n=100)[98], 2),
        "cases": cases,
    }
    figure("case_page.p99", cuts[98], "ms", n=len(part), **more)


def _numbers() -> list[str]:
    """Return cases in hand and, from all over the past, cases that have ended, in turns."""
    from cityloop.cases.choices import OPEN_KINDS
    from cityloop.cases.models import Case

    of_city = Case.objects.filter(jurisdiction=CITY).order_by("-reported_at", "-id")
    in_hand = of_city.filter(kind__in=sorted(OPEN_KINDS)).values_list("number", flat=True)[: ASKED // 2]
    first, last = (
        of_city.values_list("reported_at", flat=True)[:1],
        of_city.reverse().values_list("reported_at", flat=True),
    )
    newest, oldest = first[0], last[0]
    ended = []
    for step in range(ASKED // 2):
        at = oldest + (newest - oldest) * 0.9 * step / (ASKED // 2)
        row = Case.objects.filter(jurisdiction=CITY, reported_at__gte=at).order_by("reported_at", "id")
        ended.append(row.values_list("number", flat=True)[0])
    return [number for pair in zip(in_hand, ended, strict=False) for number in pair]


def _ask(browser: Browser, number: str, headers: dict[str, str]) -> float:
    """Return how long a case took, in milliseconds."""
    started = time.perf_counter()
    status, body, _etag = browser.get(f"/desk/cases/{number}", **headers)
    took = (time.perf_counter() - started) * 1000
    if status != OK or b"case-sheet" not in body:
        raise SystemExit(f"/desk/cases/{number}: {status} {body[:300]!r}")
    return took
