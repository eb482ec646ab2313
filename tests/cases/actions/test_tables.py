"""A city changes its process by editing its table."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cases.conftest import MANHOLE, Desk
from cases.test_verifying import tampering
from cast import CITY, NOW, OTHER_CITY, Cast
from cityloop.cases import models
from cityloop.cases.actions import tables as actions
from cityloop.cases.actions import tick
from cityloop.cases.actions.tables import (
    NOTE_CHARACTERS,
    keep_default_table,
    put_in_force,
    set_table,
    withdraw_table,
)
from cityloop.cases.queries import loop_city, menus
from cityloop.cases.queries import tables as kept
from cityloop.cases.queries.menus import table_menu
from cityloop.cases.queries.tables import (
    NO_CITY,
    default_table,
    default_text,
    table,
    table_in_force,
    text_in_force,
    version_in_force,
    version_lines,
    versions_known,
)
from cityloop.cases.queries.verifying import verify
from cityloop.cases.rules.reading import BrokenTable
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound, TooLarge
from cityloop.kernel.versions import versions_of
from cityloop.organisation.actions import disable_class
from cityloop.organisation.models import Jurisdiction

SIGNING = "  signing: true "


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    """A version never changes, so processes remember it; only a test takes one back."""
    table.cache_clear()
    yield
    table.cache_clear()


def edited(old: str, new: str) -> str:
    text = default_text()
    assert text.count(old) == 1
    return text.replace(old, new)


def change(text: str, jurisdiction: str = CITY) -> int:
    return set_table(jurisdiction, text, actor_id=None, now=NOW, note="")


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_city_that_switches_signing_off_goes_its_way_with_the_cases_to_come(desk: Desk) -> None:
    running = desk.filed()
    assert change(edited(SIGNING, "  signing: false ")) == 1
    later = desk.filed()
    assert desk("dispatcher", running, "dispatch", department="HW").state == "dispatched"
    assert desk("dispatcher", later, "dispatch", department="HW").state == "in_disposal"
    assert desk("dept_clerk", running, "sign").state == "in_disposal"
    assert list(models.Case.objects.order_by("id").values_list("table_version", flat=True)) == [0, 1]


def test_another_city_goes_on_as_before(city_cast: Cast) -> None:
    change(edited(SIGNING, "  signing: false "))
    assert not table_in_force(CITY).settings.signing
    assert table_in_force(OTHER_CITY).settings.signing


def test_a_version_says_who_made_it_when_and_why(city_cast: Cast) -> None:
    set_table(CITY, default_text(), actor_id=city_cast["sysadmin"], now=NOW, note="签收取消")
    row = models.LoopTable.objects.get(jurisdiction=CITY)
    assert (row.version, row.created_by, row.created_at, row.note) == (1, city_cast["sysadmin"], NOW, "签收取消")
    assert text_in_force(CITY) == default_text()


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        pytest.param(SIGNING, "  signed: true ", "settings.signed", "no rule knows this key", id="an unknown key"),
        pytest.param("step: collect\n    runs: [accept]", "step: collect\n    runs: [nap]", "states.reported.runs", "nap", id="an unknown clock"),
        pytest.param("to: accepted\n    by: [acceptor, d", "to: nowhere\n    by: [acceptor, d", "actions.accept.to", "there is no state “nowhere”", id="an unknown state"),
        pytest.param("limit: [30, work_minute], calendar: shift}\n  file:", "limit: [30, work_minute], calendar: night}\n  file:",
                     "clocks.verify.calendar", "no working calendar “night”", id="a calendar that the city has not"),
        pytest.param("  data_admin:  {zh: 数据管理员, en: Data administrator}", "  wizard:  {zh: 巫师, en: Wizard}",
                     "posts.wizard", "nobody can be appointed", id="a post that nobody can hold"),
        pytest.param("fast_classes: []", "fast_classes: [gb47678_2026/part/99999]",
                     "settings.fast_classes.0", "unknown or switched off", id="a class that is not used"),
    ],
)  # fmt: skip
def test_a_broken_table_names_line_and_rule_and_the_old_one_stays(
    city_cast: Cast, old: str, new: str, place: str, rule: str
) -> None:
    change(edited(SIGNING, "  signing: false "))
    text = edited(old, new)
    with pytest.raises(BrokenTable) as refused:
        change(text)
    changed = next(word for word in new.split("\n") if word not in old)
    told = {fault.field: fault.why for fault in refused.value.faults}
    found = next(field for field in told if field.endswith(f", {place}"))
    assert found == f"line {line_of(text, changed)}, {place}"
    assert rule in told[found]
    assert "stays" in refused.value.message
    assert version_in_force(CITY) == 1
    assert not table_in_force(CITY).settings.signing


def test_what_is_no_table_at_all_is_refused(city_cast: Cast) -> None:
    for text in ("", "- a\n", "a: [", "\x00"):
        with pytest.raises(BrokenTable):
            change(text)
    with pytest.raises(TooLarge):
        change(default_text() + "#" * 1_000_000)
    with pytest.raises(NotFound):
        change(default_text(), "990199")
    with pytest.raises(InvalidInput, match="note"):
        set_table(CITY, default_text(), actor_id=None, now=NOW, note="x" * (NOTE_CHARACTERS + 1))
    assert version_in_force(CITY) == 0


def test_two_edits_at_once_give_two_versions(committed_cast: Cast) -> None:
    def edit(number: int) -> int:
        try:
            return change(edited("reopen_days: 7 ", f"reopen_days: {number} "))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(edit, range(1, 9)))
    assert sorted(versions) == list(range(1, 9))
    assert table_in_force(CITY).settings.reopen_days == versions.index(8) + 1


def test_of_two_at_once_the_one_that_comes_second_holds_though_it_was_sent_first(city_cast: Cast) -> None:
    """Whoever waits in turn has looked at the clock before; who was quicker must not stay in force."""
    for number, now in ((1, NOW + timedelta(seconds=1)), (2, NOW)):
        text = edited("reopen_days: 7 ", f"reopen_days: {number} ")
        assert set_table(CITY, text, actor_id=None, now=now, note="") == number
    assert table_in_force(CITY).settings.reopen_days == 2
    assert version_in_force(CITY, loop_city(CITY).city.versions, NOW + timedelta(seconds=1)) == 2


# --- when a version holds

MONDAY = NOW + timedelta(days=5)


def plan(text: str, effective_from: datetime = MONDAY) -> int:
    return set_table(CITY, text, actor_id=None, now=NOW, note="", effective_from=effective_from)


def test_a_version_set_for_monday_holds_from_then_on_by_the_citys_clock(desk: Desk) -> None:
    assert plan(edited(SIGNING, "  signing: false ")) == 1
    desk.now = MONDAY - timedelta(microseconds=1)
    before = desk.filed()
    desk.now = MONDAY
    after = desk.filed()
    assert desk("dispatcher", before, "dispatch", department="HW").state == "dispatched"
    assert desk("dispatcher", after, "dispatch", department="HW").state == "in_disposal"
    assert list(models.Case.objects.order_by("id").values_list("table_version", flat=True)) == [0, 1]
    assert verify().findings == []


def test_that_the_time_has_come_costs_no_statement(desk: Desk, django_assert_num_queries: Any) -> None:
    plan(edited(SIGNING, "  signing: false "))
    city = loop_city(CITY)
    assert version_in_force(CITY, city.city.versions, NOW) == 0
    with django_assert_num_queries(0):
        assert version_in_force(CITY, city.city.versions, MONDAY - timedelta(microseconds=1)) == 0
        assert version_in_force(CITY, city.city.versions, MONDAY) == 1


def test_a_city_with_a_clock_of_its_own_goes_by_that(city_cast: Cast) -> None:
    """A paused clock that shows the year 2030: now is then, and Monday is five days later."""
    then = datetime(2030, 1, 7, tzinfo=UTC)
    Jurisdiction.objects.filter(code=CITY).update(clock_origin=then, clock_real_origin=NOW, clock_speed=0)
    with pytest.raises(InvalidInput, match="now or later"):
        plan(default_text(), then - timedelta(days=1))
    change(edited(SIGNING, "  signing: false "))
    plan(default_text(), then + timedelta(days=5))
    assert version_in_force(CITY) == 1
    assert [line.effective_from for line in version_lines(CITY)] == [then + timedelta(days=5), then]
    Jurisdiction.objects.filter(code=CITY).update(clock_origin=then + timedelta(days=5))
    assert version_in_force(CITY) == 2


def test_what_is_planned_takes_over_from_what_was_set_after_it(city_cast: Cast) -> None:
    plan(edited("reopen_days: 7 ", "reopen_days: 1 "))
    change(edited("reopen_days: 7 ", "reopen_days: 2 "))
    versions = versions_of(CITY)
    assert [version_in_force(CITY, versions, at) for at in (NOW, MONDAY)] == [2, 1]


@pytest.mark.parametrize("at", [NOW - timedelta(seconds=1), NOW + timedelta(days=4000), datetime(2026, 7, 2)])  # noqa: DTZ001
def test_no_version_holds_from_the_past_or_from_far_away(city_cast: Cast, at: datetime) -> None:
    with pytest.raises(InvalidInput):
        plan(default_text(), at)
    assert not models.LoopTable.objects.filter(jurisdiction=CITY).exists()


def test_a_planned_version_is_withdrawn_before_it_takes_force_never_after(city_cast: Cast) -> None:
    plan(default_text())
    withdraw_table(CITY, 1, actor_id=None, now=MONDAY - timedelta(seconds=1))
    assert version_in_force(CITY, versions_of(CITY), MONDAY) == 0
    assert [line.standing for line in version_lines(CITY)] == ["draft"]
    with pytest.raises(Conflict, match="draft"):
        withdraw_table(CITY, 1, actor_id=None, now=NOW)
    put_in_force(CITY, 1, actor_id=None, now=NOW, effective_from=MONDAY)
    with pytest.raises(Conflict, match="has taken force"):
        withdraw_table(CITY, 1, actor_id=None, now=MONDAY)
    with pytest.raises(Conflict, match="has taken force"):
        put_in_force(CITY, 1, actor_id=None, now=MONDAY + timedelta(days=1))
    for version in (0, 7, -1, 2**40):
        with pytest.raises(NotFound):
            withdraw_table(CITY, version, actor_id=None, now=NOW)


def test_a_draft_holds_for_nobody_until_it_is_put_in_force(city_cast: Cast) -> None:
    text = edited(SIGNING, "  signing: false ")
    assert set_table(CITY, text, actor_id=None, now=NOW, note="", is_draft=True) == 1
    assert version_in_force(CITY) == 0
    put_in_force(CITY, 1, actor_id=None, now=NOW)
    assert version_in_force(CITY) == 1
    assert not table_in_force(CITY).settings.signing


def test_a_draft_that_no_longer_fits_its_city_does_not_hold(city_cast: Cast) -> None:
    text = edited("fast_classes: []", f"fast_classes: [{MANHOLE}]")
    set_table(CITY, text, actor_id=None, now=NOW, note="", is_draft=True)
    disable_class(CITY, MANHOLE, valid_from=date(2020, 1, 1))
    with pytest.raises(BrokenTable, match="switched off"):
        put_in_force(CITY, 1, actor_id=None, now=NOW)
    assert version_in_force(CITY) == 0


# --- the table that comes with CityLoop


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Install a CityLoop that comes with another table; return its edition."""

    def install(text: str) -> int:
        for module in (kept, actions):
            monkeypatch.setattr(module, "default_text", lambda: text)
        default_table.cache_clear()
        return keep_default_table(now=NOW)

    yield install
    default_table.cache_clear()
    menus._menu.cache_clear()


