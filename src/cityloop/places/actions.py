"""What people do to the ground of a city: each a single transaction."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from cityloop.geography.rules.shapes import as_ewkb, as_multi, column
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sql import copy_rows
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years
from cityloop.places.rules import Ground, NewArea, NewBuilding, NewRoad, faults_of

__all__ = ["Ground", "NewArea", "NewBuilding", "NewRoad", "add_ground"]

MOST_FAULTS = 1000
"""Faults that are told one by one."""

logger = logging.getLogger(__name__)


@transaction.atomic
def add_ground(jurisdiction: str, ground: Ground, valid_from: date) -> int:
    """Write roads, buildings and areas, all or none, by COPY; return how many rows.

    Raises:
        InvalidInput: Something cannot be written; ``faults`` name it, the first ``MOST_FAULTS``. Or the day cannot be used.
    """
    check_years(valid_from)
    if faults := faults_of(ground):
        raise InvalidInput(
            _("%(count)d pieces of the ground cannot be written, so none was. The first: %(first)s")
            % {"count": len({one.field.rpartition(".")[0] for one in faults}), "first": faults[0].told()},
            faults=faults[:MOST_FAULTS],
            rows=len(faults),
        )
    always = (jurisdiction, valid_from)
    _write("road", ("name", "road_class", "is_bridge", "width_m"), ground.roads, always)
    _write("building", ("name", "kind", "height_m"), ground.buildings, always)
    _write("area", ("name", "kind"), ground.areas, always)
    logger.info("%s: %d pieces of ground added", jurisdiction, len(ground))
    return len(ground)


def _write(
    table: str,
    names: Sequence[str],
    rows: Sequence[NewRoad | NewBuilding | NewArea],
    always: tuple[Any, ...],
) -> None:
    """Write rows of one kind, and count them for the planner: tiles are asked for at once."""
    shapes = as_ewkb(as_multi(column([one.shape for one in rows])))
    copy_rows(
        f"places_{table}",
        ("jurisdiction", "valid_from", *names, "geometry"),
        ((*always, *(getattr(one, name) for name in names), shape) for one, shape in zip(rows, shapes, strict=True)),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE places_{table}")
