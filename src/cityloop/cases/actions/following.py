"""Following a case: who wants to be told when it moves, and telling them.

They are told by a listener, after the fact and in batches: an act asks nobody whether somebody follows. Whoever may not see
the case when it moves is not told; following it stays, should they see it again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cityloop.cases import events, models
from cityloop.cases.choices import Via
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.table import Action, Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.listening import Listener
from cityloop.kernel.translation import _
from cityloop.notices.actions import Party, tell
from cityloop.organisation.queries import city, viewer_now
from cityloop.organisation.rules.staffing import Viewer


def follow(number: str, *, viewer: Viewer, on: bool) -> None:
    """Let ``viewer`` follow a case that they see, or no more; twice is once.

    Raises:
        NotFound: There is no such case that they may see.
    """
    case = models.Case.objects.visible_to(viewer).filter(number=number).values_list("id", "jurisdiction").first()
    if case is None or viewer.user_id is None:
        raise NotFound(_("There is no case “%(number)s” that you may see.") % {"number": number[:40]})
    if on:
        _begin([(case[0], viewer.user_id, city(case[1]).now())])
    else:
        models.Following.objects.filter(case_id=case[0], person=viewer.user_id).delete()


def told_of(happened: Sequence[events.Happened]) -> None:
    """Tell the followers of what happened, and make followers of those who want to hear what comes of it.

    One query for the acts' rows, one for the followers; for each follower one, whether they still see it.
    """
    rows = {
        row.id: row
        for row in models.CaseEvent.objects.filter(id__in=[one.id for one in happened])
        .exclude(via=Via.REPLAYED)
        .select_related("case")
        .only("id", "case_id", "action", "person", "post", "case__jurisdiction", "case__table_version")
    }
    acts = [(one, rows[one.id]) for one in happened if one.id in rows]
    _begin([(row.case_id, row.person, one.at) for one, row in acts if row.person and _wants_to_hear(row)])
    followers = _followers({row.case_id for _one, row in acts})
    if not followers:
        return
    for person in {person for people in followers.values() for person in people}:
        theirs = {
            one.id: one
            for one, row in acts
            if followers.get(row.case_id, {}).get(person, one.at) < one.at and row.person != person and _moves(one, row)
        }
        if not theirs:
            continue
        viewer = viewer_now(person)
        for seen in events.seen_by(viewer, list(theirs)).values():
            tell(seen.jurisdiction, seen.action, seen.number, [Party("", None, person)], at=seen.at)


LISTENER = Listener("cases.following", events.EVENTS, told_of)


def _begin(new: Sequence[tuple[UUID, int, datetime]]) -> None:
    models.Following.objects.bulk_create(
        (models.Following(case_id=case, person=person, since=since) for case, person, since in new),
        ignore_conflicts=True,
    )


def _followers(cases: set[UUID]) -> Mapping[UUID, Mapping[int, datetime]]:
    """Return who follows which of some cases, since when: one query."""
    found: dict[UUID, dict[int, datetime]] = defaultdict(dict)
    for case, person, since in models.Following.objects.filter(case_id__in=cases).values_list(
        "case_id", "person", "since"
    ):
        found[case][person] = since
    return found


def _action(row: models.CaseEvent) -> tuple[Table, Action | None]:
    loop = table(row.case.jurisdiction, row.case.table_version)
    return loop, loop.actions.get(row.action)


def _wants_to_hear(row: models.CaseEvent) -> bool:
    """Whether an act asks for an answer: it gives somebody a task beside the flow (a supervision), or a superior took it."""
    loop, action = _action(row)
    post = loop.posts.get(row.post)
    return action is not None and (action.opens_task is not None or bool(post and post.superior))


def _moves(one: events.Happened, row: models.CaseEvent) -> bool:
    """Whether an act is worth telling: anything but what the system only reckons anew."""
    _loop, action = _action(row)
    return one.from_state != one.to_state or (action is not None and not action.recounts)
