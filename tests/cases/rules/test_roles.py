"""What rows of a table are beside the loop, and what a table means that says nothing of it."""

import pytest
import yaml

from cityloop.cases.queries.tables import EXAMPLES, default_text, example_text
from cityloop.cases.rules.comparing import differences
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.roles import ROLE_TYPES

TEXTS = [default_text(), *map(example_text, EXAMPLES)]
WORDS = {
    "posts": ("may",),
    "flags": ("role",),
    "sources": ("calls", "page"),
    "actions": ("merges", "rates", "supports"),
}


def without_words(text: str) -> str:
    """Return a table as it was written before there were words for what its rows are beside the loop."""
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    data.pop("past", None)
    for section, words in WORDS.items():
        for row in data[section].values():
            for word in words:
                row.pop(word, None)
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


@pytest.mark.parametrize("text", TEXTS)
def test_a_table_of_before_means_what_these_say(text: str) -> None:
    before, now = read_table(without_words(text)), read_table(text)
    assert before == now
    assert not list(differences(before, now)), "an upgrade changes nothing in words either"


def test_the_default_table_has_each_role_once() -> None:
    table = read_table(default_text())
    assert {flag.role for flag in table.flags.values()} - {""} == ROLE_TYPES.keys()
    assert table.flag("reply_due") == "supervision_reply"
    assert [table.act(mark).code for mark in ("merges", "rates", "supports") if table.act(mark)] == [
        "merge",
        "rate",
        "support",
    ]  # type: ignore[arg-type,union-attr]
    assert table.called == {"hotline"}
    assert table.ordered_kinds == {"supervision"}


def test_a_table_that_speaks_for_itself_goes_by_its_own_codes() -> None:
    """A city's own words: no post but the triage officer works in shifts, calls come by another source, duplicates are “joined”."""
    text = example_text("service_request")
    text = text.replace(", may: [shifts, know_reporters]}", ", may: []}").replace("  merge:\n", "  join:\n")
    text = text.replace(", calls: true}", "}").replace("en: Social media,", "en: Radio, calls: true,")
    table = read_table(text)
    assert [post for post in table.posts if table.may(post, "shifts")] == ["dispatcher"]
    assert not table.may("acceptor", "know_reporters")
    assert table.may("inspector", "handovers"), "of a post that it does not name the standard says it"
    assert table.called == {"media"}
    joining = table.act("merges")
    assert joining is not None
    assert joining.code == "join"


def test_a_flag_that_is_called_as_in_the_standard_and_holds_something_else_has_no_role() -> None:
    text = without_words(example_text("service_request")).replace("en: Reminded\n    type: count", "en: Reminded")
    table = read_table(text.replace("urged: 1", "urged: true"))
    assert table.flags["urged"].type == "flag"
    assert table.flag("urged") == ""


def test_who_reports_does_so_by_the_first_action_that_is_theirs() -> None:
    table = read_table(
        default_text().replace("by: [collector, acceptor, citizen, system]", "by: [acceptor, citizen, system]")
    )
    assert [one.code for post in ("acceptor", "collector", "citizen") if (one := table.reporting([post]))] == [
        "report", "self_report", "report",
    ]  # fmt: skip
    assert table.reporting(["leader"]) is None
