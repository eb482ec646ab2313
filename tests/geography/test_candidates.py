from dataclasses import replace
from datetime import date

import pytest

from cityloop.geography.rules.candidates import (
    Candidate,
    Judged,
    Version,
    judge_beside,
    judge_codes,
    judge_communities,
    judge_ground,
    judge_overlaps,
    judge_versions,
    note_gaps,
)
from cityloop.geography.rules.codes import grid_code
from geography.conftest import CITY, COMMUNITY, box

SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


def judged(*rows: Candidate) -> Judged:
    return Judged("grids", {"code": "BGID"}, list(rows))


def row(number: int, code: str = "", west: float = 0, *, name: str = "") -> Candidate:
    return Candidate(number, code or f"{COMMUNITY}{number:03}", name, CITY, box(west, 0, west + 2, 2))


def words(candidate: Candidate) -> tuple[str, ...]:
    return candidate.name, candidate.jurisdiction, candidate.timing_zone


def version(candidate: Candidate, begins: date, ends: date | None = None, pk: int = 1) -> Version:
    return Version(pk, candidate.code, begins, ends, candidate.shape, words(candidate))


def codes(judgement: Judged) -> list[str]:
    return [candidate.code[-3:] for candidate in judgement.rows]


def test_codes_are_checked_and_written_as_they_should_be() -> None:
    rows = judged(row(1, f"{COMMUNITY}01"), row(2, "12"), row(3, "110101001001001"), row(4, f"{COMMUNITY}001"), row(5))
    judge_codes(rows, CITY, grid_code)
    assert codes(rows) == ["001", "005"]
    assert [(fault.row, fault.column, fault.value) for fault in rows.faults] == [
        (2, "BGID", "12"),
        (3, "BGID", "110101001001001"),
        (4, "BGID", f"{COMMUNITY}001"),
    ]
    assert "row 1" in rows.faults[2].why


def test_a_row_without_ground_is_refused_and_a_mended_one_noted() -> None:
    rows = judged()
    bow = box(0, 0, 2, 2).union(box(2, 2, 3, 3))
    judge_ground(rows, replace(row(1), shape=None), None, mend=True)
    judge_ground(rows, row(2), None, mend=True)
    judge_ground(rows, replace(row(3), shape=bow), None, mend=True)
    assert codes(rows) == ["002", "003"]
    assert [fault.row for fault in rows.faults] == [1]


def test_what_is_new_or_the_same_or_changed() -> None:
    same, changed, new = row(1), row(2, name="西门"), row(3)
    rows = judged(same, changed, new)
    there = [version(same, SPRING), version(replace(changed, name="东门"), SPRING, pk=22)]
    fate = judge_versions(rows, there, words, SUMMER, supersede=True)
    assert fate.unchanged == {same.code}
    assert fate.ended == {changed.code: 22}
    assert not rows.faults


@pytest.mark.parametrize(
    ("begins", "ends", "supersede"),
    [
        pytest.param(SPRING, None, False, id="in use, and no new version asked for"),
        pytest.param(SUMMER, None, True, id="begins on the same day"),
        pytest.param(AUTUMN, None, True, id="begins later"),
        pytest.param(SPRING, AUTUMN, True, id="ends later"),
        pytest.param(SPRING, SUMMER, True, id="retired that day"),
        pytest.param(date(2020, 1, 1), SPRING, True, id="retired long ago"),
    ],
)
def test_history_is_never_edited_and_no_code_used_twice(begins: date, ends: date | None, supersede: bool) -> None:
    rows = judged(row(1, name="西门"))
    fate = judge_versions(rows, [version(row(1, name="东门"), begins, ends)], words, SUMMER, supersede=supersede)
    assert not rows.rows
    assert (len(rows.faults), len(fate.ended)) == (1, 0)


def test_a_moved_border_is_a_change() -> None:
    rows = judged(row(1, west=1))
    assert judge_versions(rows, [version(row(1), SPRING)], words, SUMMER, supersede=True).ended


def test_of_two_rows_on_one_ground_the_later_is_refused_and_the_next_is_not_blamed() -> None:
    rows = judged(row(1, west=0), row(2, west=1), row(3, west=2))
    judge_overlaps(rows, [], 10)
    assert codes(rows) == ["001", "003"]
    assert f"{COMMUNITY}001" in rows.faults[0].why


def test_a_row_on_a_neighbours_ground_is_refused() -> None:
    rows = judged(row(1, west=0), row(2, west=4))
    judge_overlaps(rows, [("990101001001099", box(5, 0, 7, 2))], 10)
    assert codes(rows) == ["001"]


def test_a_refused_successor_leaves_the_old_version_standing() -> None:
    # 2 would move from west 4 to west 1, where 1 is: refused, so 2 stays at west 4, and 3 cannot have its ground
    rows = judged(row(1, west=0), row(2, west=1), row(3, west=4))
    stays = judge_beside(rows, [(f"{COMMUNITY}002", box(4, 0, 6, 2))], 10)
    assert codes(rows) == ["001"]
    assert [code for code, _shape in stays] == [f"{COMMUNITY}002"]


def test_a_grid_must_lie_in_the_community_of_its_code() -> None:
    rows = judged(row(1, west=0), row(2, west=9), row(3, f"{CITY}001002001"))
    judge_communities(rows, {COMMUNITY: box(0, 0, 10, 10)}, 10)
    assert codes(rows) == ["001"]
    assert [(fault.row, fault.column) for fault in rows.faults] == [(3, "BGID"), (2, "geometry")]


def test_without_communities_nothing_is_asked() -> None:
    rows = judged(row(1, west=400))
    judge_communities(rows, {}, 10)
    assert codes(rows) == ["001"]


def test_gaps_are_noted_by_community() -> None:
    whole = {COMMUNITY: box(0, 0, 4, 2)}
    halved = judged(row(1, west=0))
    note_gaps(halved, whole, [], 10)
    assert [note.value for note in halved.notes] == [COMMUNITY]
    covered = judged(row(1, west=0))
    note_gaps(covered, whole, [(f"{COMMUNITY}002", box(2, 0, 4, 2))], 10)
    assert not covered.notes
