"""A file of parts on its way: every fault is named with its row, the good rows are taken or none, and all of it can be undone."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.conftest import CITY, SOUTH, WEST, code
from cast import Cast
from cityloop.assets.actions import importing
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportFault, ImportRun, Part, PartChange, StagedRow
from cityloop.assets.targets import of_name
from cityloop.geography.files import Asked
from cityloop.kernel.errors import CityError, Conflict

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
HEAD = "ObjID,ObjName,DeptCode2,BGID,ObjState,lon,lat"
Write = Callable[..., Path]
AS_IT_IS = Asked()


@pytest.fixture
def csv(tmp_path: Path) -> Write:
    def write(*lines: str, head: str = HEAD, name: str = "parts.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
        return path

    return write


def line(
    number: int,
    *,
    east: float = 0.0,
    north: float = 0.0,
    name: str = "井盖",
    owner: str = "",
    grid: str = "",
    state: str = "完好",
    text: str = "",
) -> str:
    return f"{text or code(number)},{name},{owner},{grid},{state},{WEST + 0.001 + east:.7f},{SOUTH + 0.001 + north:.7f}"


def checked(
    path: Path,
    *,
    target: str = "parts",
    on: date = DAY,
    reading: Asked = AS_IT_IS,
    mapping: dict[str, str] | None = None,
    **options: Any,
) -> ImportRun:
    run = importing.begin(path, jurisdiction=CITY, name=path.name, actor_id=None)
    looked, found, reading = importing.propose_for(run, of_name(target), reading, on)
    importing.set_up(
        run,
        target=target,
        reading=reading,
        mapping=found | (mapping or {}),
        options={"valid_from": on, **options},
        looked=looked,
    )
    return go(run, ImportState.CHECKING)


def go(run: ImportRun, state: ImportState, **asked: Any) -> ImportRun:
    importing.ask_to(run, state, actor_id=None, in_background=False, **asked)
    done = importing.go_on(run.id)
    assert done is not None
    return done


def reasons(run: ImportRun) -> list[tuple[int, str]]:
    return list(ImportFault.objects.filter(run=run).order_by("number", "id").values_list("number", "reason"))


def spread(count: int, **more: Any) -> Sequence[str]:
    return [line(number, east=number * 1e-4, **more) for number in range(1, count + 1)]


def test_good_rows_become_parts_in_their_grids(gridded: Cast, csv: Write) -> None:
    run = checked(csv(*spread(3)))
    assert (run.state, run.counts["good"], run.counts["bad"], reasons(run)) == (ImportState.CHECKED, 3, 0, [])
    assert not Part.objects.exists()
    done = go(run, ImportState.APPLYING, all_or_none=True)
    assert (done.state, done.counts["added"]) == (ImportState.APPLIED, 3)
    part = Part.objects.order_by("code").first()
    assert part is not None
    assert (part.code, part.name, part.state, part.valid_from, part.scheme) == (
        code(1),
        "井盖",
        "intact",
        DAY,
        "gb47678_2026",
    )
    assert part.unit_grid.startswith(part.community)
    assert part.community.startswith(part.street)
    assert part.street
    assert not StagedRow.objects.exists()


def test_every_fault_is_told_with_its_row(gridded: Cast, csv: Write) -> None:
    run = checked(
        csv(
            line(1),
            line(2, east=1e-3, text="123"),
            line(3, east=2e-3, text=code(3, "99999")),
            line(4, east=3e-3, text=code(4, division="110105")),
            line(1, east=4e-3),
            line(6, east=1e-6),
            line(7, east=5e-3, owner="nobody"),
            line(8, east=6e-3, grid=f"{CITY}001001999"),
            line(9, east=7e-3, state="完美"),
            f"{code(10)},井盖,,,,{SOUTH + 0.002},{WEST + 0.002}",
            f"{code(11)},井盖,,,,0,0",
            f"{code(12)},井盖,,,,,",
            f"{code(13)},井盖,,,,nan,30.002",
            line(14, east=1.0),
        )
    )
    assert reasons(run) == [
        (3, "bad_code"), (4, "unknown_class"), (5, "other_division"), (6, "doubled_key"), (7, "doubled_place"), (8, "unknown_department"),
        (9, "grid_differs"), (10, "no_choice"), (11, "swapped"), (12, "zero"), (13, "no_shape"), (14, "not_a_number"), (15, "outside"),
    ]  # fmt: skip
    assert (run.counts["good"], run.counts["bad"]) == (1, 13)
    with pytest.raises(Conflict, match="13"):
        importing.ask_to(run, ImportState.APPLYING, actor_id=None, all_or_none=True)
    assert go(run, ImportState.APPLYING).counts["added"] == 1


def test_a_second_file_tells_what_is_new_changed_the_same_and_gone(gridded: Cast, csv: Write) -> None:
    go(checked(csv(*spread(4))), ImportState.APPLYING)
    later = date(2026, 4, 1)
    second = [line(1, east=1e-4), line(2, east=2e-4, state="破损"), line(3, east=3e-4, north=1e-4), line(5, east=5e-4)]
    run = checked(csv(*second, name="second.csv"), on=later, replace=True)
    assert {name: run.counts[name] for name in ("added", "changed", "same", "gone")} == {
        "added": 1, "changed": 2, "same": 1, "gone": 1,
    }  # fmt: skip
    done = go(run, ImportState.APPLYING)
    assert {name: done.counts[name] for name in ("added", "changed", "gone")} == {"added": 1, "changed": 2, "gone": 1}
    assert Part.objects.get(code=code(2)).state == "damaged"
    assert Part.objects.get(code=code(4)).valid_to == later
    assert PartChange.objects.filter(ref=str(run.id)).count() == 3
    undone = go(done, ImportState.UNDOING)
    assert undone.state == ImportState.UNDONE
    assert Part.objects.get(code=code(2)).state == "intact"
    assert Part.objects.get(code=code(4)).valid_to is None
    assert not Part.objects.filter(code=code(5)).exists()


def test_what_was_changed_since_keeps_an_import_from_being_undone(gridded: Cast, csv: Write) -> None:
    done = go(checked(csv(*spread(3))), ImportState.APPLYING)
    go(checked(csv(line(2, east=2e-4, state="破损"), name="one.csv")), ImportState.APPLYING)
    with pytest.raises(CityError) as refused:
        go(done, ImportState.UNDOING)
    assert [fault.field for fault in refused.value.faults] == [code(2)]
    done.refresh_from_db()
    assert (done.state, Part.objects.count()) == (ImportState.APPLIED, 3)
    go(done, ImportState.UNDOING, partly=True)
    assert [part.code for part in Part.objects.all()] == [code(2)]


def test_parts_without_a_code_are_numbered_without_gaps(gridded: Cast, csv: Write) -> None:
    go(checked(csv(*spread(2))), ImportState.APPLYING)
    rows = [f"黄杨{n},{WEST + 0.004 + n * 1e-4},{SOUTH + 0.004}" for n in range(3)]
    run = checked(csv(*rows, head="名称,经度,纬度", name="trees.csv"), mapping={"class_code": "=01001"})
    assert run.counts["good"] == 3
    go(run, ImportState.APPLYING)
    assert sorted(Part.objects.values_list("code", flat=True)) == [code(number) for number in range(1, 6)]
    again = checked(csv(*rows, head="名称,经度,纬度", name="trees.csv"), mapping={"class_code": "=01001"})
    assert {reason for _row, reason in reasons(again)} == {"there_already"}


def test_an_import_goes_on_where_a_killed_worker_left_off(
    gridded: Cast, csv: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches that were staged stay, no row is read twice, and each is told by its line in the sheet."""
    from cityloop.assets.actions.importing import checking

    monkeypatch.setattr(checking, "BATCH_ROWS", 4)
    seen: list[int] = []
    judged = checking.judged

    def dies(batch: Any, *more: Any) -> Any:
        seen.append(int(batch.numbers[0]))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return judged(batch, *more)

    monkeypatch.setattr(checking, "judged", dies)
    with pytest.raises(KeyboardInterrupt):
        checked(csv(*spread(5), "", *spread(10)[5:]))
    run = ImportRun.objects.get()
    assert (run.state, run.rows_read, StagedRow.objects.count()) == (ImportState.CHECKING, 8, 8)
    done = importing.go_on(run.id)
    assert done is not None
    assert (done.state, done.counts["good"], seen) == (ImportState.CHECKED, 10, [2, 6, 11, 11])
    assert list(StagedRow.objects.order_by("number").values_list("number", flat=True)) == [*range(2, 7), *range(8, 13)]


def test_what_was_mapped_by_hand_is_proposed_for_the_next_file_of_the_shape(gridded: Cast, csv: Write) -> None:
    head = "代号,经度,纬度,谁"
    path = csv(f"{code(1)},{WEST + 0.001},{SOUTH + 0.001},环卫中心", head=head)
    run = checked(path, mapping={"keeper": "谁"})
    assert (run.counts["good"], run.mapping) == (1, {"code": "代号", "keeper": "谁"})
    go(run, ImportState.APPLYING)
    assert Part.objects.get().keeper == "HW"  # by its name
    again = importing.begin(path, jurisdiction=CITY, name="again.csv", actor_id=None)
    assert importing.propose_for(again, of_name("parts"), AS_IT_IS, DAY)[1] == run.mapping
