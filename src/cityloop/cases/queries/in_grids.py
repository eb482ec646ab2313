"""How many cases are in hand in unit grids: what a change of the grids touches. Numbers alone, no case is told."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count

from cityloop.cases.models.cases import OPEN, Case


def cases_by_grid(jurisdiction: str, on: date, codes: Collection[str]) -> dict[str, int]:  # noqa: ARG001  # in hand is in hand now
    """Return how many cases of a city are in hand in each of some unit grids."""
    rows = Case.objects.filter(OPEN, jurisdiction=jurisdiction, unit_grid__in=codes)
    return dict(rows.order_by("unit_grid").values("unit_grid").annotate(n=Count("pk")).values_list("unit_grid", "n"))
