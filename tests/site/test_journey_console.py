"""The console over cases, looked at in a real browser."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, PASSWORD, Cast, make_cast
from cityloop.cases import actions, models
from cityloop.cases.actions.anchoring import anchor
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from cityloop.organisation.actions import issue_token

MANHOLE = "gb47678_2026/part/01001"
REPORT: dict[str, Any] = {
    "source": "hotline",
    "category": MANHOLE,
    "condition": f"{MANHOLE}#cov_break",
    "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"},
    "description": "井盖破损，有人绊倒",
    "reporter": {"name": "张三丰", "phone": "13812345678"},
}


@pytest.fixture
def number(transactional_db: None) -> str:
    """A case in disposal that was put off and taken up again: its clock has a pause to explain."""
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    number = actions.report(CITY, REPORT, actor=cast.viewer("acceptor"), key=uuid4(), via="api", now=NOW).number
    for who, action, inputs in (
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {}),
        ("dispatcher", "dispatch", {"department": "HW"}),
        ("dept_clerk", "sign", {}),
        ("dept_clerk", "apply_defer", {"reason": "weather", "until": "2026-07-03T09:00:00+08:00", "opinion": "暴雨"}),
        ("dispatcher", "approve_defer", {}),
        ("leader", "approve_defer", {}),
    ):
        act(cast, number, who, action, inputs)
    actions.tick(now=NOW.replace(day=3))
    return number


def act(cast: Cast, number: str, who: str, action: str, inputs: dict[str, Any]) -> None:
    actions.perform(number, action, inputs, actor=cast.viewer(who), key=uuid4(), via="api", now=NOW)


@pytest.fixture
def console(number: str, page: Page, live_server: LiveServer) -> Page:
    page.goto(f"{live_server.url}/sign-in")
    page.get_by_role("button", name="English").click()
    page.locator("#id_username").fill("sysadmin")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sysadmin")
    return page


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"console-{name}.png", full_page=True)


def test_an_administrator_looks_a_case_up_and_reads_why_it_is_due(
    console: Page, live_server: LiveServer, number: str
) -> None:
    console.goto(f"{live_server.url}/console/cases/case/")
    console.locator("#searchbar").fill(number[:14])
    console.keyboard.press("Enter")
    expect(console.get_by_role("link", name=number)).to_be_visible()
    shot(console, "cases")
    console.get_by_role("link", name=number).click()
    clock = console.locator("[data-clock]", has_text="Disposal")
    clock.get_by_text("The open time that it ran").click()
    expect(clock.get_by_text("2026-07-03 10:00:00").first).to_be_visible()
    shot(console, "case")
    console.get_by_role("link", name="Events as they are kept").click()
    shot(console, "events")
    console.locator("#result_list a", has_text="2026-07-03").first.click()
    expect(console.get_by_text("resume_on").first).to_be_visible()
    shot(console, "event")


def test_an_administrator_mistypes_the_table_and_mends_it(console: Page, live_server: LiveServer) -> None:
    console.goto(f"{live_server.url}/console/cases/looptable/")
    shot(console, "tables")
    console.get_by_role("link", name="Edit", exact=True).click()
    box = console.locator("#id_text")
    text = box.input_value()
    box.fill(text.replace("  signing: true ", "  signed: true "))
    console.locator("#id_note").fill("No signing any more")
    console.locator("button[name=_save]").click()
    expect(console.get_by_text("settings.signed: no rule knows this key").first).to_be_visible()
    shot(console, "table-broken")
    assert "  signed: true " in box.input_value()
    box.fill(text.replace("  signing: true ", "  signing: false "))
    console.locator("button[name=_save]").click()
    expect(console.get_by_text("version 1")).to_be_visible()
    shot(console, "tables-after")


def test_a_zone_is_pasted(console: Page, live_server: LiveServer) -> None:
    console.goto(f"{live_server.url}/console/cases/restrictedzone/add/")
    console.locator("#id_name").fill("赛事区")
    console.locator("#id_reason").fill("马拉松")
    console.locator("#id_area").fill('{"type": "Point", "coordinates": [120.005, 30.005]}')
    console.locator("button[name=_save]").click()
    expect(console.get_by_text("must be made of polygons")).to_be_visible()
    shot(console, "zone")


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_its_window(console: Page, live_server: LiveServer, number: str, width: int) -> None:
    console.set_viewport_size({"width": width, "height": 844})
    console.goto(f"{live_server.url}/console/organisation/workingcalendar/")
    calendar = console.locator("#result_list a[href*=change]").first.get_attribute("href") or ""
    console.goto(f"{live_server.url}/console/cases/case/?q={number}")
    case = console.locator("#result_list a[href*=change]").first.get_attribute("href") or ""
    for name, path in (("calendar", calendar), ("case", case), ("tasks", "/console/cases/task/")):
        console.goto(live_server.url + path)
        assert console.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(console, f"{name}-{width}")


def test_a_state_stands_in_one_line_on_the_page_of_its_case(
    console: Page, live_server: LiveServer, number: str
) -> None:
    console.set_viewport_size({"width": 1440, "height": 900})
    console.goto(f"{live_server.url}/console/cases/case/?q={number}")
    console.get_by_role("link", name=number).click()
    cells = console.locator(".case-lists td:not(:last-child)")
    expect(cells.first).to_be_visible()
    assert cells.count() > 20
    lines = "cells => cells.map(c => { const r = document.createRange(); r.selectNodeContents(c); return r.getClientRects().length; })"
    assert max(cells.evaluate_all(lines)) == 1


CUT = """element => {
    const words = document.createRange();
    words.selectNodeContents(element);
    const inside = (part, whole) => part.left >= whole.left - 1 && part.right <= whole.right + 1;
    const around = [];
    for (let one = element; one; one = one.parentElement) if (getComputedStyle(one).overflowX !== "visible") around.push(one);
    const frames = [...around.map(one => one.getBoundingClientRect()), {left: 0, right: innerWidth}];
    return [...words.getClientRects()].some(line => frames.some(frame => !inside(line, frame)));
}"""
"""Whether anything of an element's words lies outside of what shows them."""


@pytest.mark.parametrize("width", [390, 1440])
def test_the_hash_of_an_anchor_is_shown_whole(console: Page, live_server: LiveServer, width: int) -> None:
    get_user_model().objects.filter(username="sysadmin").update(is_superuser=True)
    anchor(now=machine_now())
    [kept] = models.Anchor.objects.all()
    console.set_viewport_size({"width": width, "height": 844})
    for path in ("", f"{kept.pk}/change/"):
        console.goto(f"{live_server.url}/console/cases/anchor/{path}")
        code = console.get_by_text(bytes(kept.hash).hex(), exact=True)
        expect(code).to_be_visible()
        assert not code.evaluate(CUT), path
        shot(console, f"anchor-{'one' if path else 'list'}-{width}")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_webhook_is_made_for_somebody_found_by_name(console: Page, live_server: LiveServer, width: int) -> None:
    console.set_viewport_size({"width": width, "height": 844})
    console.goto(f"{live_server.url}/console/exchange/subscription/")
    expect(console.get_by_text("Add the first one.")).to_be_visible()
    shot(console, f"webhooks-none-{width}")
    console.goto(f"{live_server.url}/console/exchange/subscription/add/")
    console.locator("#id_name").fill("platform")
    console.locator("#id_url").fill("https://city.example/told")
    console.locator(".field-account .select2-selection").click()
    console.locator(".select2-search__field").last.fill("dispatcher")
    console.locator(".select2-results__option", has_text="dispatcher").first.click()
    shot(console, f"webhook-{width}")
    console.locator("button[name=_save]").click()
    expect(console.get_by_text("told this once").first).to_be_visible()
    console.get_by_role("link", name="platform").first.click()
    expect(console.locator(".field-account")).to_contain_text("dispatcher")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_token_and_an_empty_list_are_told_in_words(console: Page, live_server: LiveServer, width: int) -> None:
    user = get_user_model().objects.get(username="sysadmin")
    issue_token(user.pk, "screen", now=machine_now(), expires=machine_now() + timedelta(days=9), scopes=["read"])
    console.set_viewport_size({"width": width, "height": 844})
    console.goto(f"{live_server.url}/console/organisation/apitoken/")
    console.get_by_role("link", name="screen").first.click()
    expect(console.locator("main, #content").first).not_to_contain_text('["read"]')
    shot(console, f"token-{width}")
    console.goto(f"{live_server.url}/console/organisation/signinattempt/")
    expect(console.get_by_text("Rows appear here by themselves")).to_be_visible()
    shot(console, f"empty-{width}")
