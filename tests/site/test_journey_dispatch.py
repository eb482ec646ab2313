"""The dispatcher's desk in a real browser: rules written and put in force, suggestions followed or not, a batch, every other act."""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cases.conftest import Desk
from cast import CITY, PASSWORD, make_cast
from cityloop.cases.models import Case, CaseEvent, RoutingVersion
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now

SHOTS = os.environ.get("CITYLOOP_SHOTS", "")
MANHOLE = "gb47678_2026/part/01001"


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    made = Desk(make_cast())
    made.now = machine_now()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    return made


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"dispatch-{name}.png")


def sign_in(page: Page, live_server: LiveServer, who: str, to: str = "/desk") -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("about:blank")  # a desk that is still open would be led to the door by itself
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill(who)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(who)
    page.goto(f"{live_server.url}{to}")


def opens(page: Page, live_server: LiveServer, number: str, action: str) -> None:
    """Open the form of an action on a case as a click on its button does."""
    page.goto(f"{live_server.url}/desk/cases/{number}")
    button = page.locator(f"a[href$='/{number}/{action}']").first
    expect(page.locator(".case-sheet")).to_be_visible()
    if not button.is_visible():
        page.locator("details.menu summary").first.click()
    button.click()
    expect(page.locator("form.act")).to_be_visible()


def sends(page: Page, **typed: str | list[str]) -> None:
    form = page.locator("form.act")
    for field, value in typed.items():
        place = form.locator(f"[name='{field}']")
        if place.evaluate("one => one.tagName") == "SELECT":
            place.select_option(value)
        elif place.get_attribute("type") == "checkbox":
            place.check()
        else:
            place.fill(str(value))
    form.locator(".doing button.btn-primary").click()
    expect(page.locator(".said").first).to_be_visible()


def state(number: str) -> str:
    return Case.objects.get(number=number).state


def test_a_rule_is_written_put_in_force_and_followed(desk: Desk, page: Page, live_server: LiveServer) -> None:
    number = desk.filed(description="路口井盖破损，车辆绕行", address="人民路 18 号")
    sign_in(page, live_server, "dispatcher", "/desk/routing")
    shot(page, "rules-empty")
    page.locator("main form button", has_text="新建草稿").click()
    page.get_by_role("link", name="新增规则").click()
    page.locator("pick-many input").first.fill("部件 01001")
    page.locator("pick-many .to-pick button").first.click()
    page.locator("[name=words]").fill("井盖、检查井")
    page.locator("[name=department]").select_option("SZ")
    page.locator("[name=hours]").fill("不知道")
    page.locator("form button.btn-primary").click()
    expect(page.locator("[name=hours]")).to_have_value("不知道")
    expect(page.locator(".wrong li")).to_have_count(1)
    shot(page, "rule-wrong")
    page.locator("[name=hours]").fill("")
    page.locator("form button.btn-primary").click()
    page.get_by_role("link", name="新增规则").click()
    page.locator("[name=department]").select_option("HW")
    page.locator("form button.btn-primary").click()
    expect(page.locator("table.rules tbody tr")).to_have_count(2)
    shot(page, "rules-draft")
    sign_in(page, live_server, "duty_chief", "/desk/routing/1")
    page.get_by_role("button", name="生效").click()
    expect(page.locator(".routing-head")).to_contain_text("现行")
    assert RoutingVersion.objects.get().effective_from is not None
    shot(page, "rules-in-force")

    sign_in(page, live_server, "dispatcher")
    opens(page, live_server, number, "dispatch")
    hint = page.locator("dispatch-hint")
    expect(hint).to_contain_text("规则 1")
    expect(page.locator("[name=department]")).to_have_value("SZ")
    expect(page.locator("[name=other_reason]")).to_be_hidden()
    shot(page, "suggested")
    hint.get_by_role("button", name="环卫中心").click()
    expect(page.locator("[name=department]")).to_have_value("HW")
    shot(page, "another")
    sends(page, other_reason="已与环卫约定")
    shot(page, "dispatched")
    assert (state(number), Case.objects.get(number=number).department) == ("dispatched", "HW")


