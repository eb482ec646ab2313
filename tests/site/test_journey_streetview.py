"""A data administrator brings street view in; whoever works on a case or a part stands in the street, and looks the right way."""

import re
from datetime import date
from pathlib import Path

import shapely
from playwright.sync_api import expect

from cases.conftest import Desk
from cast import CITY
from cityloop.assets.actions import NewPart, add_parts
from cityloop.onemap.models import StreetRun, StreetView
from cityloop.places import streetview
from cityloop.places.actions import add_ground
from panoramas import drive, packed
from seen import SHOTS, Seat
from small_town import ground

WAY = [(round(120.004 + 0.00012 * n, 6), 30.005) for n in range(5)]
PART = f"{CITY}01001000007"
NORTH_OF_THE_WAY = (WAY[2][0], 30.00515)


def worked() -> StreetRun:
    """Do what the worker does."""
    run = streetview.go_on(StreetRun.objects.get().id)
    assert run is not None
    return run


def test_a_zip_becomes_street_view_that_looks_at_a_part_and_at_a_case(desk: Desk, seat: Seat, tmp_path: Path) -> None:
    page = seat.page
    add_ground(CITY, ground(), date(2020, 1, 1))
    add_parts(CITY, [NewPart(PART, shapely.Point(*NORTH_OF_THE_WAY))], date(2020, 1, 1))
    number = desk.report(point={"lon": WAY[2][0] + 0.0001, "lat": 30.0049, "system": "wgs84"}).number
    seat.comes("data_admin", "/desk/data/streetview")
    seat.shot("empty")
    files = {**drive(WAY, 90.0), "notes.jpg": b"not a picture"}
    page.locator("file-pick input[type=file]").set_input_files(packed(files, tmp_path / "文昌路 2026-03.zip"))
    expect(page.locator("file-pick li")).to_contain_text("文昌路")
    page.locator(".import-begin form button.btn-primary").click()
    expect(page.locator(".import-progress")).to_be_visible(timeout=30_000)
    run = worked()
    assert run.counts == {"good": 5, "bad": 1, "pano": 5, "photo": 0}
    expect(page.locator(".figures")).to_be_visible()
    expect(page.locator("#run tbody tr")).to_have_count(1)
    seat.shot("checked")
    page.locator("#run button[name=take]").click()
    expect(page.locator(".import-progress")).to_be_visible()
    worked()
    expect(page.locator(".import-applied").first).to_be_visible()
    expect(page.locator("city-map[data-state=ready]")).to_be_visible(timeout=30_000)
    seat.shot("applied")

    # From a part that stands north of the drive: the nearest panorama, turned to the north.
    seat.comes("data_admin", f"/desk/parts/{PART}")
    button = page.locator("street-view button")
    expect(button).to_contain_text("街景")
    button.click()
    panel = page.locator(".street-panel")
    expect(page.locator(".street-stage[data-state=ready]")).to_be_visible(timeout=30_000)
    expect(page.locator(".street-compass")).to_have_text("北 0°")
    third = StreetView.objects.order_by("number")[2]
    expect(panel).to_have_attribute("data-view", str(third.pk))
    expect(page.locator("#desk-map")).to_have_attribute("sight", re.compile(f"^{WAY[2][0]},{WAY[2][1]},(0|360).0,"))
    expect(page.locator(".street-way")).to_have_count(2)
    page.wait_for_timeout(1500 if SHOTS else 0)
    seat.shot("part")
    panel.press("ArrowRight")
    expect(page.locator(".street-compass")).to_have_text("北 15°")
    for _step in range(5):
        panel.press("ArrowRight")
    expect(page.locator(".street-compass")).to_have_text("东 90°")
    panel.press("ArrowUp")
    expect(panel).to_have_attribute("data-view", str(third.pk + 1))
    expect(page.locator(".street-compass")).to_have_text("东 90°")
    page.wait_for_timeout(1500 if SHOTS else 0)
    seat.shot("east")
    panel.press("Escape")
    expect(panel).to_have_count(0)
    expect(button).to_be_focused()

    # From the map: a click beside the drive.
    seat.comes("leader", f"/map?tool=street#map=18/{WAY[1][1] - 0.00015}/{WAY[1][0]}")
    expect(page.locator("city-map[data-state=ready]")).to_be_visible(timeout=30_000)
    expect(page.locator(".md-body")).to_contain_text("50 米")
    page.locator("city-map canvas").click()
    expect(page.locator(".street-stage[data-state=ready]")).to_be_visible(timeout=30_000)
    expect(page.locator(".street-compass")).to_contain_text("南")
    page.wait_for_timeout(2500 if SHOTS else 0)
    seat.shot("map")

    # From a case beside it, on a desk of somebody else of the city.
    seat.comes("acceptor", f"/desk/cases/{number}", theme="dark")
    page.locator("street-view button").click()
    expect(page.locator(".street-stage[data-state=ready]")).to_be_visible(timeout=30_000)
    expect(page.locator(".street-compass")).to_contain_text("南 190°")
    page.wait_for_timeout(1500 if SHOTS else 0)
    seat.shot("case-dark")
