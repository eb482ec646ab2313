from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import shapely
from django.db import DatabaseError, connection, transaction

from assets.conftest import DAY, SHAPE, SOUTH, WEST, code, part
from cast import CITY, NOW, OTHER_CITY, Cast
from cityloop.assets import models
from cityloop.assets.actions import Cause, Wanted, add_parts, change_part, change_parts, create_part, undo_change
from cityloop.assets.actions.counting import next_codes
from cityloop.assets.queries.histories import changes_of, part_on, part_row
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, NotAllowed, NotFound, Outdated

pytestmark = pytest.mark.django_db
SCHEME = "gb47678_2026"
THERE = f"POINT ({WEST + 0.0052} {SOUTH + 0.0052})"


def cause(day: int = 1, **more: object) -> Cause:
    return Cause(NOW, date(2026, 2, day), 7, **more)  # type: ignore[arg-type]


def test_a_part_by_hand_has_the_next_code_its_areas_and_a_history(gridded: Cast) -> None:
    add_parts(CITY, [part(4)], DAY)
    made = create_part(gridded.viewer("data_admin"), CITY, "01001", SHAPE.wkt, {"name": " 雨水井盖 "}, cause())
    assert made == code(5)
    row = models.Part.objects.get(code=made)
    assert (row.name, row.state, row.valid_from, row.revision) == ("雨水井盖", "intact", date(2026, 2, 1), 1)
    assert row.unit_grid
    assert row.street == row.unit_grid[:9] or not row.street
    (change,) = changes_of(row)
    assert (change.kind, change.before, change.after["name"], change.by) == ("new", {}, "雨水井盖", 7)


def test_codes_have_no_gap_and_are_never_given_twice(gridded: Cast) -> None:
    viewer = gridded.viewer("data_admin")
    first = create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
    with pytest.raises(InvalidInput):
        create_part(viewer, CITY, "01001", SHAPE.wkt, {"state": "fine"}, cause())
    with transaction.atomic():
        create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
        transaction.set_rollback(True)
    second = create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
    change_part(viewer, CITY, Wanted(second, is_gone=True), cause(3))
    third = create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
    other = create_part(viewer, CITY, "01002", SHAPE.wkt, {}, cause())
    assert [first, second, third, other] == [code(1), code(2), code(3), code(1, "01002")]


def test_a_class_whose_numbers_are_used_up_says_so(gridded: Cast) -> None:
    add_parts(CITY, [part(999_999)], DAY)
    with pytest.raises(Conflict):
        create_part(gridded.viewer("data_admin"), CITY, "01001", SHAPE.wkt, {}, cause())


def test_codes_of_the_older_schemes_have_sixteen_digits(gridded: Cast) -> None:
    assert next_codes(CITY, CITY, "0101", "gb30428_2013", 2) == [f"{CITY}0101000001", f"{CITY}0101000002"]
    with pytest.raises(InvalidInput):
        next_codes(CITY, CITY, "01001", "gb30428_2013")


