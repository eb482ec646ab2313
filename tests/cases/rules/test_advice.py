"""What a table may do but hardly means: a warning, with its line."""

import pytest

from cityloop.cases.queries.tables import default_text, example_text
from cityloop.cases.rules.advice import warnings
from cityloop.cases.rules.fitting import unstaffed
from cityloop.cases.rules.reading import BrokenTable, faults_at, read_table

TEXT = example_text("verified_first")
SHELF = "  shelf: {zh: 搁置, en: Shelf, kind: paused, step: dispose, tasks: [{post: dispatcher}]}\n"
TO_SHELF = "  shelve: {zh: 搁置, en: Shelve, from: [filed], to: shelf, by: [dispatcher]}\n"
FROM_SHELF = "  unshelve: {zh: 取回, en: Take back, from: [shelf], to: filed, by: [%s]}\n"


def edited(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def shelf(by: str = "dispatcher", tasks: str = "[{post: dispatcher}]") -> str:
    return edited(
        ("  cancelled: {zh: 作废", SHELF.replace("[{post: dispatcher}]", tasks) + "  cancelled: {zh: 作废"),
        ("  send_verify:\n", TO_SHELF + FROM_SHELF % by + "  send_verify:\n"),
    )


def told(text: str) -> list[str]:
    return [f"{fault.field}: {fault.why}" for fault in faults_at(text, warnings(read_table(text)))]


def test_the_table_that_comes_along_means_all_that_it_says() -> None:
    assert told(default_text()) == []
    assert told(TEXT) == []
    assert told(example_text("service_request")) == []


WARNED = {
    "a state that the settings close": (
        edited(("when: {result: not_found}", "when: {second_person: false}")), "states.unfounded: as the settings stand, no case comes"
    ),
    "an owner who cannot lead on": (
        shelf(by="leader"), "states.shelf.tasks: nobody who has a task here can take an action that leads on"
    ),
    "nobody where no condition holds": (
        shelf(tasks="[{post: dispatcher, when: {returned: 1}}]"), "states.shelf.tasks: each task here has a condition"
    ),
    "an application that waits for ever": (shelf(), "applications.cancel: may wait in shelf"),
    "a source that all may name": (
        edited(("Sensor, point: true, by: [acceptor]}", "Sensor, point: true}")),
        "sources.iot: all who report may name it (it has no “by”), and so need not send the photos of “collector”",
    ),
    "a source of a post that never reports": (
        edited(("Sensor, point: true, by: [acceptor]}", "Sensor, point: true, by: [dispatcher]}")),
        "sources.iot.by: “dispatcher” takes no action that makes a case",
    ),
    "a task whose clock does not run": (
        edited(("runs: [review], tasks: [{post: duty_chief, clock: review}]", "runs: [review], tasks: [{post: duty_chief, clock: check}]")),
        "states.disputed.tasks.0: no clock that runs here",
    ),
    "a mark that nothing sets": (
        edited(("guards: [{before_due: disposal}, {at_most", "guards: [{flag_set: reopened}, {at_most"), ("{reopened: +1, check_result: null}", "{check_result: null}")),
        "actions.apply_extension.guards.0: no action sets “reopened”",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_what_is_hardly_meant_is_told_with_its_line(name: str) -> None:
    text, said = WARNED[name]
    [line] = [one for one in told(text) if said in one]
    number = int(line.removeprefix("line ").partition(",")[0])
    assert said.partition(":")[0].split(".")[1] in "\n".join(text.split("\n")[max(number - 40, 0) : number])


def test_work_without_a_clock_is_refused() -> None:
    with pytest.raises(BrokenTable) as refused:
        read_table(
            edited(
                (
                    "runs: [review], tasks: [{post: duty_chief, clock: review}]",
                    "tasks: [{post: duty_chief}]",
                )
            )
        )
    assert ["no clock runs" in fault.why for fault in refused.value.faults] == [True]


def test_an_action_that_nobody_may_take_from_one_of_its_states_is_refused() -> None:
    with pytest.raises(BrokenTable, match="from “disputed” nobody may take this action"):
        read_table(
            edited(
                (
                    "by: [acceptor@reported, duty_chief@disputed]\n    needs: {collector",
                    "by: [acceptor@reported]\n    needs: {collector",
                )
            )
        )


def test_an_action_for_which_nobody_is_appointed_is_told() -> None:
    loop = read_table(TEXT)
    everybody = set(loop.posts)
    assert list(unstaffed(loop, everybody)) == []
    found = list(unstaffed(loop, everybody - {"duty_chief"}))
    assert [path for path, _why in found] == [("posts", "duty_chief")]
    assert found[0][1].endswith("File all the same, Reopen")
