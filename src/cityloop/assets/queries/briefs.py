"""A part in a few words, for pages of other rooms that name one: what it is, how it is, whose it is."""

from dataclasses import dataclass

from django.db.models import Count, Subquery

from cityloop.assets import models
from cityloop.assets.choices import Decision
from cityloop.assets.queries.words import PartWords, state_shape, state_words
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class PartBrief:
    """A part in words; ``waiting`` proposals about it are not decided yet.

    ``owner``, ``keeper`` and ``supervisor`` are names, "" where nobody is named.
    """

    code: str
    class_name: str
    name: str
    state: str
    state_name: str
    state_shape: str
    owner: str
    keeper: str
    supervisor: str
    is_gone: bool
    waiting: int


def part_brief(viewer: Viewer, jurisdiction: str, code: str) -> PartBrief | None:
    """Return the part with this code in a city, also one that is gone; None where ``viewer`` may not see it: one query."""
    if not code:
        return None
    waiting = (
        models.Proposal.objects.visible_to(viewer)
        .filter(jurisdiction=jurisdiction, code=code, state=Decision.WAITING)
        .order_by()
        .values("code")
        .annotate(n=Count("pk"))
        .values("n")
    )
    row = (
        models.Part.objects.visible_to(viewer)
        .filter(jurisdiction=jurisdiction, code=code)
        .defer("geometry")
        .annotate(waiting=Subquery(waiting))
        .order_by("id")
        .first()
    )
    if row is None:
        return None
    words = PartWords(city(jurisdiction))
    return PartBrief(
        code=row.code,
        class_name=words.class_name(row.scheme, row.class_code),
        name=row.name,
        state=row.state,
        state_name=state_words(row.state),
        state_shape=state_shape(row.state),
        owner=words.unit(row.owner, row.owner_name),
        keeper=words.unit(row.keeper, row.keeper_name),
        supervisor=words.unit(row.supervisor, row.supervisor_name),
        is_gone=row.valid_to is not None,
        waiting=row.waiting or 0,  # type: ignore[attr-defined]  # annotated above
    )
