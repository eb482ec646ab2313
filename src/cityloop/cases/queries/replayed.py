"""What became of replayed cases: counts for a report, of those that were written in given spans of the machine's time.

A case's id is a version 7 UUID: it begins with the millisecond in which the case was written. So the cases of an import
are those whose ids lie between its beginning and its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from cityloop.cases.choices import Via

Span = tuple[datetime, datetime | None]
"""When cases were written, from until before; without an end, until now."""

# One row for each replayed case of the spans; ``words`` is its description, whose first part is the source's class.
REPLAYED = """
WITH replayed AS (
    SELECT cases_case.category, cases_case.street, cases_case.community, cases_case.unit_grid,
        cases_case.location IS NOT NULL AS placed, cases_case.kind = 'closed' AS closed,
        (cases_case.reported_at AT TIME ZONE %(zone)s)::date AS day,
        extract(epoch FROM cases_case.closed_at - cases_case.reported_at) / 3600 AS hours, cases_case.closed_at,
        (cases_case.snapshot #>> '{values,disposed_on_time}')::boolean AS on_time,
        (cases_case.snapshot #>> '{values,external_due}')::timestamptz AS promised,
        coalesce(said.text, '') AS words
    FROM cases_case
    LEFT JOIN cases_casetext AS said ON said.case_id = cases_case.id AND said.seq = 1 AND said.field = 'description'
    WHERE cases_case.jurisdiction = %(jurisdiction)s AND cases_case.via = %(via)s AND EXISTS (
        SELECT 1 FROM unnest(%(begins)s::uuid[], %(ends)s::uuid[]) AS span(begins, ends)
        WHERE cases_case.id >= span.begins AND cases_case.id < span.ends
    )
)
"""

# All in one row; ``plain`` leaves out what ended as a duplicate, cancelled or passed on, which its words say at the end.
TOTALS = """
SELECT count(*), count(*) FILTER (WHERE placed), count(*) FILTER (WHERE unit_grid <> ''), count(*) FILTER (WHERE closed),
    count(*) FILTER (WHERE closed AND on_time),
    count(*) FILTER (WHERE closed AND promised IS NOT NULL),
    count(*) FILTER (WHERE closed AND closed_at <= promised),
    count(*) FILTER (WHERE plain), count(*) FILTER (WHERE plain AND on_time),
    count(*) FILTER (WHERE plain AND promised IS NOT NULL),
    count(*) FILTER (WHERE plain AND closed_at <= promised)
FROM (
    SELECT *, closed AND words !~ ' · \\[(duplicate|cancelled|transferred)\\]$' AS plain FROM replayed
) AS marked
"""

# The source's classes with the category each went to, the most frequent first.
CLASSES = """
SELECT split_part(words, ' · ', 1), category, count(*), count(*) FILTER (WHERE closed),
    count(*) FILTER (WHERE closed AND on_time),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours)
FROM replayed GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""

# Cases by the city's day of their report.
DAYS = "SELECT day, count(*) FROM replayed GROUP BY day ORDER BY day"

# Cases by street and community, as located.
AREAS = "SELECT street, community, count(*) FROM replayed GROUP BY street, community ORDER BY street, community"


@dataclass(frozen=True, slots=True)
class OnTime:
    """Closed cases against a deadline: how many have one, and how many were closed at or before it."""

    closed: int
    on_time: int

    @property
    def share(self) -> float | None:
        """Return the part that was on time, None where there is none to judge."""
        return self.on_time / self.closed if self.closed else None


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class of the source: its words, our category, cases, closed ones, disposed on time, median hours to the close."""

    words: str
    category: str
    cases: int
    closed: int
    on_time: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of replayed cases.

    ``own_limit`` judges by the limit of the filing condition, ``promised`` by the foreign due date; the ``plain_`` ones
    leave out what ended as a duplicate, cancelled or passed on.
    """

    cases: int
    with_position: int
    in_a_grid: int
    closed: int
    own_limit: OnTime
    promised: OnTime
    plain_own_limit: OnTime
    plain_promised: OnTime
    classes: tuple[ClassCount, ...]
    days: tuple[tuple[date, int], ...]
    areas: tuple[tuple[str, str, int], ...]  # street, community, cases


def replayed(jurisdiction: str, spans: Sequence[Span], zone: str) -> Replayed:
    """Count the replayed cases of a jurisdiction that were written in ``spans``: four statements.

    Args:
        jurisdiction: Code.
        spans: They must not overlap.
        zone: The city's time zone, for its days.
    """
    facts = {
        "jurisdiction": jurisdiction,
        "via": Via.REPLAYED.value,
        "zone": zone,
        "begins": [_first_id(begins) for begins, _ends in spans],
        "ends": [_first_id(ends) if ends else UUID(int=2**128 - 1) for _begins, ends in spans],
    }
    ((cases, placed, gridded, closed, on_time, due, kept, plain, plain_on_time, plain_due, plain_kept),) = _rows(
        TOTALS, facts
    )
    return Replayed(
        cases=cases,
        with_position=placed,
        in_a_grid=gridded,
        closed=closed,
        own_limit=OnTime(closed, on_time),
        promised=OnTime(due, kept),
        plain_own_limit=OnTime(plain, plain_on_time),
        plain_promised=OnTime(plain_due, plain_kept),
        classes=tuple(ClassCount(*row) for row in _rows(CLASSES, facts)),
        days=tuple(_rows(DAYS, facts)),
        areas=tuple(_rows(AREAS, facts)),
    )


def _first_id(at: datetime) -> UUID:
    """Return the lowest id that a case written at ``at`` can have."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _rows(statement: str, facts: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(REPLAYED + statement, facts)
        return list(cursor.fetchall())
