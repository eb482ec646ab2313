"""A citizen in the rain, on a phone: three taps to a report, somebody else's “me too”, what became of it, a rating."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, OTHER_CITY, Cast, make_cast
from cityloop.cases import actions as loop
from cityloop.cases.models import Attachment, Case, CaseEvent
from cityloop.geography.actions import lay_regular_grid
from cityloop.intake.queries import public as queries
from cityloop.organisation.models import Jurisdiction
from media.roads import Cut
from media.test_uploads import SECRET_KEY, Server, server  # noqa: F401 # a fixture

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
HEAP = "gb47678_2026/event/06011"
HERE = {"longitude": 120.005, "latitude": 30.005}


@pytest.fixture
def city(transactional_db: None) -> Cast:
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    Jurisdiction.objects.filter(code=OTHER_CITY).update(settings={"intake.public_page": False})
    row = Jurisdiction.objects.get(code=CITY)
    row.settings = {"intake.public_hotline": "12319"}
    row.save()
    queries._tiles.cache_clear()
    return cast


def look(page: Page, name: str) -> None:
    """Fail on anything that axe finds wrong, on text below 16 px and targets below 48; keep a picture where one is wanted."""
    if SHOTS:
        for width, height in ((390, 844), (1280, 900)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(SHOTS) / f"report-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the phone"
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(one => one.violations.map(v => v.id + ' ' + v.nodes.map(n => n.html).join(' ')))"
    )
    assert not found, (name, found)
    small = page.evaluate("""() => [...document.querySelectorAll('.citizen a, .citizen button, .citizen input:not([type=hidden]), .citizen textarea')]
        .filter(one => !one.closest('city-map, .trap') && one.checkVisibility() && one.type !== 'radio')
        .filter(one => { const box = one.getBoundingClientRect(); return box.height < 47.5 || box.width < 47.5; })
        .map(one => one.outerHTML.slice(0, 120))""")
    assert not small, (name, "targets", small)
    tiny = page.evaluate("""() => [...document.querySelectorAll('.citizen *')]
        .filter(one => !one.closest('city-map') && one.checkVisibility() && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML.slice(0, 120))""")
    assert not tiny, (name, "text", tiny)


def phone_of(browser: Browser, **more: Any) -> Page:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, geolocation=HERE, permissions=["geolocation"], **more
    )
    return context.new_page()


def closed(cast: Cast, number: str) -> None:
    now, category = CaseEvent.objects.latest("id").at, Case.objects.get(number=number).category
    for who, action, inputs in (
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {"condition": f"{category}#c1"}),
        ("dispatcher", "dispatch", {"department": "HW"}),
        ("dept_clerk", "sign", {}),
        ("dept_clerk", "feedback", {}),
        ("acceptor", "send_check", {"collector": cast["collector"]}),
        ("collector", "check_back", {"result": "pass"}),
        ("duty_chief", "close", {"condition_met": True, "reply": "垃圾已清运，谢谢您"}),
    ):
        now += timedelta(minutes=1)
        loop.perform(number, action, inputs, actor=cast.viewer(who, now), key=uuid4(), via="desk", now=now)


def test_three_taps_a_second_voice_and_a_rating(
    city: Cast, browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    page = phone_of(browser)
    page.goto(f"{live_server.url}/sign-in")
    page.get_by_role("link", name="无需账号，直接上报问题").click()
    expect(page.locator(".tiles class-sign svg").first).to_be_visible()
    look(page, "1-what")
    page.locator(".tiles a").first.tap()  # one
    expect(page.locator("input[name=lon]")).to_have_value("120.005000")
    expect(page.locator(".understood")).not_to_contain_text("……")
    look(page, "2-where")
    page.get_by_role("button", name="就在这里").tap()  # two
    expect(page.locator("h1")).to_have_text("发送")
    photo = tmp_path / "pothole.png"
    picture(photo)
    page.locator("#photos").set_input_files(photo)
    expect(page.locator(".shots .came")).to_contain_text("已收到")
    look(page, "3-send")
    page.get_by_role("button", name="发送上报").tap()  # three
    expect(page.locator("h1")).to_contain_text("谢谢您")
    look(page, "4-thanks")
    code = page.locator(".code").inner_text()
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{5}", code)
    case = Case.objects.get()
    assert Attachment.objects.get().case_id == case.pk

    other = phone_of(browser, locale="en-GB")
    other.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    other.goto(f"{live_server.url}/report/{CITY}?class={case.category}&lon=120.00502&lat=30.00501")
    expect(other.locator(".same form")).to_have_count(1)
    look(other, "5-same-en")
    other.get_by_role("button", name="Me too").tap()
    expect(other.locator("h1")).to_have_text("You saw it too")
    look(other, "6-me-too-en")
    other.get_by_role("button", name="Me too").tap()
    expect(other.locator("h1")).to_contain_text("Thank you")
    assert Case.objects.get().snapshot["flags"]["supporters"] == 1
    other.context.close()

    closed(city, case.number)
    page.goto(f"{live_server.url}/report/f")
    look(page, "7-ask")
    page.locator("#code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="查询").tap()
    expect(page.locator("blockquote")).to_contain_text("垃圾已清运，谢谢您")
    look(page, "8-closed")
    page.get_by_text("不满意", exact=True).tap()
    page.locator("#words").fill("还有一半没清")
    page.get_by_role("button", name="提交评价").tap()
    expect(page.locator(".said")).to_contain_text("感谢您的评价")
    look(page, "9-rated")
    assert Case.objects.get().snapshot["flags"]["satisfaction"] == "not"
    page.context.close()


def test_under_attack_the_phone_does_a_small_sum_beside_the_page(
    city: Cast, browser: Browser, live_server: LiveServer
) -> None:
    row = Jurisdiction.objects.get(code=CITY)
    row.settings = {"intake.public_proof": "always"}
    row.save()
    page = phone_of(browser)
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    page.goto(f"{live_server.url}/report/{CITY}?class={HEAP}&lon=120.005&lat=30.005")
    look(page, "10-sum")
    page.get_by_role("button", name="发送上报").tap()
    expect(page.locator("h1")).to_contain_text("谢谢您", timeout=20_000)
    assert Case.objects.count() == 1
    assert not [one for one in complaints if "style" not in one]
    page.context.close()


def test_without_scripts_an_address_is_enough(city: Cast, browser: Browser, live_server: LiveServer) -> None:
    page = phone_of(browser, java_script_enabled=False)
    page.goto(f"{live_server.url}/report")
    page.locator(".tiles a").first.click()
    expect(page.locator("city-map")).to_be_hidden()
    page.locator("#address").fill("解放路1号门口")
    page.get_by_role("button", name="就在这里").click()
    page.get_by_role("button", name="发送上报").click()
    expect(page.locator(".code")).to_be_visible()
    assert Case.objects.get().location is None
    page.context.close()


def picture(path: Path) -> None:
    image = Image.linear_gradient("L").resize((2400, 1800)).convert("RGB")
    image.save(path)


@pytest.mark.xdist_group("uploads")
def test_a_photo_goes_on_where_the_network_broke(
    city: Cast,
    browser: Browser,
    live_server: LiveServer,
    tmp_path: Path,
    server: Server,  # noqa: F811
) -> None:
    photo = tmp_path / "noise.jpg"
    Image.effect_noise((1600, 1200), 120).convert("RGB").save(photo, "JPEG", quality=95)
    road = Cut(server.port, after=300_000, kept=server.kept)
    page = phone_of(browser)
    patched: list[int] = []
    page.on("request", lambda one: patched.append(int(one.headers["upload-offset"])) if one.method == "PATCH" else None)
    with override_settings(UPLOAD_URL=road.address, SECRET_KEY=SECRET_KEY):
        page.goto(f"{live_server.url}/report/{CITY}?class={HEAP}&lon=120.005&lat=30.005")
        page.locator("#photos").set_input_files(photo)
        expect(page.locator(".shots .came")).to_contain_text("已收到", timeout=30_000)
        assert road.cuts == 1
        assert patched[0] == 0 < patched[-1], "what had come was not sent again"
        page.get_by_role("button", name="发送上报").tap()
        expect(page.locator("h1")).to_contain_text("谢谢您")
    road.line.close()
    assert Attachment.objects.filter(case=Case.objects.latest("id")).count() == 1
