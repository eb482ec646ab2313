"""The scenes against the table that they are played on."""

from collections.abc import Iterator

import pytest

from cityloop.cases.queries import default_table
from cityloop.demo.rules.scenes import MASTERS, SCENES, Blank, Scene, Step

PARTIES = frozenset({"reporter", "other_clerk", "same", "system"})


def steps() -> Iterator[Step]:
    return (step for scene in SCENES for step in scene.steps)


def test_they_take_every_action_of_the_table() -> None:
    alone = {
        "pass_on",
        "recalculate",
        "support",
        "rate",
    }  # the system's, when a time has come; the public's on its own page
    assert {step.action for step in steps()} == set(default_table().actions) - alone


def test_everybody_in_them_holds_a_post_of_the_table() -> None:
    assert {step.by for step in steps()} - PARTIES <= set(default_table().posts)


def test_what_they_say_is_asked_for() -> None:
    actions = default_table().actions
    assert all(set(step.inputs) <= set(actions[step.action].needs) for step in steps())


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_each_begins_with_a_report_and_fixes_one_step(scene: Scene) -> None:
    assert default_table().actions[scene.steps[0].action].creates
    assert -len(scene.steps) <= scene.anchor < len(scene.steps)
    anchor = scene.anchor % len(scene.steps)
    assert not any(step.gap.startswith("@") for step in scene.steps[: anchor + 1])
    behind = [float(step.gap.removeprefix("@")) for step in scene.steps[anchor + 1 :]]
    assert behind == sorted(behind)
    assert all(0 < share < 1 for share in behind)
    assert scene.clock == "" or scene.clock in default_table().clocks


def test_names_are_unique_and_masters_are_among_them() -> None:
    names = [scene.name for scene in SCENES]
    assert len(set(names)) == len(names)
    assert set(MASTERS) <= set(names)


def test_a_case_is_merged_where_a_master_is_asked_for() -> None:
    asking = {step.action for step in steps() if Blank.MASTER in step.inputs.values()}
    assert asking == {"merge"}
