"""The intact rate (完好率): how many of the parts that stand on a day are in order."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from cityloop.assets.choices import PartState
from cityloop.assets.queries.words import PartWords
from cityloop.organisation.queries import City
from cityloop.organisation.rules.staffing import Viewer

SIDES = {"class": "class_code", "department": "keeper", "area": "street"}
"""By what a rate is told, and the column for it."""

# The tallies tell what stands now and has no end. From there to the day ``on``: away goes what begins after it, or has changed its state
# since; back comes what ended after it, and what has changed, in the state of then: that which the first later change says it was before.
RATES = """
WITH later AS (
    SELECT DISTINCT ON (code) code, before->>'state' AS state FROM assets_partchange
    WHERE jurisdiction = %(jurisdiction)s AND day > %(on)s AND before ? 'state'
    ORDER BY code, revision
), touched AS (
    SELECT id FROM assets_part WHERE jurisdiction = %(jurisdiction)s AND valid_from > %(on)s
    UNION SELECT id FROM assets_part WHERE jurisdiction = %(jurisdiction)s AND valid_to IS NOT NULL AND valid_to > %(on)s
    UNION SELECT p.id FROM later JOIN assets_part p ON p.jurisdiction = %(jurisdiction)s AND p.code = later.code
), other AS (
    SELECT p.{column} AS side, p.scheme, p.state, p.valid_from, p.valid_to, coalesce(later.state, p.state) AS state_then
    FROM touched JOIN assets_part p USING (id) LEFT JOIN later ON later.code = p.code
)
SELECT side, scheme, state, sum(parts)::bigint FROM (
    SELECT {column} AS side, scheme, state, parts FROM assets_parttally WHERE jurisdiction = %(jurisdiction)s
    UNION ALL SELECT side, scheme, state, -1 FROM other WHERE valid_to IS NULL AND state <> %(removed)s
    UNION ALL SELECT side, scheme, state_then, 1 FROM other
        WHERE valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s) AND state_then <> %(removed)s
) AS r GROUP BY 1, 2, 3 HAVING sum(parts) <> 0
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many parts of one class, keeper or street stand on a day, and how many of them are intact."""

    code: str
    name: str
    intact: int
    damaged: int
    lost: int
    abandoned: int

    @property
    def count(self) -> int:
        return self.intact + self.damaged + self.lost + self.abandoned


def intact_rates(viewer: Viewer, home: City, on: date, side: str) -> list[Rate]:
    """Count the parts of a city by one side: those with the most that are not intact first. One query, and the names.

    It reads the tallies and what has changed since the day: for today it costs the same however many parts there are.

    Args:
        on: A day, at its end.
        side: One of ``SIDES``.
    """
    if home.code not in viewer.works_in and not (viewer.is_system and "" in viewer.works_in):
        return []
    column = SIDES[side]
    values: dict[str, Any] = {"jurisdiction": home.code, "on": on, "removed": PartState.REMOVED.value}
    with connection.cursor() as cursor:
        cursor.execute(RATES.format(column=column), values)
        rows = cursor.fetchall()
    words = PartWords(home, {code for code, *_rest in rows} if side == "area" else ())
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for code, scheme, state, count in rows:
        key = (code, scheme if side == "class" else "")
        counted.setdefault(key, {})[state] = counted.get(key, {}).get(state, 0) + count
    rates = [
        Rate(
            code, _name(words, side, scheme, code),
            *(of.get(state, 0) for state in (PartState.INTACT, PartState.DAMAGED, PartState.LOST, PartState.ABANDONED)),
        )
        for (code, scheme), of in counted.items()
    ]  # fmt: skip
    return sorted(rates, key=lambda one: (one.intact - one.count, -one.count, one.code))


def _name(words: PartWords, side: str, scheme: str, code: str) -> str:
    if side == "class":
        return words.class_name(scheme, code)
    return words.unit(code) if side == "department" else words.area(code)


def whole(rates: list[Rate]) -> Rate:
    """Return the sum of rates."""
    return Rate(
        "", "", *(sum(getattr(one, name) for one in rates) for name in ("intact", "damaged", "lost", "abandoned"))
    )
