"""New parts, many at once."""

import logging
from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from cityloop.assets.rules import NewPart, PartFault, faults_of
from cityloop.geography.queries import Locator
from cityloop.geography.rules.shapes import Shapes, as_ewkb, column, points_on
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.sql import copy_rows
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years
from cityloop.organisation.queries import city
from cityloop.standards.choices import ObjectType

MOST_FAULTS = 1000
"""Faults that are told one by one."""

COLUMNS = (
    "jurisdiction", "code", "scheme", "name", "state", "supervisor", "supervisor_name", "owner", "owner_name", "keeper",
    "keeper_name", "unit_grid", "street", "community", "geometry", "source", "accuracy", "extras", "remark", "valid_from",
)  # fmt: skip

__all__ = ["NewPart", "add_parts"]

logger = logging.getLogger(__name__)


@transaction.atomic
def add_parts(jurisdiction: str, parts: Sequence[NewPart], valid_from: date, *, scheme: str = "") -> int:
    """Write new parts, all or none, by COPY; return how many.

    Each gets the unit grid, the street and the community that it lies in on the day ``valid_from``; a line or a polygon by a point on it.

    Args:
        valid_from: First day on which they stand there, where a part names none itself.
        scheme: Code of the standard that their codes follow; the city's own without.

    Raises:
        InvalidInput: A part cannot be written, or its code is taken; ``faults`` name row (counted from 0), column and
            reason, the first ``MOST_FAULTS`` of them. Or the day cannot be used.
        NotFound: There is no such jurisdiction.
    """
    home = city(jurisdiction)
    scheme = scheme or home.scheme
    for day in {valid_from, *(part.valid_from for part in parts if part.valid_from)}:
        check_years(day)
    lock_parts(jurisdiction)
    classes = {
        one.code
        for one in home.categories_on(max(valid_from, home.today()), scheme).values()
        if one.type == ObjectType.PART
    }
    departments = {one.code for one in home.departments.values()}
    _refuse([*faults_of(parts, scheme, classes, departments), *_taken(jurisdiction, parts)])
    shapes = column([part.shape for part in parts])
    areas = _areas(jurisdiction, shapes, valid_from)
    copy_rows(
        "assets_part",
        COLUMNS,
        (
            (
                jurisdiction, part.code, scheme, part.name, part.state, part.supervisor, part.supervisor_name, part.owner,
                part.owner_name, part.keeper, part.keeper_name, *area, shape, part.source, part.accuracy,
                Jsonb(dict(part.extras)) if part.extras else None, part.remark, part.valid_from or valid_from,
            )
            for part, area, shape in zip(parts, areas, as_ewkb(shapes), strict=True)
        ),
    )  # fmt: skip
    with connection.cursor() as cursor:  # tiles are asked for at once, and autovacuum has not seen these rows yet
        cursor.execute("ANALYZE assets_part")
    logger.info("%s: %d parts added", jurisdiction, len(parts))
    return len(parts)


def lock_parts(jurisdiction: str) -> None:
    """Let nobody else write parts of a city until the transaction ends: whoever comes later waits, and then finds codes taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assets'), hashtext(%s))", [jurisdiction])


def _taken(jurisdiction: str, parts: Sequence[NewPart]) -> list[PartFault]:
    """Tell the codes that the city's parts have already: one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM assets_part WHERE jurisdiction = %s AND code = ANY(%s)",
            [jurisdiction, [part.code for part in parts]],
        )
        taken = {code for (code,) in cursor.fetchall()}
    if not taken:
        return []
    return [
        PartFault(row, "code", _("a part has it already"), part.code)
        for row, part in enumerate(parts)
        if part.code in taken
    ]


def _areas(jurisdiction: str, shapes: Shapes, on: date) -> list[tuple[str, str, str]]:
    """Return unit grid, street and community of each."""
    lons, lats = points_on(shapes)
    found = Locator.load(on, jurisdiction).locate(lons, lats)
    columns = [found.column(name).tolist() for name in ("unit_grid", "street", "community")]
    return list(zip(*columns, strict=True))


def _refuse(faults: list[PartFault]) -> None:
    if not faults:
        return
    first = faults[0]
    raise InvalidInput(
        _("%(count)d parts cannot be written, so none was. The first: row %(row)d, %(column)s: %(why)s")
        % {"count": len({one.row for one in faults}), "row": first.row, "column": first.column, "why": first.why},
        faults=[Fault(f"{one.row}.{one.column}", one.why, one.value[:80]) for one in faults[:MOST_FAULTS]],
        rows=len(faults),
    )
