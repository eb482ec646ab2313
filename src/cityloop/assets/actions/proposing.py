"""Changes that the field proposes, and what a data manager makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction

from cityloop.assets import models
from cityloop.assets.actions.changing import (
    Wanted,
    cause_of,
    change_part,
    class_faults,
    create_part,
    departments_of,
    placed,
    read_position,
    refusal,
)
from cityloop.assets.actions.photos import hang, photos_of
from cityloop.assets.choices import ChangeKind, Decision, Origin, Seen
from cityloop.assets.queries.histories import part_row
from cityloop.assets.queries.proposals import against
from cityloop.assets.queries.rights import refuse_unless_manager
from cityloop.assets.queries.values import shape_in, values_of
from cityloop.assets.rules.values import UNITS, as_position, difference, faults_in, fits, tidied
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer

AT_ONCE = 100
"""Proposals that are decided in one go."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What somebody in the field says.

    Args:
        kind: One of ``ChangeKind``.
        code: Of the part; "" for a new one.
        class_code: Of a new part.
        values: By the names of ``rules.values.TYPED``.
        position: WKT in degrees, of a new or a moved part.
        words: What whoever decides should know.
        photos: Digests of photos that they have sent.
        case_number: Of the case that it came from.
        key: The sender's own: sent twice it is one.
    """

    kind: ChangeKind
    key: UUID
    code: str = ""
    class_code: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    position: str = ""
    words: str = ""
    photos: Sequence[str] = ()
    case_number: str = ""
    survey: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one of several proposals: ``why`` it was not done, "" where it was; ``code`` of its part."""

    id: UUID
    code: str
    why: str


@transaction.atomic
def propose(viewer: Viewer, jurisdiction: str, proposed: Proposed, at: datetime) -> UUID:
    """Keep a proposal until a data manager decides; return its id.

    Raises:
        NotAllowed: The viewer works elsewhere.
        NotFound: There is no such part in this city.
        InvalidInput: It says nothing, or what cannot be kept; ``faults`` name the fields.
    """
    if jurisdiction not in viewer.works_in or viewer.user_id is None:
        raise NotAllowed(_("Only the staff of a city propose changes of its parts."))
    known = models.Proposal.objects.filter(by=viewer.user_id, key=proposed.key).first()
    if known is not None:
        return known.pk
    photos = photos_of(viewer, jurisdiction, proposed.photos)
    row = _new(jurisdiction, proposed) if proposed.kind == ChangeKind.NEW else _about(viewer, jurisdiction, proposed)
    if "\0" in proposed.words or len(proposed.words) > 500:
        words = _("is no text of at most %(max)d characters") % {"max": 500}
        raise InvalidInput(words, faults=[Fault("words", words)])
    row.jurisdiction, row.kind, row.words = jurisdiction, proposed.kind, proposed.words.strip()
    row.case_number, row.by, row.at, row.key = proposed.case_number[:19], viewer.user_id, at, proposed.key
    row.survey = _survey(jurisdiction, proposed)
    row.save(force_insert=True)
    hang(photos, jurisdiction, "", viewer.user_id, at, row)
    if row.survey and row.code:
        seen = Seen.MISSING if proposed.kind == ChangeKind.GONE else Seen.CHANGED
        models.SurveyMark.objects.update_or_create(
            survey_id=row.survey,
            code=row.code,
            defaults={"seen": seen, "by": viewer.user_id, "at": at, "proposal": row.pk},
        )
    return row.pk


def _new(jurisdiction: str, proposed: Proposed) -> models.Proposal:
    home = city(jurisdiction)
    values = tidied(fits(proposed.values))
    shape, wrong = read_position(proposed.position)
    faults = [*class_faults(home, proposed.class_code), *faults_in(values, home.scheme, departments_of(home)), *wrong]
    if shape is not None and not wrong:
        faults += placed(jurisdiction, shape, home.today())[1]
    if faults:
        raise refusal(faults)
    values["position"] = as_position(shape)
    return models.Proposal(class_code=proposed.class_code, values=values, place=_point(shape))


