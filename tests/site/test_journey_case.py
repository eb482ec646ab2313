"""The one case page in a real browser: its clock, its flow, its photos, as several posts see it."""

import io
import os
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cast import CITY, PASSWORD, Cast, make_cast
from cityloop.cases import actions
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from cityloop.media import actions as media

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
COVER = "gb47678_2026/part/01001"


@pytest.fixture
def city(transactional_db: None) -> Cast:
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    return cast


def photo(cast: Cast, who: str, kind: str, colour: str) -> dict[str, str]:
    """Send a photo as ``who``, with its copies made, and return what an act says of it."""
    picture = Image.new("RGB", (800, 600), "#b9b4a8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 380, 800, 600), fill="#6f7378")
    pen.ellipse((280, 400, 520, 520), fill=colour)
    data = io.BytesIO()
    picture.save(data, "JPEG")
    data.seek(0)
    kept = media.keep(data, jurisdiction=CITY, owner_id=cast[who], now=machine_now())
    media.prepare(kept.file.id)
    return {"kind": kind, "sha256": kept.file.sha256}


def act(cast: Cast, who: str, number: str, action: str, *, ago: float, **inputs: object) -> None:
    """Act so many hours ago."""
    now = machine_now() - timedelta(hours=ago)
    actions.perform(number, action, inputs, actor=cast.viewer(who, now), key=uuid4(), via="desk", now=now)


def made(cast: Cast) -> str:
    """A case that was sent back and forth, with photos before and after, waiting to be closed."""
    report = {
        "source": "hotline", "category": COVER, "condition": f"{COVER}#cov_break", "description": "人民路菜市场门口井盖破损，夜间有行人险些跌倒，请尽快处理。",
        "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"}, "address": "人民路 18 号菜市场东门",
        "reporter": {"name": "王小明", "phone": "13800001234"},
        "photos": [photo(cast, "acceptor", "close", "#1b1b1b"), photo(cast, "acceptor", "wide", "#333333")],
    }  # fmt: skip
    now = machine_now() - timedelta(hours=98)
    viewer = cast.viewer("acceptor", now)
    number = actions.report(CITY, report, actor=viewer, key=uuid4(), via="desk", now=now).number
    act(cast, "acceptor", number, "accept", ago=96, opinion="情况属实，同意受理。")
    act(cast, "duty_chief", number, "file", ago=90)
    act(cast, "dispatcher", number, "dispatch", ago=88, department="HW", opinion="请环卫中心尽快处置。")
    act(cast, "dept_clerk", number, "sign", ago=80)
    act(cast, "dept_clerk", number, "apply_extension", ago=79.5, opinion="井盖需定制，申请延期。")
    act(cast, "dispatcher", number, "approve_extension", ago=79, opinion="同意。")
    until = (machine_now() + timedelta(days=20)).isoformat()
    act(cast, "dept_clerk", number, "apply_defer", ago=78, reason="materials", until=until, opinion="等待井盖到货。")
    act(cast, "dispatcher", number, "approve_defer", ago=77)
    act(cast, "leader", number, "approve_defer", ago=76)
    act(cast, "dept_clerk", number, "resume", ago=30)
    after = [photo(cast, "dept_clerk", "after", "#9a9a9a")]
    act(cast, "dept_clerk", number, "feedback", ago=4, opinion="已更换井盖并清理现场。", photos=after)
    return number


def sign_in(page: Page, live_server: LiveServer, who: str, path: str) -> None:
    page.goto("about:blank")  # a desk that is still open would be led to the door by itself
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in?next={path}")
    page.locator("#id_username").fill(who)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}{path}")


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"case-{name}.png", full_page=whole)


def test_a_case_says_why_it_is_due_shows_its_photos_and_its_place_in_the_loop(
    city: Cast, page: Page, live_server: LiveServer
) -> None:
    number = made(city)
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, live_server, "acceptor", f"/desk/cases/{number}")
    shot(page, "head")

    page.locator(".why > summary").click()
    expect(page.locator(".why-box .reckoning .is-due")).to_be_visible()
    expect(page.locator(".why-box .reckoning .is-now")).to_contain_text("已用")
    shot(page, "why")
    page.locator(".case-title h1").click()
    expect(page.locator(".why-box")).to_be_hidden()

    slider = page.locator("photo-compare input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_value("100")
    page.keyboard.press("Home")
    expect(slider).to_have_value("0")
    slider.fill("50")
    page.locator("photo-compare").scroll_into_view_if_needed()
    shot(page, "photos")

    page.locator(".strip a[data-photo]").first.click()
    facts = page.locator("dialog.viewer .viewer-facts")
    expect(facts).to_contain_text("1 / 3")
    page.keyboard.press("ArrowRight")
    expect(facts).to_contain_text("2 / 3")
    page.keyboard.press("+")
    shot(page, "viewer")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()

    page.locator("#flow").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('main').scrollTop += 500")
    shot(page, "flow")
    page.locator(".in-the-loop summary").click()
    expect(page.locator(".in-the-loop [data-here]")).to_be_in_viewport()
    page.evaluate("document.querySelector('main').scrollTop += 500")
    shot(page, "loop")

    page.locator("#related").scroll_into_view_if_needed()
    expect(page.locator(".related, #related ~ div .nothing").first).to_be_visible()

    page.locator(".case-head .doing > a", has_text="备注").click()
    field = page.locator("form.act textarea")
    field.fill("经研究，")
    field.press("Alt+ArrowDown")
    expect(page.locator(".phrases .menu-box")).to_be_visible()
    shot(page, "phrases")
    page.keyboard.press("Enter")
    expect(field).to_have_value("经研究，三次拨打无人接听，暂未回访成功。")
    page.goto(f"{live_server.url}/desk/phrases")
    shot(page, "my-phrases")
    page.goto(f"{live_server.url}/desk/cases/{number}/print")
    expect(page.locator(".paper h1")).to_contain_text(number)
    shot(page, "print", whole=True)
    if SHOTS:
        answer = page.context.request.get(f"{live_server.url}/desk/cases/{number}.pdf")
        (Path(SHOTS) / "case.pdf").write_bytes(answer.body())
    page.goto(f"{live_server.url}/desk/cases/{number}")

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    shot(page, "phone")
    page.locator(".why > summary").click()
    shot(page, "phone-why")
    page.locator(".case-title h1").click()
    page.evaluate("document.querySelector('main').scrollTop += 900")
    shot(page, "phone-photos")
    page.evaluate("document.querySelector('#flow').scrollIntoView()")
    shot(page, "phone-flow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
