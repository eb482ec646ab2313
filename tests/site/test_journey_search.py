"""Somebody looks for a case, keeps the search and takes the list along, in a real browser."""

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, PASSWORD, make_cast
from cityloop.cases import actions
from cityloop.cases.actions import exporting
from cityloop.geography.actions import lay_regular_grid

COVER, HEAP = "gb47678_2026/part/01001", "gb47678_2026/event/06010"
SAID = (
    ("hotline", COVER, "人民路井盖破损下沉，车辆经过颠簸，晚上看不清容易发生事故", "人民路 128 号门前"),
    ("wechat", HEAP, "垃圾散落路边未清理，味道很大", "解放路与人民路路口东南角"),
    ("hotline", COVER, "窨井盖松动有响声，居民晚上无法休息，希望尽快处理", "建设巷 6 号楼北侧"),
)


@pytest.fixture
def city(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    monkeypatch.setattr(exporting, "_defer", exporting.run_export)
    for number, (source, category, description, address) in enumerate(SAID):
        inputs = {
            "source": source, "category": category, "description": description, "address": address,
            "point": {"lon": 120.003 + number * 0.002, "lat": 30.004, "system": "wgs84"},
            "reporter": {"name": "王女士", "phone": "13900001111"},
        }  # fmt: skip
        who = "citizen" if source == "wechat" else "acceptor"
        actions.report(CITY, inputs, actor=cast.viewer(who), key=uuid4(), via="desk", now=NOW)


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"search-{name}.png")


def test_words_are_found_kept_and_taken_along(city: None, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill("acceptor")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("acceptor")
    page.goto(f"{live_server.url}/desk/search")
    expect(page.get_by_role("heading", level=1)).to_contain_text("查询全部案卷")
    shot(page, "empty")
    page.locator("#s-words").fill("人民路")
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_have_count(2)
    assert "words=" in page.url
    expect(page.locator(".hits mark").first).to_have_text("人民路")
    shot(page, "found")
    page.locator(".found-head summary").click()
    page.locator("#save-name").fill("人民路的案卷")
    page.locator("form.menu-box button").click()
    expect(page.locator(".saved .chip.chosen")).to_have_text("人民路的案卷")
    page.locator("#s-words").fill("没有这样的词")
    page.keyboard.press("Enter")
    expect(page.locator("#found h1")).to_have_text("没有符合的案卷")
    page.locator(".saved .chip a").click()
    page.get_by_role("button", name="导出 Excel").click()
    expect(page.get_by_role("link", name="下载")).to_be_visible()
    shot(page, "exported")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/desk/search?words=人民路")
    expect(page.locator(".hits li")).to_have_count(2)
    shot(page, "phone")
    page.locator(".hits a").first.click()
    expect(page.locator(".case-sheet")).to_be_visible()
