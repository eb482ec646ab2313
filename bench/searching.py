"""``search_words`` and ``export``: words in a million cases, and a hundred thousand of them as a workbook."""

import random
import resource
import time
from datetime import timedelta
from statistics import quantiles
from typing import Any

from bench.ground import CITY, cluster, figure, say
from bench.large import LARGE, prepared

ROUNDS = 100
FREQUENT, RARE, NONE = "占道 摊贩", "树木 倾倒", "火星 撞地球"
"""In every fifth case, in one of a thousand, in none; no class is called so."""
ROWS = 100_000

WORDED = """
-- Every fifth case and one of a thousand say something of their own; once.
UPDATE cases_casewords AS w SET said = t.said, grams = t.grams FROM (VALUES (%s, %s::int[], 5, 0), (%s, %s::int[], 1000, 1)) AS t(said, grams, one_of, rest)
WHERE abs(hashtext(w.case_id::text)::bigint) %% t.one_of = t.rest
"""


def search_words() -> None:
    """Milliseconds of a page of what two Chinese words find, in the process: words of a fifth of the cases, of a thousandth, of none."""
    data, tokens = prepared(LARGE)
    with cluster(data):
        from cityloop.cases.queries.search import Search, search_page
        from cityloop.organisation.queries import viewer_now

        shares = _worded()
        viewer = viewer_now(int(tokens["dispatcher_id"]))
        kinds = [FREQUENT, RARE, NONE]
        for words in kinds:
            search_page(viewer, Search(words=words))
        took: dict[str, list[float]] = {words: [] for words in kinds}
        chance = random.Random(LARGE)
        for _round in range(ROUNDS):
            for words in chance.sample(kinds, len(kinds)):
                started = time.perf_counter()
                search_page(viewer, Search(words=words))
                took[words].append((time.perf_counter() - started) * 1000)
        each: dict[str, float | str] = {
            name: round(quantiles(took[words], n=100)[98], 1)
            for name, words in (("frequent", FREQUENT), ("rare", RARE), ("none", NONE))
        }
        everything = [one for times in took.values() for one in times]
        figure("search_words.p99", quantiles(everything, n=100)[98], "ms", n=len(everything), **each, **shares)


def _worded() -> dict[str, float | str]:
    """Give the words to the cases that are to have them, unless they have them, and count."""
    from django.db import connection

    from cityloop.cases.rules.bigrams import as_searched, grams

    said = [as_searched([words]) for words in (FREQUENT, RARE)]
    count = "SELECT count(*) FROM cases_casewords WHERE said = %s"
    with connection.cursor() as cursor:
        cursor.execute(count, [said[1]])
        if cursor.fetchone()[0] == 0:
            say("search_words: giving words to the cases")
            cursor.execute(WORDED, [said[0], grams(said[0]), said[1], grams(said[1])])
            cursor.execute("VACUUM ANALYZE cases_casewords")
        found: dict[str, float | str] = {}
        for name, text in zip(("cases_frequent", "cases_rare"), said, strict=True):
            cursor.execute(count, [text])
            found[name] = cursor.fetchone()[0]
    return found


def export() -> None:
    """Seconds until a hundred thousand cases are a workbook, and how much more memory than a tenth of them it takes."""
    data, tokens = prepared(LARGE)
    with cluster(data):
        seconds, rows = _export(tokens, ROWS // 10)
        before = _megabytes()
        seconds, rows = _export(tokens, ROWS)
        growth: dict[str, float | str] = {"mb_before": before, "mb_after": _megabytes()}
        figure("export.seconds", seconds * ROWS / rows, "s", n=1, rows=rows, **growth)


def _export(tokens: dict[str, str], rows: int) -> tuple[float, int]:
    """Export the newest cases, about ``rows`` of them; return seconds and rows."""
    from cityloop.cases import models
    from cityloop.cases.actions import exporting
    from cityloop.kernel.clock import machine_now
    from cityloop.media import handouts

    newest = models.Case.objects.filter(jurisdiction=CITY).order_by("-reported_at", "-id")
    since: Any = newest.values_list("reported_at", flat=True)[rows]
    query = f"since={since + timedelta(days=1):%Y-%m-%d}"
    row = models.Export.objects.create(
        owner=int(tokens["dispatcher_id"]), language="zh-hans", query=query, asked_at=machine_now()
    )
    started = time.perf_counter()
    exporting.run_export(row.id)
    took = time.perf_counter() - started
    row.refresh_from_db()
    if row.failure:
        raise SystemExit(row.failure)
    handouts.erase_expired(now=row.asked_at + exporting.KEPT)
    row.delete()
    return took, row.rows


def _megabytes() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
