"""A small demo city, made once for all of these scenes."""

import io
import os
import re
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import translation
from typing_extensions import override

from cast import load_standards
from cityloop.assets import models as assets
from cityloop.cases import models
from cityloop.cases.actions.verifying import verify_files
from cityloop.cases.choices import Light
from cityloop.cases.queries import default_table
from cityloop.cases.queries.files import case_files
from cityloop.cases.queries.found import find
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.my_tasks import task_count
from cityloop.cases.queries.verifying import verify
from cityloop.cases.rules.clocks import clock_from_json
from cityloop.demo import models as demo_models
from cityloop.demo import queries
from cityloop.demo.actions.accounts import demo_password, sign_in_path
from cityloop.demo.actions.developing import develop
from cityloop.demo.actions.making import SMALL, make_city
from cityloop.demo.rules.mix import OWN_CLASS, SCHEME
from cityloop.demo.rules.staff import SHIFTS
from cityloop.geography import queries as geography
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.media.queries import files_at
from cityloop.organisation import queries as organisation
from cityloop.organisation.actions import sign_in
from cityloop.organisation.rules.staffing import STANDARD_POSTS, Viewer
from cityloop.standards import queries as standards
from cityloop.standards.rules import TimeLimit, next_extension_code
from demo.content import Told, told

pytestmark = pytest.mark.xdist_group("demo city")

CITY = "990101"
WORDS = ("--seed", "7", "--size", "small", "--days", "4", "--in-hand", "1", "--day", "2026-07-05")
OPENED = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)
"""Ten o'clock of the Friday before that Sunday."""


def viewer(username: str) -> Viewer:
    """Return what somebody holds who has signed in with the password of the sheet."""
    user = sign_in(username, demo_password(CITY), address="::1", now=machine_now())
    return organisation.viewer_of(user, OPENED)


def accounts() -> dict[str, str]:
    """Return account name by post, the first of each, as the sheet tells them."""
    by_name = {post.name: code for code, post in STANDARD_POSTS.items()}
    text = sign_in_path().read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line.startswith("  ")]
    return {by_name[words[1]]: words[0] for words in reversed(lines)}


