"""The doors through which a case is shown: who sees in full who reported it is written down in the same breath."""

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

REPORTED_BY = "reported_by"
"""The account of whoever reported, where the public reports with accounts."""


def look_at_case(found: Found, via: Via) -> CaseDetail:
    """Return all about a case for its reader, through the door ``via``; a look at the reporter's data is logged."""
    detail = case_detail(found)
    if may_know_reporter(found):
        said = detail.reporter
        texts = {"reporter_name": said.name, "reporter_phone": said.phone} if said else {}
        _note(found, via, Shown.CASE, [field for field, text in texts.items() if text])
    return detail


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
        said = {field for line in lines for field, text in line.texts.items() if text and is_personal(field)}
        _note(found, via, Shown.TIMELINE, sorted(said))
    return lines


def _note(found: Found, via: Via, page: Shown, said: list[str]) -> None:
    """Write the look down, unless nothing was shown, or one of the public looks at what they said themselves."""
    by_public = was_reported_by_public(found)
    fields = [*said, REPORTED_BY] if by_public else said
    if not fields or (by_public and is_reporter(found)):
        return
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
