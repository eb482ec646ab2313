"""Tables that read well and would have failed only when a case came to the place."""

import pytest

from cityloop.cases.models import Case
from cityloop.cases.queries.tables import default_text
from cityloop.cases.rules.contradictions import NUMBERS, SHAPES, WIDTHS
from cityloop.cases.rules.reading import BrokenTable, read_table
from cityloop.cases.rules.table import CONDITION

TEXT = default_text()
INSTRUCT = "  instruct:\n    zh: 批示\n    en: Instruct\n    from: any\n    by: [leader]\n    needs: {opinion: {type: text, required: true}}\n"
SELF_REPORT = "    writes: [source, category, condition, part_code]\n    flags: {self_disposed: true}"
REPORT = "    by: [collector, acceptor, citizen, system]\n    needs:\n      source: {type: source, required: true}\n      category: {type: category, required: true}"
REOPENS = "    flags: {reopened: +1, visit_required: false, rated: null, satisfaction: null, check_result: null, self_disposed: false}\n    clears: [closed_at]"

CONTRADICTIONS = {
    # --- what rows are beside the loop
    "a right that no page knows": (
        "may: [shifts, know_reporters]}", "may: [shift, know_reporters]}", "posts.acceptor.may.0", "“shift” does not fit"
    ),
    "two flags with one role": (
        "shirked:           {zh: 推诿, en: Returns refused, type: count}", "shirked: {zh: 推诿, en: Shirked, type: count, role: returns}",
        "flags.shirked.role", "“return_count” has this role already",
    ),
    "a count that is none": (
        "{zh: 催办, en: Urged, type: count, role: urged}", "{zh: 催办, en: Urged, role: urged}", "flags.urged.role", "is of type “count”"
    ),
    "a merging action without a case": (
        "    number: 9\n    zh: 派遣\n", "    number: 9\n    merges: true\n    zh: 派遣\n", "actions.dispatch.merges", "ask for the case"
    ),
    "a rating that is none": (
        "    number: 36\n    zh: 备注\n", "    number: 36\n    rates: true\n    zh: 备注\n", "actions.note.rates", "require a choice"
    ),
    "a voice that the public page cannot give": (
        "    number: 36\n    zh: 备注\n", "    number: 36\n    supports: true\n    zh: 备注\n", "actions.note.supports", "add “system”"
    ),
    "an act of the past that there is not": ("  - {action: accept, if_possible: true}", "  - {action: admit}", "past.0", "no action “admit”"),
    "an act of the past that the system may not take": (
        "  - {action: accept, if_possible: true}", "  - {action: merge}", "past.0", "add “system”"
    ),
    "an act of the past that does not ask for what it is given": (
        "given: {condition_met: true}}", "given: {done: true}}", "past.8", "no need “done”"
    ),
    "a public page behind a source of the staff": (
        "{zh: 专项普查, en: Census, photos: 2,", "{zh: 专项普查, en: Census, page: true, photos: 2,", "sources.census.page", "must be able to name it"
    ),
    # --- clocks
    "working time without a calendar": (
        "limit: [15, work_minute], calendar: shift}", "limit: [15, work_minute]}", "clocks.accept.limit", "name the calendar"
    ),
    "a condition's limit without a calendar": (
        "limit: condition, calendar: office}", "limit: condition}", "clocks.disposal.limit", "name the calendar"
    ),
    "a factor that is no number": (
        "factor: rework_share", "factor: signing", "actions.rework.clocks", "the setting “signing” is no number"
    ),
    "an extension without end": (
        "{disposal: {extend: 1}}", "{disposal: {extend: 1000000}}", "actions.approve_extension.clocks.disposal.extend", "less than"
    ),
    # --- values
    "a code longer than its column": (
        "      external_number: {type: code, max: 64}\n      external_due: {type: instant}\n      opinion",
        "      external_number: {type: code, max: 65}\n      external_due: {type: instant}\n      opinion",
        "actions.transfer.writes", "only 64 are kept",
    ),
    "a code without a length": (
        "      part_code: {type: code, max: 17}\n      opinion", "      part_code: {type: code}\n      opinion",
        "actions.amend.writes", "may be 4000 characters long, but only 17",
    ),
    "a department that is any word": (
        "writes: [department]\n    clears: [co_departments,", "writes: [department, opinion]\n    clears: [co_departments,",
        "actions.dispatch.writes", "words, which stand apart",
    ),
    "a person written from a number": (
        "handler: {type: person, post: handler}, opinion", "handler: {type: integer}, opinion",
        "actions.redispatch.writes", "from a “person”, not from a “integer”",
    ),
    "an instant kept where none is": (
        "      until: {type: instant, required: true, future_days: 366}\n      opinion: {type: text, required: true}\n    opens: {application: defer",
        "      until: {type: code, required: true}\n      opinion: {type: text, required: true}\n    opens: {application: defer",
        "actions.approve_defer.takes", "from a “instant”, not from a “code”",
    ),
    "an instant under a name of its own": (
        "    takes: {resume_on: until}\n    drops: [extension, suspend, authorise]",
        "    takes: {wait_until: until}\n    drops: [extension, suspend, authorise]",
        "actions.approve_defer.takes", "these times only",
    ),
    "words kept by an application": (
        "opens: {application: suspend, keeps: [until]}", "opens: {application: suspend, keeps: [until, opinion]}",
        "actions.apply_suspend.opens", "words, which stand apart",
    ),
    "a case without a class": ("clears: [resume_on]", "clears: [category]", "actions.resume.clears", "without the value “category”"),
    "a case without half of its place": ("clears: [resume_on]", "clears: [lat]", "actions.resume.clears", "without the value “lat”"),
    "a fixed person": (
        "{handler: {handler_at_work: true}}", "{handler: {collector: 1}}", "actions.redispatch.sets_when_given", "“collector” cannot be set"
    ),
    "a fixed day": (
        "{handler: {handler_at_work: true}}", "{handler: {since: 2026-01-01}}", "actions.redispatch.sets_when_given", "is no text"
    ),
    "somebody on duty in no post": (
        "collector: {type: person, post: collector}, opinion: {type: text}}\n    assigns: {collector: on_duty}\n    withdrawable",
        "collector: {type: person, post: handler}, opinion: {type: text}}\n    assigns: {collector: on_duty}\n    withdrawable",
        "actions.send_verify.assigns", "holds the post of that name",
    ),
    "a task for a department that is a person": (
        "  deferred: {zh: 缓办, en: Deferred, kind: paused, step: dispose, holds: [disposal], tasks: [{post: dept_clerk, department: department}]}",
        "  deferred: {zh: 缓办, en: Deferred, kind: paused, step: dispose, holds: [disposal], tasks: [{post: dept_clerk, department: handler}]}",
        "states.deferred.tasks.0", "not written from a “department”",
    ),
    "a task for each letter": (
        "      - {kind: assist, post: dept_clerk, each: co_departments, clock: disposal}\n      - {kind: handle",
        "      - {kind: assist, post: dept_clerk, each: department, clock: disposal}\n      - {kind: handle",
        "states.in_disposal.tasks.1", "not written from a “departments”",
    ),
    # --- flags
    "one more on a yes or no": (
        "flags: {leader_noted: true}", "flags: {leader_noted: +1}", "actions.instruct.flags", "“leader_noted” is a “flag”: it cannot become “+1”"
    ),
    "a yes on a text": ("flags: {leader_noted: true}", "flags: {satisfaction: true}", "actions.instruct.flags", "cannot become “True”"),
    "a word on a count": ("check_result: $result", "rework_count: $result", "actions.check_back.flags", "cannot become “$result”"),
    "words on a flag": ("flags: {leader_noted: true}", "flags: {satisfaction: $opinion}", "actions.instruct.flags", "cannot become “$opinion”"),
    "a decision where none is made": ("flags: {leader_noted: true}", "flags: {leader_noted: $granted}", "actions.instruct.flags", "“$granted”"),
    "an application that counts": ("flag: extension_pending", "flag: extended", "applications.extension.flag", "“extended” is not"),
    "at most of a text": (
        "{at_most: {flag: reopened, count: 1}}", "{at_most: {flag: satisfaction, count: 1}}", "actions.reopen.guards.1", "is no count"
    ),
    # --- guards
    "so many days of a list": (
        "{after_days: {since: closed_at, days: reopen_days}}", "{after_days: {since: closed_at, days: fast_classes}}",
        "actions.archive.guards.0", "“fast_classes” is no number",
    ),
    "a setting shadowed by an input": (
        INSTRUCT, INSTRUCT.replace("{opinion:", "{reopen_days: {type: text}, opinion:"), "actions.instruct.needs.reopen_days", "a setting has this name"
    ),
    # --- needs
    "a place under another name": (
        INSTRUCT, INSTRUCT.replace("{opinion:", "{where: {type: point}, opinion:"), "actions.instruct.needs.where", "must be called “point”"
    ),
    "another thing under the name of a place": (
        INSTRUCT, INSTRUCT.replace("{opinion:", "{point: {type: code}, opinion:"), "actions.instruct.needs.point", "must be of type “point”"
    ),
    "a name that no column can hold": (
        INSTRUCT, INSTRUCT.replace("{opinion:", f"{{{'x' * 41}: {{type: text}}, opinion:"), f"actions.instruct.needs.{'x' * 41}.name", "at most 40"
    ),
    "a number that there is not": (
        "level: {type: integer, min: 1, max: 3, required: true}", "level: {type: integer, min: 4, max: 3, required: true}",
        "actions.supervise.needs.level", "no number is at least 4",
    ),
    "a text that must be true": (
        "condition_met: {type: flag, required: true, must_be: true}", "condition_met: {type: code, required: true, must_be: true}",
        "actions.close.needs.condition_met", "only a yes or no",
    ),
    "more photos than are taken": ("en: Collector, photos: 2,", "en: Collector, photos: 21,", "sources.collector.photos", "less than"),
    "a day beyond all days": (
        "reply_by: {type: instant, required: true, future_days: 366}", "reply_by: {type: instant, required: true, future_days: 999999999}",
        "actions.supervise.needs.reply_by.future_days", "less than",
    ),
    "a task that may have no time": (
        "reply_by: {type: instant, required: true, future_days: 366}", "reply_by: {type: instant, future_days: 366}",
        "actions.supervise.opens_task", "“reply_by” must be a required instant",
    ),
    # --- applications
    "an application that nobody decides on": (
        "levels: [{by: [dispatcher]}, {by: [duty_chief], when: {applicant_post: handler}}]",
        "levels: [{by: [duty_chief], when: {applicant_post: handler}}]",
        "applications.extension.levels", "no level decides where “dept_clerk” applies",
    ),
    "an application without a level": (
        "{zh: 授权, en: Authorisation, levels: [{by: [dispatcher]}]}", "{zh: 授权, en: Authorisation, levels: []}",
        "applications.authorise.levels", "at least 1",
    ),
    "a level without a post": (
        "{zh: 授权, en: Authorisation, levels: [{by: [dispatcher]}]}", "{zh: 授权, en: Authorisation, levels: [{by: []}]}",
        "applications.authorise.levels.0.by", "at least 1",
    ),
    # --- beginning and end
    "a report without a class": (REPORT, REPORT.replace("category, required: true", "category"), "actions.report", "require and write “category”"),
    "a report whose source is not kept": (
        SELF_REPORT, SELF_REPORT.replace("[source, ", "["), "actions.self_report", "require and write “source”"
    ),
    "a report that may lead nowhere": ("      - {state: to_close}\n    by: [collector]", "    by: [collector]", "actions.self_report.to", "whatever holds"),
    "a report taken back": (SELF_REPORT, f"{SELF_REPORT}\n    withdrawable: true", "actions.self_report.withdrawable", "nothing would be left"),
    "an open case with a closing time": (REOPENS, REOPENS.replace("\n    clears: [closed_at]", ""), "actions.reopen.clears", "must lose “closed_at”"),
    "a closed case without one": (
        "flags: {visit_required: false, satisfaction: $satisfaction}", "flags: {visit_required: false, satisfaction: $satisfaction}\n    clears: [closed_at]",
        "actions.callback.clears", "must keep “closed_at”",
    ),
    "a split that no report takes": (
        REPORT, REPORT.replace(", system]", "]"), "actions.split.spawns", "none that the system may take"
    ),
    "a split that the report does not understand": (
        "    spawns: [category, condition, description]", "    spawns: [category, condition, description, opinion]",
        "actions.split.spawns", "does not ask for “opinion”",
    ),
    "a split that lacks what the report wants": (
        "      address: {type: text, max: 500}\n      description: {type: text, max: 4000}\n      photos: {type: photos, kinds: [close,",
        "      address: {type: text, max: 500, required: true}\n      description: {type: text, max: 4000}\n      photos: {type: photos, kinds: [close,",
        "actions.split.spawns", "requires “address”",
    ),
}  # fmt: skip
"""What contradicts itself: (text, what takes its place, the place named, part of the rule named)."""


