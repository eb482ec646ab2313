"""Which files an event names, and where each lies."""

import pytest

from cityloop.cases.rules.files import Attached, FileFact, attached, elsewhere
from cityloop.kernel.hashing import canonical

A, B, C = "a" * 64, "b" * 64, "c" * 64
INPUTS = {
    "photos": [{"kind": "close", "sha256": A}, {"kind": "wide", "sha256": B}],
    "clips": [{"kind": "noise", "sha256": C}],
    "source": "hotline",
}
FILES = {
    A: FileFact("photo", False, "990101"),
    B: FileFact("photo", False, "990100"),
    C: FileFact("sound", False, "990101"),
}


def test_only_what_another_city_keeps_is_told_apart() -> None:
    assert elsewhere(("photos", "clips"), INPUTS, FILES, "990101") == {B: "990100"}
    assert elsewhere(("photos",), INPUTS, FILES, "990100") == {A: "990101"}


@pytest.mark.parametrize("files", [None, {}])
def test_of_a_history_nobody_knows_better_than_the_cases_own_city(files: dict[str, FileFact] | None) -> None:
    assert elsewhere(("photos",), INPUTS, files, "990101") == {}


def test_files_come_in_the_order_of_the_needs_wherever_they_lie() -> None:
    body = {"in": INPUTS, "files": elsewhere(("photos", "clips"), INPUTS, FILES, "990101")}
    assert list(attached(("photos", "clips"), body, "990101")) == [
        Attached(1, "close", A, "990101"), Attached(2, "wide", B, "990100"), Attached(3, "noise", C, "990101"),
    ]  # fmt: skip
    assert canonical(body)


def test_an_event_without_inputs_names_none() -> None:
    assert list(attached(("photos",), {}, "990101")) == []
    assert list(attached((), {"in": INPUTS}, "990101")) == []
