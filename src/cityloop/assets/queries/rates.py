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

# The state on a day is the one of now, unless the part's state changed after that day: then what the first such change
# says it was before.
RATES = """
WITH later AS (
    SELECT DISTINCT ON (code) code, before->>'state' AS state FROM assets_partchange
    WHERE jurisdiction = %(jurisdiction)s AND day > %(on)s AND before ? 'state'
    ORDER BY code, revision
)
SELECT {column}, r.scheme, state, count(*) FROM (
    SELECT p.{column}, p.scheme, coalesce(later.state, p.state) AS state
    FROM assets_part p LEFT JOIN later ON later.code = p.code
    WHERE p.jurisdiction = %(jurisdiction)s AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
) AS r WHERE state <> %(removed)s GROUP BY 1, 2, 3
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
