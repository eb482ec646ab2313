"""People of the living city do what the loop's table lets them do, in the shares of the project's page of scale."""

from collections import Counter

from cityloop.cases.queries import default_table
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.habits import DECIDERS, HABITS, Situation, next_step

DRAWN = 3000
STATES = sorted(HABITS)


def drawn(case: Situation, count: int = DRAWN) -> Counter[str]:
    steps = (next_step(case, chance(1, "test", case.state, number)) for number in range(count))
    return Counter(step.action for step in steps if step is not None)


def test_every_step_is_one_that_the_table_knows_from_that_state_by_that_post() -> None:
    table = default_table()
    for state in STATES:
        case = Situation(
            state,
            source="hotline",
            is_public=True,
            needs_repair=True,
            has_handlers=True,
            flags={"visit_required": True},
        )
        for number in range(DRAWN):
            step = next_step(case, chance(2, state, number))
            assert step is not None
            action = table.actions[step.action]
            assert state in action.from_states, (state, step.action)
            assert set(step.inputs) <= set(action.needs), (step.action, step.inputs)


def test_every_application_of_the_table_is_decided_by_who_may() -> None:
    table = default_table()
    for name, application in table.applications.items():
        for place, level in enumerate(application.levels):
            assert DECIDERS[name][place] in level.by
            case = Situation("in_disposal", applications={name: {"level": place}})
            step = next_step(case, chance(1, name, place))
            assert step is not None
            decided = table.actions[step.action].decides
            assert decided is not None
            assert decided.application == name


def test_about_one_in_twenty_five_is_done_again() -> None:
    checks = [next_step(Situation("checking"), chance(1, "check", number)) for number in range(DRAWN)]
    failed = sum(step is not None and step.inputs["result"] == "not_pass" for step in checks) / DRAWN
    refused = drawn(Situation("feedback"))["reject_feedback"] / DRAWN
    assert 0.02 <= failed + refused <= 0.06


def test_what_is_reported_twice_is_mostly_merged() -> None:
    found = drawn(Situation("reported", master="9901012026070300001"))
    assert 0.7 < found["merge"] / found.total() < 0.9


def test_citizens_are_called_back_and_mostly_satisfied() -> None:
    case = Situation("closed", source="hotline", is_public=True, flags={"visit_required": True})
    said = Counter(next_step(case, chance(1, "call", n)).inputs["satisfaction"] for n in range(DRAWN))  # type: ignore[union-attr]
    assert said["satisfied"] > 0.75 * DRAWN
    assert said["not"] > 0


def test_who_is_nobodys_turn_is_left_alone() -> None:
    assert next_step(Situation("archived"), chance(1, "x")) is None
    assert next_step(Situation("a state of the city's own"), chance(1, "x")) is None
    assert next_step(Situation("closed"), chance(1, "x")) is None
