"""A draft of a division is changed by hand: each change is a step, which can be undone, and is measured at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction

from cityloop.geography.actions.draft_rows import each_at, faces_within, refuse_closed, write_faces
from cityloop.geography.choices import DraftChange
from cityloop.geography.models import DraftGrid, DraftStep, GridDraft
from cityloop.geography.rules.division import Quality, summed
from cityloop.geography.rules.division.editing import Change, Face, Point, bent, joined, moved, split
from cityloop.geography.rules.division.measuring import Borders
from cityloop.geography.rules.division.recounting import Recount, reach, recounted
from cityloop.geography.rules.shapes import SRID, column
from cityloop.geography.surroundings import Box, surroundings
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, NotFound
from cityloop.kernel.translation import _

BESIDE = 0.0003
"""Degrees, some thirty metres: lines that run along a border may lie a little beside it."""


@transaction.atomic
def move_corner(draft_id: int, seen: int, start: Point, to: Point, by: str = "") -> int:
    """Move a corner of a draft; return the new step. ``seen`` is the step that the person saw: see ``_open``."""
    draft = _open(draft_id, seen)
    faces = _around(draft, shapely.points(start))
    return _changed(draft, faces, moved(faces, start, to), DraftChange.MOVE, by)


@transaction.atomic
def bend_border(draft_id: int, seen: int, one: Point, other: Point, to: Point, by: str = "") -> int:
    """Put a corner into a straight border of a draft; return the new step."""
    draft = _open(draft_id, seen)
    faces = _around(draft, shapely.linestrings([one, other]))
    return _changed(draft, faces, bent(faces, one, other, to), DraftChange.BEND, by)


@transaction.atomic
def merge_grids(draft_id: int, seen: int, keys: Sequence[int], by: str = "") -> int:
    """Make one grid of several of a draft; return the new step."""
    draft = _open(draft_id, seen)
    faces = _beside(draft, keys)
    return _changed(draft, faces, joined(faces, keys), DraftChange.MERGE, by)


@transaction.atomic
def split_grid(draft_id: int, seen: int, key: int, line: Sequence[Point], by: str = "") -> int:
    """Cut a grid of a draft along a line; return the new step."""
    draft = _open(draft_id, seen)
    faces = _beside(draft, [key])
    if key not in faces:
        raise NotFound(_("This grid is not in the draft any more."))
    return _changed(draft, faces, split(faces, key, line), DraftChange.SPLIT, by)


@transaction.atomic
def go_to_step(draft_id: int, seen: int, step: int, by: str = "") -> int:
    """Undo or redo: go to another step of the draft that is still known; return it."""
    draft = _open(draft_id, seen)
    if not 0 <= step <= draft.last_step:
        raise Conflict(_("There is nothing to undo or to repeat."))
    draft.step, draft.changed_by, draft.changed_at = step, by, machine_now()
    draft.save(update_fields=["step", "changed_by", "changed_at"])
    return step


def drop_draft(draft_id: int, now: datetime) -> None:
    """Give a draft up; its grids are forgotten."""
    with transaction.atomic():
        draft = GridDraft.objects.select_for_update().get(pk=draft_id)
        if draft.published_at is None:
            draft.grids.all().delete()
            draft.steps.all().delete()
            draft.dropped_at = now
            draft.save(update_fields=["dropped_at"])


def _open(draft_id: int, seen: int) -> GridDraft:
    """Return a draft to change, locked.

    Raises:
        Conflict: It is closed, or stands at another step than the person saw: somebody else has changed it.
    """
    draft = GridDraft.objects.select_for_update().get(pk=draft_id)
    refuse_closed(draft)
    if draft.step != seen:
        raise Conflict(_("Somebody has changed this draft meanwhile: load the page again."), step=draft.step)
    return draft


def _around(draft: GridDraft, place: Any) -> dict[int, Face]:
    """Return the faces that meet a place, and all that meet these."""
    hit = draft.grids.at_step(draft.step).filter(
        geometry__intersects=GEOSGeometry(memoryview(shapely.to_wkb(shapely.buffer(place, 1e-7))), SRID)
    )
    return _beside(draft, list(hit.order_by("pk").values_list("pk", flat=True)))


def _beside(draft: GridDraft, keys: Sequence[int]) -> dict[int, Face]:
    rows = draft.grids.at_step(draft.step).filter(pk__in=keys).order_by("pk")
    shapes = [shapely.from_wkb(bytes(one.wkb)) for one in rows.values_list("geometry", flat=True)]
    return faces_within(draft, shapely.total_bounds(shapes).tolist()) if shapes else {}


def _changed(draft: GridDraft, faces: Mapping[int, Face], change: Change, what: DraftChange, by: str) -> int:
    """Write the next step of a draft, and how good the division is then; what had been undone is forgotten."""
    counted = _counted(draft, [faces[key] for key in change.gone], change)
    figures = _figures_at(draft)
    DraftGrid.objects.filter(draft=draft, since__gt=draft.step).delete()
    DraftGrid.objects.filter(draft=draft, until__gt=draft.step).update(until=None)
    DraftStep.objects.filter(draft=draft, number__gt=draft.step).delete()
    step, now = draft.step + 1, machine_now()
    DraftGrid.objects.filter(draft=draft, pk__in=change.gone).update(until=step)
    write_faces(draft, change.new, counted.each, step)
    told = figures and asdict(_after(draft, step, figures, counted))
    DraftStep.objects.create(draft=draft, number=step, what=what, by=by, at=now, figures=told)
    draft.step = draft.last_step = step
    draft.changed_by, draft.changed_at = by, now
    draft.save(update_fields=["step", "last_step", "changed_by", "changed_at"])
    return step


def _counted(draft: GridDraft, gone: Sequence[Face], change: Change) -> Recount:
    every = [*gone, *change.new]
    day = draft.on_day or machine_now().date()
    west, south, east, north = shapely.total_bounds(column([one.shape for one in every])).tolist()
    box: Box = (west - BESIDE, south - BESIDE, east + BESIDE, north + BESIDE)
    city = surroundings(draft.jurisdiction, day, box)
    beside = [one for key, one in faces_within(draft, reach(every, city)).items() if key not in change.gone]
    return recounted(gone, change.new, beside, city)


def _figures_at(draft: GridDraft) -> dict[str, Any] | None:
    """Return the figures of a draft as it stands; None where it was made before its borders were measured."""
    told = DraftStep.objects.filter(draft=draft, number=draft.step).values_list("figures", flat=True).first()
    figures: dict[str, Any] | None = told or draft.figures
    return figures if figures and "inner_m" in figures else None


def _after(draft: GridDraft, step: int, figures: Mapping[str, Any], counted: Recount) -> Quality:
    before = Borders(figures["cut_buildings"], figures["along_m"], figures["inner_m"])
    return summed(
        each_at(draft, step),
        before.changed(counted.before, counted.after),
        figures["cut_by_communities"],
        figures["gap_m2"],
        figures["overlap_m2"],
    )
