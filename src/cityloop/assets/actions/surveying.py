"""Re-surveys: begun over some classes in some area, each part confirmed or proposed otherwise, closed."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import transaction

from cityloop.assets import models
from cityloop.assets.actions.proposing import Proposed, propose
from cityloop.assets.choices import ChangeKind, Seen
from cityloop.assets.queries.rights import refuse_unless_manager
from cityloop.assets.queries.surveys import parts_of
from cityloop.assets.queries.words import areas_of, classes_of
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer

AT_ONCE = 500
"""Parts that are confirmed in one go."""


def begin_survey(
    viewer: Viewer,
    jurisdiction: str,
    title: str,
    *,
    classes: Sequence[str],
    area: str,
    due_on: date | None,
    at: datetime,
) -> UUID:
    """Begin a survey today over the parts of some classes (none: all) in a street or a community ("": the whole city).

    Raises:
        NotAllowed: The viewer keeps no data in this city.
        InvalidInput: Something of it cannot be; ``faults`` name the fields.
    """
    refuse_unless_manager(viewer, jurisdiction)
    home, title = city(jurisdiction), title.strip()
    today, faults = home.today(), list[Fault]()
    if not title or len(title) > 100 or "\0" in title:
        faults.append(Fault("title", _("is no text of at most %(max)d characters") % {"max": 100}))
    if unknown := set(classes) - {one.code for one in classes_of(home)}:
        faults.append(Fault("classes", _("the city has no class of parts with these digits"), min(unknown)))
    if area and area not in {one.code for one in areas_of(home)}:
        faults.append(Fault("area", _("the city has no such street or community"), area[:20]))
    if due_on is None or due_on < today:
        faults.append(Fault("due_on", _("must be a day from today on")))
    if faults or due_on is None:
        raise InvalidInput(_("This cannot be kept: %(first)s") % {"first": faults[0].told()}, faults=faults)
    check_years(due_on)
    row = models.Survey.objects.create(
        jurisdiction=jurisdiction, title=title, classes=sorted(set(classes)), area=area, begins_on=today, due_on=due_on,
        by=viewer.user_id or 0, at=at,
    )  # fmt: skip
    return row.pk


@transaction.atomic
def mark(viewer: Viewer, survey_id: UUID, codes: Collection[str], seen: Seen, at: datetime, *, words: str = "") -> int:
    """Say what was found of parts of a survey; return how many. The last word counts.

    What is missing is proposed as gone, so that a data manager decides; what is otherwise is proposed in words of its own
    (``propose`` with the survey), and marks itself.

    Raises:
        NotFound: There is no such survey, or a part does not belong to it.
        NotAllowed: The viewer works elsewhere.
        Conflict: The survey is closed.
        InvalidInput: There are too many, or ``seen`` is a change, which nobody has told.
    """
    row = models.Survey.objects.visible_to(viewer).select_for_update().filter(pk=survey_id).first()
    if row is None:
        raise NotFound(_("There is no such survey, or it is closed."))
    if row.jurisdiction not in viewer.works_in or viewer.user_id is None:
        raise NotAllowed(_("Only the staff of a city survey its parts."))
    if row.closed_at is not None:
        raise Conflict(_("The survey is closed."))
    if seen == Seen.CHANGED:
        raise InvalidInput(_("Say what is otherwise: propose the change."))
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        raise InvalidInput(_("Tick the parts that you have looked at."))
    if len(wanted) > AT_ONCE:
        raise InvalidInput(_("At most %(most)d parts at a time.") % {"most": AT_ONCE})
    known = set(parts_of(row).filter(code__in=wanted).values_list("code", flat=True))
    if missing := [one for one in wanted if one not in known]:
        raise NotFound(_("The part %(code)s does not belong to this survey.") % {"code": missing[0][:20]})
    for code in wanted:
        if seen == Seen.MISSING:
            told = Proposed(
                ChangeKind.GONE, uuid5(row.pk, f"{code} {viewer.user_id}"), code=code, words=words, survey=row.pk
            )
            propose(viewer, row.jurisdiction, told, at)
        else:
            models.SurveyMark.objects.update_or_create(
                survey=row, code=code, defaults={"seen": seen, "by": viewer.user_id, "at": at, "proposal": None}
            )
    return len(wanted)


def close_survey(viewer: Viewer, survey_id: UUID, at: datetime) -> None:
    """Close a survey: nothing is marked in it any more. Twice is once.

    Raises:
        NotFound: There is none.
        NotAllowed: The viewer keeps no data in its city.
    """
    row = models.Survey.objects.visible_to(viewer).filter(pk=survey_id).first()
    if row is None:
        raise NotFound(_("There is no such survey, or it is closed."))
    refuse_unless_manager(viewer, row.jurisdiction)
    models.Survey.objects.filter(pk=row.pk, closed_at=None).update(closed_at=at)
