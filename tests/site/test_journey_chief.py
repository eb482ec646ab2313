"""The desks of the duty chief, of supervision and of the leader, in a real browser."""

import os
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.conftest import BROKEN_COVER, Desk
from cast import CITY, make_cast, make_person
from cityloop.cases.models import Case, ShiftHandover
from cityloop.geography.actions import lay_regular_grid
from cityloop.organisation.queries import city

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
THEMES = ("light", "dark")


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    made = Desk(make_cast())
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    made.now = city(CITY).now() - timedelta(hours=1)
    return made


@pytest.fixture
def goes_in(page: Page, live_server: LiveServer, desk: Desk) -> Callable[..., None]:
    """Sign in without the form, which other journeys fill in, and open a page."""

    def go(who: str | int, path: str, theme: str = "light") -> None:
        client = Client()
        pk = desk.cast[who] if isinstance(who, str) else who
        client.force_login(get_user_model().objects.get(pk=pk))
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.goto("about:blank")  # a desk that is still open would be led to the door by itself
        page.context.clear_cookies()
        page.context.add_cookies([session, {"name": "cityloop_theme", "value": theme, "url": live_server.url}])  # type: ignore[list-item]
        page.goto(f"{live_server.url}{path}")

    return go


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"chief-{name}.png")


def takes(page: Page, name: str, **typed: str) -> None:
    """Take an action on the case that is open, with what is typed, and wait for what is said."""
    named = re.compile(rf"^\s*{name}\s*$")
    button = page.locator(".case-head .doing > a", has_text=named).or_(page.locator(".menu-box a", has_text=named))
    expect(page.locator(".case-sheet")).to_be_visible()
    if not button.first.is_visible():
        page.locator(".case-head .menu summary").click()
    button.first.click()
    form = page.locator("form.act")
    expect(form).to_be_visible()
    for field, value in typed.items():
        place = form.locator(f"[name='{field}']")
        if place.evaluate("one => one.tagName") == "SELECT":
            place.select_option(value)
        elif place.get_attribute("type") == "checkbox":
            place.check()
        else:
            place.fill(value)
    shot(page, f"form-{name}")
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_be_visible()


def test_a_chief_files_refuses_closes_and_has_others_agree(
    desk: Desk, page: Page, goes_in: Callable[..., None]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    to_file, to_refuse, to_force, to_cancel = (desk.report().number for _time in range(4))
    for number in (to_file, to_refuse, to_force, to_cancel):
        desk("acceptor", number, "accept")
    for number in (to_force, to_cancel):
        desk("duty_chief", number, "file", condition=BROKEN_COVER)
        desk("dispatcher", number, "dispatch", department="HW")
    to_close = desk.to_close()

    def state(number: str) -> str:
        return Case.objects.get(number=number).state

    goes_in("duty_chief", f"/desk/cases/{to_file}")
    takes(page, "立案")
    assert state(to_file) == "filed"
    goes_in("duty_chief", f"/desk/cases/{to_refuse}")
    takes(page, "不予受理", reason="no_condition", opinion="不符合立案条件")
    assert state(to_refuse) == "rejected"
    goes_in("duty_chief", f"/desk/cases/{to_close}")
    takes(page, "结案", condition_met="1")
    assert state(to_close) == "closed"
    goes_in("duty_chief", f"/desk/cases/{to_force}")
    takes(page, "强制结案", opinion="产权单位已注销，无法处置")
    assert state(to_force) == "dispatched"
    goes_in("leader", f"/desk/cases/{to_force}")
    takes(page, "同意强制结案")
    assert state(to_force) == "forced_closed"
    goes_in("duty_chief", f"/desk/cases/{to_cancel}")
    takes(page, "作废", opinion="误报，重复录入")
    assert state(to_cancel) == "dispatched", "a second person decides"
    assert page.locator(".menu-box a", has_text="同意作废").count() == 0
    goes_in("leader", f"/desk/cases/{to_cancel}")
    takes(page, "同意作废")
    assert state(to_cancel) == "cancelled"


def test_a_shift_changes_hands(desk: Desk, page: Page, goes_in: Callable[..., None]) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    relief = make_person("李接班", "duty_chief")
    numbers = [desk.report().number for _time in range(3)]
    for number in numbers:
        desk("acceptor", number, "accept")
    goes_in("duty_chief", "/desk/shift")
    page.locator(f"input[name=mark][value='{numbers[0]}']").check()
    page.locator(f"input[name='remark-{numbers[0]}']").fill("来电人在等答复")
    page.locator("#remarks").fill("今晚六时起有雨，注意立交桥下积水点。")
    page.locator("#coming").select_option(str(relief))
    for theme in THEMES:
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        shot(page, f"shift-{theme}")
    page.get_by_role("button", name="交班").click()
    expect(page.locator(".marks")).to_contain_text("来电人在等答复")
    desk.later(minutes=20)
    desk("duty_chief", numbers[0], "file", condition=BROKEN_COVER)
    goes_in(relief, "/desk/notices")
    page.locator(".told a").first.click()
    expect(page.locator(".marks")).to_contain_text("立案")
    shot(page, "shift-read")
    page.get_by_role("button", name="接班").click()
    expect(page.locator(".paper-facts")).to_contain_text("李接班")
    assert ShiftHandover.objects.get().taken_by == relief


def test_from_the_wall_a_leader_supervises_and_reads_the_reply(
    desk: Desk, page: Page, goes_in: Callable[..., None]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    numbers = [desk.in_disposal() for _time in range(5)]
    others = [desk.report("acceptor", source="hotline", photos=None).number for _time in range(3)]
    now = city(CITY).now()
    for n, number in enumerate([*numbers, *others]):
        due = now - timedelta(hours=n * 3 - 4)
        Case.objects.filter(number=number).update(
            due_at=due, warn_at=due - timedelta(hours=6), double_at=due + timedelta(hours=8)
        )
    desk("dispatcher", numbers[4], "urge", opinion="请于今日内清运完毕并反馈")
    for theme in THEMES:
        goes_in("leader", "/desk/wall", theme)
        shot(page, f"wall-{theme}")
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="督办所选").click()
    form = page.locator("form:has([name=reply_by])")
    form.locator("[name=level]").fill("2")
    form.locator("[name=supervision]").select_option("overdue")
    reply_by = (now + timedelta(hours=5)).astimezone(city(CITY).time_zone)
    form.locator("[name=reply_by]").fill(f"{reply_by:%Y-%m-%dT%H:%M}")
    form.locator("[name=opinion]").fill("请说明逾期原因，今日办结")
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_be_visible()
    number = Case.objects.get(snapshot__flags__supervised=2).number
    who = "dept_clerk" if number in numbers else "acceptor"
    goes_in(who, f"/desk/cases/{number}")
    takes(page, "督办回复", opinion="作业车已到场，两小时内办结")
    goes_in("leader", "/desk/supervised?over=1")
    expect(page.locator(".case-table")).to_contain_text("两小时内办结")
    shot(page, "supervised")
    for theme in THEMES:
        goes_in("leader", "/desk/board", theme)
        shot(page, f"board-{theme}")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    shot(page, "board-390")
    page.locator(".count-table.spans a").first.click()
    expect(page.locator(".case-table")).to_contain_text(number)
