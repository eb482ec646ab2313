"""The searches that somebody kept."""

from typing import NamedTuple

from cityloop.cases import models
from cityloop.organisation.rules.staffing import Viewer


class Saved(NamedTuple):
    id: int
    name: str
    query: str


def owner_of(viewer: Viewer) -> int:
    """Return the id of the person who looks; the system keeps nothing of its own."""
    assert viewer.user_id is not None
    return viewer.user_id


def saved_searches(viewer: Viewer) -> list[Saved]:
    """Return the viewer's own, by name: one query."""
    rows = models.SavedSearch.objects.filter(owner=owner_of(viewer)).order_by("name", "id")
    return [Saved(*row) for row in rows.values_list("id", "name", "query")]
