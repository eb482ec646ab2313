"""Photos of a case in the console, looked at in a real browser: seen, noticed as used before, erased."""

import io
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, PASSWORD, Cast, make_cast
from cityloop.cases import actions
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.pictures import Shot, View, drawn
from cityloop.demo.rules.sights import Subject
from cityloop.demo.rules.streets import street_of
from cityloop.geography.actions import lay_regular_grid
from cityloop.media import actions as media

MANHOLE = "gb47678_2026/part/01001"


def kept(cast: Cast, view: View, *, is_prepared: bool = True) -> dict[str, str]:
    with resources.files("cityloop.demo").joinpath("data/captions.png").open("rb") as lines:
        captions = Image.open(lines).convert("L")
    content = io.BytesIO(
        drawn(Shot(Subject.COVER, view, MANHOLE), captions, street_of(chance(1, "street")), chance(1, view))
    )
    file = media.keep(content, jurisdiction=CITY, owner_id=cast["collector"], now=NOW).file
    if is_prepared:
        media.prepare(file.id)
    return {"kind": view.value, "sha256": file.sha256}


def report(cast: Cast, photos: list[dict[str, str]]) -> str:
    inputs: dict[str, Any] = {
        "source": "collector", "category": MANHOLE, "condition": f"{MANHOLE}#cov_break", "description": "井盖破损",
        "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"}, "photos": photos,
    }  # fmt: skip
    return actions.report(CITY, inputs, actor=cast.viewer("collector"), key=uuid4(), via="api", now=NOW).number


@pytest.fixture
def numbers(transactional_db: None) -> tuple[str, str]:
    """Two cases; the second one names a photo of the first, and one whose copies are not made yet."""
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    close, wide = kept(cast, View.CLOSE), kept(cast, View.WIDE)
    first = report(cast, [close, wide])
    second = report(cast, [close, wide])
    after = {"photos": [kept(cast, View.AFTER, is_prepared=False)], "opinion": "已修复"}
    actions.perform(second, "attach", after, actor=cast.viewer("collector"), key=uuid4(), via="api", now=NOW)
    return first, second


@pytest.fixture
def console(numbers: tuple[str, str], page: Page, live_server: LiveServer) -> Page:
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill("sysadmin")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sysadmin")
    page.set_viewport_size({"width": 1440, "height": 900})
    return page


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(SHOTS) / f"files-{name}.png", full_page=True)


def opened(console: Page, live_server: LiveServer, number: str) -> Page:
    console.goto(f"{live_server.url}/console/cases/case/?q={number}")
    console.get_by_role("link", name=number).first.click()
    return console


def are_drawn(page: Page) -> bool:
    """Whether the browser has got every picture of the page."""
    done: bool = page.evaluate("[...document.querySelectorAll('img')].every(img => img.complete && img.naturalWidth)")
    return done


def test_an_administrator_sees_photos_notices_reuse_and_erases_a_face(
    console: Page, live_server: LiveServer, numbers: tuple[str, str]
) -> None:
    first, second = numbers
    photos = opened(console, live_server, second).locator("[data-shots] li")
    expect(photos).to_have_count(3)
    console.wait_for_load_state("networkidle")
    assert are_drawn(console)
    expect(photos.nth(0)).to_contain_text("近景")
    expect(photos.nth(0)).to_contain_text(f"同一文件此前已用于 {first}")
    shot(console, "case")
    console.goto(f"{live_server.url}/console/media/file/")
    expect(console.locator(".file-thumb")).to_have_count(2)
    shot(console, "list")
    console.locator("#result_list a[href*=change]", has_text="JPEG").last.click()
    shot(console, "file")
    console.get_by_label("原因").fill("路人面部")
    console.get_by_role("checkbox").check()
    console.get_by_role("button", name="永久清除").click()
    expect(console.get_by_text("文件及其全部副本已清除。")).to_be_visible()
    expect(console.get_by_role("button", name="永久清除")).to_have_count(0)
    shot(console, "file-erased")
    erased = opened(console, live_server, first).locator("[data-shots] li", has_text="已清除：路人面部")
    expect(erased).to_have_count(1)
    shot(console, "case-erased")


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_of_files_is_wider_than_its_window(
    console: Page, live_server: LiveServer, numbers: tuple[str, str], width: int
) -> None:
    console.set_viewport_size({"width": width, "height": 844})
    console.goto(f"{live_server.url}/console/media/file/")
    page = console.locator("#result_list a[href*=change]").first.get_attribute("href") or ""
    console.goto(f"{live_server.url}/console/cases/case/?q={numbers[1]}")
    case = console.locator("#result_list a[href*=change]").first.get_attribute("href") or ""
    for name, path in (("list", "/console/media/file/"), ("file", page), ("case", case)):
        console.goto(live_server.url + path)
        assert console.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(console, f"{name}-{width}")
