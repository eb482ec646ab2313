"""Parts go on to the grids that hold on the city's day; on the real PostGIS."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import shapely
from django.utils import translation

from assets.conftest import DAY, SOUTH, WEST, code, part
from cast import CITY, NOW, Cast
from cityloop.assets import models
from cityloop.assets.actions import Cause, Wanted, add_parts, change_parts, following
from cityloop.assets.queries.histories import changes_of, part_on
from cityloop.geography.actions import lay_regular_grid
from cityloop.geography.actions.writing import NewGrid, write_grids
from cityloop.geography.models import UnitGrid
from cityloop.organisation.queries import city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def three(gridded: Cast) -> list[str]:
    """Three parts in the first grid of the city, a lane along its southern border, and the grids already followed."""
    shapes = [shapely.Point(WEST + 0.0004 * n, SOUTH + 0.0004 * n) for n in (1, 2, 3)]
    add_parts(CITY, [part(n, shape) for n, shape in enumerate(shapes, 1)], DAY)
    assert following.follow_areas() == 0
    return [code(n) for n in (1, 2, 3)]


def grid_of(one: str) -> str:
    return models.Part.objects.get(code=one).unit_grid


def divide_anew(first: str, on: date) -> str:
    """Let the ground of a grid be that of another code from a day on; return it."""
    old = UnitGrid.objects.valid_on(on).get(code=first)
    new = f"{first[:12]}{int(first[12:]) + 500:03}"
    UnitGrid.objects.filter(pk=old.pk).update(valid_to=on)
    write_grids([NewGrid(new, CITY, shapely.from_wkb(bytes(old.geometry.wkb)))], on)
    return new


def test_parts_go_on_to_a_new_grid_with_a_row_of_history_and_only_once(gridded: Cast, three: list[str]) -> None:
    today, old = city(CITY).today(), grid_of(three[0])
    new = divide_anew(old, today)
    assert following.follow_areas() == 3
    row = models.Part.objects.get(code=three[0])
    assert (row.unit_grid, row.revision, row.changed_on) == (new, 2, today)
    (change,) = changes_of(row)
    assert (change.kind, change.origin, change.by) == ("changed", "areas", None)
    assert (change.before, change.after) == ({"unit_grid": old}, {"unit_grid": new})
    before = part_on(gridded.viewer("data_admin"), three[0], today - timedelta(days=1))
    assert before is not None
    assert before["unit_grid"] == old
    assert following.follow_areas() == 0
    assert models.PartChange.objects.count() == 3


def test_what_is_published_for_a_later_day_moves_parts_on_that_day(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, later = grid_of(three[0]), city(CITY).today() + timedelta(days=3)
    new = divide_anew(old, later)
    assert following.follow_areas() == 0
    assert grid_of(three[0]) == old
    monkeypatch.setattr(type(city(CITY)), "today", lambda _self: later)
    assert following.follow_areas() == 3
    assert grid_of(three[0]) == new


def test_a_worker_that_dies_half_way_is_gone_on_from_there(three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    new = divide_anew(grid_of(three[0]), city(CITY).today())
    real, batches = following._moved, []

    def dies(*given: object) -> int:
        if batches:
            raise KeyboardInterrupt
        batches.append(1)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "_moved", dies)
    with pytest.raises(KeyboardInterrupt):
        following.follow_areas(batch=1)
    assert models.Part.objects.filter(unit_grid=new).count() == 1
    monkeypatch.setattr(following, "_moved", real)
    assert following.follow_areas(batch=1) == 2
    assert {grid_of(one) for one in three} == {new}
    assert models.PartChange.objects.count() == 3


def test_what_is_gone_or_lies_in_no_area_keeps_its_last_grid(three: list[str]) -> None:
    today, old = city(CITY).today(), grid_of(three[0])
    change_parts(CITY, [Wanted(three[0], is_gone=True)], Cause(NOW, today - timedelta(days=5), None))
    new = divide_anew(old, today)
    assert following.follow_areas() == 2
    assert [grid_of(one) for one in three] == [old, new, new]
    UnitGrid.objects.valid_on(today).filter(code=new).update(valid_to=today + timedelta(days=1))
    assert following.follow_areas() == 0


def test_parts_that_were_there_before_any_grid_find_theirs(city_cast: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    before = grid_of(code(1))
    lay_regular_grid(CITY, WEST, SOUTH, WEST + 0.01, SOUTH + 0.01, 200, date(2020, 1, 1))
    assert following.follow_areas() == 1
    assert (before, grid_of(code(1))[:6]) == ("", CITY)
