from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.anchors import Note, anchored, notes_from
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.hashing import NO_HASH

AT = datetime(2026, 7, 1, 2, 0, 0, 5, tzinfo=UTC)
TOLD = bytes(range(32))


def test_an_anchor_depends_on_all_that_it_says() -> None:
    one = anchored(NO_HASH, 1, 10, 10, AT, TOLD)
    others = [
        anchored(TOLD, 1, 10, 10, AT, TOLD),
        anchored(NO_HASH, 2, 10, 10, AT, TOLD),
        anchored(NO_HASH, 1, 11, 10, AT, TOLD),
        anchored(NO_HASH, 1, 10, 9, AT, TOLD),
        anchored(NO_HASH, 1, 10, 10, AT + timedelta(microseconds=1), TOLD),
        anchored(NO_HASH, 1, 10, 10, AT, NO_HASH),
    ]
    assert len({one, *others}) == 7
    assert one.hex() == "58d19a2a05a8fe571eac5f25402c325604630438d6f6d055cc09fc506fe08376"


def test_an_anchor_does_not_depend_on_the_zone_that_its_time_is_told_in() -> None:
    there = AT.astimezone(timezone(timedelta(hours=8)))
    assert anchored(NO_HASH, 1, 10, 10, there, TOLD) == anchored(NO_HASH, 1, 10, 10, AT, TOLD)


@given(st.lists(st.tuples(st.integers(1, 999_999_999), st.binary(min_size=32, max_size=32)), max_size=5))
def test_what_is_printed_is_read_again(anchors: list[tuple[int, bytes]]) -> None:
    lines = [f"{n} 2026-07-01T02:00:00+00:00 17 4711 {digest.hex()}" for n, digest in anchors]
    assert notes_from([*lines, "", "  "]) == [Note(n, digest) for n, digest in anchors]


def test_number_and_hash_alone_will_do() -> None:
    assert notes_from([f" 7 {TOLD.hex()} \n"]) == [Note(7, TOLD)]


@pytest.mark.parametrize(
    "line",
    [
        "anchor 412: {} (1873 events up to 1204411)",
        "INFO cityloop.cases.actions.anchoring: anchor 412: {} (1873 events up to 1204411)",
        "Nov 22 15:10:00 centre cityloop[7]: INFO cityloop.cases.actions.anchoring: anchor 412: {} (1 events up to 4)\n",
        '{{"level": "INFO", "message": "anchor 412: {} (1873 events up to 1204411)"}}',
    ],
)
def test_a_line_of_the_log_will_do(line: str) -> None:
    assert notes_from([line.format(TOLD.hex())]) == [Note(412, TOLD)]


@pytest.mark.parametrize(
    "line", ["x", "7", f"{TOLD.hex()}", f"7 {TOLD.hex()}0", f"7 {TOLD.hex()} x", f"-7 {TOLD.hex()}"]
)
def test_a_line_that_is_no_anchor_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        notes_from([f"1 {TOLD.hex()}", line])
    assert [fault.field for fault in refused.value.faults] == ["line 2"]
