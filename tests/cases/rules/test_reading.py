import pytest

from cityloop.cases.queries.tables import default_text
from cityloop.cases.rules.guards import ARGUMENTS, GUARDS
from cityloop.cases.rules.reading import BrokenTable, read_table

TEXT = default_text()


def changed(old: str, new: str, text: str = TEXT) -> str:
    """Return the default table with one place of it changed."""
    assert text.count(old) == 1, f"“{old}” stands {text.count(old)} times in the table"
    return text.replace(old, new)


def faults_of(text: str) -> list[tuple[str, str]]:
    """Return what is wrong with ``text``: (line and place, rule) for each fault."""
    with pytest.raises(BrokenTable) as refusal:
        read_table(text)
    assert refusal.value.faults
    assert f"mistakes in all: {len(refusal.value.faults)}" in refusal.value.message
    return [(fault.field, fault.why) for fault in refusal.value.faults]


def line_of(text: str, marker: str) -> int:
    assert marker in text
    return text[: text.index(marker)].count("\n") + 1


def first_difference(one: str, other: str) -> int:
    pairs = zip(one.splitlines(), other.splitlines(), strict=False)
    return next(number for number, (mine, yours) in enumerate(pairs, start=1) if mine != yours)


def test_the_default_table_reads() -> None:
    table = read_table(TEXT)
    assert table.code == "cn-default"
    assert len(table.states) == 20
    numbers = {action.number for action in table.actions.values()} - {0}
    assert numbers == set(range(1, 40)), "each row of the domain page's table has its action"


def test_the_default_table_survives_being_read_again() -> None:
    assert read_table(TEXT) == read_table(TEXT)


def test_from_open_any_and_every_are_spelled_out() -> None:
    table = read_table(TEXT)
    final = {code for code, state in table.states.items() if state.final}
    assert set(table.actions["withdraw"].from_states) == set(table.states)
    assert set(table.actions["note"].from_states) == set(table.states) - final
    assert set(table.actions["urge"].from_states) == {
        "reported", "verifying", "accepted", "filed", "consulting", "dispatched", "in_disposal", "deferred",
        "suspended", "external", "returned", "feedback", "checking", "to_close",
    }  # fmt: skip


def test_every_guard_says_what_it_wants() -> None:
    assert set(GUARDS) == set(ARGUMENTS)


STATES = "    from: [accepted]\n    to: filed\n    by: [duty_chief, system]"
NO_NUMBER = "  finish_work:\n    zh: 处置完成\n    en: Work finished\n    from: [in_disposal]\n    by: [handler@task]"

