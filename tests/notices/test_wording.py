from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from cityloop.notices import wording
from cityloop.notices.wording import Notice, Worded, said, words_from
from cityloop.organisation.rules.staffing import NOBODY, Viewer


@dataclass(frozen=True)
class Told:
    id: int
    kind: str
    subject: str
    jurisdiction: str = "990101"


@pytest.fixture(autouse=True)
def nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "_namers", {})


def of_lamps(notices: Iterable[Notice], _viewer: Viewer) -> Mapping[int, Worded]:
    return {one.id: Worded("A lamp is out", one.subject, "/lamps") for one in notices if one.kind == "lamp"}


def of_water(notices: Iterable[Notice], _viewer: Viewer) -> Mapping[int, Worded]:
    return {one.id: Worded("Under water", one.subject) for one in notices if one.kind == "water"}


def test_each_room_speaks_of_its_own() -> None:
    words_from(of_lamps)
    words_from(of_water)
    told = said([Told(1, "water", "the square"), Told(2, "lamp", "12")], NOBODY)
    assert told == {1: Worded("Under water", "the square"), 2: Worded("A lamp is out", "12", "/lamps")}


def test_what_nobody_knows_stands_for_itself() -> None:
    words_from(of_lamps)
    assert said([Told(3, "ice", "the bridge")], NOBODY) == {3: Worded("ice", "the bridge")}
