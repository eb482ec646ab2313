"""Through the door, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cityloop.organisation import actions

PASSWORD = "Chengguan-2026-loop"


@pytest.fixture
def wang(transactional_db: None) -> None:
    actions.seed_posts()
    actions.create_user("wangfang", password=PASSWORD, name="王芳")


@pytest.mark.usefixtures("wang")
@pytest.mark.parametrize(
    ("switch", "name", "password", "button", "leave"),
    [
        pytest.param("", "用户名", "密码", "登录", "退出登录", id="in Chinese"),
        pytest.param("English", "User name", "Password", "Sign in", "Sign out", id="in English"),
    ],
)
def test_a_person_mistypes_signs_in_and_leaves(
    page: Page, live_server: LiveServer, switch: str, name: str, password: str, button: str, leave: str
) -> None:
    page.goto(f"{live_server.url}/")
    if switch:
        page.get_by_role("button", name=switch).click()
    expect(page.get_by_label(name)).to_be_focused()
    page.keyboard.type("wangfang")
    page.get_by_label(password).fill("wrong")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(name)).to_have_value("wangfang")
    expect(page.get_by_label(password)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("王芳")
    page.get_by_role("button", name=leave).click()
    expect(page).to_have_url(re.compile(r"/sign-in$"))


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off_and_the_looks_are_ours(page: Page, live_server: LiveServer, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/sign-in")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(245, 247, 250)"
    heights = page.locator("main input:visible, main button").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(heights) >= (48 if width < 600 else 40)


@pytest.mark.usefixtures("transactional_db")
def test_console_and_api_documents_work_under_their_policy(page: Page, live_server: LiveServer) -> None:
    """The ``page`` fixture fails on any complaint about the policy."""
    actions.seed_posts()
    actions.create_user("chief", password=PASSWORD, name="李雷", is_superuser=True)
    page.goto(f"{live_server.url}/console/")
    page.get_by_label("用户名").fill("chief")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/console/$"))
    page.goto(f"{live_server.url}/console/organisation/post/add/")
    expect(page.locator("input[name=code]")).to_be_visible()
    page.goto(f"{live_server.url}/api/docs")
    expect(page.locator(".opblock-summary").first).to_be_visible()
