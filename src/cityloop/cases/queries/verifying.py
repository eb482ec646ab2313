"""``cityloop verify``: rebuild every case from its events and name every difference and every broken hash."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from cityloop.cases import models
from cityloop.cases.queries.agreeing import Batch, batches, batches_of
from cityloop.cases.queries.anchors import check_anchors
from cityloop.cases.queries.differences import differences
from cityloop.cases.queries.finding import Finding, said
from cityloop.cases.queries.tables import NO_CITY
from cityloop.kernel.sweeping import unswept
from cityloop.kernel.versions import one_reading
from cityloop.organisation.queries import city

BATCH = 500
"""Cases that differ, looked at together."""

NUMBERS = """
-- The days on which the numbers given are not 1, 2, 3 … up to what the counter says, with the first that are missing.
SELECT coalesce(given.jurisdiction, counter.jurisdiction), coalesce(given.day, to_char(counter.day, 'YYYYMMDD')),
    coalesce(given.count, 0), coalesce(given.first, 0), coalesce(given.last, 0), coalesce(counter.last, 0), missing.numbers
FROM (
    SELECT left(number, 6) AS jurisdiction, substr(number, 7, 8) AS day, count(*) AS count,
        min(right(number, 5)::int) AS first, max(right(number, 5)::int) AS last
    FROM cases_case GROUP BY 1, 2
) AS given
FULL JOIN cases_casecounter AS counter
    ON counter.jurisdiction = given.jurisdiction AND to_char(counter.day, 'YYYYMMDD') = given.day
CROSS JOIN LATERAL (
    SELECT array_agg(n) AS numbers FROM (
        SELECT n FROM generate_series(1, greatest(given.last, counter.last)) AS n
        WHERE NOT EXISTS (
            SELECT FROM cases_case
            WHERE number = coalesce(given.jurisdiction, counter.jurisdiction)
                || coalesce(given.day, to_char(counter.day, 'YYYYMMDD')) || lpad(n::text, 5, '0')
        )
        ORDER BY n LIMIT 10
    ) AS first_missing
) AS missing
WHERE given.count IS DISTINCT FROM counter.last OR given.last IS DISTINCT FROM counter.last OR given.first <> 1
ORDER BY 1, 2
"""

TOUCHED = """
-- The cases to which something happened between two positions, and nothing between the first and a ``since`` before it.
SELECT DISTINCT case_id FROM cases_caseevent AS e WHERE id > %(after)s AND id <= %(upto)s
    AND NOT EXISTS (SELECT FROM cases_caseevent WHERE case_id = e.case_id AND id > %(since)s AND id <= %(after)s)
