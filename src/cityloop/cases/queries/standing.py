"""How cases stand, for whoever works them without a page: a simulation."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS, Via
from cityloop.cases.rules.snapshot import Snapshot, snapshot_from_json

BY_MACHINES = sorted({Via.DEMO, Via.SYSTEM, Via.REPLAYED})
"""The doors through which no person comes."""

WAITING = """
-- The cases of a city on which somebody has to act: those that are open, those with an open task, those with an appeal.
SELECT number FROM cases_case WHERE jurisdiction = %(city)s AND kind = ANY(%(open)s)
UNION
SELECT c.number FROM cases_task AS t JOIN cases_case AS c ON c.id = t.case_id
WHERE t.jurisdiction = %(city)s AND t.done_at IS NULL
UNION
SELECT number FROM cases_case
WHERE jurisdiction = %(city)s AND kind = 'closed' AND closed_at IS NOT NULL AND snapshot -> 'applications' <> '{}'
ORDER BY 1
"""


class Standing(NamedTuple):
    """A case as it stands; ``touched`` says that a person has acted on it, through a desk or a program."""

    number: str
    state: str
    seq: int
    snapshot: Snapshot
    touched: bool


def standing(numbers: Collection[str]) -> Mapping[str, Standing]:
    """Return how the cases with these numbers stand, by number, in one statement; what is not there is left out."""
    by_people = models.CaseEvent.objects.filter(case=OuterRef("pk")).exclude(via__in=BY_MACHINES)
    rows = models.Case.objects.filter(number__in=numbers).annotate(touched=Exists(by_people)).order_by()
    return {
        number: Standing(number, state, seq, snapshot_from_json(kept), touched)
        for number, state, seq, kept, touched in rows.values_list("number", "state", "seq", "snapshot", "touched")
    }


def waiting_cases(jurisdiction: str) -> list[str]:
    """Return the numbers of a city's cases on which somebody has to act, in order."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"city": jurisdiction, "open": sorted(OPEN_KINDS)})
        return [number for (number,) in cursor.fetchall()]
