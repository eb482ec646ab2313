"""In what one table differs from another, by meaning."""

import pytest
from django.utils import translation

from cityloop.cases.queries.comparisons import comparison
from cityloop.cases.queries.tables import example_text
from cityloop.cases.rules.comparing import differences
from cityloop.cases.rules.reading import read_table

TEXT = example_text("verified_first")


def said(*changes: tuple[str, str], language: str = "en") -> list[str]:
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    with translation.override(language):
        found = comparison((read_table(TEXT), TEXT, "a"), (read_table(text), text, "b"))
        assert bool(found.text) == bool(changes)
        return [line.text for line in found.items]


SENTENCES = {
    "a setting": (("reopen_days: 7", "reopen_days: 9"), "Setting “reopen_days”: changed from 7 to 9"),
    "a name": (("{zh: 复议, en: Review,", "{zh: 复议, en: Look again,"), "Clock “Look again”, name: changed from Review to Look again"),
    "a limit": (("limit: [2, work_hour]", "limit: [3, work_hour]"), "Clock “Verify”, limit: changed from 2 working hours to 3 working hours"),
    "a source's photos": (("en: Video AI, photos: 1", "en: Video AI, photos: 2"), "Source “Video AI”, photos: changed from 1 to 2"),
    "who may": (("by: [duty_chief, dispatcher]\n    needs: {opinion: {type: text, required: true}}\n    opens",
                 "by: [duty_chief]\n    needs: {opinion: {type: text, required: true}}\n    opens"),
                "Action “Apply for cancellation”, who may take it: taken away: Dispatcher"),
    "who may, in one state": (("by: [acceptor@reported, duty_chief@disputed]\n    needs: {collector", "by: [acceptor@reported, duty_chief]\n    needs: {collector"),
                              "Action “Send an inspector”, who may take it: taken away: Duty officer (only in “To review”)"),
    "where it leads": (("      - {state: unfounded, when: {result: not_found}}\n      - {state: disputed}", "      - {state: disputed, when: {result: not_found}}\n      - {state: unfounded}"),
                       "Action “Answer from the spot”, leads to: changed from Filed where result = exists; else Unfounded where result = not_found; else To review to Filed where result = exists; else To review where result = not_found; else Unfounded"),
    "what it asks for": (("photos: {type: photos, kinds: [close, wide], least: 1}", "photos: {type: photos, kinds: [close, wide], least: 2}"),
                         "Action “Answer from the spot”, asks for photos: changed from type photos, kinds [close, wide], least 1 to type photos, kinds [close, wide], least 2"),
    "an option": (("    outside_scope: {zh: 不属管理范围, en: Outside the scope}\n", ""), "List “reject_reasons”, outside_scope: taken away: Outside the scope"),
    "a mark": (("    flags: {returned: +1}\n", "    flags: {returned: +2}\n"), "Action “Return”, marks: taken away: Returns +1"),
    "a condition": (("{at_most: {flag: extended, count: 1}}", "{at_most: {flag: extended, count: 2}}"), "Action “Apply for an extension”, conditions: added: at_most: {flag: extended, count: 2}"),
    "who must act": (("tasks: [{post: duty_chief, clock: review}]", "tasks: [{post: leader, clock: review}]"), "State “To review”, who must act: added: Leader by the clock “Review”"),
    "clocks that stand still": (("runs: [check], holds: [disposal]", "runs: [check]"), "State “Second look”, clocks that stand still: taken away: Disposal"),
    "who decides": (("levels: [{by: [dispatcher]}]", "levels: [{by: [leader]}]"), "Application “Extension”, who decides: changed from Dispatcher to Leader"),
}  # fmt: skip


@pytest.mark.parametrize("name", SENTENCES)
def test_each_difference_is_a_sentence(name: str) -> None:
    change, sentence = SENTENCES[name]
    assert sentence in said(change)


@pytest.mark.parametrize("name", SENTENCES)
def test_each_is_said_in_chinese_too(name: str) -> None:
    change, _sentence = SENTENCES[name]
    lines = said(change, language="zh-hans")
    assert lines
    for line in lines:
        assert not any(word in line for word in ("changed", "added", "taken away", "Action", "State", "leads"))


def test_a_new_row_is_told_whole() -> None:
    [line, *_more] = said(("  cancelled: {zh: 作废", "  shelf: {zh: 搁置, en: Shelf, kind: paused, step: dispose, tasks: [{post: dispatcher}]}\n  cancelled: {zh: 作废"),
                          ("  send_verify:\n", "  shelve: {zh: 搁置, en: Shelve, from: [filed], to: shelf, by: [dispatcher]}\n  unshelve: {zh: 取回, en: Take back, from: [shelf], to: filed, by: [dispatcher]}\n  send_verify:\n"))  # fmt: skip
    assert line == "State “Shelf”: added: Shelf, kind Paused, step Disposal, who must act Dispatcher"


def test_order_alone_changes_nothing() -> None:
    web, app = (
        "  web:       {zh: 网站, en: Web, public: true, page: true, by: [citizen, acceptor]}\n",
        "  app:       {zh: 市民应用, en: Citizen app, public: true, point: true, by: [citizen, acceptor]}\n",
    )
    assert web + app in TEXT
    assert list(differences(read_table(TEXT), read_table(TEXT.replace(web + app, app + web)))) == []
    assert said() == []
