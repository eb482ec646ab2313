"""Cases over the desks, in a real browser: a call, and a citizen's report that every post works at its own desk, to the callback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from cases.conftest import Desk
from cast import CITY
from cityloop.cases.models import Attachment, Case
from seen import SHOTS, Seat

HEAP = "gb47678_2026/event/06011"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def phone(browser: Browser, seat: Seat) -> Iterator[Page]:
    """A citizen's phone at the public page, with a place chosen."""
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]  # as it reads them
    page = context.new_page()
    page.goto(f"{seat.address}/report/{CITY}?class={HEAP}&lon=120.005&lat=30.005")
    yield page
    context.close()


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    made = []
    for name, shade in (("before", 60), ("after", 180)):
        Image.linear_gradient("L").resize((800, 600)).point(lambda level, shade=shade: (level + shade) // 2).convert(
            "RGB"
        ).save(tmp_path / f"{name}.jpg")
        made.append(str(tmp_path / f"{name}.jpg"))
    return made


def test_a_call_is_taken_down_its_mistakes_are_named_and_what_was_said_stays(desk: Desk, seat: Seat) -> None:
    page, form = seat.page, seat.form
    seat.comes("acceptor")
    seat.shot("empty")
    page.locator(".rail a", has_text="上报").click()
    form.locator("[name=source]").select_option("hotline")
    form.locator("class-search input").fill("暴露垃圾")
    expect(form.locator("[name=category]")).not_to_have_value("")
    seat.shot("report")
    seat.is_refused(description="菜市场门口堆了垃圾", point__lon="far away")
    expect(form.locator(".wrong").first).to_be_visible()
    seat.types(point__lon="120.005", point__lat="30.005", reporter__phone="13800001234")
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_contain_text("编号")
    seat.shot("reported")
    seat.presses("accept")
    seat.sends(then="accepted")
    seat.shot("accepted")
    kept = "Object.keys(sessionStorage).filter((name) => name.startsWith('typed:')).length"
    page.locator(".rail a", has_text="上报").click()
    form.locator("[name='reporter.name']").press_sequentially("王女士")
    assert page.evaluate(kept) == 1
    seat.comes("acceptor", "/desk/report")
    expect(form.locator("[name='reporter.name']")).to_have_value("王女士")
    seat.comes("dispatcher")
    assert page.evaluate(kept) == 0, "who comes to the same screen finds nothing of what another has typed"


def test_a_citizens_report_is_worked_at_every_desk_and_called_back(
    desk: Desk, seat: Seat, phone: Page, photos: list[str]
) -> None:
    before, after = photos
    # A photo whose sending breaks off is sent again by itself.
    phone.route("**/photos", lambda route: route.abort(), times=1)
    phone.locator("#photos").set_input_files(before)
    expect(phone.locator(".shots li")).to_contain_text("等待网络")
    expect(phone.locator(".shots .came")).to_be_visible()
    phone.get_by_role("button", name="发送上报").tap()
    expect(phone.locator("h1")).to_contain_text("谢谢您")
    code = phone.locator(".code").inner_text()
    number = Case.objects.get().number
    assert Attachment.objects.filter(case__number=number).count() == 1

    def works(who: str, action: str, then: str, **typed: object) -> None:
        """Come to one's own desk, find the one case there, and act on it."""
        seat.page.set_viewport_size(PHONE if who in {"collector", "handler"} else WIDE)  # type: ignore[arg-type]
        seat.comes(who)
        lines = seat.page.locator(".lines-of-work li")
        expect(lines).to_have_count(1)
        lines.locator("a").first.click()
        seat.presses(action)
        seat.types(**typed)
        seat.shot(f"{who}-{action}")
        seat.sends(then=then)

    works("acceptor", "send_verify", "verifying", collector=str(desk.cast["collector"]))
    works("collector", "verify_back", "reported", result="exists", photos__verify=before, opinion="现场属实")
    works("acceptor", "accept", "accepted")
    works("duty_chief", "file", "filed", condition=f"{HEAP}#c1")
    works("dispatcher", "dispatch", "dispatched", department="HW")
    works("dept_clerk", "sign", "in_disposal")
    works("dept_clerk", "redispatch", "in_disposal", handler=str(desk.cast["handler"]))
    works("handler", "finish_work", "in_disposal", photos__before=before, photos__after=after)
    works("dept_clerk", "feedback", "feedback", opinion="已清运")
    works("acceptor", "send_check", "checking", collector=str(desk.cast["collector"]))
    works("collector", "check_back", "to_close", result="pass", photos__check=after)
    seat.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    seat.opens("duty_chief", number, "close")
    seat.is_refused(because="答复", condition_met="1", opinion="符合结案条件")
    seat.sends(then="closed", reply="垃圾已清运，谢谢您")
    works("acceptor", "callback", "closed", satisfaction="satisfied", opinion="来电人表示满意")
    assert Case.objects.get(number=number).snapshot["flags"]["satisfaction"] == "satisfied"

    phone.goto(f"{seat.address}/report/f")
    phone.locator("#code").fill(code)
    phone.get_by_role("button", name="查询").tap()
    expect(phone.locator("blockquote")).to_contain_text("垃圾已清运，谢谢您")
    if SHOTS:
        phone.screenshot(path=Path(SHOTS) / "desk-citizen-answer.png")
