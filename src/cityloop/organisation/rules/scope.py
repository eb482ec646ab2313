"""Who sees what: the one rule. ``queries.scope`` turns it into SQL; feeds and tests ask ``sees`` about one thing.

========== ============================================================================================
sight      sees
========== ============================================================================================
centre     all of the jurisdictions in which the post is held, and of those below them
department what belongs to, or is co-handled by, the post's department or a unit below it
handler    the same, and what is assigned to the person
field      what lies in the person's duty grids, what is tasked to them, what they reported
own        what they reported
========== ============================================================================================

Everybody signed in sees what they reported themselves. A deputy also sees what is assigned to the person for whom they
act, never what that person reported. Somebody with no post and no report sees nothing.

What all the staff of a city share (borders, grids, parts) is seen by whoever holds a post there that sees more than their own
reports: ``Viewer.works_in``.
"""

from dataclasses import dataclass

from cityloop.organisation.choices import Sight
from cityloop.organisation.rules.staffing import Viewer

ASSIGNABLE = frozenset({Sight.HANDLER, Sight.FIELD})


@dataclass(frozen=True, slots=True)
class Reach:
    """What a viewer sees, in terms of columns; a row is seen if any one of them says so.

    Args:
        everything: No limit at all.
        jurisdictions: Codes of jurisdictions seen whole.
        departments: Paths; each stands for itself and what is below.
        people: Ids whose assigned work is seen.
        reporter: Id whose reports are seen.
        grid_jurisdictions, duty_grids: A row is seen that lies in one of these grids in one of these jurisdictions.
    """

    everything: bool = False
    jurisdictions: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    reporter: int | None = None
    grid_jurisdictions: frozenset[str] = frozenset()
    duty_grids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """Something to be seen: where it lies, whose it is; empty where it has no such side."""

    jurisdiction: str
    departments: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    reporter: int | None = None
    duty_grid: str = ""


def reach_of(viewer: Viewer) -> Reach:
    """Return what ``viewer`` sees."""
    if viewer.is_system:
        return Reach(everything="" in viewer.jurisdictions, jurisdictions=viewer.jurisdictions - {""})
    whole: set[str] = set()
    departments: set[str] = set()
    people: set[int] = set()
    field_in: set[str] = set()
    for held in viewer.posts:
        if held.reach is Sight.CENTRE:
            whole |= {held.jurisdiction, *held.below}
        if held.reach in {Sight.DEPARTMENT, Sight.HANDLER} and held.department_path:
            departments.add(held.department_path)
        if held.reach in ASSIGNABLE:
            people |= {person for person in (viewer.user_id, held.deputy_for) if person is not None}
        if held.reach is Sight.FIELD and viewer.duty_grids:
            field_in.add(held.jurisdiction)
    return Reach(
        jurisdictions=frozenset(whole),
        departments=frozenset(path for path in departments if not _below_another(path, departments)),
        people=frozenset(people),
        reporter=viewer.user_id,
        grid_jurisdictions=frozenset(field_in),
        duty_grids=viewer.duty_grids if field_in else frozenset(),
    )


def _below_another(path: str, paths: set[str]) -> bool:
    return any(path != other and path.startswith(other) for other in paths)


def sees(reach: Reach, thing: Seen) -> bool:
    """Return whether somebody with this ``reach`` sees ``thing``."""
    return (
        reach.everything
        or thing.jurisdiction in reach.jurisdictions
        or any(theirs.startswith(mine) for theirs in thing.departments for mine in reach.departments)
        or bool(thing.people & reach.people)
        or (reach.reporter is not None and thing.reporter == reach.reporter)
        or (thing.jurisdiction in reach.grid_jurisdictions and thing.duty_grid in reach.duty_grids)
    )
