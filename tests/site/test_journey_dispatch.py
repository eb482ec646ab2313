"""The dispatcher's desk in a real browser: rules written and put in force, suggestions followed or not, a batch, every other act."""

import re

from playwright.sync_api import expect

from cases.conftest import MANHOLE, Desk
from cityloop.cases.models import Case, CaseEvent, RoutingVersion
from seen import Seat


def state(number: str) -> str:
    return Case.objects.get(number=number).state


def test_a_rule_is_written_put_in_force_and_followed(desk: Desk, seat: Seat) -> None:
    page = seat.page
    number = desk.filed(description="路口井盖破损，车辆绕行", address="人民路 18 号")
    seat.comes("dispatcher", "/desk/routing")
    seat.shot("rules-empty")
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
    seat.shot("rule-wrong")
    page.locator("[name=hours]").fill("")
    page.locator("form button.btn-primary").click()
    page.get_by_role("link", name="新增规则").click()
    page.locator("[name=department]").select_option("HW")
    page.locator("form button.btn-primary").click()
    expect(page.locator("table.rules tbody tr")).to_have_count(2)
    seat.shot("rules-draft")
    seat.comes("duty_chief", "/desk/routing/1")
    page.get_by_role("button", name="生效").click()
    expect(page.locator(".routing-head")).to_contain_text("现行")
    assert RoutingVersion.objects.get().effective_from is not None
    seat.shot("rules-in-force")

    seat.opens("dispatcher", number, "dispatch")
    hint = page.locator("dispatch-hint")
    expect(hint).to_contain_text("规则 1")
    expect(page.locator("[name=department]")).to_have_value("SZ")
    expect(page.locator("[name=other_reason]")).to_be_hidden()
    seat.shot("suggested")
    hint.get_by_role("button", name="环卫中心").click()
    expect(page.locator("[name=department]")).to_have_value("HW")
    seat.shot("another")
    seat.sends(other_reason="已与环卫约定")
    seat.shot("dispatched")
    assert (state(number), Case.objects.get(number=number).department) == ("dispatched", "HW")


def test_several_cases_are_dispatched_in_one_go(desk: Desk, seat: Seat) -> None:
    page = seat.page
    numbers = [desk.filed(description=f"井盖破损 {n}") for n in range(3)]
    seat.comes("dispatcher")
    bar = page.locator("batch-bar")
    expect(bar).to_be_hidden()
    for box in page.locator(".tick input").all()[:2]:
        box.check()
    expect(bar).to_contain_text("2")
    seat.shot("batch-bar")
    bar.get_by_role("button", name=re.compile("全选")).click()
    expect(bar).to_contain_text("3")
    bar.get_by_role("button", name=re.compile("批量")).click()
    page.locator(".offers button[value=dispatch]").click()
    expect(page.locator(".batch select").first).to_be_visible()
    for place in page.locator(".batch td select").all()[:2]:
        place.select_option("SZ")
    seat.shot("batch-form")
    page.locator(".batch .doing button").click()
    expect(page.locator(".batch .said")).to_contain_text("已办 2 件")
    expect(page.locator(".batch tbody tr")).to_have_count(3)
    seat.shot("batch-result")
    assert sorted(state(number) for number in numbers) == ["dispatched", "dispatched", "filed"]
    expect(page.locator(".tick input")).to_have_count(1)


def test_every_other_act_of_a_dispatcher(desk: Desk, seat: Seat) -> None:
    page = seat.page
    seat.comes("dispatcher")

    several = desk.filed()
    seat.opens("dispatcher", several, "dispatch_multi")
    seat.sends(department="HW", co_departments=["SZ"])
    assert Case.objects.get(number=several).snapshot["values"]["co_departments"] == ["SZ"]

    extended = desk.in_disposal()
    desk("dept_clerk", extended, "apply_extension", opinion="缺少同规格井盖，三日后到货")
    seat.opens("dispatcher", extended, "approve_extension")
    told = page.locator(".told")
    for words in ("第 1 次，最多 2 次", "缺少同规格井盖", "原时限", "现为"):
        expect(told).to_contain_text(words)
    seat.shot("extension")
    seat.sends()
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
    seat.opens("dispatcher", deferred, "reject_defer")
    expect(page.locator(".told")).to_contain_text("连续降雨")
    seat.shot("defer")
    seat.sends(opinion="可先设围挡，请按期处置")
    assert not Case.objects.get(number=deferred).snapshot["applications"]

    returned = desk.in_disposal()
    desk("dept_clerk", returned, "return", reason="not_ours", opinion="属市政道路，非环卫管养")
    seat.opens("dispatcher", returned, "reject_return")
    expect(page.locator(".told")).to_contain_text("属市政道路")
    seat.shot("returned")
    seat.sends(opinion="按权属图归环卫")
    assert state(returned) == "in_disposal"
    seat.opens("dispatcher", returned, "urge")
    seat.sends(opinion="今日内办结")
    assert Case.objects.get(number=returned).snapshot["flags"]["urged"] == 1

    hard = desk.filed()
    seat.opens("dispatcher", hard, "consult")
    seat.sends(departments=["HW", "SZ"], opinion="权属不清，请两家到场")
    seat.opens("dispatcher", hard, "conclude")
    expect(page.locator(".told")).to_contain_text("权属不清")
    seat.shot("consult")
    seat.sends(opinion="现场确认归市政，环卫清理，限两日")
    assert CaseEvent.objects.filter(case__number=hard, action="conclude").exists()

    master, copy = desk.filed(), desk.filed()
    seat.opens("dispatcher", copy, "merge")
    seat.sends(master=master, opinion="同一处")
    assert state(copy) == "merged"
    seat.opens("dispatcher", master, "split")
    seat.sends(category=MANHOLE, description="另一处井盖松动")
    assert CaseEvent.objects.filter(case__number=master, action="split").exists()
    seat.opens("dispatcher", master, "transfer")
    seat.sends(target="12345 平台", external_number="12345-2026-0701")
    assert state(master) == "external"
    seat.shot("transferred")

    wrong = desk.filed()
    seat.opens("dispatcher", wrong, "return_to_supervision")
    page.locator("form.act [name=reason]").select_option(index=1)
    seat.sends(opinion="类别有误，请重新受理")
    assert state(wrong) in {"reported", "accepted"}
