"""What somebody follows: the cases among them that they may still see."""

from uuid import UUID

from cityloop.cases import models
from cityloop.cases.queries.case_rows import CaseRow, case_rows, for_table
from cityloop.cases.queries.keyset import Page, soonest_first
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 50


def followed(viewer: Viewer, *, closed: bool = False, cursor: str = "") -> Page[CaseRow]:
    """Return a page of the cases that ``viewer`` follows and sees, what is due first on top: one query, those of ``case_rows``.

    Args:
        closed: Those that are over instead of those that are open.
    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    rows = models.Case.objects.visible_to(viewer).filter(followings__person=viewer.user_id or 0)
    rows = rows.exclude(models.OPEN) if closed else rows.open()
    name = "followed, over" if closed else "followed"
    found, following = soonest_first(for_table(rows, viewer), name, cursor, SHOWN, UUID)
    return Page(case_rows(found, viewer), following)
