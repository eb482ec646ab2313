"""A division is asked for, and the worker proposes it: anew, or as the grids that hold, to change some of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import shapely
from django.db import transaction

from cityloop.geography.actions.draft_rows import held, write_faces
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import GridDraft, Region, UnitGrid
from cityloop.geography.rules.division import Communities, Quality, Wish, measured, propose, staying
from cityloop.geography.rules.division.editing import Face
from cityloop.geography.rules.division.measuring import Each
from cityloop.geography.rules.division.mending import fitted, separated
from cityloop.geography.rules.shapes import Shapes, column, mended
from cityloop.geography.surroundings import surroundings
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.runs import run_once
from cityloop.kernel.translation import _


def ask_for_draft(
    jurisdiction: str, wish: Wish, *, by: str, communities: Collection[str] = (), on: date | None = None
) -> int:
    """Ask for a proposal of the division of a city, or of some of its communities; return the draft's id.

    Args:
        on: The city's day, of which borders and surroundings are taken; today without.

    Raises:
        InvalidInput: The wish makes no sense, or there is no such community with a border.
    """
    wish.checked()
    day = on or machine_now().date()
    known_communities(jurisdiction, day, communities)
    draft = GridDraft.objects.create(
        jurisdiction=jurisdiction,
        by=by,
        wish=asdict(wish),
        communities=sorted(communities),
        asked_at=machine_now(),
        on_day=day,
    )
    return draft.pk


def ask_to_change(jurisdiction: str, on: date, *, by: str) -> int:
    """Ask for a draft of the unit grids that hold on a day, to change some of them; return its id.

    Raises:
        InvalidInput: There are none.
    """
    if not UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).exists():
        raise InvalidInput(_("There are no unit grids yet: let the city be divided."))
    return GridDraft.objects.create(jurisdiction=jurisdiction, by=by, asked_at=machine_now(), on_day=on).pk


def draft_of_grids(jurisdiction: str, on: date, *, by: str) -> int:
    """Make a draft of the unit grids that hold on a day, at once; return its id.

    Raises:
        InvalidInput: There are none.
    """
    draft = ask_to_change(jurisdiction, on, by=by)
    run_draft(draft)
    return draft


def hand_over(draft_id: int) -> None:
    """Let the worker make a draft that was asked for, once the transaction that is open is committed."""
    transaction.on_commit(lambda: _defer(draft_id))


def _defer(draft_id: int) -> None:
    from cityloop.geography.tasks import divide

    divide.defer(draft_id=draft_id)


def run_draft(draft_id: int, told: Callable[[float], None] = lambda _share: None) -> None:
    """Make the draft that was asked for, once; what cannot be done is kept as the reason of its failure."""
    rows = GridDraft.objects.filter(pk=draft_id)

    def progress(share: float) -> None:
        rows.update(progress=share)
        told(share)

    run_once(rows, lambda draft: (_proposed if draft.wish else _taken_over)(draft, progress), machine_now)


def _proposed(draft: GridDraft, progress: Callable[[float], None]) -> dict[str, Any]:
    day = _day(draft)
    communities = known_communities(draft.jurisdiction, day, draft.communities)
    city, wish = surroundings(draft.jurisdiction, day), Wish(**draft.wish)
    proposal = propose(communities, city, wish, lambda share: progress(0.85 * share))
    old = held(draft.jurisdiction, day, communities.codes)
    kept = staying(proposal.shapes, proposal.communities, column([one.shape for one in old]), [one.code for one in old])
    faces = [
        Face(shape, community, kept.get(number, ""))
        for number, (shape, community) in enumerate(zip(proposal.shapes, proposal.communities, strict=True))
    ]
    told, each = measured(proposal.shapes, proposal.communities, communities, city, wish)
    progress(0.93)
    before = asdict(_figures(old, communities, city, wish)[0]) if old else None
    write_faces(draft, faces, each, 0)
    return {"figures": asdict(told), "before": before, "progress": 1.0}


def _taken_over(draft: GridDraft, progress: Callable[[float], None]) -> dict[str, Any]:
    day = _day(draft)
    faces, codes = separated(held(draft.jurisdiction, day))
    faces = fitted(faces)
    progress(0.3)
    ground = _ground(draft.jurisdiction, day, faces)
    told, each = _figures(faces, ground, surroundings(draft.jurisdiction, day), Wish())
    write_faces(draft, faces, each, 0)
    return {"figures": asdict(told), "before": asdict(told), "separated": codes, "progress": 1.0}


def _figures(faces: Sequence[Face], ground: Communities, city: Any, wish: Wish) -> tuple[Quality, Each]:
    return measured(column([one.shape for one in faces]), tuple(one.community for one in faces), ground, city, wish)


def _day(draft: GridDraft) -> date:
    return draft.on_day or machine_now().date()


def _ground(jurisdiction: str, on: date, faces: Sequence[Face]) -> Communities:
    """Return the communities of grids: by their borders where these are known, else what their grids cover."""
    codes = tuple(sorted({one.community for one in faces}))
    borders = _borders(jurisdiction, on, codes)
    of: dict[str, list[Any]] = {}
    for one in faces:
        of.setdefault(one.community, []).append(one.shape)
    return Communities(codes, column([borders.get(code) or mended(shapely.union_all(of[code])) for code in codes]))


def known_communities(jurisdiction: str, on: date, codes: Collection[str] = ()) -> Communities:
    """Return the communities of a city that have a border, all or those named.

    Raises:
        InvalidInput: There is none, or one that is named is not there.
    """
    found = _borders(jurisdiction, on, codes)
    if not found or (missing := sorted(set(codes) - set(found))):
        place = missing[0] if found else jurisdiction
        raise InvalidInput(
            _(
                "%(place)s has no communities with a border: import them first, unit grids are divided inside communities."
            )
            % {"place": place}
        )
    shapes: Shapes = column(list(found.values()))
    return Communities(tuple(found), shapes)


def _borders(jurisdiction: str, on: date, codes: Collection[str]) -> dict[str, Any]:
    """Return the borders of communities that have one, by code and in order of it."""
    rows = Region.objects.valid_on(on).filter(
        jurisdiction=jurisdiction, level=RegionLevel.COMMUNITY, geometry__isnull=False
    )
    if codes:
        rows = rows.filter(code__in=codes)
    found = rows.order_by("code").values_list("code", "geometry")
    return {code: shapely.from_wkb(bytes(shape.wkb)) for code, shape in found if shape}
