"""The rows of a draft: read as faces, written with what is measured of each."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry

from cityloop.geography.models import DraftGrid, GridDraft, UnitGrid
from cityloop.geography.rules.division.editing import Face
from cityloop.geography.rules.division.measuring import Each
from cityloop.geography.rules.shapes import SRID, as_ewkb, column
from cityloop.kernel.errors import Conflict
from cityloop.kernel.sql import copy_rows
from cityloop.kernel.translation import _

MARGIN = 1e-6
"""Degrees, a tenth of a metre: what a box is wider on each side, so that what touches it is in it."""


def refuse_closed(draft: GridDraft) -> None:
    """Refuse to change a draft that is published, dropped or not ready."""
    if draft.published_at or draft.dropped_at:
        raise Conflict(_("This draft is published or dropped already."))
    if draft.finished_at is None or draft.failure:
        raise Conflict(_("This draft is not ready yet."))


def faces_of(rows: Any) -> dict[int, Face]:
    """Return rows of a draft as faces, by key."""
    columns = ("pk", "geometry", "community_code", "code", "is_built")
    return {
        pk: Face(shapely.from_wkb(bytes(shape.wkb)), community, code, is_built)
        for pk, shape, community, code, is_built in rows.order_by("pk").values_list(*columns)
    }


def faces_within(draft: GridDraft, box: Sequence[float]) -> dict[int, Face]:
    """Return the faces of a draft, as it stands, whose boxes meet a box: west, south, east, north in degrees."""
    west, south, east, north = box
    wide = shapely.box(west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
    return faces_of(
        draft.grids.at_step(draft.step).filter(
            geometry__bboverlaps=GEOSGeometry(memoryview(shapely.to_wkb(wide)), SRID)
        )
    )


def write_faces(draft: GridDraft, faces: Sequence[Face], each: Each, step: int) -> None:
    """Write the faces that stand from a step on, each with what was measured of it."""
    shapes = column([one.shape for one in faces])
    measured = zip(
        each.area_m2.tolist(),
        each.compact.tolist(),
        each.parts.tolist(),
        each.cuts.tolist(),
        each.is_built.tolist(),
        strict=True,
    )
    copy_rows(
        "geography_draftgrid",
        ("draft_id", "community_code", "code", "geometry", "area_m2", "compact", "parts", "cuts", "is_built", "since"),
        (
            (draft.pk, one.community, one.code, shape, *told, step)
            for one, shape, told in zip(faces, as_ewkb(shapes), measured, strict=True)
        ),
    )


def each_at(draft: GridDraft, step: int) -> Each:
    """Return what is known of each grid of a draft at a step."""
    rows = DraftGrid.objects.filter(draft=draft).at_step(step).order_by("pk")
    columns = list(zip(*rows.values_list("area_m2", "compact", "parts", "cuts", "is_built"), strict=True)) or [()] * 5
    area, compact, parts, cuts, built = columns
    return Each(
        np.array(area, dtype=np.float64), np.array(compact, dtype=np.float64), np.array(parts, dtype=np.int64),
        np.array(cuts, dtype=np.int64), np.array(built, dtype=np.bool_),
    )  # fmt: skip


def held(jurisdiction: str, on: date, communities: Collection[str] = ()) -> list[Face]:
    """Return the unit grids that hold on a day, in all or some communities: a polygon where they are one piece."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction)
    if communities:
        rows = rows.filter(community_code__in=communities)
    return [Face(shape, code[:12], code) for _pk, code, shape in grid_rows(rows)]


def grid_rows(grids: Any) -> list[tuple[int, str, Any]]:
    """Return key, code and shape of unit grids, in order of their codes."""
    rows = grids.order_by("code").values_list("pk", "code", "geometry")
    return [(pk, code, _single(shapely.from_wkb(bytes(shape.wkb)))) for pk, code, shape in rows]


def _single(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape
