"""The doors through which a case is shown: who sees in full who reported it is written down in the same breath.

One look is one row: what a page shows in several places, of one case that was read once, is written down once.
"""

from cityloop.cases import models
from cityloop.cases.choices import Shown, Via
from cityloop.cases.projections import is_personal
from cityloop.cases.queries.case_detail import CaseDetail, case_detail
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import texts_of
from cityloop.cases.queries.privacy import (
    Reporter,
    is_reporter,
    knowing_post,
    may_know_reporter,
    was_reported_by_public,
)
from cityloop.cases.queries.timeline import EventLine, timeline
from cityloop.kernel.clock import machine_now

LOOKED_AT = "_looked_at"
"""Where a case that was read remembers which fields of its reporter have been shown."""

REPORTED_BY = "reported_by"
"""The account of whoever reported, where the public reports with accounts."""


def look_at_case(found: Found, via: Via) -> CaseDetail:
    """Return all about a case for its reader, through the door ``via``; a look at the reporter's data is logged."""
    detail = case_detail(found)
    if may_know_reporter(found):
        _note(found, via, Shown.CASE, _told_by(detail))
    return detail


def look_at_page(found: Found, via: Via) -> tuple[CaseDetail, list[EventLine]]:
    """Return all about a case and what happened to it, for a page that shows both: one look."""
    detail, lines = case_detail(found), timeline(found)
    if may_know_reporter(found):
        _note(found, via, Shown.CASE, list(dict.fromkeys([*_told_by(detail), *_told_in(lines)])))
    return detail, lines


def look_at_reporter(found: Found, via: Via) -> Reporter | None:
    """Return who reported a case, for a form that tells its reader whom to call; None to whoever may not know them. The look is logged."""
    if not may_know_reporter(found):
        return None
    texts = {one.field: one.text for one in texts_of(found) if one.personal and one.text}
    said = Reporter(texts.get("reporter_name"), texts.get("reporter_phone"), masked=False)
    _note(found, via, Shown.CASE, sorted(field for field in ("reporter_name", "reporter_phone") if field in texts))
    return said


def look_at_timeline(found: Found, via: Via) -> list[EventLine]:
    """Return what happened to a case for its reader, through the door ``via``; a look at the reporter's data is logged."""
    lines = timeline(found)
    if may_know_reporter(found):
        _note(found, via, Shown.TIMELINE, _told_in(lines))
    return lines


def goes_on(found: Found, before: Found) -> None:
    """Say that a case that was read anew is looked at in the same breath as before: what was shown is written down already."""
    found.row.__dict__[LOOKED_AT] = before.row.__dict__.setdefault(LOOKED_AT, set())


def _told_by(detail: CaseDetail) -> list[str]:
    said = detail.reporter
    texts = {"reporter_name": said.name, "reporter_phone": said.phone} if said else {}
    return [field for field, text in texts.items() if text]


def _told_in(lines: list[EventLine]) -> list[str]:
    return sorted({field for line in lines for field, text in line.texts.items() if text and is_personal(field)})


def _note(found: Found, via: Via, page: Shown, said: list[str]) -> None:
    """Write the look down, unless nothing was shown, or one of the public looks at what they said themselves."""
    by_public = was_reported_by_public(found)
    looked_at: set[str] = found.row.__dict__.setdefault(LOOKED_AT, set())
    fields = [field for field in ([*said, REPORTED_BY] if by_public else said) if field not in looked_at]
    if not fields or (by_public and is_reporter(found)):
        return
    looked_at.update(fields)
    models.ReporterLook.objects.create(
        case_id=found.row.id,
        jurisdiction=found.row.jurisdiction,
        person=found.viewer.user_id,
        post=knowing_post(found) or "",
        at=machine_now(),
        via=via,
        page=page,
        fields=fields,
    )
