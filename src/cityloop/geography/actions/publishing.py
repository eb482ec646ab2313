"""A draft of a division is published: its grids hold from a day on, those before end; what that would do can be asked first."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import shapely
from django.db import connection, transaction

from cityloop.geography.actions.draft_rows import faces_of, grid_rows, refuse_closed
from cityloop.geography.actions.duty import carry_over, end
from cityloop.geography.actions.writing import NewGrid, lock, write_grids
from cityloop.geography.models import DutyGridMember, GridAreaMember, GridDraft, UnitGrid
from cityloop.geography.rules.division import codes_of
from cityloop.geography.rules.located import NORMAL_ZONE
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

logger = logging.getLogger(__name__)

SAME: Final = 1e-11
"""Square degrees, a tenth of a square metre: a grid that differs by less is the same, its corners were only tidied."""

# From which grids each new one took more than a square metre of ground.
ORIGINS = """
INSERT INTO geography_gridorigin (grid_id, origin_id, shared_m2)
SELECT grid, origin, shared FROM (
    SELECT new.id AS grid, old.id AS origin, ST_Area(ST_Intersection(new.geometry, old.geometry)::geography) AS shared
    FROM geography_unitgrid new JOIN geography_unitgrid old ON old.geometry && new.geometry AND old.id = ANY(%(old)s)
    WHERE new.jurisdiction = %(jurisdiction)s AND new.valid_from = %(on)s
) AS pair WHERE shared > 1
"""

# A grid with a new code goes with the duty grid, or the area of each kind, that had most of its ground.
FOLLOW = (
    """
    INSERT INTO geography_dutygridmember (duty_grid_id, unit_grid_id, jurisdiction, valid_from)
    SELECT DISTINCT ON (o.grid_id) m.duty_grid_id, o.grid_id, %(jurisdiction)s, %(on)s
    FROM geography_gridorigin o
    JOIN geography_unitgrid g ON g.id = o.grid_id AND g.jurisdiction = %(jurisdiction)s AND g.valid_from = %(on)s
    JOIN geography_dutygridmember m ON m.unit_grid_id = o.origin_id AND m.valid_to = %(on)s
    JOIN geography_dutygrid d ON d.id = m.duty_grid_id AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
    WHERE NOT EXISTS (SELECT FROM geography_dutygridmember k WHERE k.unit_grid_id = o.grid_id)
    ORDER BY o.grid_id, o.shared_m2 DESC, o.origin_id
    """,
    """
    INSERT INTO geography_gridareamember (area_id, unit_grid_id, slot, jurisdiction, valid_from)
    SELECT DISTINCT ON (o.grid_id, m.slot) m.area_id, o.grid_id, m.slot, %(jurisdiction)s, %(on)s
    FROM geography_gridorigin o
    JOIN geography_unitgrid g ON g.id = o.grid_id AND g.jurisdiction = %(jurisdiction)s AND g.valid_from = %(on)s
    JOIN geography_gridareamember m ON m.unit_grid_id = o.origin_id AND m.valid_to = %(on)s
    JOIN geography_gridarea a ON a.id = m.area_id AND (a.valid_to IS NULL OR a.valid_to > %(on)s)
    WHERE NOT EXISTS (SELECT FROM geography_gridareamember k WHERE k.unit_grid_id = o.grid_id AND k.slot = m.slot)
    ORDER BY o.grid_id, m.slot, o.shared_m2 DESC, o.origin_id
    """,
)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a draft changed: unit grids that go on as they were, that got another border, that are new, that ended."""

    same: int
    changed: int
    new: int
    ended: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a draft does, by codes.

    Args:
        write: Code and shape of each grid that begins: with another border, or new.
        changed: Codes that go on with another border.
        new: Codes that are given for the first time.
        ended: Codes that end.
        same: How many grids go on as they are.
        ending: Keys of the rows that end, those of the changed ones among them.
    """

    write: Sequence[tuple[str, Any]]
    changed: Sequence[str]
    new: Sequence[str]
    ended: Sequence[str]
    same: int
    ending: Sequence[int]

    @property
    def published(self) -> Published:
        return Published(self.same, len(self.changed), len(self.new), len(self.ended))

    @property
    def touched(self) -> list[str]:
        """Codes that hold before and are changed or end."""
        return sorted({*self.changed, *self.ended})


def planned(draft: GridDraft, valid_from: date) -> Plan:
    """Return what publishing a draft from a day on does.

    Raises:
        Conflict: The draft is published or dropped already, or is not ready; or grids begin on that day or later.
        InvalidInput: A community has no numbers left, or the day cannot be used.
    """
    check_years(valid_from)
    refuse_closed(draft)
    faces = list(faces_of(draft.grids.at_step(draft.step)).values())
    within = sorted({one.community for one in faces})
    every = UnitGrid.objects.filter(jurisdiction=draft.jurisdiction, community_code__in=within)
    if every.filter(valid_from__gte=valid_from).exists():
        raise Conflict(_("Unit grids begin on that day or later already; choose a later day."))
    held = {code: (pk, shape) for pk, code, shape in grid_rows(every.valid_on(valid_from))}
    used = set(every.values_list("code", flat=True))
    # A code that was kept in the draft may have ended meanwhile, and is then nobody's.
    kept = {number: one.code for number, one in enumerate(faces) if one.code in held}
    codes = codes_of(column([one.shape for one in faces]), [one.community for one in faces], kept, used)
    write = [
        (code, one.shape)
        for code, one in zip(codes, faces, strict=True)
        if code not in held or not _is_same(held[code][1], one.shape)
    ]
    begun = {code for code, _shape in write}
    staying = set(codes) - begun
    return Plan(
        write,
        sorted(begun & set(held)),
        sorted(begun - set(held)),
        sorted(set(held) - set(codes)),
        len(staying),
        [pk for code, (pk, _shape) in held.items() if code not in staying],
    )


@transaction.atomic
def publish_draft(draft_id: int, valid_from: date, now: datetime) -> Published:
    """Let the grids of a draft hold from a day on; those of the same communities that held before end on that day.

    A grid that goes on with its code stays in its duty grid and its areas; one with a new code joins those that had most of its
    ground. Cases keep the grid they had.

    Raises:
        Conflict, InvalidInput: As ``planned``.
    """
    draft = GridDraft.objects.select_for_update().get(pk=draft_id)
    lock(draft.jurisdiction)
    plan = planned(draft, valid_from)
    ending = UnitGrid.objects.filter(pk__in=plan.ending)
    zones = dict(ending.values_list("code", "timing_zone"))
    names = dict(ending.values_list("code", "name"))
    ending.update(valid_to=valid_from)
    zone_of = _zones(zones)
    write_grids(
        [
            NewGrid(code, draft.jurisdiction, shape, names.get(code, ""), zones.get(code) or zone_of(code))
            for code, shape in plan.write
        ],
        valid_from,
    )
    _follow(draft.jurisdiction, plan.ending, valid_from)
    draft.published_at, draft.published_from = now, valid_from
    draft.save(update_fields=["published_at", "published_from"])
    logger.info("%s: draft %d published from %s: %s", draft.jurisdiction, draft.pk, valid_from, plan.published)
    return plan.published


def _follow(jurisdiction: str, ending: Collection[int], on: date) -> None:
    """Let duty grids and areas keep their ground."""
    carry_over(list(ending), on)
    for members in (DutyGridMember.objects.all(), GridAreaMember.objects.all()):
        end(members.filter(unit_grid__in=ending).exclude(valid_to__lte=on), on)
    values: Mapping[str, Any] = {"old": list(ending), "jurisdiction": jurisdiction, "on": on}
    with connection.cursor() as cursor:
        for statement in (ORIGINS, *FOLLOW):
            cursor.execute(statement, values)


def _zones(zones: dict[str, str]) -> Callable[[str], str]:
    """Return the timing zone of a new grid: that of most grids which its community had."""
    by_community: dict[str, list[str]] = {}
    for code, zone in zones.items():
        by_community.setdefault(code[:12], []).append(zone)
    most = {code: max(sorted(set(all_)), key=all_.count) for code, all_ in by_community.items()}
    return lambda code: most.get(code[:12], NORMAL_ZONE)


def _is_same(one: Any, other: Any) -> bool:
    if shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 0.0):
        return True
    return float(shapely.area(shapely.symmetric_difference(one, other))) < SAME
