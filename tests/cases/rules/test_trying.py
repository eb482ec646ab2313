"""Past cases told anew under another table."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest

from cases.rules.story import HOTLINE, REPORT, SCENES, Story
from cases.rules.test_examples import VerifiedFirst, loop_of
from cases.rules.town import table, town
from cases.rules.walk import Walk
from cityloop.cases.projections import body_of, texts_of
from cityloop.cases.rules.table import Table
from cityloop.cases.rules.tally import Tally
from cityloop.cases.rules.trying import Hindrance, PastAct, Turn, Why, World, past_act, tell, tried

WORLD = World(lambda _at: town())
WALKS = 150


def acts_of(story: Story) -> list[PastAct]:
    """Return a story as its events would tell it."""
    acts = []
    for outcome in story.outcomes:
        body = orjson.loads(body_of(outcome, texts_of(outcome)))
        assert outcome.after.at
        last = outcome.after.last
        person = last.person if last and last.seq == outcome.after.seq else outcome.after.values.get("reporter_user")
        states = (outcome.before.state, outcome.after.state)
        acts.append(past_act(outcome.action.code, outcome.after.at, person, outcome.post, states, body))
    return acts


def acts_of_walk(walk: Walk) -> list[PastAct]:
    acts = acts_of(walk)
    return [act._replace(person=event.person) for act, (event, _hash) in zip(acts, walk.events, strict=True)]


def closed(loop: Table | None = None, **report: Any) -> Story:
    story = Story(loop)
    return story.tell(
        ("acceptor", "report", HOTLINE | report),
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {}),
        ("dispatcher", "dispatch", {"department": "HW"}),
        ("dept_clerk", "sign", {}),
        ("dept_clerk", "feedback", {}),
        ("acceptor", "send_check", {"collector": 2}),
        ("collector", "check_back", {"result": "pass"}),
        ("duty_chief", "close", {"condition_met": True, "reply": "x"}),
    )


def changed(action: str, **update: Any) -> Table:
    loop = table()
    actions = {**loop.actions, action: loop.actions[action].model_copy(update=update)}
    return loop.model_copy(update={"actions": actions})


@pytest.mark.parametrize("kind", [Walk, VerifiedFirst])
def test_whatever_people_did_is_told_as_it_was_under_the_table_that_it_was_done_under(kind: type[Walk]) -> None:
    loop = table() if kind is Walk else loop_of("verified_first")
    tally, acts = Tally(), 0
    for seed in range(WALKS):
        walk = kind(loop, Counter())
        rng = random.Random(seed)
        while not walk.snapshot.state:
            walk.step(rng)
        walk.wander(rng, 30)
        told = acts_of_walk(walk)
        acts += len(told)
        tally.count(str(seed), len(told), tried(loop, loop, told, WORLD))
    counted = tally.to_json()
    assert (counted["untold_by"], counted["unchanged"], counted["acts"]) == ({}, WALKS, acts)
    assert {(one["earlier"], one["later"], one["gone"], one["added"]) for one in counted["stages"].values()} == {
        (0, 0, 0, 0)
    }


@pytest.mark.parametrize("scene", SCENES)
def test_each_scene_is_told_as_it_was(scene: str) -> None:
    story = Story().tell(*SCENES[scene])
    told = tell(story.table, acts_of(story), WORLD)
    assert (told.turn, told.stopped) == (None, None)


def test_a_step_that_the_other_table_does_without_is_passed_over() -> None:
    told = tell(table(signing=False), acts_of(closed()), WORLD)
    assert told.turn == Turn("dispatch", "filed", "dispatched", "in_disposal")
    assert told.stopped is None
    assert told.rounds["disposal", 0].is_on_time


def test_a_new_step_stops_the_case_where_nobody_can_have_taken_it() -> None:
    other = changed("report", to=table().actions["send_verify"].to)
    told = tell(other, acts_of(closed()), WORLD)
    assert told.turn == Turn("report", "", "reported", "verifying")
    assert told.stopped == Hindrance("accept", "verifying", Why.STATE, "")


HINDRANCES = {
    "no such action": (
        lambda: table().model_copy(update={"actions": {code: one for code, one in table().actions.items() if code != "sign"}}),
        Hindrance("sign", "dispatched", Why.NO_ACTION, ""),
    ),
    "not by this post": (
        lambda: changed("accept", by=table().actions["dispatch"].by[:1]), Hindrance("accept", "reported", Why.POST, "acceptor")
    ),
    "something more is asked": (
        lambda: changed("feedback", needs=table().actions["attach"].needs), Hindrance("feedback", "in_disposal", Why.NEED, "photos")
    ),
    "a condition": (
        lambda: changed("accept", guards=table().actions["reply_supervision"].guards),
        Hindrance("accept", "reported", Why.GUARD, "flag_set"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HINDRANCES)
def test_what_would_not_have_been_possible_says_why(name: str) -> None:
    make, hindrance = HINDRANCES[name]
    told = tell(make(), acts_of(closed()), WORLD)
    assert (told.turn, told.stopped) == (None, hindrance)


def test_what_is_no_longer_asked_for_hinders_nothing() -> None:
    story = Story().tell(("collector", "report", REPORT), ("acceptor", "accept", {"opinion": "x"}))
    told = tell(changed("accept", needs={}, writes=()), acts_of(story), WORLD)
    assert (told.turn, told.stopped) == (None, None)


def test_other_deadlines_are_counted_with_who_would_have_kept_them() -> None:
    loop = table()
    quick = loop.clocks["accept"].model_copy(update={"limit": (1, "minute"), "calendar": ""})
    other = loop.model_copy(update={"clocks": {**loop.clocks, "accept": quick}})
    slow = Story().tell(("collector", "report", REPORT)).later(minutes=5).tell(("acceptor", "accept", {}))
    tally = Tally()
    for number, story in enumerate((closed(), slow)):
        tally.count(str(number), 1, tried(loop, other, acts_of(story), WORLD))
    counted = tally.to_json()
    assert (counted["unchanged"], counted["other_deadlines"]) == (2, 2)
    assert counted["stages"]["accept"] == {
        "same": 0, "earlier": 2, "later": 0, "gone": 0, "added": 0, "ended": [2, 2], "on_time": [2, 1],
    }  # fmt: skip


def test_what_has_changed_since_is_set_apart_and_laid_to_no_table() -> None:
    """The class was switched off: not even the case's own table would take it now."""
    now = replace(town(), categories={})
    case = tried(table(), table(signing=False), acts_of(closed()), World(lambda _at: now))
    tally = Tally()
    tally.count("1", 9, case)
    assert (case.is_told, tally.to_json()["untold_by"]) == (False, {"report": 1})


def test_counts_add_up_whoever_counted() -> None:
    other, halves, whole = table(signing=False), [Tally(), Tally()], Tally()
    for number in range(10):
        case = tried(table(), other, acts_of(closed() if number % 3 else Story().tell(*SCENES["filed"])), WORLD)
        halves[number % 2].count(str(number), 9, case)
        whole.count(str(number), 9, case)
    halves[0].add(halves[1])
    one, two = halves[0].to_json(), whole.to_json()
    for counted in (one, two):
        assert [line.pop("examples")[0] for line in counted["elsewhere_by"]] in (["1"], ["2"])
    assert one == two
    assert one["elsewhere"] == 6