@pytest.mark.parametrize("who", ["collector", "dispatcher", "stranger"])
def test_who_keeps_no_data_changes_no_part(gridded: Cast, who: str) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer(who)
    for act in (
        lambda: create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause()),
        lambda: change_part(viewer, CITY, Wanted(code(1), {"name": "x"}), cause()),
        lambda: undo_change(viewer, CITY, 1, NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("class_code", "position", "values", "field"),
    [
        ("99999", SHAPE.wkt, {}, "class_code"),
        ("01001", "somewhere", {}, "position"),
        ("01001", "POINT (2 48)", {}, "position"),
        ("01001", "MULTIPOINT ((121.001 30.001))", {}, "position"),
        ("01001", SHAPE.wkt, {"keeper": "nobody"}, "keeper"),
    ],
)
def test_what_cannot_be_kept_writes_nothing(
    gridded: Cast, class_code: str, position: str, values: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_part(gridded.viewer("data_admin"), CITY, class_code, position, values, cause())
    assert [fault.field for fault in refused.value.faults] == [field]
    assert not models.Part.objects.exists()
    assert not models.PartCounter.objects.exists()


def test_a_change_keeps_what_was_and_finds_the_new_areas(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer("data_admin")
    was = models.Part.objects.get(code=code(1)).unit_grid
    assert change_part(viewer, CITY, Wanted(code(1), {"state": "damaged", "remark": "角上破"}), cause(2))
    assert not change_part(viewer, CITY, Wanted(code(1), {"state": "damaged"}), cause(3))
    assert change_part(viewer, CITY, Wanted(code(1), {"position": THERE}), cause(4, note="道路改造"))
    row = part_row(viewer, code(1))
    assert (row.state, row.changed_on, row.revision) == ("damaged", date(2026, 2, 4), 3)
    assert row.unit_grid != was
    moved, changed = changes_of(row)
    assert (moved.kind, moved.note, moved.before["unit_grid"]) == ("moved", "道路改造", was)
    assert (changed.kind, changed.before) == ("changed", {"state": "intact", "remark": ""})


def test_what_a_part_was_on_a_day_is_told_from_its_history(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer("data_admin")
    for day, state in ((2, "damaged"), (5, "lost")):
        change_part(viewer, CITY, Wanted(code(1), {"state": state}), cause(day))
    change_part(viewer, CITY, Wanted(code(1), is_gone=True), cause(8))
    states = {day: (part_on(viewer, code(1), date(2026, 2, day)) or {}).get("state") for day in (1, 2, 4, 5, 7, 8)}
    assert states == {1: "intact", 2: "damaged", 4: "damaged", 5: "lost", 7: "lost", 8: None}
    assert part_on(viewer, code(1), date(2025, 12, 31)) is None
    with pytest.raises(NotFound):
        part_on(gridded.viewer("stranger"), code(1), DAY)


def test_who_looked_at_an_older_part_is_told_so(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer("data_admin")
    change_part(viewer, CITY, Wanted(code(1), {"state": "damaged"}, revision=1), cause())
    with pytest.raises(Outdated):
        change_part(viewer, CITY, Wanted(code(1), {"state": "lost"}, revision=1), cause())


def test_a_change_is_taken_back_by_one_more_change(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer("data_admin")
    change_part(viewer, CITY, Wanted(code(1), {"position": THERE}), cause(2))
    change_part(viewer, CITY, Wanted(code(1), is_gone=True), cause(3))
    gone, moved = changes_of(part_row(viewer, code(1)))
    undo_change(viewer, CITY, gone.id, NOW)
    undo_change(viewer, CITY, moved.id, NOW)
    row = part_row(viewer, code(1))
    assert (row.valid_to, row.state, row.revision) == (None, "intact", 5)
    assert row.geometry.x == pytest.approx(SHAPE.x)
    with pytest.raises(Conflict):
        undo_change(viewer, CITY, gone.id, NOW)
    with pytest.raises(NotFound):
        undo_change(viewer, CITY, 10**9, NOW)


def test_how_a_part_came_is_not_taken_back(gridded: Cast) -> None:
    viewer = gridded.viewer("data_admin")
    made = create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
    with pytest.raises(Conflict):
        undo_change(viewer, CITY, changes_of(part_row(viewer, made))[0].id, NOW)


def test_a_gone_part_is_not_changed(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    viewer = gridded.viewer("data_admin")
    with pytest.raises(InvalidInput):
        change_part(viewer, CITY, Wanted(code(1), {"state": "removed"}), cause())
    change_part(viewer, CITY, Wanted(code(1), is_gone=True), cause())
    with pytest.raises(InvalidInput):
        change_part(viewer, CITY, Wanted(code(1), {"name": "x"}), cause())


def test_many_are_changed_all_or_none(gridded: Cast) -> None:
    add_parts(CITY, [part(n) for n in range(1, 4)], DAY)
    wanted = [Wanted(code(n), {"state": "damaged"}) for n in range(1, 4)]
    with pytest.raises(InvalidInput):
        change_parts(CITY, [*wanted[:2], Wanted(code(3), {"state": "fine"})], cause())
    with pytest.raises(NotFound):
        change_parts(OTHER_CITY, wanted, cause())
    assert not models.PartChange.objects.exists()
    assert change_parts(CITY, wanted, cause(ref="run 1")) == 3
    assert set(models.PartChange.objects.values_list("ref", flat=True)) == {"run 1"}


def test_the_past_is_never_changed(gridded: Cast) -> None:
    create_part(gridded.viewer("data_admin"), CITY, "01001", SHAPE.wkt, {}, cause())
    for act in (lambda: models.PartChange.objects.update(note="x"), lambda: models.PartChange.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_line_lies_where_a_point_on_it_lies(gridded: Cast) -> None:
    line = shapely.LineString([(WEST + 0.001, SOUTH + 0.001), (WEST + 0.0015, SOUTH + 0.001)])
    made = create_part(gridded.viewer("data_admin"), CITY, "01001", line.wkt, {}, cause())
    assert models.Part.objects.get(code=made).unit_grid


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_neighbours(gridded: Cast) -> None:
    viewer = gridded.viewer("data_admin")

    def make(_number: int) -> str:
        try:
            return create_part(viewer, CITY, "01001", SHAPE.wkt, {}, cause())
        except CityError as exc:  # told, not lost
            return exc.message
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as several:
        made = sorted(several.map(make, range(8)))
    assert made == [code(number) for number in range(1, 9)]
