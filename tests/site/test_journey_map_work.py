"""The map's tools in a real browser: an area is drawn, its statistics are read, what lies in it is taken away; heat plays; a way is measured."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, PASSWORD, Cast
from cityloop.cases.layers import visible_on_map
from cityloop.organisation.models import Jurisdiction
from cityloop.organisation.queries import viewer_of
from cityloop.site import map_exports
from small_town import MIDDLE, make_town

PATIENCE_MS = 90_000
"""A processor draws here what elsewhere a graphics card does."""


DRAWS_MAPS = True


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A town whose clock stands at the cast's hour."""
    made = make_town()
    Jurisdiction.objects.filter(pk=made.jurisdiction).update(clock_origin=NOW, clock_real_origin=NOW, clock_speed=0)
    return made


@pytest.fixture
def desk(cast: Cast, page: Page, live_server: LiveServer) -> Iterator[Page]:
    """A dispatcher who has signed in; no script may fail."""
    page.set_default_timeout(PATIENCE_MS)
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda line: failed.append(line.text) if line.type == "error" else None)
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill("dispatcher")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("dispatcher")
    yield page
    assert failed == []


def shot(page: Page, name: str) -> None:
    for theme in ("dark", "light") if SHOTS else ():
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its two words
        page.wait_for_timeout(3000)
        page.screenshot(path=Path(SHOTS) / f"map-{name}-{theme}.png")


def opened(page: Page, live_server: LiveServer, tool: str) -> None:
    page.goto(f"{live_server.url}/map?tool={tool}#map=15.5/{MIDDLE[1]}/{MIDDLE[0]}")
    expect(page.locator("city-map")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    expect(page.locator(f".md-bar [data-tool={tool}]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".mw-tabs").first).to_be_visible()


def points(page: Page, *shares: tuple[float, float]) -> None:
    """Click the map at these shares of its width and height."""
    box = page.locator("city-map canvas.maplibregl-canvas").bounding_box()
    assert box is not None
    for x, y in shares:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def area_in(page: Page) -> str:
    [kept] = parse_qs(urlparse(page.url).query)["area"]
    corners = [tuple(map(float, one.split(","))) for one in kept.split(":")[2].split(" ")]
    return shapely.Polygon(corners).wkt


def test_an_area_is_drawn_read_and_taken_away(
    desk: Page,
    cast: Cast,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(map_exports, "_begin", map_exports.run_export)  # the worker is quick here
    desk.set_viewport_size({"width": 1440, "height": 900})
    opened(desk, live_server, "statistics")
    points(desk, (0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    desk.locator("city-map canvas.maplibregl-canvas").press("Shift+Enter")
    number = desk.locator(".mw-layer[data-layer=cases] .mw-number")
    expect(number).to_be_visible(timeout=PATIENCE_MS)
    here = visible_on_map(viewer_of(cast["dispatcher"], NOW), [CITY]).filter(
        location__coveredby=GEOSGeometry(area_in(desk), srid=4490)
    )
    assert here.count() > 0
    expect(number).to_have_text(str(here.count()))
    shot(desk, "statistics")
    drawn_again = desk.url
    desk.locator(".mw-layer[data-layer=cases] .mw-all").click()
    expect(desk.locator("body")).to_contain_text(here.order_by("number")[0].number)
    desk.goto(drawn_again)  # the link brings the area back, and what lies in it
    expect(number).to_have_text(str(here.count()), timeout=PATIENCE_MS)

    desk.locator("[data-tool=export]").first.click()
    layers = desk.locator(".mw-layers input[name=layer]")
    expect(layers.first).to_be_visible()
    for name in layers.evaluate_all("all => all.map((one) => one.value)"):
        desk.locator(f".mw-layers input[value={name}]").set_checked(name in {"cases", "unit_grids"})
    desk.locator(".md-body select").first.select_option("xlsx")
    shot(desk, "export")
    desk.locator(".md-body > .btn-primary").click()
    link = desk.locator(".mw-far a")
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    with desk.expect_download() as caught:
        link.click()
    path = tmp_path / "made.xlsx"
    caught.value.save_as(path)
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    cases = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    assert {row[0] for row in cases[1:]} == set(here.values_list("number", flat=True))


def test_heat_plays_over_time_and_a_way_is_measured(desk: Page, live_server: LiveServer) -> None:
    desk.set_viewport_size({"width": 1440, "height": 900})
    opened(desk, live_server, "heat")
    when = desk.locator(".mw-when")
    expect(when).to_have_text(re.compile(r"\d{4}-\d\d-\d\d.* [1-9]\d*"), timeout=PATIENCE_MS)
    told = when.inner_text()
    shot(desk, "heat")
    slider = desk.locator(".mw-slider")
    slider.press("ArrowLeft")
    expect(when).not_to_have_text(told)
    slider.press("End")
    expect(when).to_have_text(told)
    slider.press("Space")
    expect(when).not_to_have_text(told)

    desk.locator("[data-tool=measure]").click()
    expect(desk.locator(".mw-strip")).to_have_count(0)
    expect(desk.locator("[data-open=measure] .mw-result")).to_be_attached(timeout=PATIENCE_MS)
    points(desk, (0.3, 0.4), (0.6, 0.4), (0.6, 0.7))
    desk.locator("city-map canvas.maplibregl-canvas").press("Shift+Enter")
    expect(desk.locator(".mw-figures dt")).to_have_count(3)  # the whole way and its two pieces
    expect(desk.locator(".mw-figures .large")).to_have_text(re.compile(r"[1-9][\d,.]* k?m$"))
    shot(desk, "measure")
    desk.locator("city-map canvas.maplibregl-canvas").press("Escape")
    expect(desk.locator(".mw-figures dt")).to_have_count(1)
