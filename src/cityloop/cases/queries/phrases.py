"""Which phrases somebody is offered: their own first, then their city's for their posts."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from cityloop.cases import models
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class PhraseLine:
    """A phrase. ``is_own``: the reader's; others are the city's."""

    id: int
    text: str
    is_own: bool


def phrases_for(viewer: Viewer, jurisdiction: str, action: str = "") -> list[PhraseLine]:
    """Return the phrases that ``viewer`` is offered in a city: one query, none for who has no post there.

    Args:
        action: Only those that go with it; "" for all.
    """
    posts = {held.post for held in viewer.posts if held.jurisdiction == jurisdiction}
    if viewer.user_id is None or not posts:
        return []
    rows = models.Phrase.objects.filter(
        Q(person=viewer.user_id) | Q(person=None) & (Q(posts=[]) | Q(posts__overlap=sorted(posts))),
        jurisdiction=jurisdiction,
    ).order_by("place", "id")
    fitting = [row for row in rows if _fits(row.actions, action)]
    # Those made for this very action before those that go with any.
    fitting.sort(key=lambda row: (row.person is None, not row.actions))
    return [PhraseLine(row.pk, row.text, row.person is not None) for row in fitting]


def _fits(actions: Collection[str], action: str) -> bool:
    return not action or not actions or action in actions
