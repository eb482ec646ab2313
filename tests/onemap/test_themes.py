"""Saved themes of the map: what is taken, and whose they are."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooMany
from cityloop.onemap.actions import change_theme, delete_theme, save_theme, themes
from cityloop.onemap.models import MapTheme
from cityloop.onemap.queries import themes as queries
from cityloop.onemap.rules.themes import checked_state, checked_title

NOW = datetime(2026, 4, 30, 8, tzinfo=UTC)
ANN, BOB = 1, 2
HERE, THERE = "990101", "990102"

states = st.fixed_dictionaries(
    {},
    optional={
        "layers": st.none() | st.lists(st.from_regex(r"[a-z][a-z_]{1,10}", fullmatch=True), max_size=4),
        "ground": st.dictionaries(st.from_regex(r"[\w.-]{1,9}", fullmatch=True).filter(str.isascii), st.floats(0, 1), max_size=3),
        "day": st.none() | st.dates(datetime(2000, 1, 1).date(), datetime(2090, 1, 1).date()).map(str),  # noqa: DTZ001  # days alone
        "spot": st.none() | st.tuples(st.floats(0, 22), st.floats(-85, 85), st.floats(-180, 180)).map(list),
        "kept": st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), st.text("ab鼋 ,:", max_size=9), max_size=3),
    },
)  # fmt: skip


@given(state=states)
def test_what_was_checked_once_is_taken_as_it_is(state: dict[str, Any]) -> None:
    checked = checked_state(state)
    assert checked_state(checked) == checked
    assert set(checked) == {"layers", "ground", "day", "spot", "kept"}


@pytest.mark.parametrize(("wrong", "field"), [
    ([], "state"), (None, "state"), ({"colour": 1}, "state.colour"), ({"layers": "parts"}, "state.layers"), ({"layers": ["A b"]}, "state.layers"),
    ({"layers": ["ab"] * 101}, "state.layers"), ({"ground": {"air": 2}}, "state.ground"), ({"ground": {"air": True}}, "state.ground"),
    ({"ground": {"a/b": 1}}, "state.ground"), ({"ground": {"air": float("nan")}}, "state.ground"), ({"day": "yesterday"}, "state.day"),
    ({"day": 20260430}, "state.day"), ({"spot": [1, 2]}, "state.spot"), ({"spot": [1, 99, 2]}, "state.spot"),
    ({"spot": [1, "2", 3]}, "state.spot"), ({"kept": {"Heat": "1"}}, "state.kept"), ({"kept": {"heat": 1}}, "state.kept"),
    ({"kept": {"heat": "x" * 4001}}, "state.kept"), ({"kept": {"heat": "\0"}}, "state.kept"), ({"kept": {f"a{n}": "" for n in range(41)}}, "state.kept"),
])  # fmt: skip
def test_what_is_no_state_of_a_map_is_refused_by_its_field(wrong: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_state(wrong)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_title_is_short_and_not_empty() -> None:
    assert checked_title("  East \n side ") == "East side"
    for wrong in ("", "  ", None, 3, "x" * 61):
        with pytest.raises(InvalidInput):
            checked_title(wrong)


@pytest.mark.django_db
def test_ones_own_theme_is_seen_and_changed_by_nobody_else() -> None:
    mine = save_theme(ANN, title="East", state={"day": "2026-04-01"}, jurisdiction="", may_share=[HERE], now=NOW)
    assert [one.title for one in queries.themes(ANN, [HERE], [HERE])] == ["East"]
    assert queries.themes(BOB, [HERE], [HERE]) == []
    with pytest.raises(NotFound):
        queries.theme(mine.pk, BOB, [HERE], [HERE])
    with pytest.raises(NotFound):
        change_theme(mine.pk, BOB, may_share=[HERE], now=NOW, title="West")
    with pytest.raises(NotFound):
        delete_theme(mine.pk, BOB, may_share=[HERE])
    changed = change_theme(mine.pk, ANN, may_share=[], now=NOW, title="West", state={"layers": []})
    assert (changed.title, changed.state["layers"], changed.state["day"]) == ("West", [], None)
    delete_theme(mine.pk, ANN, may_share=[])
    assert not MapTheme.objects.exists()


@pytest.mark.django_db
def test_a_citys_theme_is_seen_by_its_staff_and_changed_by_those_who_keep_its_data() -> None:
    shared = save_theme(ANN, title="Parts", state={}, jurisdiction=HERE, may_share=[HERE], now=NOW)
    [seen] = queries.themes(BOB, [HERE], [])
    assert (seen.title, seen.may_change, seen.jurisdiction) == ("Parts", False, HERE)
    assert queries.themes(BOB, [THERE], [THERE]) == []
    with pytest.raises(NotFound):
        delete_theme(shared.pk, BOB, may_share=[THERE])
    with pytest.raises(NotFound):
        change_theme(shared.pk, ANN, may_share=[], now=NOW, title="Mine")  # no longer in office
    assert change_theme(shared.pk, BOB, may_share=[HERE], now=NOW, title="All parts").title == "All parts"
    with pytest.raises(NotAllowed):
        save_theme(BOB, title="x", state={}, jurisdiction=THERE, may_share=[HERE], now=NOW)


@pytest.mark.django_db
def test_a_name_stands_once_for_each_and_there_is_an_end_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def save(owner: int, title: str, city: str = "") -> MapTheme:
        return save_theme(owner, title=title, state={}, jurisdiction=city, may_share=[HERE], now=NOW)

    save(ANN, "East")
    save(BOB, "East")
    save(ANN, "East", HERE)
    other = save(ANN, "West")
    with pytest.raises(Conflict):
        save(ANN, "East")
    with pytest.raises(Conflict):
        save(BOB, "East", HERE)
    with pytest.raises(Conflict):
        change_theme(other.pk, ANN, may_share=[], now=NOW, title="East")
    monkeypatch.setattr(themes, "MOST", 2)
    with pytest.raises(TooMany):
        save(ANN, "North")
    assert MapTheme.objects.filter(owner=ANN, jurisdiction="").count() == 2
