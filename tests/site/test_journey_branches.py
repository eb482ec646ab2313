"""The branches of the loop in a real browser: each is taken with its own form, at the desk of the post whose it is.

What goes before a branch is done by the door; the ways that a case takes as a rule are in the journeys of the desks.
"""

from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cast import CITY
from cityloop.cases.actions import set_table
from cityloop.cases.models import Case
from cityloop.cases.queries import text_in_force
from cityloop.kernel.clock import machine_now
from seen import Seat

PHONE = {"width": 390, "height": 844}


def picture(folder: Path, name: str = "现场") -> str:
    path = folder / f"{name}.jpg"
    Image.linear_gradient("L").resize((800, 600 + 10 * len(name))).convert("RGB").save(path)
    return str(path)


def test_what_a_department_asks_for_and_who_decides(desk: Desk, seat: Seat, tmp_path: Path) -> None:
    desk.now = machine_now() - timedelta(minutes=5)
    page, clerk, photo = seat.page, "dept_clerk", picture(tmp_path)
    next_week = f"{desk.now + timedelta(days=7):%Y-%m-%dT09:00}"

    returned = desk.in_disposal()
    seat.opens(clerk, returned, "return")
    seat.is_refused(because="意见", reason="not_ours")
    seat.sends(then="returned", opinion="属市政道路，非我中心管养", photos__evidence=photo)

    extended = desk.in_disposal()
    seat.opens(clerk, extended, "apply_extension")
    seat.is_refused(because="意见")
    seat.sends(then="in_disposal", opinion="缺少同规格井盖，三日后到货")
    expect(page.locator(".flags")).to_contain_text("延期待批")
    seat.takes("dispatcher", extended, "reject_extension", then="in_disposal", opinion="库存尚有，请按期处置")
    expect(page.locator(".flags")).not_to_contain_text("延期待批")

    put_off = desk.in_disposal()
    seat.opens(clerk, put_off, "apply_defer")
    seat.is_refused(because="意见", reason="weather", until=next_week)
    seat.sends(then="in_disposal", opinion="连续降雨，无法铺沥青")
    seat.takes("dispatcher", put_off, "approve_defer", then="in_disposal")
    seat.takes("leader", put_off, "approve_defer", then="deferred")
    seat.takes(clerk, put_off, "resume", then="in_disposal", opinion="雨停")
    seat.opens(clerk, put_off, "apply_suspend")
    seat.is_refused(because="截止|日期|时间|至", reason="funds", opinion="列入明年改造计划")
    seat.sends(then="in_disposal", until=next_week)
    seat.takes("dispatcher", put_off, "reject_suspend", then="in_disposal", opinion="本年度经费尚有结余")
    desk(clerk, put_off, "apply_suspend", reason="funds", until=f"{next_week}:00+08:00", opinion="结余已用于抢险")
    desk("dispatcher", put_off, "approve_suspend")
    seat.takes("leader", put_off, "approve_suspend", then="suspended")

    lent = desk.in_disposal()
    seat.opens(clerk, lent, "apply_authorise")
    seat.is_refused(because="意见", department="SZ")
    seat.sends(then="in_disposal", opinion="需破路，请授权市政所处置")
    seat.takes("dispatcher", lent, "reject_authorise", then="in_disposal", opinion="该路段已移交，由你单位处置")
    desk(clerk, lent, "apply_authorise", department="SZ", opinion="移交清单不含此路段")
    seat.takes("dispatcher", lent, "approve_authorise", then="in_disposal")
    assert Case.objects.get(number=lent).department == "SZ"

    shared = desk.filed()
    desk("dispatcher", shared, "dispatch_multi", department="HW", co_departments=["SZ"])
    desk(clerk, shared, "sign")
    seat.takes("municipal_clerk", shared, "co_feedback", then="in_disposal", opinion="围挡已设", photos__after=photo)
    assert seat.lacks("feedback", shared), "the lead alone feeds back"


