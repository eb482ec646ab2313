"""Routing rules tried on a city's last dispatches: what would have gone elsewhere, and how often each was right in the end."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from cityloop.assets.queries import PartUnits
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.routing import Asked, default_order, subject, texts_of, units_of, working
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.routing import Routing, Ruling, decide
from cityloop.cases.rules.routing_facts import is_routed

BATCH = 500
SAMPLE = 40_000
EXAMPLES = 3
MOST_WAYS = 200

NEXT = """
-- The next cases that have been given to a department, the newest first, by the index that gives a city's reports.
SELECT reported_at, id, number, category, part_code, street, community, duty_grid, source, department FROM cases_case
WHERE jurisdiction = %(jurisdiction)s AND (reported_at, id) < (%(at)s, %(id)s) AND department <> ''
ORDER BY reported_at DESC, id DESC LIMIT %(most)s
"""

DISPATCHED = """
-- When each case was first dispatched.
SELECT DISTINCT ON (case_id) case_id, at FROM cases_caseevent
WHERE case_id = ANY(%(ids)s::uuid[]) AND action = ANY(%(actions)s) ORDER BY case_id, seq
"""

LAST = (datetime(9999, 1, 1), "ffffffff-ffff-ffff-ffff-ffffffffffff")  # noqa: DTZ001 # PostgreSQL reads it by its own zone

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Past:
    """A case that was dispatched: what rules ask about, when, and who had it in the end."""

    number: str
    asked: Asked
    at: datetime
    department: str


@dataclass(slots=True)
class Count:
    """What came of trying. ``right``: the department that had the case in the end, or one above or below it, was suggested."""

    cases: int = 0
    elsewhere: int = 0
    right_before: int = 0
    right_after: int = 0
    nobody_before: int = 0
    nobody_after: int = 0
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    better: Counter[tuple[str, str]] = field(default_factory=Counter)
    worse: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    by_rule: Counter[int] = field(default_factory=Counter)
    right_by_rule: Counter[int] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON: ``ways`` from department to department, the most frequent first."""
        ways = [
            {"from": way[0], "to": way[1], "cases": count, "better": self.better[way], "worse": self.worse[way],
             "examples": self.examples[way]}
            for way, count in self.ways.most_common(MOST_WAYS)
        ]  # fmt: skip
        rules = {str(n): [count, self.right_by_rule[n]] for n, count in sorted(self.by_rule.items())}
        names = ("cases", "elsewhere", "right_before", "right_after", "nobody_before", "nobody_after")
        return {name: getattr(self, name) for name in names} | {"ways": ways, "rules": rules}


def routing_trial(
    jurisdiction: str, held: Routing, tried: Routing, *, sample: int = SAMPLE, progress: Progress | None = None
) -> Count:
    """Return what ``tried`` would have done with a city's last cases, beside ``held``.

    Each is asked about at the time of its first dispatch, with the class, place and words that it has now.

    Args:
        sample: So many cases, the newest first.
        progress: Told after each batch.
    """
    city, count = loop_city(jurisdiction), Count()
    judge = _Judge(city, held, tried, count)
    for past in _past(city, sample):
        judge(past)
        if progress is not None:
            progress(count.cases, sample)
    return count


class _Judge:
    """Counts batches of past cases."""

    def __init__(self, city: LoopCity, held: Routing, tried: Routing, count: Count) -> None:
        self.city, self.held, self.tried, self.count = city, held, tried, count
        self.order, self.working = default_order(city), working(city)
        self.paths = {one.code: one.path for one in city.city.departments.values()}

    def __call__(self, past: Sequence[Past]) -> None:
        asked = [one.asked for one in past]
        units = units_of(self.city.code, asked)
        texts = texts_of(asked) if self.held.asks_for_words or self.tried.asks_for_words else {}
        for one in past:
            before, after = (self._decide(rules, one, units, texts) for rules in (self.held, self.tried))
            self._count(one, before, after)

    def _decide(self, rules: Routing, one: Past, units: Mapping[str, PartUnits], texts: Mapping[Any, str]) -> Ruling:
        local = one.at.astimezone(self.city.city.time_zone)
        moment = (local.hour * 60 + local.minute, local.isoweekday(), f"{local:%m-%d}")
        about = subject(one.asked, self.city.categories, units, texts, moment)
        return decide(rules, self.order, about, self.working)

    def _count(self, one: Past, before: Ruling, after: Ruling) -> None:
        count = self.count
        was_right, is_right = (self._is_right(ruling.department, one.department) for ruling in (before, after))
        count.cases += 1
        count.right_before += was_right
        count.right_after += is_right
        count.nobody_before += not before.department
        count.nobody_after += not after.department
        n = after.rule.n if after.rule else 0
        count.by_rule[n] += 1
        count.right_by_rule[n] += is_right
        if before.department == after.department:
            return
        way = (before.department, after.department)
        count.elsewhere += 1
        count.ways[way] += 1
        count.better[way] += is_right and not was_right
        count.worse[way] += was_right and not is_right
        if len(count.examples[way]) < EXAMPLES:
            count.examples[way].append(one.number)

    def _is_right(self, suggested: str, had_it: str) -> bool:
        first, second = self.paths.get(suggested), self.paths.get(had_it)
        return bool(first and second and (first.startswith(second) or second.startswith(first)))


def _past(city: LoopCity, sample: int) -> Iterator[list[Past]]:
    """Yield the last cases, ``BATCH`` at a time."""
    actions = [one.code for one in table_in_force(city.code).actions.values() if is_routed(one)]
    given: dict[str, Any] = {"jurisdiction": city.code, "at": LAST[0], "id": LAST[1]}
    left = sample
    while left > 0:
        with connection.cursor() as cursor:
            cursor.execute(NEXT, {**given, "most": min(BATCH, left)})
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.execute(DISPATCHED, {"ids": [str(row[1]) for row in rows], "actions": actions})
            times = dict(cursor.fetchall())
        given["at"], given["id"] = rows[-1][:2]
        left -= len(rows)
        yield [
            Past(number, Asked(key, *known), times.get(key, at), department)
            for at, key, number, *known, department in rows
        ]
