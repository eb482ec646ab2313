"""What a caller reported before."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import IntegerField, Value, When

from cityloop.cases import models
from cityloop.cases.queries.case_list import COLUMNS, CaseLine, line_of
from cityloop.cases.queries.coordinates import coordinates
from cityloop.cases.queries.search import calls_from, may_search_phones
from cityloop.cases.queries.words import words_of
from cityloop.organisation.rules.staffing import Viewer

SHOWN, COUNTED = 5, 99


@dataclass(frozen=True, slots=True)
class Calls:
    """Earlier cases of one number: how many, ``COUNTED`` at most, and the first of them, open ones first, the newest first."""

    count: int
    lines: list[CaseLine]
    cases: list[tuple[UUID, str]]


def earlier_calls(viewer: Viewer, phone: str) -> Calls:
    """Return what was reported from a phone number: two queries; nothing for whoever may not see reporters."""
    knowing = may_search_phones(viewer)
    if not knowing:
        return Calls(0, [], [])
    rows: Any = models.Case.objects.visible_to(viewer).filter(
        jurisdiction__in=sorted(knowing), id__in=calls_from(phone).values("case_id")
    )
    standing = Choose(When(models.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    columns = rows.annotate(standing=standing, **coordinates("location"))
    found = list(columns.order_by("standing", "-reported_at", "-id").values_list(*COLUMNS, named=True)[:SHOWN])
    words = cache(words_of)
    return Calls(
        len(rows.order_by().values_list("id")[:COUNTED]) if len(found) == SHOWN else len(found),
        [line_of(row, words(row.jurisdiction, row.table_version), viewer) for row in found],
        [(row.id, row.jurisdiction) for row in found],
    )
