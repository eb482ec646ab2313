"""Somebody keeps the parts of a city, the field proposes, a passer-by scans a label: in a real browser."""

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, Cast
from cityloop.assets import models
from cityloop.assets.actions import NewPart, add_parts, cause_of, change_part
from cityloop.assets.actions.changing import Wanted
from cityloop.assets.actions.proposing import Proposed, propose
from cityloop.assets.actions.surveying import begin_survey, mark
from cityloop.assets.choices import ChangeKind, Seen
from cityloop.geography.rules.shapes import column
from small_town import MIDDLE, make_town


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"parts-{name}.png")


def code(number: int, class_code: str = "01001") -> str:
    return f"{CITY}{class_code}{number:06}"


@pytest.fixture
def town(transactional_db: None) -> Cast:
    """A town with parts, one of them with a past, a proposal and a survey."""
    import shapely

    cast = make_town()
    lon, lat = MIDDLE
    spots = column([shapely.Point(lon + 0.0002 * (n % 6 - 3), lat + 0.0002 * (n // 6 - 2)) for n in range(24)])
    new = [
        NewPart(
            code(900_101 + n),
            spot,
            keeper="HW",
            state="damaged" if n % 7 == 3 else "intact",
            source="measured",
            accuracy="A",
        )
        for n, spot in enumerate(spots)
    ]
    add_parts(CITY, new, date(2026, 1, 1))
    keeper = cast.viewer("data_admin")
    since = date(2026, 5, 4)
    change_part(
        keeper,
        CITY,
        Wanted(code(900_101), {"state": "damaged", "remark": "井盖缺角"}),
        cause_of(keeper, CITY, NOW - timedelta(3), note="日常巡查"),
    )
    told = Proposed(
        ChangeKind.CHANGED, uuid4(), code=code(900_102), values={"state": "lost"}, words="井盖不见了，已放警示锥"
    )
    propose(cast.viewer("collector"), CITY, told, NOW)
    told = Proposed(
        ChangeKind.NEW, uuid4(), class_code="01001", position=f"POINT ({lon + 0.0011} {lat})", words="新装的井盖"
    )
    propose(cast.viewer("collector"), CITY, told, NOW)
    survey = begin_survey(
        keeper, CITY, "2026 年度更新", classes=["01001"], area="", due_on=since.replace(year=2199), at=NOW
    )
    mark(cast.viewer("collector"), survey, [code(n) for n in range(900_101, 900_109)], Seen.CONFIRMED, NOW)
    return cast


def go_in(page: Page, live_server: LiveServer, cast: Cast, who: str) -> None:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=cast[who]))
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def test_parts_are_kept_from_a_desk(town: Cast, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    go_in(page, live_server, town, "data_admin")
    page.goto(f"{live_server.url}/desk/parts?words={code(900_101)[:13]}")
    page.get_by_text("非完好").click()
    expect(page.locator(".part-hits li")).to_have_count(4)
    assert "state=wrong" in page.url
    shot(page, "list")
    page.locator(".part-hits a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#past ~ .flow")).to_contain_text("日常巡查")
    page.wait_for_timeout(1500 if SHOTS else 0)
    shot(page, "part")
    page.get_by_role("link", name="变更", exact=True).click()
    page.locator("#f-state").select_option("intact")
    page.locator("#f-note").fill("已修复")
    shot(page, "form")
    page.get_by_role("button", name="保存变更").click()
    expect(page.locator(".case-title .part-state")).to_contain_text("完好")
    page.goto(f"{live_server.url}/desk/parts/proposals")
    shot(page, "proposals")
    for box in page.locator(".proposals input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="采纳所选").click()
    expect(page.get_by_role("status")).to_contain_text("已采纳 2 条")
    assert models.Part.objects.get(code=code(900_102)).state == "lost"
    for name in ("rates", "surveys"):
        page.goto(f"{live_server.url}/desk/parts/{name}")
        shot(page, name)
    page.get_by_role("link", name="2026 年度更新").click()
    expect(page.locator(".progress-line")).to_contain_text("8 / ")
    shot(page, "survey")


def test_a_passer_by_scans_a_label_and_reports(town: Cast, page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{code(900_103)}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("井盖")
    shot(page, "label")
    page.get_by_role("link", name="它有问题，我要上报").click()
    shot(page, "report")
    if page.locator(".tiles a").count():
        page.locator(".tiles a").first.click()
    shot(page, "send")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("main")).to_contain_text("查询码")
    from cityloop.cases.models import Case

    assert Case.objects.get(via="public").part_code == code(900_103)
