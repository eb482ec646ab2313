"""Somebody comes into a demo by its open door, lets its time run, stand and bring a storm, and takes a case over, in a real browser."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cast import load_standards
from cityloop.cases.models import CaseEvent
from cityloop.demo import models
from cityloop.demo.actions.living import Life
from cityloop.demo.actions.making import SMALL, make_city
from cityloop.demo.actions.neighbours import Neighbours
from cityloop.demo.queries import demo_city, made_of
from cityloop.demo.rules.pace import SPEEDS
from seen import Seat

LEFT = ("reported", "accepted", "filed", "dispatched", "disposing")
"""States in which the next who acts is one of the staff."""

pytestmark = pytest.mark.xdist_group("demo city")


@pytest.fixture
def town(transactional_db: None, settings: Any, tmp_path: Path) -> str:
    """A small demo city with some cases in hand."""
    settings.DATA = tmp_path
    load_standards()
    return make_city(7, date(2026, 7, 5), size=replace(SMALL, days=0, played=1)).code


def let_live(town: str, amount: timedelta) -> None:
    known = made_of(town)
    assert known is not None
    Life(Neighbours(town, known)).step(models.Pace.objects.get().done_until + amount)


def test_a_visitor_drives_the_time_and_takes_a_case_over(town: str, page: Page, live_server: LiveServer) -> None:
    seat = Seat(page, live_server.url, {}, "demo")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/sign-in")
    seat.shot("door", whole=True)
    assert demo_city() == town
    page.locator(".demo-door button[value=dispatcher]").click()
    page.wait_for_url(f"{live_server.url}/desk")
    bar = page.locator("demo-bar")
    expect(bar.locator(".demo-time")).to_contain_text("10:0")

    bar.locator("[name=is_paused]").click()
    expect(bar.locator("[name=is_paused][value='0']")).to_be_visible()
    expect(bar.locator(".demo-why")).not_to_be_empty()
    seat.shot("paused")
    assert models.Pace.objects.get().is_paused
    bar.locator("[name=is_paused]").click()
    expect(bar.locator("[name=is_paused][value='1']")).to_be_visible()
    bar.locator("#demo-notch").focus()
    page.keyboard.press("End")
    expect(bar.locator("output")).to_have_text(f"×{SPEEDS[-1]}")
    expect(bar.locator("#demo-notch")).to_be_focused()
    pressed = bar.locator("[name=waits_for_people]")
    before = pressed.get_attribute("aria-pressed")
    pressed.click()
    expect(pressed).not_to_have_attribute("aria-pressed", before or "")
    with page.expect_response("**/demo/storm") as answer:
        bar.get_by_role("button", name="暴雨").or_(bar.locator("form[action$=storm] button")).first.click()
    assert answer.value.ok
    assert models.Storm.objects.count() == 1
    assert round(models.Pace.objects.get().speed) == SPEEDS[-1]

    let_live(town, timedelta(minutes=20))  # it takes on what lies there
    mine, theirs = models.Turn.objects.filter(due_at__isnull=False, state__in=LEFT).order_by("due_at")[:2]
    page.goto(f"{live_server.url}/desk/cases/{mine.number}")
    seat.presses("note")
    seat.sends(opinion="我来办理")
    page.goto(f"{live_server.url}/desk")
    models.Watch.objects.all().delete()  # as if a minute had gone by since it was last looked at
    stood = CaseEvent.objects.filter(case__number=theirs.number).count()
    let_live(town, timedelta(hours=3))
    assert CaseEvent.objects.filter(case__number=theirs.number).exclude(via="system").count() > stood
    noted = CaseEvent.objects.get(case__number=mine.number, action="note")
    assert not CaseEvent.objects.filter(case__number=mine.number, seq__gt=noted.seq).exclude(via="system").exists()
    page.goto(f"{live_server.url}/desk/cases/{mine.number}")
    expect(page.locator("#flow ~ *, section:has(#flow)").first).to_contain_text("我来办理")
    seat.shot("mine")