def test_the_table_that_comes_along_is_kept_from_the_first_day_and_once(city_cast: Cast) -> None:
    assert keep_default_table(now=NOW) == 0
    row = models.LoopTable.objects.get(jurisdiction=NO_CITY)
    assert (row.version, row.text) == (0, default_text())


def test_a_case_keeps_the_text_that_it_began_under_though_cityloop_is_upgraded(
    desk: Desk, upgrade: Callable[[str], int]
) -> None:
    """Version 0 meant whatever the installed package said."""
    running = desk.filed()
    assert upgrade(edited(SIGNING, "  signing: false ")) == -1
    later = desk.filed()
    assert (version_in_force(CITY), version_in_force(OTHER_CITY)) == (-1, -1)
    assert desk("dispatcher", running, "dispatch", department="HW").state == "dispatched"
    assert desk("dispatcher", later, "dispatch", department="HW").state == "in_disposal"
    rows = models.Case.objects.order_by("id")
    assert [(row.table_version, row.snapshot["values"].get("table_version")) for row in rows] == [(0, None), (-1, -1)]
    assert verify().findings == []
    assert change(default_text()) == 1
    assert list(versions_known(CITY, versions_of(CITY))) == [-1, 0, 1]
    assert list(versions_known(OTHER_CITY, versions_of(OTHER_CITY))) == [-1, 0]


