"""A city is divided: a draft is asked for, proposed by the worker, changed by hand, and published from a day on."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction

from cityloop.geography.actions.duty import carry_over, end
from cityloop.geography.actions.writing import NewGrid, lock, write_grids
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DraftGrid, DutyGridMember, GridDraft, Region, UnitGrid
from cityloop.geography.rules.division import Communities, Wish, codes_of, propose, quality_of, staying
from cityloop.geography.rules.division.editing import Change, Face, Point, bent, joined, moved, split
from cityloop.geography.rules.located import NORMAL_ZONE
from cityloop.geography.rules.shapes import SRID, area_m2, as_ewkb, column
from cityloop.geography.surroundings import surroundings
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.runs import run_once
from cityloop.kernel.sql import copy_rows
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

logger = logging.getLogger(__name__)

# From which grids each new one took more than a square metre of ground.
ORIGINS = """
INSERT INTO geography_gridorigin (grid_id, origin_id, shared_m2)
SELECT grid, origin, shared FROM (
    SELECT new.id AS grid, old.id AS origin, ST_Area(ST_Intersection(new.geometry, old.geometry)::geography) AS shared
    FROM geography_unitgrid new JOIN geography_unitgrid old ON old.geometry && new.geometry AND old.id = ANY(%(old)s)
    WHERE new.jurisdiction = %(jurisdiction)s AND new.valid_from = %(on)s
) AS pair WHERE shared > 1
"""

# A grid with a new code walks with the duty grid that had most of its ground.
FOLLOW = """
INSERT INTO geography_dutygridmember (duty_grid_id, unit_grid_id, jurisdiction, valid_from)
SELECT DISTINCT ON (o.grid_id) m.duty_grid_id, o.grid_id, %(jurisdiction)s, %(on)s
FROM geography_gridorigin o
JOIN geography_unitgrid g ON g.id = o.grid_id AND g.jurisdiction = %(jurisdiction)s AND g.valid_from = %(on)s
JOIN geography_dutygridmember m ON m.unit_grid_id = o.origin_id AND m.valid_to = %(on)s
JOIN geography_dutygrid d ON d.id = m.duty_grid_id AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
WHERE NOT EXISTS (SELECT FROM geography_dutygridmember k WHERE k.unit_grid_id = o.grid_id)
ORDER BY o.grid_id, o.shared_m2 DESC, o.origin_id
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a draft changed: unit grids that go on as they were, that got another border, that are new, that ended."""

    same: int
    changed: int
    new: int
    ended: int


def ask_for_draft(jurisdiction: str, wish: Wish, *, by: str, communities: Collection[str] = ()) -> int:
    """Ask for a proposal of the division of a city, or of some of its communities; return the draft's id.

    Raises:
        InvalidInput: The wish makes no sense, or there is no such community with a border.
    """
    wish.checked()
    known_communities(jurisdiction, machine_now().date(), communities)
    draft = GridDraft.objects.create(
        jurisdiction=jurisdiction, by=by, wish=asdict(wish), communities=sorted(communities), asked_at=machine_now()
    )
    return draft.pk


def run_draft(draft_id: int, told: Callable[[float], None] = lambda _share: None) -> None:
    """Propose what a draft asks for, once; what cannot be done is kept as the reason of its failure."""
    rows = GridDraft.objects.filter(pk=draft_id)

    def progress(share: float) -> None:
        rows.update(progress=share)
        told(share)

    run_once(rows, lambda draft: _proposed(draft, progress), machine_now)


def _proposed(draft: GridDraft, progress: Callable[[float], None]) -> dict[str, Any]:
    today = machine_now().date()
    communities = known_communities(draft.jurisdiction, today, draft.communities)
    city, wish = surroundings(draft.jurisdiction, today), Wish(**draft.wish)
    proposal = propose(communities, city, wish, lambda share: progress(0.9 * share))
    held = _held(draft.jurisdiction, today, communities.codes)
    kept = staying(
        proposal.shapes, proposal.communities, column([one.shape for one in held]), [one.code for one in held]
    )
    faces = [
        Face(shape, community, kept.get(number, ""))
        for number, (shape, community) in enumerate(zip(proposal.shapes, proposal.communities, strict=True))
    ]
    told = quality_of(proposal.shapes, proposal.communities, communities, city, wish)
    _write(draft, faces, 0)
    return {"figures": asdict(told), "progress": 1.0}


def draft_of_grids(jurisdiction: str, on: date, *, by: str) -> int:
    """Make a draft of the unit grids that hold on a day, to change some of them; return its id.

    Raises:
        InvalidInput: There are none, or some are of several pieces.
    """
    now = machine_now()
    held = _held(jurisdiction, on)
    if not held:
        raise InvalidInput(_("There are no unit grids yet: let the city be divided."))
    if pieces := [one.code for one in held if one.shape.geom_type != "Polygon"]:
        raise InvalidInput(
            _("%(code)s is of several pieces, and so are %(more)d others: such grids cannot be edited by hand.")
            % {"code": pieces[0], "more": len(pieces) - 1}
        )
    with transaction.atomic():
        draft = GridDraft.objects.create(
            jurisdiction=jurisdiction, by=by, asked_at=now, started_at=now, finished_at=now, progress=1.0
        )
        _write(draft, held, 0)
    return draft.pk


def known_communities(jurisdiction: str, on: date, codes: Collection[str] = ()) -> Communities:
    """Return the communities of a city that have a border, all or those named.

    Raises:
        InvalidInput: There is none, or one that is named is not there.
    """
    rows = Region.objects.valid_on(on).filter(
        jurisdiction=jurisdiction, level=RegionLevel.COMMUNITY, geometry__isnull=False
    )
    if codes:
        rows = rows.filter(code__in=codes)
    found = [(code, shape) for code, shape in rows.order_by("code").values_list("code", "geometry") if shape]
    if not found or (missing := sorted(set(codes) - {code for code, _shape in found})):
        place = missing[0] if found else jurisdiction
        raise InvalidInput(
            _(
                "%(place)s has no communities with a border: import them first, unit grids are divided inside communities."
            )
            % {"place": place}
        )
    shapes = column([shapely.from_wkb(bytes(shape.wkb)) for _code, shape in found])
    return Communities(tuple(code for code, _shape in found), shapes)


@transaction.atomic
def move_corner(draft_id: int, seen: int, start: Point, to: Point) -> int:
    """Move a corner of a draft; return the new step. ``seen`` is the step that the person saw: see ``_open``."""
    draft = _open(draft_id, seen)
    return _changed(draft, moved(_around(draft, shapely.points(start)), start, to))


@transaction.atomic
def bend_border(draft_id: int, seen: int, one: Point, other: Point, to: Point) -> int:
    """Put a corner into a straight border of a draft; return the new step."""
    draft = _open(draft_id, seen)
    return _changed(draft, bent(_around(draft, shapely.linestrings([one, other])), one, other, to))


@transaction.atomic
def merge_grids(draft_id: int, seen: int, keys: Sequence[int]) -> int:
    """Make one grid of several of a draft; return the new step."""
    draft = _open(draft_id, seen)
    return _changed(draft, joined(_beside(draft, keys), keys))


@transaction.atomic
def split_grid(draft_id: int, seen: int, key: int, line: Sequence[Point]) -> int:
    """Cut a grid of a draft along a line; return the new step."""
    draft = _open(draft_id, seen)
    faces = _beside(draft, [key])
    if key not in faces:
        raise NotFound(_("This grid is not in the draft any more."))
    return _changed(draft, split(faces, key, line))


@transaction.atomic
def go_to_step(draft_id: int, seen: int, step: int) -> int:
    """Undo or redo: go to another step of the draft that is still known; return it."""
    draft = _open(draft_id, seen)
    if not 0 <= step <= draft.last_step:
        raise Conflict(_("There is nothing to undo or to repeat."))
    draft.step = step
    draft.save(update_fields=["step"])
    return step


def drop_draft(draft_id: int, now: datetime) -> None:
    """Give a draft up; its grids are forgotten."""
    with transaction.atomic():
        draft = GridDraft.objects.select_for_update().get(pk=draft_id)
        if draft.published_at is None:
            draft.grids.all().delete()
            draft.dropped_at = now
            draft.save(update_fields=["dropped_at"])


@transaction.atomic
def publish_draft(draft_id: int, valid_from: date, now: datetime) -> Published:
    """Let the grids of a draft hold from a day on; those of the same communities that held before end on that day.

    A grid that goes on with its code stays in its duty grid; one with a new code joins the duty grid that had most of its ground.
    Cases keep the grid they had.

    Raises:
        Conflict: The draft is published or dropped already, or is not ready; or grids begin on that day or later.
        InvalidInput: A community has no numbers left, or the day cannot be used.
    """
    check_years(valid_from)
    draft = GridDraft.objects.select_for_update().get(pk=draft_id)
    _refuse_closed(draft)
    lock(draft.jurisdiction)
    faces = list(_faces(draft.grids.at_step(draft.step)).values())
    within = sorted({one.community for one in faces})
    every = UnitGrid.objects.filter(jurisdiction=draft.jurisdiction, community_code__in=within)
    if every.filter(valid_from__gte=valid_from).exists():
        raise Conflict(_("Unit grids begin on that day or later already; choose a later day."))
    held = {code: (pk, shape) for pk, code, shape in _rows(every.valid_on(valid_from))}
    used = set(every.values_list("code", flat=True))
    # A code that was kept in the draft may have ended meanwhile, and is then nobody's.
    kept = {number: one.code for number, one in enumerate(faces) if one.code in held}
    shapes = column([one.shape for one in faces])
    codes = codes_of(shapes, [one.community for one in faces], kept, used)
    new = [
        (code, one.shape)
        for code, one in zip(codes, faces, strict=True)
        if code not in held or not _is_same(held[code][1], one.shape)
    ]
    staying_on = set(codes) - {code for code, _shape in new}
    ending = [pk for code, (pk, _shape) in held.items() if code not in staying_on]
    zones = dict(UnitGrid.objects.filter(pk__in=ending).values_list("code", "timing_zone"))
    names = dict(UnitGrid.objects.filter(pk__in=ending).values_list("code", "name"))
    UnitGrid.objects.filter(pk__in=ending).update(valid_to=valid_from)
    zone_of = _zones(zones)
    write_grids(
        [
            NewGrid(code, draft.jurisdiction, shape, names.get(code, ""), zones.get(code) or zone_of(code))
            for code, shape in new
        ],
        valid_from,
    )
    carry_over(ending, valid_from)
    end(DutyGridMember.objects.filter(unit_grid__in=ending).exclude(valid_to__lte=valid_from), valid_from)
    values: dict[str, Any] = {"old": ending, "jurisdiction": draft.jurisdiction, "on": valid_from}
    with connection.cursor() as cursor:
        cursor.execute(ORIGINS, values)
        cursor.execute(FOLLOW, values)
    draft.published_at, draft.published_from = now, valid_from
    draft.save(update_fields=["published_at", "published_from"])
    changed = sum(code in held for code, _shape in new)
    logger.info("%s: draft %d published from %s, %d grids", draft.jurisdiction, draft.pk, valid_from, len(faces))
    return Published(len(staying_on), changed, len(new) - changed, len(set(held) - set(codes)))


def _zones(zones: dict[str, str]) -> Callable[[str], str]:
    """Return the timing zone of a new grid: that of most grids which its community had."""
    by_community: dict[str, list[str]] = {}
    for code, zone in zones.items():
        by_community.setdefault(code[:12], []).append(zone)
    most = {code: max(sorted(set(all_)), key=all_.count) for code, all_ in by_community.items()}
    return lambda code: most.get(code[:12], NORMAL_ZONE)


def _is_same(one: Any, other: Any) -> bool:
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 0.0))


def _open(draft_id: int, seen: int) -> GridDraft:
    """Return a draft to change, locked.

    Raises:
        Conflict: It is closed, or stands at another step than the person saw: somebody else has changed it.
    """
    draft = GridDraft.objects.select_for_update().get(pk=draft_id)
    _refuse_closed(draft)
    if draft.step != seen:
        raise Conflict(_("Somebody has changed this draft meanwhile: load the page again."), step=draft.step)
    return draft


def _refuse_closed(draft: GridDraft) -> None:
    if draft.published_at or draft.dropped_at:
        raise Conflict(_("This draft is published or dropped already."))
    if draft.finished_at is None or draft.failure:
        raise Conflict(_("This draft is not ready yet."))


def _around(draft: GridDraft, place: Any) -> dict[int, Face]:
    """Return the faces that meet a place, and all that meet these."""
    hit = draft.grids.at_step(draft.step).filter(
        geometry__intersects=GEOSGeometry(memoryview(shapely.to_wkb(shapely.buffer(place, 1e-7))), SRID)
    )
    return _beside(draft, list(hit.order_by("pk").values_list("pk", flat=True)))


def _beside(draft: GridDraft, keys: Sequence[int]) -> dict[int, Face]:
    rows = draft.grids.at_step(draft.step)
    shapes = [
        shapely.from_wkb(bytes(one.wkb))
        for one in rows.filter(pk__in=keys).order_by("pk").values_list("geometry", flat=True)
    ]
    if not shapes:
        return {}
    box = shapely.box(*shapely.total_bounds(shapes).tolist())
    return _faces(
        rows.filter(geometry__bboverlaps=GEOSGeometry(memoryview(shapely.to_wkb(shapely.buffer(box, 1e-6))), SRID))
    )


def _faces(rows: Any) -> dict[int, Face]:
    columns = ("pk", "geometry", "community_code", "code")
    return {
        pk: Face(shapely.from_wkb(bytes(shape.wkb)), community, code)
        for pk, shape, community, code in rows.order_by("pk").values_list(*columns)
    }


def _changed(draft: GridDraft, change: Change) -> int:
    """Write the next step of a draft; what had been undone is forgotten."""
    DraftGrid.objects.filter(draft=draft, since__gt=draft.step).delete()
    DraftGrid.objects.filter(draft=draft, until__gt=draft.step).update(until=None)
    step = draft.step + 1
    DraftGrid.objects.filter(draft=draft, pk__in=change.gone).update(until=step)
    _write(draft, change.new, step)
    draft.step = draft.last_step = step
    draft.save(update_fields=["step", "last_step"])
    return step


def _write(draft: GridDraft, faces: Sequence[Face], step: int) -> None:
    shapes = column([one.shape for one in faces])
    rows = zip(faces, as_ewkb(shapes), area_m2(shapes).tolist(), strict=True)
    copy_rows(
        "geography_draftgrid",
        ("draft_id", "community_code", "code", "geometry", "area_m2", "since"),
        ((draft.pk, one.community, one.code, shape, area, step) for one, shape, area in rows),
    )


def _held(jurisdiction: str, on: date, communities: Collection[str] = ()) -> list[Face]:
    """Return the unit grids that hold, one polygon each where they are one piece."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction)
    if communities:
        rows = rows.filter(community_code__in=communities)
    return [Face(shape, code[:12], code) for _pk, code, shape in _rows(rows)]


def _rows(grids: Any) -> list[tuple[int, str, Any]]:
    rows = grids.order_by("code").values_list("pk", "code", "geometry")
    return [(pk, code, _single(shapely.from_wkb(bytes(shape.wkb)))) for pk, code, shape in rows]


def _single(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape
