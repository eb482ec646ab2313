"""Every page that people work at, asked by axe in a real browser: contrast, labels, landmarks, in light and in dark."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from cases.conftest import Desk
from cast import CITY, make_cast
from cityloop.geography.actions import lay_regular_grid
from cityloop.notices.actions import Party, tell

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""What a theme changes."""


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    made = Desk(make_cast())
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    return made


def go_in(page: Page, live_server: LiveServer, desk: Desk, who: str, theme: str = "") -> None:
    """Sign in without the form, which other journeys fill in."""
    client = Client()
    client.force_login(get_user_model().objects.get(pk=desk.cast[who]))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session, {"name": "cityloop_theme", "value": theme, "url": live_server.url}])  # type: ignore[list-item]  # as it reads them


def complaints(page: Page) -> list[str]:
    """Return what axe finds wrong in light and in dark: theme, rule, element and what to change, a line each."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE.read_text("utf-8"))
    wrong = []
    for theme, rules in (("light", RULES), ("dark", CONTRAST)):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", rules)
        wrong += [
            f"{theme}: {one['id']}: {node['html'][:160]} — {node['failureSummary'].splitlines()[1].strip()[:200]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
    return wrong


def test_pages_of_a_desk_can_be_seen_heard_and_reached_by_anybody(
    desk: Desk, page: Page, live_server: LiveServer
) -> None:
    number = desk.report().number
    late = desk.report().number
    tell(desk.cast.jurisdiction, "urge", late, [Party("acceptor", None, None)], at=desk.now)
    go_in(page, live_server, desk, "acceptor")
    wrong = {}
    for path in (
        "/",
        "/desk",
        f"/desk/cases/{number}",
        f"/desk/cases/{number}/reject",
        f"/desk/cases/{number}/print",
        f"/desk/cases/{number}/-/related",
        "/desk/phrases",
        "/desk/report",
        "/desk/notices",
        "/desk/me",
        "/loop",
        "/password",
    ):
        page.goto(f"{live_server.url}{path}")
        if found := complaints(page):
            wrong[path] = found
    assert wrong == {}


def test_the_door_and_what_is_said_when_something_is_not_there(desk: Desk, page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/sign-in")
    assert complaints(page) == []
    go_in(page, live_server, desk, "acceptor")
    page.goto(f"{live_server.url}/desk/cases/9901012020010100001")
    assert complaints(page) == []


def test_the_sheet_of_keys_lists_what_can_be_taken_and_closes(desk: Desk, page: Page, live_server: LiveServer) -> None:
    number = desk.report().number
    go_in(page, live_server, desk, "acceptor", theme="dark")
    page.goto(f"{live_server.url}/desk/cases/{number}")
    page.keyboard.press("?")
    sheet = page.locator("dialog#keys")
    assert sheet.is_visible()
    listed = sheet.locator("[data-here] dd").all_inner_texts()
    assert "上报" in listed
    assert "受理" in listed
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 22, 31)", "dark, as was chosen"
    assert complaints(page) == []
    page.keyboard.press("Escape")
    assert not sheet.is_visible()


def test_pages_of_figures_can_be_seen_heard_and_reached_by_anybody(
    desk: Desk, page: Page, live_server: LiveServer
) -> None:
    desk.in_disposal()
    desk.report()
    go_in(page, live_server, desk, "duty_chief")
    wrong = {}
    for path in ("/desk/wall", "/desk/board", "/desk/supervised", "/desk/shift", "/desk/followed"):
        page.goto(f"{live_server.url}{path}")
        if found := complaints(page):
            wrong[path] = found
    assert wrong == {}
