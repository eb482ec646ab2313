"""What the field proposes: lists, each proposal in words, what stands against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from cityloop.assets import models
from cityloop.assets.choices import ChangeKind, Decision
from cityloop.assets.queries.near import parts_near
from cityloop.assets.queries.photos import Shot, shots_of_proposals
from cityloop.assets.queries.told import Told, told_values
from cityloop.assets.queries.values import values_of
from cityloop.assets.queries.words import PartWords, label_of
from cityloop.assets.rules.proposals import SAME_PLACE_M, Against
from cityloop.kernel.errors import NotFound
from cityloop.kernel.paging import encode_cursor, key_of
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City, Person, city, people
from cityloop.organisation.rules.staffing import Viewer

PAGE = 50
LIST = "proposals"


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal in words.

    Args:
        says: What would change, each with how it is and how it would be.
        against: What stands against it; of a decided one nothing.
        spot: ``lon,lat`` in degrees.
    """

    id: UUID
    jurisdiction: str
    kind: str
    kind_name: str
    code: str
    class_name: str
    words: str
    case_number: str
    by: str
    at: datetime
    state: str
    state_name: str
    reason: str
    decided_by: str
    decided_at: datetime | None
    says: Sequence[Told]
    against: Against
    photos: Sequence[Shot]
    spot: str


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One page; ``next`` is the cursor of the one after, "" for the last."""

    items: list[ProposalLine]
    next: str


def against(rows: Iterable[models.Proposal]) -> Mapping[UUID, Against]:
    """Say of each proposal what of the present stands against it: two queries, and one for each new part."""
    waiting = [row for row in rows if row.state == Decision.WAITING]
    codes = {row.code for row in waiting if row.code}
    homes = {row.jurisdiction for row in waiting}
    parts = {
        (one.jurisdiction, one.code): one
        for one in models.Part.objects.filter(jurisdiction__in=homes, code__in=codes).defer("geometry").order_by("id")
    }
    others: dict[tuple[str, str], int] = {}
    if codes:
        same = models.Proposal.objects.filter(jurisdiction__in=homes, code__in=codes, state=Decision.WAITING)
        for home, code, count in same.order_by().values_list("jurisdiction", "code").annotate(Count("id")):
            others[home, code] = count - 1
    found = {}
    for row in waiting:
        key = (row.jurisdiction, row.code)
        if row.kind == ChangeKind.NEW:
            found[row.pk] = Against(near=_near(row))
        elif key not in parts or parts[key].valid_to is not None:
            found[row.pk] = Against(is_gone=True)
        else:
            found[row.pk] = Against(is_outdated=parts[key].revision != row.revision, others=others.get(key, 0))
    return found


def _near(row: models.Proposal) -> tuple[str, ...]:
    """Return the codes of parts of the class that stand at the place of a new one, the nearest first."""
    home = city(row.jurisdiction)
    near = parts_near(
        home, row.place.x, row.place.y, on=home.today(), classes=[row.class_code], within_m=SAME_PLACE_M, most=3
    )
    return tuple(one.code for one in near)


def proposal_page(
    viewer: Viewer, home: City, *, state: str = Decision.WAITING, mine: bool = False, cursor: str = ""
) -> ProposalPage:
    """Return proposals of a city that ``viewer`` may see, the newest first.

    Args:
        mine: Only the viewer's own.
    Raises:
        InvalidInput: The cursor is none of this list.
    """
    rows = models.Proposal.objects.visible_to(viewer).filter(jurisdiction=home.code)
    if state:
        rows = rows.filter(state=state)
    if mine:
        rows = rows.filter(by=viewer.user_id or 0)
    if cursor:
        at, last = key_of(LIST, cursor, datetime.fromisoformat, UUID)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=last))
    found = list(rows.order_by("-at", "-pk")[: PAGE + 1])
    page = found[:PAGE]
    following = encode_cursor(LIST, page[-1].at, page[-1].pk) if len(found) > PAGE else ""
    return ProposalPage(lines_of(home, page), following)


def proposals_about(viewer: Viewer, home: City, code: str) -> list[ProposalLine]:
    """Return the waiting proposals about one part, the newest first."""
    rows = models.Proposal.objects.visible_to(viewer).filter(jurisdiction=home.code, code=code, state=Decision.WAITING)
    return lines_of(home, list(rows.order_by("-at", "-pk")[:PAGE]))


def proposal(viewer: Viewer, id: UUID) -> ProposalLine:  # noqa: A002
    """Return one proposal.

    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    row = models.Proposal.objects.visible_to(viewer).filter(pk=id).first()
    if row is None:
        raise NotFound(_("There is no such proposal."))
    return lines_of(city(row.jurisdiction), [row])[0]


def lines_of(home: City, rows: Sequence[models.Proposal]) -> list[ProposalLine]:
    """Return proposals in words."""
    words = PartWords(home)
    stands, shots = against(rows), shots_of_proposals([row.pk for row in rows])
    names = people({one for row in rows for one in (row.by, row.decided_by) if one is not None})
    codes = [row.code for row in rows if row.code]
    parts = {one.code: one for one in models.Part.objects.filter(jurisdiction=home.code, code__in=codes).order_by("id")}
    return [
        _line(row, words, parts.get(row.code), stands.get(row.pk, Against()), shots.get(row.pk, []), names)
        for row in rows
    ]


def _line(
    row: models.Proposal,
    words: PartWords,
    part: models.Part | None,
    stands: Against,
    shots: Sequence[Shot],
    names: Mapping[int, Person],
) -> ProposalLine:
    scheme = part.scheme if part else words.home.scheme
    now = values_of(part) if part is not None and row.kind != ChangeKind.NEW else {}
    return ProposalLine(
        row.pk, row.jurisdiction, row.kind, label_of(ChangeKind, row.kind), row.code,
        words.class_name(scheme, row.class_code), row.words, row.case_number, _name(names, row.by), row.at, row.state,
        label_of(Decision, row.state), row.reason, _name(names, row.decided_by), row.decided_at,
        told_values(words, scheme, now, row.values), stands, shots, f"{row.place.x:.6f},{row.place.y:.6f}",
    )  # fmt: skip


def _name(names: Mapping[int, Person], user_id: int | None) -> str:
    known = names.get(user_id or 0)
    return known.name if known else ""


def waiting_in(viewer: Viewer, home: City) -> int:
    """Count the proposals that wait in a city, as far as ``viewer`` may see them: one query over an index."""
    rows = models.Proposal.objects.visible_to(viewer)
    return rows.filter(jurisdiction=home.code, state=Decision.WAITING).count()