BROKEN = {
    # --- form
    "no YAML": ("clocks:\n", "clocks: [\n", "–", "this is not YAML", "  verify:     {zh: 核实, en"),
    "an alias": ("code: cn-default\n", "code: &code cn-default\nx: *code\n", "–", "aliases", "x: *code"),
    "a key of a section twice": (
        "  merged: {zh: 并案",
        "  merged: {zh: 并案, en: M, kind: void, step: end}\n  merged: {zh: 并案",
        "states.merged",
        "second time",
        "  merged: {zh: 并案, en: Merged",
    ),
    "a key of a row twice": (
        STATES,
        STATES.replace("to: filed", "to: filed\n    to: merged"),
        "actions.file.to",
        "second time",
        "    to: merged\n    by: [duty_chief, system]",
    ),
    "an unknown key": ("reopen_days: 7", "reopen_day: 7", "settings.reopen_day", "no rule knows this key", None),
    "an unknown key of an action": (
        STATES, STATES + "\n    form: [filed]", "actions.file.form", "no rule knows this key", "    form:"
    ),
    "an unknown section": ("steps:\n", "stages: {}\nsteps:\n", "stages", "no rule knows this key", "stages:"),
    "a missing setting": ("  signing: true ", "  # signing: true ", "settings.signing", "missing", "settings:"),
    "a number that is none": ("reopen_days: 7", "reopen_days: soon", "settings.reopen_days", "valid integer", None),
    "a share above one": ("return_share: 0.25", "return_share: 25", "settings.return_share", "less than", None),
    "a list where a text is due": ("title: {zh: 数字城管闭环,", "title: {zh: [闭环],", "title.zh", "string", None),
    "a text where a mapping is due": (
        "  dispatch: {zh: 任务派遣, en: Dispatch}", "  dispatch: 任务派遣", "steps.dispatch", "does not fit", None
    ),
    "a list of actions": ("\nactions:\n", "\nactions: []\nacts:\n", "actions", "does not fit", "actions: []"),
    "an unknown kind of state": (
        "kind: waiting, step: file,", "kind: pending, step: file,", "states.accepted.kind", "'waiting'", None
    ),
    "an unknown type of need": (
        "solved: {type: flag}", "solved: {type: boolean}", "actions.fast_track.needs.solved.type", "'flag'", None
    ),
    "a code that no address can hold": (
        "  typical:           {zh", "  Typical case:      {zh", "flags.Typical case.code", "pattern", None
    ),
    "a code that no column can hold": (
        "  conclude:\n", f"  {'x' * 41}:\n", f"actions.{'x' * 41}.code", "at most 40", None
    ),
    "a condition that is no mapping": (
        "when: {self_report_checked: true}", "when: self_report_checked", "actions.self_report.to.0.when", "does not fit", None
    ),
    "a permit that is a number": (STATES, STATES.replace("[duty_chief, system]", "[7]"), "actions.file.by.0", "does not fit", None),
    "a guard that is a word": (
        "guards: [{system_after: resume_on}]", "guards: [system_after]", "actions.resume.guards.0", "does not fit", None
    ),
    "flags that are a list": (
        "flags: {leader_noted: true}", "flags: [leader_noted]", "actions.instruct.flags.0", "does not fit", None
    ),
    # --- names
    "an unknown state to go to": (STATES, STATES.replace("to: filed", "to: filled"), "actions.file.to", "no state “filled”", None),
    "an unknown state to come from": (
        STATES, STATES.replace("[accepted]", "[acepted]"), "actions.file.from", "no state “acepted”", None
    ),
    "an unknown state of a permit": (
        "[acceptor@reported, duty", "[acceptor@reportd, duty", "actions.reject.by", "no state “reportd”", None
    ),
    "an unknown post": (STATES, STATES.replace("duty_chief", "chief"), "actions.file.by", "no post “chief”", None),
    "an unknown post of a task": (
        "tasks: [{post: duty_chief, clock: file}]", "tasks: [{post: chief, clock: file}]",
        "states.accepted.tasks.0", "no post “chief”", None,
    ),
    "an unknown post of a level": (
        "{by: [duty_chief, leader]}", "{by: [duty_chief, mayor]}", "applications.defer.levels.1", "no post “mayor”", None
    ),
    "an unknown flag of an application": (
        "flag: extension_pending", "flag: pending", "applications.extension.flag", "no flag “pending”", None
    ),
    "an unknown clock that runs": (
        "runs: [verify], holds", "runs: [verifying], holds", "states.verifying.runs", "no clock “verifying”", None
    ),
    "an unknown clock that is held": (
        "holds: [accept],", "holds: [acept],", "states.verifying.holds", "no clock “acept”", None
    ),
    "an unknown clock of a rule": (
        "clocks: {disposal: {extend: 1}}", "clocks: {dispose: {extend: 1}}",
        "actions.approve_extension.clocks", "no clock “dispose”", None,
    ),
    "an unknown setting of a clock rule": (
        "factor: rework_share", "factor: rework_part", "actions.rework.clocks", "no setting “rework_part”", None
    ),
    "an unknown value of a clock rule": (
        "relimit_if: condition", "relimit_if: conditions", "actions.amend.clocks", "no value “conditions”", None
    ),
    "an unknown step": (
        "kind: waiting, step: file,", "kind: waiting, step: filing,", "states.accepted.step", "no step “filing”", None
    ),
    "an unknown flag": (
        "flags: {leader_noted: true}", "flags: {noted: true}", "actions.instruct.flags", "no flag “noted”", None
    ),
    "a flag copied from nothing": (
        "check_result: $result", "check_result: $outcome", "actions.check_back.flags", "no fact “outcome”", None
    ),
    "a flag named like a setting": (
        "  typical:           {zh", "  signing: {zh: x, en: x}\n  typical:           {zh", "flags.signing", "has this name", "  signing: {zh: x"
    ),
    "a flag that the engine sets is missing": (
        "  similar:           {zh: 相似, en: Similar case open}\n", "", "flags", "no flag “similar”", "flags:\n"
    ),
    "an unknown list": ("of: check_results", "of: checks", "actions.check_back.needs.result", "no list “checks”", None),
    "an unknown application": (
        "opens: {application: force_close}", "opens: {application: force}", "actions.force_close.opens",
        "no application “force”", None,
    ),
    "an unknown application that is dropped": (
        "drops: [extension, suspend, authorise]", "drops: [extensions, suspend, authorise]",
        "actions.approve_defer.drops", "no application “extensions”", None,
    ),
    "an application that keeps what was not asked": (
        "opens: {application: suspend, keeps: [until]}", "opens: {application: suspend, keeps: [till]}",
        "actions.apply_suspend.opens", "no need “till”", None,
    ),
    "an application that gives what it did not keep": (
        "takes: {department: department}", "takes: {department: unit}",
        "actions.approve_authorise.takes", "no input kept by the application “unit”", None,
    ),
    "an unknown value that is cleared": (
        "clears: [resume_on]", "clears: [resumes_on]", "actions.resume.clears", "no value “resumes_on”", None
    ),
    "a written value that was not asked": (
        "writes: [master]", "writes: [masters]", "actions.merge.writes", "no need “masters”", None
    ),
    "an unknown input among those of which one is due": (
        "one_of: [department, handler]", "one_of: [department, crew]", "actions.redispatch.one_of", "no need “crew”", None
    ),
    "an unknown kind of task that is finished": (
        "finishes: assist", "finishes: help", "actions.co_feedback.finishes", "no kind of task “help”", None
    ),
    "an unknown value that names a department": (
        "  deferred: {zh: 缓办, en: Deferred, kind: paused, step: dispose, holds: [disposal], tasks: [{post: dept_clerk, department: department}]}",
        "  deferred: {zh: 缓办, en: Deferred, kind: paused, step: dispose, holds: [disposal], tasks: [{post: dept_clerk, department: unit}]}",
        "states.deferred.tasks.0", "no value “unit”", None,
    ),
    # --- conditions, guards, limits
    "a condition on an unknown fact": (
        "{state: checking, when: {self_report_checked: true}}", "{state: checking, when: {self_reports_checked: true}}",
        "actions.self_report.to.0", "no fact “self_reports_checked”", None,
    ),
    "a task's condition on an unknown fact": (
        "when: {handler_at_work: true}", "when: {handler_on_site: true}", "states.in_disposal.tasks.2",
        "no fact “handler_on_site”", None,
    ),
    "a need's condition on an unknown fact": (
        "reply: {type: text, required_when: {public: true}, waived", "reply: {type: text, required_when: {publc: true}, waived",
        "actions.close.needs.reply", "no fact “publc”", None,
    ),
    "a level's condition on an unknown fact": (
        "when: {applicant_post: handler}", "when: {applicant: handler}", "applications.extension.levels.1",
        "no fact “applicant”", None,
    ),
    "an unknown guard": (
        "guards: [{system_after: resume_on}]", "guards: [{after: resume_on}]", "actions.resume.guards.0", "no guard “after”", None
    ),
    "a guard on an unknown clock": (
        "{before_due: disposal}", "{before_due: dispose}", "actions.apply_extension.guards.0", "no clock “dispose”", None
    ),
    "a guard on an unknown flag": (
        "- flag_set: supervision_reply", "- flag_set: reply", "actions.reply_supervision.guards.0",
        "no flag “reply”", None,
    ),
    "a guard on an unknown setting": (
        "share: return_share,", "share: returning_share,", "actions.return.guards.1", "no setting “returning_share”", None
    ),
    "a guard that misses an argument": (
        "{at_most: {flag: extended, count: 2}}", "{at_most: {flag: extended}}", "actions.apply_extension.guards.1",
        "“at_most” needs: flag, count", None,
    ),
    "a guard with a word for a number": (
        "{at_most: {flag: extended, count: 2}}", "{at_most: {flag: extended, count: two}}",
        "actions.apply_extension.guards.1", "“two” is no argument", None,
    ),
    "a source that an unknown post names": (
        "en: Hotline, public: true, by: [acceptor],", "en: Hotline, public: true, by: [operator],", "sources.hotline.by",
        "no post “operator”", None,
    ),
    "an answer to the public that nobody gives": (
        "  inputs: [reply]", "  inputs: [answer]", "public_sees.inputs", "no input “answer”", None
    ),
    "a photo for the public that nobody takes": (
        "  photos: []", "  photos: [later]", "public_sees.photos", "no kind of photo “later”", None
    ),
    "a flag for the public that no case has": ("  flags: [supporters]", "  flags: [followers]", "public_sees.flags", "no flag “followers”", None),
    "a name for a task that nobody gets": (
        "  handle:         {zh", "  handl:          {zh", "tasks.handl", "no kind of task “handl”", None
    ),
    "words of a guard in one language": (
        "says: {zh: 没有待回复的督办, en: no supervision order waits for a reply}", "says: {zh: 没有待回复的督办}",
        "actions.reply_supervision.guards.0.says.en", "missing", "        says: {zh: 没有待回复的督办}",
    ),
    "a limit in an unknown unit": ("limit: [15, work_minute]", "limit: [15, workminute]", "clocks.accept.limit", "not a unit of time", None),
    "a limit of nothing": ("limit: [15, minute]", "limit: [0, minute]", "clocks.dispatch.limit", "whole number from 1", None),
    "a limit from an unknown value": ("limit: external_due", "limit: outside_due", "clocks.external.limit", "no limit “outside_due”", None),
    "a choice of nothing": (
        "back_to: {type: choice, options: [reported, accepted]}", "back_to: {type: choice}",
        "actions.return_to_supervision.needs.back_to", "a choice needs", None,
    ),
    "files where none are asked for": (
        "back_to: {type: choice, options: [reported, accepted]}", "back_to: {type: choice, options: [reported, accepted], files: [video]}",
        "actions.return_to_supervision.needs.back_to", "only photos have", None,
    ),
    "photos of no kind": (
        "photos: {type: photos, kinds: [verify, close, wide]}", "photos: {type: photos}",
        "actions.verify_back.needs.photos", "“kinds”", None,
    ),
    "a person of no post": (
        "handler: {type: person, post: handler}", "handler: {type: person}", "actions.redispatch.needs.handler", "“post”", None
    ),
    "a condition asked before its class": (
        "needs: {category: {type: category}, condition: {type: condition, required_unless_known: true}, opinion",
        "needs: {condition: {type: condition, required_unless_known: true}, category: {type: category}, opinion",
        "actions.file.needs.condition", "must come after “category”", None,
    ),
    "a time that no case keeps": (
        "writes: [target, external_number, external_due]", "writes: [target, external_number, visit_on]",
        "actions.transfer.needs.visit_on", "these times only", "      visit_on:",
    ),
    # --- the loop
    "a clock that runs and is held": (
        "runs: [verify], holds: [accept],", "runs: [verify], holds: [accept, verify],", "states.verifying.holds",
        "cannot both run and stand still", None,
    ),
    "an open state without a task": (
        "runs: [file], tasks: [{post: duty_chief, clock: file}]}", "runs: [file]}", "states.accepted", "give it a task", "  accepted:\n"
    ),
    "an open state that is final": (
        "runs: [file], tasks", "runs: [file], final: true, tasks", "states.accepted.final", "still open", None
    ),
    "a state that nothing reaches": (
        "  archived: {zh: 归档", "  lost: {zh: 失, en: Lost, kind: void, step: end, final: true}\n  archived: {zh: 归档",
        "states.lost", "no action reaches this state", "  lost:",
    ),
    "a dead end": (
        "    from: [merged]\n    to: reported", "    from: [closed]\n    to: reported", "states.merged",
        "no action leaves this state", "  merged: {zh",
    ),
    "a final state that is left": (
        "  merged: {zh: 并案, en: Merged, kind: void, step: end}",
        "  merged: {zh: 并案, en: Merged, kind: void, step: end, final: true}",
        "states.merged", "is final, yet an action leaves it", None,
    ),
    "an action that nobody may take": (STATES, STATES.replace("[duty_chief, system]", "[]"), "actions.file.by", "nobody may", None),
    "an action that leads from nowhere": (
        NO_NUMBER, NO_NUMBER.replace("[in_disposal]", "[]"), "actions.finish_work.from", "no state is named", None
    ),
    "a new case without a state": (
        "    creates: true\n    to: reported\n", "    creates: true\n", "actions.report.to", "must lead to a state", "  report:\n"
    ),
    "an application that nobody opens": (
        "    opens: {application: appeal}\n", "", "applications.appeal", "no action opens", "  appeal: {zh: 申诉, en: Appeal, levels"
    ),
    "an application that nobody decides on": (
        "    decides: {application: appeal, grant: {ruling: upheld}}\n", "    by: [dispatcher]\n", "applications.appeal",
        "no action decides", "  appeal: {zh: 申诉, en: Appeal, levels",
    ),
}  # fmt: skip
"""What is broken: (text, what takes its place, the place named, part of the rule named, what stands in the line named)."""


