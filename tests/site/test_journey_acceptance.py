"""An acceptor takes a call in a real browser: the caller is known, the class is found by its sounds, the thing is there already."""

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, PASSWORD, make_cast
from cityloop.cases import actions
from cityloop.cases.models import Case, ReporterLook
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.clock import machine_now
from cityloop.places.actions import Ground, NewRoad, add_ground

HEAP = "gb47678_2026/event/06010"


@pytest.fixture
def earlier(transactional_db: None) -> str:
    """A call of half an hour ago; return the number of its case."""
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    road = NewRoad("secondary", shapely.LineString([(120.004, 30.005), (120.006, 30.005)]), "人民路")
    add_ground(CITY, Ground([road]), date(2020, 1, 1))
    inputs = {
        "source": "hotline", "category": HEAP, "description": "墙角有成堆生活垃圾，味道很大", "address": "人民路 128 号门前",
        "point": {"lon": 120.005, "lat": 30.005, "system": "wgs84"},
        "reporter": {"name": "王女士", "phone": "139 0000 1111"},
    }  # fmt: skip
    now = machine_now() - timedelta(minutes=30)
    return actions.report(CITY, inputs, actor=cast.viewer("acceptor", now), key=uuid4(), via="desk", now=now).number


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"acceptance-{name}.png")


def sign_in(page: Page) -> None:
    page.locator("#id_username").fill("acceptor")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_a_call_about_what_is_there_already_is_merged(earlier: str, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/sign-in")
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("acceptor")
    page.goto(f"{live_server.url}/desk/report")
    form = page.locator("form.act")
    page.set_default_timeout(8000)
    form.locator("[name=source]").select_option("hotline")
    form.locator("[name='reporter.phone']").fill("13900001111")
    form.locator("[name='reporter.name']").fill("王女士")
    expect(page.locator(".known-before.calls")).to_contain_text("暴露垃圾")
    assert ReporterLook.objects.filter(page="call").exists()
    # An address is offered as it is typed; taking it sets the point, which is said back.
    address = form.locator("[name=address]")
    address.press_sequentially("人民")
    expect(form.locator(".places-offered [role=option]")).to_have_count(1)
    shot(page, "places")
    address.press("Escape")
    expect(form.locator(".places-offered [role=option]")).to_have_count(0)
    address.press_sequentially("路")
    expect(form.locator(".places-offered [role=option]")).to_contain_text("人民路")
    address.press("ArrowDown")
    address.press("Enter")
    expect(address).to_have_value("人民路")
    expect(form.locator("[data-understood]")).to_contain_text("人民路")
    expect(form.locator("[name='point.lon']")).to_have_value("120.005000")
    form.locator("class-search input").fill("bllj")
    expect(form.locator("[name=category]")).to_have_value(HEAP)
    expect(form.locator(".limit-told")).to_contain_text("结案条件：")
    form.locator(".favourite").click()
    expect(form.locator(".chip.liked")).to_contain_text("暴露垃圾")
    form.locator("[name=description]").fill("墙角一大堆垃圾没人清理")
    form.locator("[name='point.lon']").fill("120.00505")
    form.locator("[name='point.lat']").fill("30.00502")
    form.locator("[name=address]").fill("人民路 128 号")
    expect(page.locator(".likely .likely-one")).to_contain_text(earlier)
    for told in (".known-before.calls", ".known-before.likely", "[name=description]"):
        expect(page.locator(told), "is in sight while one types").to_be_in_viewport(ratio=1)
    shot(page, "likely")
    photo = {"name": "墙角.jpg", "mimeType": "image/jpeg", "buffer": b"picture"}
    form.locator("[name='photos.close']").set_input_files([photo])  # type: ignore[list-item]
    # Whatever the page asks by itself after the session has ended would lead to the door before the form is sent.
    asked_beside = "**/desk/report/*"
    page.route(asked_beside, lambda one: one.abort())
    # The session ends between opening the form and sending it; what was typed comes back after signing in again.
    page.context.clear_cookies(name="sessionid")
    form.locator("button.btn-primary").click()
    page.wait_for_url("**/sign-in?next=%2Fdesk%2Freport")
    page.unroute(asked_beside)
    sign_in(page)
    page.wait_for_url("**/desk/report")
    expect(form.locator(".choose-again")).to_contain_text("墙角.jpg")
    expect(form.locator(".chip.liked")).to_contain_text("暴露垃圾")
    shot(page, "again")
    expect(form.locator("[name=description]")).to_have_value("墙角一大堆垃圾没人清理")
    expect(form.locator("[name=category]")).to_have_value(HEAP)
    expect(page.locator(".likely .likely-one")).to_contain_text(earlier)
    page.locator(f".likely input[value='{earlier}']").check()
    shot(page, "merging")
    form.locator("button.btn-primary").click()
    expect(page.locator(".said")).to_contain_text("已并入")
    [merged] = Case.objects.exclude(number=earlier)
    assert (merged.state, str(merged.master)) == ("merged", str(Case.objects.get(number=earlier).pk))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/desk/report")
    expect(form.locator("[name=description]")).to_have_value("")
    form.locator("[name='reporter.phone']").press_sequentially("13900001111")
    expect(page.locator(".known-before.calls")).to_be_visible()
    phone, calls, next_field = (
        page.locator(one).bounding_box() for one in ("[name='reporter.phone']", ".known-before.calls", "#f-address")
    )
    assert phone
    assert calls
    assert next_field
    assert phone["y"] < calls["y"] < next_field["y"], "on a phone it stands under the field"
    shot(page, "phone")
    form.locator("class-search select").select_option(HEAP)
    form.locator("class-search").scroll_into_view_if_needed()
    shot(page, "phone-class")
    page.set_viewport_size({"width": 1440, "height": 900})
    [waiting] = Case.objects.filter(number=earlier)
    page.goto(f"{live_server.url}/desk/cases/{waiting.number}/reject")
    expect(page.locator("#n-reply")).to_be_visible()
    shot(page, "reject")
    page.goto(f"{live_server.url}/desk/cases/{waiting.number}/accept")
    expect(page.locator(".limit-told")).to_contain_text("结案条件：")
    shot(page, "accept")