def test_a_running_process_goes_by_what_is_kept_not_by_what_is_installed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "default_text", lambda: edited(SIGNING, "  signing: false "))
    assert table_in_force(CITY).settings.signing
    assert text_in_force(CITY) == default_text()


def test_what_waits_under_an_earlier_edition_still_moves_by_itself(desk: Desk, upgrade: Callable[[str], int]) -> None:
    number = desk.to_close()
    desk("duty_chief", number, "close", condition_met=True)
    upgrade(edited("reopen_days: 7 ", "reopen_days: 30 "))
    assert tick(now=NOW + timedelta(days=8)).done == {"archive": 1}


def test_a_menu_of_another_text_is_told_from_the_old_one(city_cast: Cast, upgrade: Callable[[str], int]) -> None:
    """Its ETag named the version, which stayed 0."""
    before = table_menu(loop_city(CITY))
    upgrade(edited("zh: 待受理", "zh: 等候受理"))
    after = table_menu(loop_city(CITY))
    assert (before["version"], after["version"]) == (0, -1)
    assert before["etag"] != after["etag"]
    upgrade(edited("duplicate_radius_m: 50", "duplicate_radius_m: 60"))
    assert table_menu(loop_city(CITY))["version"] == -2


def test_loading_by_hand_keeps_it_too(city_cast: Cast) -> None:
    with tampering():
        models.LoopTable.objects.filter(jurisdiction=NO_CITY).delete()
        run("load_table")
        assert models.LoopTable.objects.get(jurisdiction=NO_CITY).text == default_text()