def _about(viewer: Viewer, jurisdiction: str, proposed: Proposed) -> models.Proposal:
    home, part = city(jurisdiction), part_row(viewer, proposed.code)
    if part.jurisdiction != jurisdiction:
        raise NotFound(_("The city has no part with the code %(code)s.") % {"code": proposed.code[:20]})
    before, values, shape = values_of(part), tidied(fits(proposed.values)), shape_in(part)
    faults = faults_in(values, part.scheme, {*departments_of(home), *(before[name] for name in UNITS)})
    if proposed.kind == ChangeKind.MOVED or proposed.position:
        shape, wrong = read_position(proposed.position)
        faults += wrong
        if shape is not None and not wrong:
            faults += placed(jurisdiction, shape, home.today())[1]
            values["position"] = as_position(shape)
    if before["valid_to"]:
        faults.append(Fault("", _("This part is gone. Take that back first.")))
    if faults:
        raise refusal(faults)
    changed = {} if proposed.kind == ChangeKind.GONE else difference(before, values)[1]
    if proposed.kind != ChangeKind.GONE and not changed:
        words = _(
            "Nothing differs from what the registry says. Change a field, or say that the part is as it should be."
        )
        raise InvalidInput(words, faults=[Fault("", words)])
    return models.Proposal(
        code=part.code, revision=part.revision, class_code=part.class_code, values=changed, place=_point(shape)
    )


def _survey(jurisdiction: str, proposed: Proposed) -> UUID | None:
    if proposed.survey is None:
        return None
    open_ones = models.Survey.objects.filter(pk=proposed.survey, jurisdiction=jurisdiction, closed_at=None)
    if not open_ones.exists():
        raise NotFound(_("There is no such survey, or it is closed."))
    return proposed.survey


def decide(
    viewer: Viewer, ids: Collection[UUID], *, accepts: bool, reason: str, at: datetime, anyway: bool = False
) -> list[Decided]:
    """Accept or refuse proposals, each in a transaction of its own; say of each what came of it, in the order of ``ids``.

    Args:
        reason: Why; needed where they are refused.
        anyway: Whoever accepts has seen what stands against it.
    Raises:
        InvalidInput: There is no reason, or there are too many.
    """
    reason = reason.strip()
    if not accepts and not reason:
        words = _("Say why: whoever proposed it reads it.")
        raise InvalidInput(words, faults=[Fault("reason", words)])
    if len(ids) > AT_ONCE or len(reason) > 500 or "\0" in reason:
        raise InvalidInput(
            _("At most %(most)d proposals at a time, with a reason of at most 500 characters.") % {"most": AT_ONCE}
        )
    done = []
    for one in ids:
        try:
            code = _decide(viewer, one, accepts=accepts, reason=reason, at=at, anyway=anyway)
            done.append(Decided(one, code, ""))
        except CityError as exc:
            done.append(Decided(one, "", exc.message))
    return done


@transaction.atomic
def _decide(viewer: Viewer, id: UUID, *, accepts: bool, reason: str, at: datetime, anyway: bool) -> str:  # noqa: A002
    row = models.Proposal.objects.visible_to(viewer).select_for_update().filter(pk=id).first()
    if row is None:
        raise NotFound(_("There is no such proposal."))
    refuse_unless_manager(viewer, row.jurisdiction)
    if row.state != Decision.WAITING:
        raise Conflict(_("This was decided already."))
    if accepts:
        stands = against([row])[row.pk]
        if stands.forbids or (stands.warns and not anyway):
            raise Conflict(stands.forbids or stands.warns)
        row.code = _take_over(viewer, row, reason, at)
        models.PartPhoto.objects.filter(proposal=row).update(code=row.code)
    row.state = Decision.ACCEPTED if accepts else Decision.REFUSED
    row.decided_by, row.decided_at, row.reason = viewer.user_id, at, reason
    row.save()
    return row.code


def _take_over(viewer: Viewer, row: models.Proposal, reason: str, at: datetime) -> str:
    note = reason or row.words
    origin = Origin.SURVEY if row.survey else Origin.PROPOSAL
    cause = cause_of(viewer, row.jurisdiction, at, origin=origin, ref=str(row.pk), note=note)
    values = dict(row.values)
    if row.kind == ChangeKind.NEW:
        return create_part(viewer, row.jurisdiction, row.class_code, values.pop("position"), values, cause)
    change_part(viewer, row.jurisdiction, Wanted(row.code, values, is_gone=row.kind == ChangeKind.GONE), cause)
    return row.code


def _point(shape: Any) -> Point:
    spot = shape if shape.geom_type == "Point" else shape.representative_point()
    return Point(spot.x, spot.y, srid=4490)
