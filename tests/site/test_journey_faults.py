"""What goes wrong while somebody works at a desk, in a real browser: nothing typed is lost, and the page says how things stand."""

import pytest
from playwright.sync_api import Browser, expect

from cases.conftest import MANHOLE, Desk
from cast import PASSWORD
from cityloop.cases.models import Case
from cityloop.kernel.clock import machine_now
from seen import Seat


def test_somebody_acts_first_the_network_goes_the_session_ends(desk: Desk, seat: Seat) -> None:
    page, number = seat.page, desk.filed()
    seat.opens("dispatcher", number, "dispatch")
    seat.types(department="HW", opinion="请尽快处置")
    desk.now = machine_now()
    desk("dispatcher", number, "dispatch", department="SZ")
    seat.form.locator(".doing button.btn-primary").click()
    meanwhile = seat.form.locator(".meanwhile")
    for words in ("已有人先行办理", "派遣 → 待签收", "dispatcher"):
        expect(meanwhile).to_contain_text(words)
    expect(seat.form.locator("[name=opinion]")).to_have_value("请尽快处置")
    expect(page.locator(".case-title .state")).to_have_text("待签收")
    expect(seat.form.locator("button.btn-primary")).to_have_count(0)  # from this state nobody dispatches
    seat.shot("meanwhile")
    seat.presses("urge")

    seat.types(opinion="今日内办结")
    page.route("**/urge", lambda route: route.abort(), times=1)
    seat.form.locator(".doing button.btn-primary").click()
    expect(page.locator("#said")).to_contain_text("已填写的内容仍在")
    expect(seat.form.locator("[name=opinion]")).to_have_value("今日内办结")
    seat.shot("no-network")

    page.context.clear_cookies(name="sessionid")
    seat.form.locator(".doing button.btn-primary").click()
    page.wait_for_url("**/sign-in?next=*")
    page.locator("#id_username").fill("dispatcher")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(seat.form.locator("[name=opinion]")).to_have_value("今日内办结")
    seat.shot("session-ended")
    seat.sends(then="dispatched")
    assert Case.objects.get(number=number).snapshot["flags"]["urged"] == 1


@pytest.mark.parametrize("fails", ["switched off", "does not load"])
def test_a_case_is_reported_and_accepted_without_scripts(desk: Desk, seat: Seat, browser: Browser, fails: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=fails != "switched off")
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{seat.address}/sign-in?next=/desk/report")
    page.locator("#id_username").fill("acceptor")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    form = page.locator("form.act")
    form.locator("[name=source]").select_option("hotline")
    form.locator("[name=description]").fill("人民路井盖破损")
    form.locator("[name='point.lon']").fill("120.005")
    form.locator("[name='point.lat']").fill("30.005")
    form.locator(".doing button").click()
    expect(form.locator("div.wrong a")).to_contain_text("小类")
    expect(form.locator("[name=description]")).to_have_value("人民路井盖破损")
    form.locator("[name=category]").select_option(MANHOLE)
    form.locator(".doing button").click()
    expect(page.locator(".case-title .state")).to_have_text("待受理")
    page.locator(".case-head .doing > a", has_text="受理").first.click()
    form.locator(".doing button").click()
    expect(page.locator(".case-title .state")).to_have_text("待立案")
    assert Case.objects.get().state == "accepted"
    context.close()