@pytest.mark.parametrize(("old", "new", "place", "rule", "marker"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_with_line_and_rule(
    old: str, new: str, place: str, rule: str, marker: str | None
) -> None:
    text = changed(old, new)
    if place.endswith("visit_on"):
        text = changed(
            "      external_due: {type: instant}\n      opinion",
            "      visit_on: {type: instant}\n      opinion",
            text,
        )
    found = faults_of(text)
    wanted = [(where, why) for where, why in found if rule in why and where.endswith(f", {place}")]
    assert wanted, found
    [(where, _why), *_more] = wanted
    line = int(where.removeprefix("line ").partition(",")[0])
    assert line == (first_difference(TEXT, text) if marker is None else line_of(text, marker))


def test_all_mistakes_are_told_at_once() -> None:
    text = changed("runs: [verify], holds", "runs: [verifying], holds")
    text = changed("{before_due: disposal}", "{before_due: dispose}", text)
    text = changed("of: check_results", "of: checks", text)
    text = changed("  merged: {zh: 并案", "  merged: {}\n  merged: {zh: 并案", text)
    found = [why for _where, why in faults_of(text)]
    assert len(found) == 4
    for rule in ("no clock “verifying”", "no clock “dispose”", "no list “checks”", "second time"):
        assert any(rule in why for why in found)


def test_all_mistakes_of_form_are_told_at_once() -> None:
    text = changed("reopen_days: 7", "reopen_days: soon")
    text = changed("runs: [file], tasks", "runs: [file], colour: red, tasks", text)
    text = changed("  merged: {zh: 并案", "  merged: {}\n  merged: {zh: 并案", text)
    assert {where.partition(", ")[2] for where, _why in faults_of(text)} == {
        "settings.reopen_days",
        "states.accepted.colour",
        "states.merged",
    }


def test_states_from_which_no_way_leads_to_an_end_are_named() -> None:
    ring = """
  ring_a: {zh: 甲, en: A, kind: waiting, step: collect, runs: [accept], tasks: [{post: acceptor}]}
  ring_b: {zh: 乙, en: B, kind: waiting, step: collect, runs: [accept], tasks: [{post: acceptor}]}
  archived: {zh: 归档"""
    ways = """
  go: {zh: 去, en: Go, from: [reported, ring_b], to: ring_a, by: [acceptor]}
  back: {zh: 回, en: Back, from: [ring_a], to: ring_b, by: [acceptor]}
  unmerge:
"""
    text = changed("\n  archived: {zh: 归档", ring)
    text = changed("\n  unmerge:\n", ways, text)
    assert [(where.partition(", ")[2], why) for where, why in faults_of(text)] == [
        ("states.ring_a", "no way leads from this state to a final one"),
        ("states.ring_b", "no way leads from this state to a final one"),
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("", "mapping of sections", id="nothing"),
        pytest.param("- a\n- b\n", "mapping of sections", id="a list"),
        pytest.param("\x00", "not YAML", id="a control character"),
        pytest.param("a: 1\n---\nb: 2\n", "not YAML", id="two documents"),
        pytest.param("a: !!python/object:os.system x\n", "not YAML", id="a tag that makes objects"),
        pytest.param("? {a: b}\n: c\n", "not YAML", id="a mapping as a key"),
        pytest.param("a: " + "[" * 200_000, "nested too deep", id="brackets without end"),
        pytest.param("a: &x [*x]\n", "aliases", id="a list inside itself"),
        pytest.param("states: {a: 1}\nactions: [1]\n", "does not fit", id="sections of a wrong kind"),
        pytest.param("{1: 2, on: 3}\n", "does not fit", id="keys that are no names"),
    ],
)
def test_what_is_no_table_at_all_is_refused(text: str, rule: str) -> None:
    assert any(rule in why for _where, why in faults_of(text))


@pytest.mark.parametrize(
    "scalar",
    [
        pytest.param("2026-13-45", id="a day that is none"),
        pytest.param("2026-01-01T25:00:00", id="an hour that is none"),
        pytest.param("!!int x", id="a number that is none"),
        pytest.param("!!float x", id="another"),
        pytest.param("1" * 5000, id="thousands of digits"),
    ],
)
def test_what_yaml_takes_for_a_value_and_is_none_is_told_with_its_line(scalar: str) -> None:
    with pytest.raises(BrokenTable) as refusal:
        read_table(f"a: 1\nb: [2, {scalar}]\n")
    assert refusal.value.faults[0].field.startswith("line 2")