@pytest.mark.parametrize(("old", "new", "place", "rule"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_table_that_would_fail_at_run_time_is_refused_at_reading(old: str, new: str, place: str, rule: str) -> None:
    assert TEXT.count(old) == 1, f"“{old}” stands {TEXT.count(old)} times in the table"
    with pytest.raises(BrokenTable) as refused:
        read_table(TEXT.replace(old, new))
    found = [fault.why for fault in refused.value.faults if fault.field.partition(", ")[2] == place]
    assert any(rule in why for why in found), refused.value.faults
    line = int(refused.value.faults[0].field.removeprefix("line ").partition(",")[0])
    assert line > 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("limit: [15, work_minute], calendar: shift}", "limit: [15, minute]}", id="time round the clock"),
        pytest.param(
            INSTRUCT, INSTRUCT.replace("{opinion:", "{remark: {type: code, max: 40}, opinion:"), id="a new input"
        ),
        pytest.param("flags: {leader_noted: true}", "flags: {urged: +1}", id="one more of a count"),
        pytest.param(
            REOPENS, REOPENS.replace("[closed_at]", "[closed_at, disposed_on_time]"), id="a result judged anew"
        ),
        pytest.param(
            SELF_REPORT, SELF_REPORT.replace("true}", "true, satisfaction: satisfied}"), id="a word on a text"
        ),
    ],
)
def test_what_contradicts_nothing_is_taken(old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    read_table(TEXT.replace(old, new))


def test_the_widths_are_those_of_the_columns() -> None:
    codes = {name for name, shape in SHAPES.items() if shape == "code"}
    assert {name: Case._meta.get_field(name).max_length for name in codes} == WIDTHS


def test_the_settings_that_the_default_reckons_with_are_numbers() -> None:
    table = read_table(TEXT)
    assert {
        rule.factor for action in table.actions.values() for rule in action.clocks.values() if rule.factor
    } <= NUMBERS
    assert table.clocks["disposal"].limit == CONDITION
