"""The desks of the duty chief, of supervision and of the leader, in a real browser."""

from datetime import timedelta

from playwright.sync_api import expect

from cases.conftest import BROKEN_COVER, Desk
from cast import CITY, make_person
from cityloop.cases.models import Case, ShiftHandover
from cityloop.kernel.clock import machine_now
from cityloop.organisation.queries import city
from seen import Seat

THEMES = ("light", "dark")


def test_a_chief_files_refuses_closes_and_has_others_agree(desk: Desk, seat: Seat) -> None:
    to_file, to_refuse, to_force, to_cancel = (desk.report().number for _time in range(4))
    for number in (to_file, to_refuse, to_force, to_cancel):
        desk("acceptor", number, "accept")
    for number in (to_force, to_cancel):
        desk("duty_chief", number, "file", condition=BROKEN_COVER)
        desk("dispatcher", number, "dispatch", department="HW")
    to_close = desk.to_close()

    seat.takes("duty_chief", to_file, "file", then="filed")
    seat.opens("duty_chief", to_refuse, "reject")
    seat.is_refused(because="意见", reason="no_condition")
    seat.sends(then="rejected", opinion="不符合立案条件")
    seat.opens("duty_chief", to_close, "close")
    seat.is_refused(because="结案条件", opinion="现场已恢复")
    seat.sends(then="closed", condition_met="1")
    seat.takes("duty_chief", to_force, "force_close", then="dispatched", opinion="产权单位已注销，无法处置")
    seat.opens("leader", to_force, "reject_force_close")
    seat.is_refused(because="意见")
    seat.sends(then="dispatched", opinion="请先公告寻找产权单位")
    desk("duty_chief", to_force, "force_close", opinion="公告期满，无人认领")
    seat.takes("leader", to_force, "approve_force_close", then="forced_closed")
    seat.takes("duty_chief", to_cancel, "cancel", then="dispatched", opinion="误报，重复录入")
    assert seat.lacks("approve_cancel", to_cancel), "a second person decides"
    seat.takes("leader", to_cancel, "reject_cancel", then="dispatched", opinion="两次来电位置不同，请核对")
    desk("duty_chief", to_cancel, "cancel", opinion="已核对，确系同一处")
    seat.takes("leader", to_cancel, "approve_cancel", then="cancelled")
    states = {number: Case.objects.get(number=number).state for number in (to_file, to_refuse, to_force, to_cancel)}
    assert [*states.values()] == ["filed", "rejected", "forced_closed", "cancelled"]


def test_a_shift_changes_hands(desk: Desk, seat: Seat) -> None:
    relief = make_person("李接班", "duty_chief")
    numbers = [desk.report().number for _time in range(3)]
    for number in numbers:
        desk("acceptor", number, "accept")
    seat.comes("duty_chief", "/desk/shift")
    seat.page.locator(f"input[name=mark][value='{numbers[0]}']").check()
    seat.page.locator(f"input[name='remark-{numbers[0]}']").fill("来电人在等答复")
    seat.page.locator("#remarks").fill("今晚六时起有雨，注意立交桥下积水点。")
    seat.page.locator("#coming").select_option(str(relief))
    for theme in THEMES:
        seat.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        seat.shot(f"shift-{theme}")
    seat.page.get_by_role("button", name="交班").click()
    expect(seat.page.locator(".marks")).to_contain_text("来电人在等答复")
    desk.later(minutes=20)
    desk("duty_chief", numbers[0], "file", condition=BROKEN_COVER)
    seat.comes(relief, "/desk/notices")
    seat.page.locator(".notice-list a").first.click()
    expect(seat.page.locator(".marks")).to_contain_text("立案")
    seat.shot("shift-read")
    seat.page.get_by_role("button", name="接班").click()
    expect(seat.page.locator(".paper-facts")).to_contain_text("李接班")
    assert ShiftHandover.objects.get().taken_by == relief


def test_from_the_wall_a_leader_supervises_and_reads_the_reply(desk: Desk, seat: Seat) -> None:
    numbers = [desk.in_disposal() for _time in range(5)]
    others = [desk.report("acceptor", source="hotline", photos=None).number for _time in range(3)]
    now = city(CITY).now()
    for n, number in enumerate([*numbers, *others]):
        due = now - timedelta(hours=n * 3 - 4)
        Case.objects.filter(number=number).update(
            due_at=due, warn_at=due - timedelta(hours=6), double_at=due + timedelta(hours=8)
        )
    desk("dispatcher", numbers[4], "urge", opinion="请于今日内清运完毕并反馈")
    for theme in THEMES:
        seat.comes("leader", "/desk/wall", theme)
        seat.shot(f"wall-{theme}")
    seat.page.locator("tbody input[type=checkbox]").first.check()
    seat.page.get_by_role("button", name="督办所选").click()
    form = seat.page.locator("form:has([name=reply_by])")
    form.locator("[name=level]").select_option("2")
    form.locator("[name=supervision]").select_option("overdue")
    reply_by = (now + timedelta(hours=5)).astimezone(city(CITY).time_zone)
    form.locator("[name=reply_by]").fill(f"{reply_by:%Y-%m-%dT%H:%M}")
    form.locator("[name=opinion]").fill("请说明逾期原因，今日办结")
    form.locator("button.btn-primary").click()
    expect(seat.page.locator(".said")).to_be_visible()
    number = Case.objects.get(snapshot__flags__supervised=2).number
    who = "dept_clerk" if number in numbers else "acceptor"
    seat.takes(who, number, "reply_supervision", opinion="作业车已到场，两小时内办结")
    seat.comes("leader", "/desk/supervised?over=1")
    expect(seat.page.locator(".case-table")).to_contain_text("两小时内办结")
    seat.shot("supervised")
    for theme in THEMES:
        seat.comes("leader", "/desk/board", theme)
        seat.shot(f"board-{theme}")
    seat.page.set_viewport_size({"width": 390, "height": 844})
    seat.page.reload()
    assert seat.page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    seat.shot("board-390")
    seat.page.locator(".count-table.spans a").first.click()
    # Today's: shortly after midnight none of them was reported today.
    zone = city(CITY).time_zone
    reported = Case.objects.get(number=number).reported_at.astimezone(zone).date()
    is_todays = reported == machine_now().astimezone(zone).date()
    expect(seat.page.locator(".case-table" if is_todays else "main .nothing")).to_contain_text(
        number if is_todays else "没有案卷"
    )
