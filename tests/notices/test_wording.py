import pytest

from cityloop.notices import wording
from cityloop.notices.wording import Said, said, words_from


@pytest.fixture(autouse=True)
def nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "_namers", {})


def of_lamps(_jurisdiction: str, kind: str, subject: str) -> Said | None:
    return Said(f"lamp {subject} is out", "/lamps") if kind == "lamp" else None


def of_water(_jurisdiction: str, kind: str, subject: str) -> Said | None:
    return Said(f"{subject} is under water", "") if kind == "water" else None


def test_each_room_speaks_of_its_own() -> None:
    words_from(of_lamps)
    words_from(of_water)
    assert said("990101", "water", "the square") == Said("the square is under water", "")
    assert said("990101", "lamp", "12") == Said("lamp 12 is out", "/lamps")


def test_what_nobody_knows_stands_for_itself() -> None:
    words_from(of_lamps)
    assert said("990101", "ice", "the bridge") == Said("ice", "")
