"""Runs that are remembered: a whole one, and one over what is new."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from cases.conftest import Desk
from cases.test_verifying import tampering
from cast import NOW
from cityloop.cases import models, tasks
from cityloop.cases.actions import verifying
from cityloop.cases.actions.anchoring import anchor
from cityloop.cases.actions.verifying import verify_all, verify_changes
from cityloop.cases.queries.anchors import evidence
from cityloop.cases.queries.finding import read_line


def last_run() -> models.Verification:
    run = models.Verification.objects.order_by("-id").first()
    assert run is not None
    return run


def test_a_whole_run_is_remembered(desk: Desk) -> None:
    desk.in_disposal()
    assert verify_all(now=NOW).findings == []
    run = last_run()
    assert (run.whole, run.anchor, run.cases, run.events, run.findings, run.told) == (True, 1, 1, 5, 0, "")


def test_only_what_something_happened_to_is_looked_at(desk: Desk) -> None:
    old, new = desk.report().number, desk.report().number
    verify_changes(now=NOW, most=0)
    desk("acceptor", new, "accept")
    done = verify_changes(now=NOW, most=0)
    assert (done.cases, done.events) == (1, 2), "the case that was acted on, whole"
    assert verify_changes(now=NOW, most=0).cases == 0
    with tampering():
        models.Case.objects.filter(number=old).update(street="330106001")
        assert verify_changes(now=NOW, most=0).findings == []
        desk("acceptor", old, "accept")
        models.Case.objects.filter(number=old).update(street="330106001")
        assert [finding.subject for finding in verify_changes(now=NOW, most=0).findings] == [old]


def test_the_round_comes_to_every_case_in_time_and_begins_anew(desk: Desk) -> None:
    numbers = [desk.report().number for _ in range(3)]
    verify_changes(now=NOW, most=0)
    models.Case.objects.filter(number=numbers[1]).update(street="330106001")
    seen = [[finding.subject for finding in verify_changes(now=NOW, most=1).findings] for _ in range(6)]
    assert seen == [[], [numbers[1]], [], [], [], [numbers[1]]]
    run = last_run()
    assert (run.whole, run.findings) == (False, 1)
    assert read_line(run.told).startswith(f"{numbers[1]}: street: ")


def test_a_run_that_takes_too_long_goes_on_the_next_time(desk: Desk) -> None:
    for _ in range(3):
        desk.report()
        anchor(now=NOW)
    seen = [verify_changes(now=NOW, budget_s=-1, most=0).cases for _ in range(4)]
    assert seen == [1, 1, 1, 0]
    assert last_run().anchor == 3


def test_a_case_of_which_nothing_is_left_but_events_is_named(desk: Desk) -> None:
    row = models.Case.objects.get(number=desk.report().number)
    with tampering():
        models.Case.objects.filter(pk=row.pk)._raw_delete("default")
        expected = f"{row.pk}: case: is missing; 1 of its events are left"
        assert expected in [str(finding) for finding in verify_changes(now=NOW, most=0).findings]
        assert expected in [str(finding) for finding in verify_all(now=NOW).findings]


def test_the_commands_note_anchors_and_compare_them(desk: Desk, tmp_path: Path) -> None:
    desk.report()
    out = io.StringIO()
    call_command("anchors", stdout=out)
    notes = tmp_path / "anchors.txt"
    notes.write_text(out.getvalue(), "utf-8")
    out = io.StringIO()
    call_command("verify", new=True, notes=notes, stdout=out)
    assert "1 cases and 1 events looked at, 0 findings." in out.getvalue()
    with tampering():
        models.Anchor.objects.all()._raw_delete("default")
        out = io.StringIO()
        with pytest.raises(CommandError, match="1 findings"):
            call_command("verify", notes=notes, stdout=out)
        assert "anchor 1: note: differs from what was noted elsewhere" in out.getvalue()


@pytest.mark.parametrize(("text", "words"), [("nonsense\n", "Line 1 is no anchor"), (None, "cannot be read")])
def test_notes_that_cannot_be_read_are_refused(desk: Desk, tmp_path: Path, text: str | None, words: str) -> None:
    notes = tmp_path / "anchors.txt"
    if text is not None:
        notes.write_text(text, "utf-8")
    with pytest.raises(CommandError, match=words):
        call_command("verify", notes=notes)


def test_a_finding_is_told_until_everything_was_looked_at_again(desk: Desk) -> None:
    assert evidence() is None
    number = desk.report().number
    verify_changes(now=NOW, most=0)
    models.Case.objects.filter(number=number).update(street="330106001")
    for _ in range(3):
        verify_changes(now=NOW, most=1)
    stands = evidence()
    assert stands is not None
    assert (stands.findings, stands.anchor) == (1, 1), "the round came to it twice"
    models.Case.objects.filter(number=number).update(street="")
    verify_changes(now=NOW, most=1)
    assert evidence().findings == 1  # type: ignore[union-attr]
    street = verify_all(now=NOW).findings
    assert evidence().findings == len(street)  # type: ignore[union-attr]


def test_what_several_runs_find_in_whatever_language_counts_once(desk: Desk) -> None:
    one, other = desk.report().number, desk.report().number
    models.Case.objects.filter(number=one).update(street="330106001")
    verify_all(now=NOW)
    with override("zh-hans"):
        verify_changes(now=NOW)
    assert evidence().findings == 1  # type: ignore[union-attr]
    models.Case.objects.filter(number=other).update(street="330106001")
    verify_changes(now=NOW)
    verify_changes(now=NOW)
    assert evidence().findings == 2  # type: ignore[union-attr]


def test_what_a_run_found_and_did_not_tell_line_by_line_is_counted_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "TOLD", 1)
    models.Case.objects.filter(number__in=[desk.report().number for _ in range(3)]).update(street="330106001")
    verify_all(now=NOW)
    assert evidence().findings == 3  # type: ignore[union-attr]


def test_a_case_that_is_new_under_several_anchors_and_in_the_round_is_counted_once(desk: Desk) -> None:
    numbers = [desk.report().number for _ in range(3)]
    verify_changes(now=NOW, most=0)
    for number in (numbers[0], numbers[1]):
        desk("acceptor", number, "accept")
        anchor(now=NOW)
    desk("duty_chief", numbers[0], "file")
    done = verify_changes(now=NOW)
    assert (done.cases, done.events) == (3, 6)


def test_a_finding_is_told_once_to_whoever_asks_and_logged_by_the_worker(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    number = desk.report().number
    models.Case.objects.filter(number=number).update(street="330106001")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify", stdout=out)
    assert out.getvalue().count(number) == 1
    assert number not in caplog.text
    tasks.verify_changes(0)
    assert f"verify: {number}: street: " in caplog.text
