"""The one case page in a real browser: its clock, its flow, its photos, as several posts see it."""

import io
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from cases.conftest import Desk
from cast import CITY, Cast
from cityloop.cases import actions
from cityloop.kernel.clock import machine_now
from cityloop.media import actions as media
from seen import SHOTS, Seat

COVER = "gb47678_2026/part/01001"


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
    # An application comes before the deadline on every weekday only if it comes at once: the clock runs in working hours.
    act(cast, "dispatcher", number, "dispatch", ago=79.8, department="HW", opinion="请环卫中心尽快处置。")
    act(cast, "dept_clerk", number, "sign", ago=79.7)
    act(cast, "dept_clerk", number, "apply_extension", ago=79.6, opinion="井盖需定制，申请延期。")
    act(cast, "dispatcher", number, "approve_extension", ago=79, opinion="同意。")
    until = (machine_now() + timedelta(days=20)).isoformat()
    act(cast, "dept_clerk", number, "apply_defer", ago=78, reason="materials", until=until, opinion="等待井盖到货。")
    act(cast, "dispatcher", number, "approve_defer", ago=77)
    act(cast, "leader", number, "approve_defer", ago=76)
    act(cast, "dept_clerk", number, "resume", ago=30)
    after = [photo(cast, "dept_clerk", "after", "#9a9a9a")]
    act(cast, "dept_clerk", number, "feedback", ago=4, opinion="已更换井盖并清理现场。", photos=after)
    return number


def test_a_case_says_why_it_is_due_shows_its_photos_and_its_place_in_the_loop(desk: Desk, seat: Seat) -> None:
    page, number = seat.page, made(desk.cast)
    seat.comes("acceptor", f"/desk/cases/{number}")
    seat.shot("head")

    page.locator(".why > summary").click()
    expect(page.locator(".why-box .reckoning .is-due")).to_be_visible()
    expect(page.locator(".why-box .reckoning .is-now")).to_contain_text("已用")
    seat.shot("why")
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
    seat.shot("photos")

    page.locator(".strip a[data-photo]").first.click()
    facts = page.locator("dialog.viewer .viewer-facts")
    expect(facts).to_contain_text("1 / 3")
    page.keyboard.press("ArrowRight")
    expect(facts).to_contain_text("2 / 3")
    page.keyboard.press("+")
    seat.shot("viewer")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.viewer")).to_be_hidden()

    page.locator("#flow").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('main').scrollTop += 500")
    seat.shot("flow")
    page.locator(".in-the-loop summary").click()
    expect(page.locator(".in-the-loop [data-here]")).to_be_in_viewport()
    page.evaluate("document.querySelector('main').scrollTop += 500")
    seat.shot("loop")

    page.locator("#related").scroll_into_view_if_needed()
    expect(page.locator(".related, #related ~ div .nothing").first).to_be_visible()

    page.locator(".case-head .doing > a", has_text="备注").click()
    field = page.locator("form.act textarea")
    field.fill("经研究，")
    field.press("Alt+ArrowDown")
    expect(page.locator(".phrases .menu-box")).to_be_visible()
    seat.shot("phrases")
    page.keyboard.press("Enter")
    expect(field).to_have_value("经研究，三次拨打无人接听，暂未回访成功。")
    page.goto(f"{seat.address}/desk/phrases")
    seat.shot("my-phrases")
    page.goto(f"{seat.address}/desk/cases/{number}/print")
    expect(page.locator(".paper h1")).to_contain_text(number)
    seat.shot("print", whole=True)
    if SHOTS:
        answer = page.context.request.get(f"{seat.address}/desk/cases/{number}.pdf")
        (Path(SHOTS) / "case.pdf").write_bytes(answer.body())
    page.goto(f"{seat.address}/desk/cases/{number}")

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    seat.shot("phone")
    page.locator(".why > summary").click()
    seat.shot("phone-why")
    page.locator(".case-title h1").click()
    page.evaluate("document.querySelector('main').scrollTop += 900")
    seat.shot("phone-photos")
    page.evaluate("document.querySelector('#flow').scrollIntoView()")
    seat.shot("phone-flow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
