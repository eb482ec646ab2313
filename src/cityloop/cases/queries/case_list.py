"""Lists of cases: what somebody may see, narrowed and in order, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.coordinates import coordinates
from cityloop.cases.queries.keyset import Page, newest_first, soonest_first
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.tables import table, versions_known
from cityloop.cases.queries.words import Coded, StateName, Words, words_of
from cityloop.kernel.errors import Fault, InvalidInput, NotFound, shown
from cityloop.kernel.translation import _, listed
from cityloop.kernel.versions import versions_of
from cityloop.organisation.queries.scope import NOTHING, scope_of_staff
from cityloop.organisation.rules.staffing import Viewer

Order = Literal["reported_at", "due_at"]

COLUMNS = (
    "id", "number", "jurisdiction", "table_version", "state", "kind", "source", "category", "condition", "department",
    "unit_grid", "duty_grid", "community", "street", "district", "external_number", "reported_at", "closed_at",
    "due_at", "warn_at", "double_at", "seq", "lon", "lat",
)  # fmt: skip
EQUAL = ("community", "street", "district", "unit_grid", "duty_grid", "external_number")
INNER = frozenset({"department__in", "duty_grid", "external_number", "due_at__lt"})
"""Sides of a case that one of the public does not see."""

ANY_OF = ("state", "kind", "source", "category", "department")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases are looked for; empty sides narrow nothing.

    Args:
        jurisdiction: Code of one jurisdiction; without it those of the viewer's posts and below them.
        state, kind, source, category, department: Any one of these codes.
        community, street, district, unit_grid, duty_grid, external_number: This very code.
        reported_from, reported_to: From this instant on, until before this one.
        due_before: Open and due before this instant.
        number: How the number begins.
        mine: Only what the viewer reported, in whatever city.
    """

    jurisdiction: str = ""
    state: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    community: str = ""
    street: str = ""
    district: str = ""
    unit_grid: str = ""
    duty_grid: str = ""
    external_number: str = ""
    reported_from: datetime | None = None
    reported_to: datetime | None = None
    due_before: datetime | None = None
    number: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as a list shows it. ``position`` is lon, lat in degrees, WGS 84."""

    number: str
    jurisdiction: str
    state: StateName
    light: Light
    source: Coded
    category: Coded
    condition: Coded | None
    department: Coded | None
    position: tuple[float, float] | None
    unit_grid: str
    duty_grid: str
    community: str
    street: str
    district: str
    external_number: str
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    seq: int


def case_page(
    viewer: Viewer, wanted: Wanted, *, order: Order = "reported_at", limit: int = 50, cursor: str = ""
) -> Page[CaseLine]:
    """Return a page of the cases that ``viewer`` may see: one query, and one for each city among them.

    Args:
        order: ``reported_at``: newest first. ``due_at``: only what is open, soonest first.
    Raises:
        NotFound: ``wanted`` names a jurisdiction with which the viewer has nothing to do.
        InvalidInput: The cursor is not one of this list in this order, or no table of the viewer's cities knows the state
            or the source that is asked for; that is looked up only where nothing was found.
    """
    if (
        wanted.jurisdiction
        and not wanted.mine
        and not viewer.is_system
        and wanted.jurisdiction not in viewer.jurisdictions
    ):
        raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": wanted.jurisdiction[:40]})
    # Everybody sees what they reported (``organisation.rules.scope``): said again, the other sides of the rule would keep
    # PostgreSQL from reading one's own in the order of their index.
    seen = models.Case.objects.all() if wanted.mine else models.Case.objects.visible_to(viewer)
    rows = seen.filter(narrowed(viewer, wanted))
    if order == "due_at":
        rows = rows.filter(_by_the_staff(viewer))
    if order == "due_at" or wanted.due_before is not None:
        rows = rows.open()
    columns = rows.annotate(**coordinates("location")).values_list(*COLUMNS, named=True)
    if order == "due_at":
        found, following = soonest_first(columns, "cases by due", cursor, limit, UUID)
    else:
        found, following = newest_first(columns, "cases by report", cursor, limit)
    if not found and not cursor and (wanted.state or wanted.source):
        _check_codes(viewer, wanted)
    words = cache(words_of)
    return Page([line_of(row, words(row.jurisdiction, row.table_version), viewer) for row in found], following)


def _check_codes(viewer: Viewer, wanted: Wanted) -> None:
    """Refuse states and sources that no table knows: a slip of the pen must not look like an empty list."""
    cities = {wanted.jurisdiction} if wanted.jurisdiction else viewer.jurisdictions
    tables = [table(code, version) for code in cities for version in versions_known(code, versions_of(code))]
    known = {
        "state": {code for loop in tables for code in loop.states},
        "source": {code for loop in tables for code in loop.sources},
    }
    faults = [
        Fault(name, _("no table of your cities knows it"), shown(code))
        for name, codes in known.items()
        for code in getattr(wanted, name)
        if codes and code not in codes
    ]
    if faults:
        raise InvalidInput(
            _("What is asked for does not exist: %(names)s") % {"names": listed(fault.value for fault in faults)},
            faults=faults,
        )


def narrowed(viewer: Viewer, wanted: Wanted) -> Q:
    conditions: dict[str, Any] = {name: value for name in EQUAL if (value := getattr(wanted, name))}
    conditions |= {f"{name}__in": value for name in ANY_OF if (value := getattr(wanted, name))}
    spans: Mapping[str, Any] = {
        "reported_at__gte": wanted.reported_from,
        "reported_at__lt": wanted.reported_to,
        "due_at__lt": wanted.due_before,
        "number__startswith": wanted.number,
    }
    conditions |= {name: value for name, value in spans.items() if value}
    place = _somewhere(viewer, wanted)
    return Q(**conditions) & (place & _by_the_staff(viewer) if conditions.keys() & INNER else place)


def _by_the_staff(viewer: Viewer) -> Q:
    """Return the condition of a case that the viewer sees as one of the staff: what they do not see of a case finds none."""
    if viewer.is_system:
        return Q()
    return scope_of_staff(viewer)


def _somewhere(viewer: Viewer, wanted: Wanted) -> Q:
    """Return the jurisdictions to look in. Said apart from what may be seen, whose many sides no one index answers."""
    place = Q()
    if wanted.jurisdiction:
        place = Q(jurisdiction=wanted.jurisdiction)
    elif viewer.jurisdictions and not wanted.mine:
        place = Q(jurisdiction__in=sorted(viewer.jurisdictions))
    if wanted.mine:
        place &= NOTHING if viewer.user_id is None else Q(reporter_user=viewer.user_id)
    return place


def line_of(row: Any, words: Words, viewer: Viewer) -> CaseLine:
    line = CaseLine(
        number=row.number,
        jurisdiction=row.jurisdiction,
        state=words.state(row.state),
        light=case_light(row.kind, due_of(row), words.now),
        source=words.source(row.source),
        category=words.category(row.category),
        condition=words.condition(row.condition),
        department=words.department(row.department),
        position=None if row.lon is None else (row.lon, row.lat),
        unit_grid=row.unit_grid,
        duty_grid=row.duty_grid,
        community=row.community,
        street=row.street,
        district=row.district,
        external_number=row.external_number,
        reported_at=row.reported_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        seq=row.seq,
    )
    if not reads_as_public(words.loop, row.jurisdiction, viewer):
        return line
    return replace(
        line, light=Light.NONE, condition=None, department=None, due_at=None, duty_grid="", external_number=""
    )
