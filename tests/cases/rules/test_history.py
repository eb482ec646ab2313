"""The fold, the chain, and what JSON keeps of a case."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from cases.rules.story import SCENES, STATES, WHY, Story, story
from cases.rules.town import NOW
from cityloop.cases.rules.history import Changes, Event, chained, changes_from_json, difference, first_break, fold
from cityloop.cases.rules.snapshot import EMPTY, Snapshot, snapshot_from_json
from cityloop.kernel.hashing import NO_HASH, canonical

CASE = str(UUID(int=7))
NUMBER = "9901012026070100001"


def events_of(told: Story) -> list[Event]:
    """Return the acts of ``told`` as events, with their changes as canonical JSON."""
    return [
        Event(
            CASE,
            outcome.after.seq,
            outcome.action.code,
            outcome.after.at or NOW,
            outcome.after.last.person if outcome.after.last else None,
            outcome.post,
            "api",
            outcome.before.state,
            outcome.after.state,
            canonical(outcome.changes.to_json()).decode(),
        )
        for outcome in told.outcomes
    ]


def chain(events: list[Event], number: str = NUMBER) -> list[tuple[Event, bytes]]:
    linked, head = [], NO_HASH
    for event in events:
        head = chained(event, head, number)
        linked.append((event, head))
    return linked


def as_json_keeps_it(snapshot: Snapshot) -> dict[str, Any]:
    return dict(orjson.loads(canonical(snapshot.to_json())))


@pytest.mark.parametrize("scene", [*SCENES, *STATES[-1:], "appeal passed on", "closed for the public"])
def test_a_case_is_the_fold_of_its_events(scene: str) -> None:
    told = story(scene)
    folded = fold(((event, orjson.loads(event.body)) for event in events_of(told)), told.table.restoring)
    assert as_json_keeps_it(folded) == as_json_keeps_it(told.snapshot)


@pytest.mark.parametrize("scene", STATES)
def test_a_case_survives_json(scene: str) -> None:
    kept = as_json_keeps_it(story(scene).snapshot)
    assert as_json_keeps_it(snapshot_from_json(kept)) == kept


def test_a_case_read_back_from_json_goes_on_as_the_case_itself() -> None:
    one, other = story("supervised"), story("supervised")
    other.snapshot = snapshot_from_json(as_json_keeps_it(other.snapshot))
    for who, action, inputs in (("dept_clerk", "apply_extension", WHY), ("dispatcher", "approve_extension", {}), ("dept_clerk", "feedback", {})):  # fmt: skip
        one.act(who, action, inputs)
        other.act(who, action, inputs)
    assert as_json_keeps_it(one.snapshot) == as_json_keeps_it(other.snapshot)


def test_nothing_before_the_first_event() -> None:
    assert fold([], frozenset()) == EMPTY
    assert snapshot_from_json(as_json_keeps_it(EMPTY)) == EMPTY


def test_changes_leave_out_what_is_empty() -> None:
    nothing = Changes("filed", {}, {}, {}, None, {}, (), act=False)
    assert nothing.to_json() == {}
    assert changes_from_json("filed", {}) == nothing


@pytest.mark.parametrize(
    "scene", ["in_disposal by two", "deferral passed on", "suspended", "supervised", "check failed"]
)
def test_changes_survive_json(scene: str) -> None:
    for outcome in story(scene).outcomes:
        kept = orjson.loads(canonical(outcome.changes.to_json()))
        again = changes_from_json(outcome.changes.state, kept)
        assert orjson.loads(canonical(again.to_json())) == kept


def test_the_difference_between_two_cases_leads_from_one_to_the_other() -> None:
    one, other = story("deferred").snapshot, story("supervised").snapshot
    changes = difference(one, other)
    assert changes.state == "in_disposal"
    assert changes.values["resume_on"] is None
    assert set(changes.done) == set(one.tasks) - set(other.tasks)
    assert difference(other, other)._replace(act=False) == Changes("in_disposal", {}, {}, {}, None, {}, (), act=False)


# --- the chain

EVENTS = events_of(story("to_close"))


def test_an_unbroken_chain() -> None:
    assert first_break(chain(EVENTS), NUMBER) is None
    assert first_break([], NUMBER) is None


def edited(place: int, **changes: Any) -> Callable[[list[tuple[Event, bytes]]], list[tuple[Event, bytes]]]:
    def edit(linked: list[tuple[Event, bytes]]) -> list[tuple[Event, bytes]]:
        event, digest = linked[place - 1]
        return [*linked[: place - 1], (event._replace(**changes), digest), *linked[place:]]

    return edit


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        pytest.param(edited(4, body=EVENTS[3].body.replace("HW", "SZ")), 4, id="a changed body"),
        pytest.param(edited(4, body=EVENTS[3].body + " "), 4, id="a space after the body"),
        pytest.param(edited(2, at=NOW + timedelta(microseconds=1)), 2, id="a changed time"),
        pytest.param(edited(3, person=99), 3, id="a changed person"),
        pytest.param(edited(3, person=None), 3, id="a person taken away"),
        pytest.param(edited(3, post="leader"), 3, id="a changed post"),
        pytest.param(edited(3, action="cancel"), 3, id="a changed action"),
        pytest.param(edited(3, via="replayed"), 3, id="a changed door"),
        pytest.param(edited(3, to_state="closed"), 3, id="a changed state"),
        pytest.param(edited(3, from_state="reported"), 3, id="a changed state before"),
        pytest.param(edited(1, case=str(UUID(int=8))), 1, id="an event of another case"),
        pytest.param(lambda linked: linked[1:], 1, id="the first event removed"),
        pytest.param(lambda linked: [*linked[:2], *linked[3:]], 3, id="an event removed"),
        pytest.param(lambda linked: [linked[0], linked[2], linked[1], *linked[3:]], 2, id="two events swapped"),
        pytest.param(lambda linked: [*linked[:3], linked[2], *linked[3:]], 4, id="an event twice"),
        pytest.param(lambda linked: [(linked[0][0], NO_HASH), *linked[1:]], 1, id="a changed hash"),
    ],
)  # fmt: skip
def test_a_broken_chain_is_noticed_where_it_breaks(
    edit: Callable[[list[tuple[Event, bytes]]], list[tuple[Event, bytes]]], broken: int
) -> None:
    linked = edit(chain(EVENTS))
    assert linked != chain(EVENTS)
    assert first_break(linked, NUMBER) == broken


def test_the_number_of_the_case_is_bound_by_its_first_event() -> None:
    assert first_break(chain(EVENTS), NUMBER[:-1] + "2") == 1


def test_a_chain_that_was_forged_from_an_event_on_differs_in_its_head() -> None:
    forged = [event._replace(person=99) if event.seq == 5 else event for event in EVENTS]
    assert first_break(chain(forged), NUMBER) is None, "only the head, kept with the case, tells"
    assert chain(forged)[-1][1] != chain(EVENTS)[-1][1]