@pytest.mark.parametrize("change", [{"text": "nonsense"}, {"digest": bytes(32)}, {"version": 7}])
def test_the_text_of_a_version_is_never_changed(city_cast: Cast, change: dict[str, Any]) -> None:
    """It decided every case that ran under it."""
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        models.LoopTable.objects.update(**change)
    with pytest.raises(DatabaseError, match="never taken away"), transaction.atomic():
        models.LoopTable.objects.filter(jurisdiction=NO_CITY).delete()


# --- by hand


def run(command: str, *words: Any, **options: Any) -> None:
    call_command(command, *words, **options)


def test_a_table_is_written_edited_and_set_by_hand(
    city_cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("show_table", "--jurisdiction", CITY)
    text = capsys.readouterr().out
    assert text == default_text()
    file = tmp_path / "table.yaml"
    file.write_text(text.replace(SIGNING, "  signing: false "), encoding="utf-8")
    run("set_table", "--jurisdiction", CITY, str(file), "--note", "不再签收")
    assert "Version 1" in capsys.readouterr().out
    assert models.LoopTable.objects.get(jurisdiction=CITY).note == "不再签收"
    run("show_table", "--jurisdiction", CITY)
    assert "signing: false" in capsys.readouterr().out
    run("show_table", "--default")
    assert capsys.readouterr().out == default_text()


def test_faults_are_told_line_by_line(city_cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(default_text().replace("step: collect", "step: nowhere"), encoding="utf-8")
    with pytest.raises(CommandError, match="was not taken"):
        run("set_table", "--jurisdiction", CITY, str(file))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all("there is no step “nowhere”" in line for line in said)


def test_a_file_that_cannot_be_read_is_refused(city_cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("set_table", "--jurisdiction", CITY, str(tmp_path / "none.yaml"))
    (tmp_path / "gbk.yaml").write_bytes("标题: 闭环".encode("gbk"))
    with pytest.raises(CommandError, match="UTF-8"):
        run("set_table", "--jurisdiction", CITY, str(tmp_path / "gbk.yaml"))


def test_where_there_are_several_cities_one_must_be_named(city_cast: Cast) -> None:
    with pytest.raises(CommandError, match="Name the city by its code"):
        run("show_table")