def counted(table: str) -> int:
    """Return how many rows there are in a table of a room whose models are its own."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


class TestDemoCity(TestCase):
    """``killed`` is what the same city told that was killed at the last moment before it was done."""

    killed: ClassVar[list[Told]]
    lines: ClassVar[list[str]] = []
    left_by_killed: ClassVar[dict[str, str]]
    output: ClassVar[str]

    @classmethod
    @override
    def setUpClass(cls) -> None:
        data = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(override_settings(DATA=Path(data)))
        super().setUpClass()

    @classmethod
    @override
    def setUpTestData(cls) -> None:
        load_standards()
        cls.killed = cls.made_and_killed()
        cls.left_by_killed = organisation.jurisdictions()
        output = io.StringIO()
        call_command("make_demo_city", *WORDS, stdout=output)
        cls.output = output.getvalue()

    @classmethod
    def made_and_killed(cls) -> list[Told]:
        kept: list[Told] = []

        def kill_at_the_end(line: str) -> None:
            cls.lines.append(line)
            if models.CaseEvent.objects.filter(person__isnull=False).exists():
                kept.extend(told(CITY))
                raise KeyboardInterrupt(line)

        with pytest.raises(KeyboardInterrupt), mock.patch("cityloop.demo.actions.making.SILENT_S", 0.0):
            make_city(7, date(2026, 7, 5), size=replace(SMALL, days=4, played=1), tell=kill_at_the_end)
        return kept

    def test_whoever_is_to_be_called_back_has_left_a_phone(self) -> None:
        waiting = set(models.Task.objects.open().filter(kind="callback").values_list("case_id", flat=True))
        said = models.CaseText.objects.filter(case_id__in=waiting, text__isnull=False)
        assert waiting
        assert set(said.filter(field="reporter_phone").values_list("case_id", flat=True)) == waiting
        named = dict(said.filter(field="reporter_name").values_list("case_id", "text"))
        for case, words in said.filter(field="description").values_list("case_id", "text"):
            if caller := re.search(r"(\w)(女士|先生)来电", words or ""):
                assert named[case] == "".join(caller.groups())

    def test_the_same_seed_and_day_make_the_same_city(self) -> None:
        assert len(self.killed) > 500
        assert told(CITY) == self.killed

    def test_whoever_waits_reads_how_far_it_is(self) -> None:
        for words in ("天的上报", "已推演过往案卷", "已写入过往案卷"):
            told_of = [line for line in self.lines if words in line]
            assert told_of, words
        assert not any("已写入" in line for line in self.output.splitlines()), "nothing where it goes quickly"

    def test_a_city_that_was_killed_half_made_is_not_there(self) -> None:
        assert self.left_by_killed == {}

    def test_there_are_cases_in_every_state_of_the_table(self) -> None:
        assert set(models.Case.objects.values_list("state", flat=True)) == set(default_table().states)

    def test_every_photo_that_a_case_names_is_drawn_after_the_opening_and_looks_like_no_reuse(self) -> None:
        named = set(models.Attachment.objects.values_list("lies_in", "sha256"))
        assert len(named) > 200
        rounds = 0
        with mock.patch("os.getloadavg", return_value=(0.0, 0.0, 0.0)):
            first = develop(CITY, sender=1)
            assert first
            newest = models.Attachment.objects.filter(sha256__in={sha256 for _city, sha256 in files_at(named)})
            assert newest.filter(case__state="closed", case__via="demo", case__master=None).count() < first
            while develop(CITY, sender=1) and rounds < 400:
                rounds += 1
        files = files_at(named)
        assert set(files) == named, "all of them are here"
        assert {(file.pool, file.alike) for file, _is_own in files.values()} == {("demo", None)}
        chief = viewer(accounts()["duty_chief"])
        busiest = models.Attachment.objects.filter(kind="check").order_by("-id")[0].case
        shown = case_files(find(busiest.number, chief))
        assert {"before", "after"} <= {one.kind for one in shown}
        assert {one.alike for one in shown} == {None}
        assert verify_files(CITY).findings == []

    def test_photos_wait_while_the_machine_has_better_things_to_do(self) -> None:
        demo_models.Negative.objects.filter(at=OPENED).delete()
        with mock.patch("os.getloadavg", return_value=(99.0, 0.0, 0.0)):
            assert develop(CITY, sender=1) == 0

    def test_every_action_of_the_table_was_taken(self) -> None:
        taken = set(models.CaseEvent.objects.values_list("action", flat=True))
        assert set(default_table().actions) - taken == {"pass_on", "recalculate", "support", "rate"}, (
            "the system's in its time, the public's"
        )

    def test_the_lights_of_open_cases_burn_in_every_colour(self) -> None:
        burning = {
            case_light(case.kind, due_of(case), OPENED) for case in models.Case.objects.open().order_by("number")
        }
        assert burning >= {Light.GREEN, Light.YELLOW, Light.RED, Light.DOUBLE_RED, Light.PAUSED}

    def test_some_cases_are_a_whole_limit_too_late(self) -> None:
        def is_far_too_late(case: models.Case) -> bool:
            running = [clock_from_json(clock) for clock in case.snapshot["clocks"].values() if "since" in clock]
            assert case.due_at is not None
            return OPENED - case.due_at > min(clock.total for clock in running)

        late = models.Case.objects.open().filter(due_at__lt=OPENED).order_by("number")
        assert any(map(is_far_too_late, late))

    def test_verify_finds_nothing(self) -> None:
        done = verify(CITY)
        assert done.findings == []
        assert done.events == len(self.killed)

    def test_nothing_happens_after_the_opening(self) -> None:
        assert max(row[3] for row in self.killed) <= OPENED
        assert models.CaseEvent.objects.exclude(via="demo").count() == 1  # the child of a split is the system's

    def test_people_do_not_act_by_night(self) -> None:
        zone = organisation.city(CITY).time_zone
        acts = (
            models.CaseEvent.objects.filter(person__isnull=False)
            .order_by("id")
            .values_list("at", "action", "case__number")
        )
        late = [act for act in acts if not time(8) <= act[0].astimezone(zone).time() <= time(20)]
        assert late == []

    def test_the_clock_stands_at_the_morning_of_a_working_day(self) -> None:
        city = organisation.city(CITY)
        assert city.clock is not None
        assert city.clock.origin == OPENED
        assert timedelta() <= city.now() - OPENED < timedelta(minutes=20)

    def test_a_second_run_changes_nothing(self) -> None:
        before, stamp = told(CITY), sign_in_path().stat().st_mtime_ns
        output = io.StringIO()
        call_command("make_demo_city", "--seed", "8", stdout=output)
        assert told(CITY) == before
        assert sign_in_path().stat().st_mtime_ns == stamp
        assert output.getvalue().count("\n") == 1

    def test_a_sheet_that_was_lost_is_written_again(self) -> None:
        text = sign_in_path().read_text(encoding="utf-8")
        sign_in_path().unlink()
        call_command("make_demo_city", verbosity=0)
        assert sign_in_path().read_text(encoding="utf-8") == text
        assert sign_in_path().stat().st_mode & 0o077 == 0

    def test_another_city_is_not_made_beside_it(self) -> None:
        with pytest.raises(Conflict):
            make_city(8, date(2026, 7, 5))

    def test_the_city_is_marked_as_a_demo(self) -> None:
        assert queries.demo_city() == CITY
        assert queries.origin(CITY) == "seed 7, 2026-07-03"
        assert {one.post: one.username for one in queries.accounts(CITY) if one.number == 1} == accounts()

    def test_everybody_on_the_sheet_can_sign_in_and_holds_the_post(self) -> None:
        sheet = accounts()
        assert set(sheet) == set(STANDARD_POSTS)
        assert demo_password(CITY) in sign_in_path().read_text(encoding="utf-8")
        for post, username in sheet.items():
            assert viewer(username).holds(post, jurisdiction=CITY), post

    def test_the_password_of_the_sheet_is_that_of_every_account(self) -> None:
        """The sheet says so, and what is sent to a collector goes to whoever walks the grid, not to the one it names."""
        everybody = {fact.user_id for facts in organisation.city(CITY).appointments.values() for fact in facts}
        names = [one.username for one in organisation.people(everybody).values()]
        assert len(names) > 40
        for username in names:
            sign_in(username, demo_password(CITY), address="::2", now=machine_now())

    def test_the_sheet_says_what_time_the_city_has_and_how_one_comes_in_with_one_click(self) -> None:
        text = sign_in_path().read_text(encoding="utf-8")
        assert "2026-07-03 10:00" in text
        assert "登录页" in text

    def test_the_generator_says_which_past_cases_are_one_problem(self) -> None:
        told_of = list(queries.labelled())
        keys = models.CaseEvent.objects.filter(seq=1, person=None).values_list("key", flat=True)
        assert {one.key for one in told_of} <= set(keys)
        assert len(told_of) > 60
        assert len({one.problem for one in told_of}) < len(told_of)

    def test_the_door_offers_every_post_while_the_demo_is_alone_here(self) -> None:
        offered = [one.key for one in queries.offered_accounts(CITY)]
        assert sorted(offered) == sorted([*STANDARD_POSTS, *(f"{post}/2" for post in SHIFTS)])
        page = self.client.get("/sign-in").content.decode()
        assert page.count('name="post"') == len(offered)

    def test_who_comes_in_by_the_door_finds_work_and_is_on_duty(self) -> None:
        city = organisation.city(CITY)
        for one in queries.offered_accounts(CITY):
            who = organisation.viewer_of(one.user_id, OPENED)
            if one.post in {"citizen", "inspector", "sysadmin", "data_admin"}:
                assert models.Case.objects.visible_to(who).exists(), one.key
            else:
                assert task_count(who), one.key
            if one.post in SHIFTS:
                assert (one.user_id in city.on_duty(one.post, OPENED)) == (one.number == 1), one.key
            answer = self.client.post("/demo/enter", {"post": one.key})
            desk = {"inspector": "/desk/wall", "sysadmin": "/console/", "data_admin": "/console/"}.get(
                one.post, "/desk"
            )
            assert (answer.status_code, answer.headers["Location"]) == (302, desk)
            city = organisation.city(CITY)
            if one.post in SHIFTS:
                assert one.user_id in city.on_duty(one.post, city.now()), one.key
            for fact in city.appointments["collector"]:
                if fact.user_id == one.user_id:
                    assert one.user_id in city.on_duty("collector", city.now(), fact.duty_grid)

    def test_no_page_of_the_data_administrator_stands_empty(self) -> None:
        states = Counter(assets.Proposal.objects.values_list("state", flat=True))
        assert states["waiting"] >= 4
        assert (states["accepted"], states["refused"]) == (1, 1)
        assert assets.PartPhoto.objects.exclude(code="").count() == 1, "of what was accepted"
        [survey] = assets.Survey.objects.filter(closed_at=None)
        assert survey.marks.filter(seen="confirmed").exists()

    def test_the_parts_and_the_ground_are_there(self) -> None:
        counts = [counted("assets_part"), counted("places_road"), counted("places_building"), counted("places_area")]
        assert all(count > 50 for count in counts), counts

    def test_past_cases_went_through_their_steps_one_after_the_other(self) -> None:
        case = models.Case.objects.filter(state="closed", via="demo").order_by("number").first()
        assert case is not None
        times = list(models.CaseEvent.objects.filter(case=case).order_by("seq").values_list("at", flat=True))
        assert len(set(times)) > 6
        assert times == sorted(times)

    def test_the_centre_sees_every_case(self) -> None:
        sheet, count = accounts(), models.Case.objects.count()
        for post in (
            "acceptor",
            "duty_chief",
            "dispatcher",
            "inspector",
            "evaluator",
            "leader",
            "sysadmin",
            "data_admin",
        ):
            assert models.Case.objects.visible_to(viewer(sheet[post])).count() == count, post

    def test_a_department_sees_its_own_cases(self) -> None:
        city = organisation.city(CITY)
        sanitation = city.department_by_code("HW")
        assert sanitation is not None
        theirs = models.Case.objects.filter(department_ids__overlap=city.subtree(sanitation.id))
        assert set(models.Case.objects.visible_to(viewer("dept_leader-hw"))) == set(theirs)
        assert 0 < theirs.count() < models.Case.objects.count()

    def test_who_works_outside_sees_a_part(self) -> None:
        sheet = accounts()
        for post in ("collector", "handler", "officer"):
            seen = models.Case.objects.visible_to(viewer(sheet[post])).count()
            assert 0 < seen < models.Case.objects.count(), post

    def test_a_citizen_sees_what_they_reported(self) -> None:
        citizen = viewer(accounts()["citizen"])
        seen = models.Case.objects.visible_to(citizen).order_by("number")
        assert {case.reporter_user for case in seen} == {citizen.user_id}

    def test_deputies_act_for_the_absent(self) -> None:
        acted = models.CaseEvent.objects.filter(body__contains='"for":')
        assert {"dispatcher", "dept_clerk"} & set(acted.values_list("post", flat=True))

    def test_somebody_is_on_duty_in_every_grid_today_and_next_week(self) -> None:
        city = organisation.city(CITY)
        for days in (0, 7):
            at = OPENED + timedelta(days=days)
            grids = geography.duty_grids(CITY, city.day_of(at))
            assert len(grids) >= 24
            assert all(len(city.on_duty("collector", at, grid.code)) == 1 for grid in grids)
            assert all(city.on_duty(post, at) for post in ("acceptor", "duty_chief", "dispatcher"))

    def test_every_case_lies_in_a_grid_of_its_community(self) -> None:
        cases = list(models.Case.objects.order_by("number"))
        assert all(case.unit_grid.startswith(case.community) and case.duty_grid for case in cases)
        zones = Counter(case.snapshot["values"]["timing_zone"] for case in cases)
        assert set(zones) == {"core", "normal", "outer"}

    def test_the_city_decided_some_things_on_its_own(self) -> None:
        city = organisation.city(CITY)
        waste = f"{SCHEME}/event/06010#c1"
        assert city.limit_of(waste, "core") == TimeLimit(2, "work_hour", "核心区2工作时")
        assert city.limit_of(waste, "normal").amount == 4
        assert city.categories[OWN_CLASS].big_name_zh == "街面秩序类"
        assert f"{SCHEME}/event/09014" not in city.categories
        taken = [one.code for one in standards.catalogue(SCHEME, date(2026, 7, 3)).values() if one.type == "event"]
        assert next_extension_code(standards.schemes()[SCHEME], "event", "09", taken) == OWN_CLASS[-5:]

    def test_each_part_tells_how_long_it_took(self) -> None:
        lines = self.output.splitlines()
        assert len(lines) == 6
        assert all(re.search(r"\d\.\d", line) for line in lines)

    def test_the_sheet_speaks_the_installations_language(self) -> None:
        with translation.override("en"):
            call_command("make_demo_city", verbosity=0)
            assert "Duty chief" in sign_in_path().read_text(encoding="utf-8")
        call_command("make_demo_city", verbosity=0)
        assert "值班长" in sign_in_path().read_text(encoding="utf-8")

    def test_nobody_else_may_read_the_sheet(self) -> None:
        assert sign_in_path().stat().st_uid == os.getuid()
        assert Path(sign_in_path()).stat().st_mode & 0o777 == 0o600
