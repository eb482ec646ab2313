"""One case over the desks, in a real browser: from a call to its closing, every post at its own desk."""

import os
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cast import CITY, PASSWORD, make_cast
from cityloop.cases.models import Case
from cityloop.geography.actions import lay_regular_grid

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
HEAP = "gb47678_2026/event/06011"


@pytest.fixture
def city(transactional_db: None) -> None:
    make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))


def sign_in(page: Page, live_server: LiveServer, who: str) -> None:
    page.goto("about:blank")  # a desk that is still open would be led to the door by itself
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill(who)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(who)
    page.goto(f"{live_server.url}/desk")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"desk-{name}.png")


def act(page: Page, name: str, **typed: str) -> None:
    """Open the first line of the list, take an action with what is typed, and wait for what is said."""
    if not page.locator(".case-sheet").count():
        page.locator(".lines-of-work a").first.click()
    button = page.locator(".case-head .doing > a", has_text=name).or_(page.locator(".menu-box a", has_text=name))
    expect(page.locator(".case-sheet")).to_be_visible()
    if not button.first.is_visible():
        page.locator(".menu summary").click()
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
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_be_visible()


def test_a_call_goes_over_every_desk_to_its_closing(city: None, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, live_server, "acceptor")
    shot(page, "empty")
    page.locator(".rail a", has_text="上报").click()
    form = page.locator("form.act")
    form.locator("[name=source]").select_option("hotline")
    form.locator("class-search input").fill("暴露垃圾")
    expect(form.locator("[name=category]")).not_to_have_value("")
    form.locator("[name=description]").fill("菜市场门口堆了垃圾")
    shot(page, "report")
    form.locator("[name='point.lon']").fill("far away")
    form.locator("button.btn-primary").click()
    expect(form.locator(".wrong").first).to_be_visible()
    expect(form.locator("[name=description]")).to_have_value("菜市场门口堆了垃圾")
    expect(form.locator("[name='point.lon']")).to_have_value("far away")
    shot(page, "report-wrong")
    form.locator("[name='point.lon']").fill("120.005")
    form.locator("[name='point.lat']").fill("30.005")
    form.locator("[name='reporter.phone']").fill("13800001234")
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_contain_text("编号")
    shot(page, "reported")
    act(page, "受理")
    shot(page, "accepted")
    number = Case.objects.get().number
    for who, action, typed in (
        ("duty_chief", "立案", {}),
        ("dispatcher", "派遣", {"department": "HW"}),
        ("dept_clerk", "签收", {}),
        ("dept_clerk", "反馈", {"opinion": "已清运"}),
    ):
        sign_in(page, live_server, who)
        expect(page.locator(".lines-of-work li")).to_have_count(1)
        act(page, action, **typed)
        shot(page, f"{who}-{action}")
    sign_in(page, live_server, "acceptor")
    act(page, "核查")
    shot(page, "check")
    assert Case.objects.get(number=number).state == "checking"