def test_ways_round_the_loop(desk: Desk, seat: Seat, tmp_path: Path) -> None:
    text = text_in_force(CITY).replace("fast_classes: []", f"fast_classes: [{MANHOLE}]")
    set_table(CITY, text, actor_id=None, now=desk.now, note="")
    page, photo = seat.page, picture(tmp_path)
    quick, solved, refused, copy, two, back_and_forth = (
        desk.report("acceptor", source="hotline", photos=None).number for _time in range(6)
    )
    seat.opens("acceptor", quick, "fast_track")
    seat.is_refused(because="部门", opinion="老街巷井盖，街道直接处置")
    seat.sends(then="in_disposal", department="HW")
    seat.opens("acceptor", solved, "fast_track")
    seat.is_refused(because="答复", solved="1", opinion="电话中已说明")
    seat.sends(then="closed", reply="井盖已由产权单位复位，谢谢")
    seat.opens("acceptor", refused, "reject")
    seat.is_refused(because="答复", reason="outside_scope", opinion="小区内部设施")
    seat.sends(then="rejected", reply="请向物业服务企业反映")
    seat.takes("acceptor", copy, "merge", then="merged", master=two, opinion="同一处")
    seat.opens("acceptor", copy, "unmerge")
    seat.is_refused(because="意见")
    seat.sends(then="reported", opinion="实为两处井盖")
    seat.opens("acceptor", two, "split")
    seat.is_refused(because="描述", category=MANHOLE)
    seat.sends(then="reported", description="另有一处井盖松动")
    seat.takes("acceptor", back_and_forth, "accept", then="accepted")
    seat.presses("withdraw")
    seat.sends(then="reported", opinion="类别选错")

    outside, sent_back = desk.filed(), desk.filed()
    for number in (outside, sent_back):
        desk("dispatcher", number, "transfer", target="12345 平台", external_number="12345-2026-0701")
    seat.opens("dispatcher", outside, "transfer_back")
    seat.is_refused(because="意见")
    seat.sends(then="feedback", opinion="供电公司已处置", photos__after=photo)
    seat.takes("dispatcher", sent_back, "return_from_outside", then="filed", opinion="12345 答复不属其受理")
    seat.opens("dispatcher", sent_back, "amend")
    seat.is_refused(because="意见", address="人民路 18 号菜市场东门")
    seat.sends(then="filed", opinion="更正地址")
    expect(page.locator(".facts")).to_contain_text("人民路 18 号菜市场东门")
    seat.takes("leader", sent_back, "mark", then="filed", important="1")
    seat.takes("leader", sent_back, "instruct", then="filed", opinion="汛期将至，请抓紧")
    seat.takes("dispatcher", sent_back, "note", opinion="已电话告知权属单位")
    seat.opens("dispatcher", sent_back, "attach")
    seat.is_refused(opinion="权属证明")
    seat.sends(photos__evidence=photo)
    expect(page.locator(".flags")).to_contain_text("重点")

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # as it reads them
    seat.comes("collector", "/desk/report?action=self_report")
    seat.types(source="collector", category=MANHOLE, point__lon="120.005", point__lat="30.005", photos__before=photo)
    seat.form.locator(".doing button").click()
    expect(seat.form.locator("div.wrong")).to_contain_text("照片")
    expect(seat.form.locator("[name='point.lon']")).to_have_value("120.005")
    expect(seat.form.locator("[name=photos]:checked")).to_have_count(1)  # what was sent stays
    seat.types(photos__after=picture(tmp_path, "处置后"))
    seat.shot("self_report")
    seat.form.locator(".doing button").click()
    expect(page.locator(".said, .empty h1").first).to_contain_text("编号")
    assert Case.objects.filter(snapshot__flags__self_disposed=True, state="to_close").count() == 1


def test_what_comes_after_feedback_and_after_closing(desk: Desk, seat: Seat) -> None:
    appealed = desk.in_disposal(condition=BROKEN_COVER)
    desk.now -= timedelta(days=40)
    late = desk.in_disposal()
    desk.now = machine_now() - timedelta(hours=1)
    page = seat.page
    desk("dept_clerk", late, "feedback")
    desk("dept_clerk", appealed, "feedback")
    for number in (late, appealed):
        if number == appealed:
            seat.opens("dispatcher", number, "reject_feedback")
            seat.is_refused(because="意见")
            seat.sends(then="in_disposal", opinion="照片看不清井盖编号")
            desk("dept_clerk", number, "feedback")
        desk("acceptor", number, "send_check")
        desk("collector", number, "check_back", result="pass" if number == late else "not_pass")
    seat.opens("duty_chief", appealed, "rework")
    seat.is_refused(because="意见")
    seat.sends(then="in_disposal", opinion="井盖仍松动，请重新处置")
    desk("duty_chief", late, "close", condition_met=True)

    seat.opens("dept_clerk", late, "appeal")
    seat.is_refused(because="意见")
    seat.sends(then="closed", opinion="台风期间道路封闭，无法进场")
    seat.opens("dispatcher", late, "rule")
    seat.is_refused(because="裁定|结论", opinion="情况属实")
    seat.sends(then="closed", ruling="upheld")
    seat.takes("evaluator", late, "rule", then="closed", ruling="upheld", opinion="同意派遣员意见")
    expect(page.locator(".flags")).to_contain_text("免责")
    seat.opens("duty_chief", late, "reopen")
    seat.is_refused(because="意见")
    seat.sends(then="filed", opinion="同一处再次破损")
