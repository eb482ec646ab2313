"""The one rule of who sees what, as a condition on a table."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from cityloop.organisation.queries.cities import city
from cityloop.organisation.rules.scope import Reach, reach_of
from cityloop.organisation.rules.staffing import Viewer

NOTHING = Q(pk__in=())
"""The condition that no row meets; Django answers it without asking the database."""


def scope(
    viewer: Viewer,
    *,
    jurisdiction: str = "jurisdiction",
    departments: Sequence[str] = (),
    department_ids: Sequence[str] = (),
    people: Sequence[str] = (),
    reporter: str = "",
    duty_grid: str = "",
) -> Q:
    """Return the condition under which ``viewer`` sees a row. Name only the sides that the table has.

    A lookup through a join to many rows gives a row several times: put an ``Exists`` around it, or use an array column.

    Args:
        viewer: Who looks.
        jurisdiction: Column with the jurisdiction's code.
        departments: Columns with a department's path: the responsible one, co-handlers.
        department_ids: Whole lookups that take a list of department ids: ``"lead_id__in"``, ``"co_ids__overlap"``.
        people: Lookups that take the id of somebody whose work it is: ``"handler_id"``; or a list, where they end in
            ``__in`` or ``__overlap``: ``"assignees__overlap"``.
        reporter: Column with the id of who reported it.
        duty_grid: Column with the code of the duty grid that it lies in.
    """
    reach = reach_of(viewer)
    if reach.everything:
        return Q()
    sides = [
        *_in_jurisdictions(reach, jurisdiction),
        *(Q(**{f"{column}__startswith": path}) for column in departments for path in sorted(reach.departments)),
        *_with_ids(department_ids, _ids_below(viewer, reach) if department_ids else []),
        *_with_ids(people, sorted(reach.people)),
        *([Q(**{reporter: reach.reporter})] if reporter and reach.reporter is not None else []),
        *_in_grids(reach, jurisdiction, duty_grid),
    ]
    seen = Q()
    for side in sides:
        seen |= side
    return seen if sides else NOTHING


def scope_of_staff(viewer: Viewer, jurisdiction: str = "jurisdiction") -> Q:
    """Return the condition under which ``viewer`` sees a row that all the staff of its city share: parts, borders, grids.

    Args:
        jurisdiction: Column with the jurisdiction's code.
    """
    places = viewer.works_in
    if viewer.is_system and "" in places:
        return Q()
    return Q(**{f"{jurisdiction}__in": sorted(places)}) if places else NOTHING


def _in_jurisdictions(reach: Reach, column: str) -> list[Q]:
    return [Q(**{f"{column}__in": sorted(reach.jurisdictions)})] if reach.jurisdictions else []


def _in_grids(reach: Reach, jurisdiction: str, column: str) -> list[Q]:
    if not column or not reach.duty_grids:
        return []
    grids: dict[str, Any] = {
        f"{jurisdiction}__in": sorted(reach.grid_jurisdictions),
        f"{column}__in": sorted(reach.duty_grids),
    }
    return [Q(**grids)]


def _with_ids(lookups: Sequence[str], ids: list[int]) -> list[Q]:
    found: list[Q] = []
    for lookup in lookups if ids else ():
        if lookup.endswith("__overlap"):
            # An index that leaves out the rows with an empty list is used only where the condition leaves them out too:
            # PostgreSQL does not see that an overlap does.
            found.append(Q(**{lookup: ids}) & ~Q(**{lookup.removesuffix("__overlap"): []}))
        elif lookup.endswith("__in"):
            found.append(Q(**{lookup: ids}))
        else:
            found += [Q(**{lookup: one}) for one in ids]
    return found


def _ids_below(viewer: Viewer, reach: Reach) -> list[int]:
    """Return the ids of the reach's departments and of all units below them."""
    places = {held.jurisdiction for held in viewer.posts if held.department_path} if reach.departments else set()
    return sorted(
        department.id
        for place in places
        for department in city(place).departments.values()
        if any(department.path.startswith(path) for path in reach.departments)
    )