def test_several_cases_are_dispatched_in_one_go(desk: Desk, page: Page, live_server: LiveServer) -> None:
    numbers = [desk.filed(description=f"井盖破损 {n}") for n in range(3)]
    sign_in(page, live_server, "dispatcher")
    bar = page.locator("batch-bar")
    expect(bar).to_be_hidden()
    for box in page.locator(".tick input").all()[:2]:
        box.check()
    expect(bar).to_contain_text("2")
    shot(page, "batch-bar")
    bar.get_by_role("button", name=re.compile("全选")).click()
    expect(bar).to_contain_text("3")
    bar.get_by_role("button", name=re.compile("批量")).click()
    page.locator(".offers button[value=dispatch]").click()
    expect(page.locator(".batch select").first).to_be_visible()
    for place in page.locator(".batch td select").all()[:2]:
        place.select_option("SZ")
    shot(page, "batch-form")
    page.locator(".batch .doing button").click()
    expect(page.locator(".batch .said")).to_contain_text("已办 2 件")
    expect(page.locator(".batch tbody tr")).to_have_count(3)
    shot(page, "batch-result")
    assert sorted(state(number) for number in numbers) == ["dispatched", "dispatched", "filed"]
    expect(page.locator(".tick input")).to_have_count(1)


def test_every_other_act_of_a_dispatcher(desk: Desk, page: Page, live_server: LiveServer) -> None:
    sign_in(page, live_server, "dispatcher")

    several = desk.filed()
    opens(page, live_server, several, "dispatch_multi")
    sends(page, department="HW", co_departments=["SZ"])
    assert Case.objects.get(number=several).snapshot["values"]["co_departments"] == ["SZ"]

    extended = desk.in_disposal()
    desk("dept_clerk", extended, "apply_extension", opinion="缺少同规格井盖，三日后到货")
    opens(page, live_server, extended, "approve_extension")
    told = page.locator(".told")
    for words in ("第 1 次，最多 2 次", "缺少同规格井盖", "原时限", "现为"):
        expect(told).to_contain_text(words)
    shot(page, "extension")
    sends(page)
    assert Case.objects.get(number=extended).snapshot["flags"]["extended"] == 1

    deferred = desk.in_disposal()
    until = desk.now.replace(microsecond=0)
    desk(
        "dept_clerk",
        deferred,
        "apply_defer",
        reason="weather",
        until=until.replace(year=until.year + 1, day=1).isoformat(),
        opinion="连续降雨",
    )
    opens(page, live_server, deferred, "reject_defer")
    expect(page.locator(".told")).to_contain_text("连续降雨")
    shot(page, "defer")
    sends(page, opinion="可先设围挡，请按期处置")
    assert not Case.objects.get(number=deferred).snapshot["applications"]

    returned = desk.in_disposal()
    desk("dept_clerk", returned, "return", reason="not_ours", opinion="属市政道路，非环卫管养")
    opens(page, live_server, returned, "reject_return")
    expect(page.locator(".told")).to_contain_text("属市政道路")
    shot(page, "returned")
    sends(page, opinion="按权属图归环卫")
    assert state(returned) == "in_disposal"
    opens(page, live_server, returned, "urge")
    sends(page, opinion="今日内办结")
    assert Case.objects.get(number=returned).snapshot["flags"]["urged"] == 1

    hard = desk.filed()
    opens(page, live_server, hard, "consult")
    sends(page, departments=["HW", "SZ"], opinion="权属不清，请两家到场")
    opens(page, live_server, hard, "conclude")
    expect(page.locator(".told")).to_contain_text("权属不清")
    shot(page, "consult")
    sends(page, opinion="现场确认归市政，环卫清理，限两日")
    assert CaseEvent.objects.filter(case__number=hard, action="conclude").exists()

    master, copy = desk.filed(), desk.filed()
    opens(page, live_server, copy, "merge")
    sends(page, master=master, opinion="同一处")
    assert state(copy) == "merged"
    opens(page, live_server, master, "split")
    sends(page, category=MANHOLE, description="另一处井盖松动")
    assert CaseEvent.objects.filter(case__number=master, action="split").exists()
    opens(page, live_server, master, "transfer")
    sends(page, target="12345 平台", external_number="12345-2026-0701")
    assert state(master) == "external"
    shot(page, "transferred")

    wrong = desk.filed()
    opens(page, live_server, wrong, "return_to_supervision")
    page.locator("form.act [name=reason]").select_option(index=1)
    sends(page, opinion="类别有误，请重新受理")
    assert state(wrong) in {"reported", "accepted"}