ORDER BY 1
"""

FOLLOWING = """
-- The next cases by id, and whether something happened to each between two positions.
SELECT id, EXISTS (SELECT FROM cases_caseevent AS e WHERE case_id = c.id AND e.id > %s AND e.id <= %s)
FROM cases_case AS c WHERE id > %s ORDER BY id LIMIT %s
"""

ALL_EVENTS = "SELECT count(*) FROM cases_caseevent"

ORPHANS = """
-- The cases of which nothing is left but events.
SELECT case_id, count(*) FROM cases_caseevent AS e
WHERE NOT EXISTS (SELECT FROM cases_case WHERE id = e.case_id) GROUP BY 1 ORDER BY 1
"""


TABLES = """
-- The versions of process tables whose text is not the one that was kept.
SELECT jurisdiction, version FROM cases_looptable WHERE sha256(convert_to(text, 'UTF8')) <> digest ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was looked at, and what was found."""

    cases: int
    events: int
    findings: list[Finding]
    files: int = 0


def verify(jurisdiction: str = "", *, progress: Callable[[int], None] | None = None) -> Verified:
    """Rebuild every case (of one jurisdiction, or of all) and compare; reads one moment, writes nothing.

    Numbers, tables and, over all jurisdictions, anchors are looked at too.

    Args:
        jurisdiction: Code; ``""`` for all.
        progress: Called with the number of cases looked at so far.
    Raises:
        NotFound: There is no such jurisdiction.
    """
    if jurisdiction:
        city(jurisdiction)
    with _one_moment():
        done = _verify(batches(jurisdiction), progress)
        done.findings.extend(_check_numbers(jurisdiction))
        done.findings.extend(_check_tables(jurisdiction))
        if not jurisdiction:
            done.findings.extend(_check_orphans(done.events))
            done.findings.extend(check_anchors())
    return done


def verify_new(since: int, after: int, upto: int, *, progress: Callable[[int], None] | None = None) -> Verified:
    """Verify the cases to which something happened after the anchor number ``after`` and up to the anchor ``upto``.

    Each of these cases is rebuilt whole; the anchors between the two are made again. A case to which something happened
    after the anchor ``since`` already is left out: this run has looked at it.
    """
    with _one_moment():
        position = _positions(since, after, upto)
        ids = _column(TOUCHED, {"since": position[since], "after": position[after], "upto": position[upto]})
        done = _verify(batches_of(ids), progress)
        if done.cases < len(ids):
            done.findings.extend(_check_orphans())
        done.findings.extend(check_anchors(after, upto))
    return done


def verify_following(
    last_case: UUID, most: int, since: int, upto: int, *, progress: Callable[[int], None] | None = None
) -> tuple[Verified, UUID | None]:
    """Verify the tables and the next ``most`` cases by id after ``last_case``; return also the id of the last, None where none follows.

    Cases to which something happened between the anchors ``since`` and ``upto`` are passed over: this run has looked at them.
    """
    with _one_moment():
        position = _positions(since, upto)
        with connection.cursor() as cursor:
            cursor.execute(FOLLOWING, [position[since], position[upto], last_case, most])
            rows = cursor.fetchall()
        done = _verify(batches_of([case for case, is_seen in rows if not is_seen]), progress)
        done.findings.extend(_check_tables())
    return done, rows[-1][0] if rows else None


def _positions(*anchors: int) -> dict[int, int]:
    """Return up to which event each of these anchors reaches; before the first it is none."""
    known = models.Anchor.objects.filter(n__in=anchors).values_list("n", "position")
    return dict.fromkeys(anchors, 0) | dict(known)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all reads see one moment: a case that somebody acts on meanwhile must not look broken."""
    with transaction.atomic(), one_reading(), unswept():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _verify(looked_at: Iterator[Batch], progress: Callable[[int], None] | None) -> Verified:
    findings: list[Finding] = []
    cases = events = 0
    for batch in looked_at:
        cases, events = cases + batch.cases, events + batch.events
        long_way = [*batch.different, *(one for one in batch.sample if one not in batch.different)]
        for start in range(0, len(long_way), BATCH):
            findings += differences(long_way[start : start + BATCH])
        if progress is not None:
            progress(cases)
    return Verified(cases, events, findings)


def _column(query: str, parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [value for (value,) in cursor]


def _check_numbers(jurisdiction: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        rows = cursor.fetchall()
    for code, day, count, first, last, counter, missing in rows:
        if jurisdiction in {"", code}:
            facts = {"count": count, "first": first, "last": last, "counter": counter}
            what = said("%(count)d numbers from %(first)d to %(last)d, the counter stands at %(counter)d", **facts)
            if missing:
                what = said(
                    "%(count)d numbers from %(first)d to %(last)d, the counter stands at %(counter)d; missing: %(numbers)s",
                    **facts,
                    numbers=", ".join(f"{code}{day}{n:05d}" for n in missing),
                )
            yield Finding(f"{code} {day}", said("numbers"), what)


def _check_tables(jurisdiction: str = "") -> Iterator[Finding]:
    """Yield the tables whose text was changed: what CityLoop brings along belongs to every city."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        rows = cursor.fetchall()
    for code, version in rows:
        if not jurisdiction or code in {NO_CITY, jurisdiction}:
            subject = said("table %(version)d of %(city)s", version=version, city=code or "CityLoop")
            yield Finding(subject, said("text"), said("is not the one that was kept"))


def _check_orphans(seen: int | None = None) -> Iterator[Finding]:
    """Yield the cases whose row is gone while events are left; without looking where ``seen`` are all events there are."""
    if seen is not None and _column(ALL_EVENTS, []) == [seen]:
        return
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS)
        rows = cursor.fetchall()
    for case, count in rows:
        yield Finding(str(case), said("case"), said("is missing; %(count)d of its events are left", count=count))
