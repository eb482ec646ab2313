"""The map, looked at in a real browser."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from pyproj import Geod
from pytest_django.live_server_helper import LiveServer

from browsing import SHOTS
from cast import CITY, NOW, PASSWORD, Cast
from cityloop.cases.actions.routing import new_draft
from cityloop.cases.models import Case, RoutingVersion
from cityloop.cases.rules.routing import Rule
from cityloop.organisation.models import Jurisdiction
from small_town import MIDDLE, make_town

PATIENCE_MS = 60_000
"""A processor draws here what elsewhere a graphics card does."""


DRAWS_MAPS = True


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A town whose clock stands at the cast's hour, with cases in every light."""
    made = make_town()
    Jurisdiction.objects.filter(pk=made.jurisdiction).update(clock_origin=NOW, clock_real_origin=NOW, clock_speed=0)
    over = timedelta(hours=1)
    for n, case in enumerate(Case.objects.exclude(due_at=None).order_by("id")):
        warn, due, double = {
            0: (over, 2 * over, 3 * over), 1: (-over, over, 2 * over), 2: (-2 * over, -over, over), 3: (-4 * over, -3 * over, -over),
        }[n % 4]  # fmt: skip
        Case.objects.filter(pk=case.pk).update(warn_at=NOW + warn, due_at=NOW + due, double_at=NOW + double)
    return made


@pytest.fixture
def desk(cast: Cast, page: Page, live_server: LiveServer) -> Iterator[Page]:
    """A dispatcher who has signed in; nothing of any page may come from another host, and no script may fail."""
    page.set_default_timeout(PATIENCE_MS)
    foreign: list[str] = []
    page.on(
        "request",
        lambda one: foreign.append(one.url) if not re.match(rf"{live_server.url}|blob:|data:", one.url) else None,
    )
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda line: failed.append(line.text) if line.type == "error" else None)
    page.goto(f"{live_server.url}/sign-in")
    page.locator("#id_username").fill("dispatcher")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("dispatcher")
    yield page
    assert foreign == []
    assert failed == []


ALONE = '<city-map hash legend find class="whole" '
"""The page's map without its desk: the element as other pages have it."""


def opened(page: Page, live_server: LiveServer, spot: str = "") -> Any:
    """Open the map at ``zoom/lat/lon``, alone, and wait until it is drawn."""

    def strip(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace("<map-desk ", ALONE).replace("</map-desk>", "</city-map>")
        route.fulfill(response=answer, body=body)

    page.goto("about:blank")  # another spot alone is no new page
    page.route(f"{live_server.url}/map", strip)
    page.goto(f"{live_server.url}/map" + (f"#map={spot}" if spot else ""))
    page.unroute(f"{live_server.url}/map")
    return drawn(page)


def drawn(page: Page) -> Any:
    shown = page.locator("city-map")
    expect(shown).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    return shown


def until(page: Page, claim: str) -> None:
    """Wait until ``claim`` holds in the page. Playwright's own way evaluates texts, which the page's policy forbids."""
    for _try in range(100):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"not so: {claim}")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(1500)  # labels fade in
        page.screenshot(path=Path(SHOTS) / f"map-{name}.png")


def at(zoom: float) -> str:
    return f"{zoom}/{MIDDLE[1]}/{MIDDLE[0]}"


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_the_city_is_drawn_at_every_zoom(desk: Page, live_server: LiveServer, width: int, theme: str) -> None:
    desk.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
    desk.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its two words
    for zoom in (12, 14.5, 17):
        desk.goto("about:blank")
        desk.goto(f"{live_server.url}/map#map={at(zoom)}")
        drawn(desk)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width
        colours = colours_on(desk)
        assert colours > (12 if zoom > 13 else 6), f"zoom {zoom}: {colours} colours"
        shot(desk, f"{width}-{theme}-{zoom}")


def colours_on(page: Page) -> int:
    """Count the colours of the map's picture: an empty one has hardly any."""
    with Image.open(BytesIO(page.locator("city-map").screenshot())) as picture:
        found = picture.convert("RGB").resize((200, 200)).getcolors(40_000) or []
    return sum(count > 3 for count, _colour in found)


def test_the_city_is_in_sight_first_and_the_spot_stands_in_the_address(desk: Page, live_server: LiveServer) -> None:
    shown = opened(desk, live_server)
    shown.get_by_role("button", name="放大").click()
    until(desk, "location.hash.startsWith('#map=')")
    before = desk.evaluate("location.hash")
    shown.get_by_role("button", name="回到全城").click()
    until(desk, f"location.hash !== {before!r}")


def test_a_case_is_chosen_and_told_with_its_light_in_words(desk: Page, live_server: LiveServer) -> None:
    case = Case.objects.exclude(due_at=None).order_by("id")[3]
    desk.set_viewport_size({"width": 1440, "height": 900})
    shown = opened(desk, live_server, f"18/{case.location.y}/{case.location.x}")
    box = shown.bounding_box()
    assert box is not None
    desk.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = shown.locator(".map-card")
    expect(card).to_contain_text(case.number)
    expect(card).to_contain_text("双红灯")
    shot(desk, "card")
    card.get_by_role("button", name="关闭").click()
    expect(card).to_be_hidden()
    desk.locator("canvas.maplibregl-canvas").focus()
    desk.keyboard.press("Enter")
    expect(card).to_contain_text(case.number)


def test_the_legend_tells_what_is_in_sight_and_switches_layers(desk: Page, live_server: LiveServer) -> None:
    desk.set_viewport_size({"width": 1440, "height": 900})
    shown = opened(desk, live_server, at(17.5))
    shown.get_by_role("button", name="图例与图层").click()
    legend = shown.get_by_role("group", name="图例与图层")
    expect(legend.get_by_label("在办案卷")).to_be_checked()
    expect(legend.get_by_text("周边部件数量")).to_have_count(0)
    legend.get_by_label("部件", exact=True).check()
    expect(legend.get_by_text("破损或丢失的部件")).to_be_visible()
    shot(desk, "legend")
    legend.get_by_label("在办案卷").uncheck()
    expect(legend.get_by_text("双红灯")).to_have_count(0)


def test_a_road_is_found_and_gone_to(desk: Page, live_server: LiveServer) -> None:
    shown = opened(desk, live_server)
    before = desk.evaluate("location.hash")
    shown.get_by_role("searchbox").fill("文昌")
    expect(shown.get_by_role("button", name="文昌路")).to_be_visible()
    shot(desk, "find")
    desk.keyboard.press("Enter")
    until(desk, f"location.hash !== {before!r}")
    shown.get_by_role("searchbox").fill("没有这条路")
    expect(shown.get_by_text("没有找到").first).to_be_visible()


def test_a_place_is_picked_and_said_back_in_words(desk: Page, live_server: LiveServer) -> None:
    shown = opened(desk, live_server, at(16))
    desk.evaluate("document.querySelector('city-map').setAttribute('mode', 'pick')")
    expect(shown.locator(".map-note")).to_have_text("点击地图选择位置")
    desk.evaluate("addEventListener('map-place', event => { window.place = event.detail })")
    shown.click(position={"x": 300, "y": 300})
    until(desk, "window.place")
    told = desk.evaluate("window.place")
    assert told["unit_grid"].startswith("990101")
    expect(shown.locator(".map-note")).to_have_text(told["words"])
    expect(shown.locator(".map-pin")).to_be_visible()
    assert "近" in told["words"] or "社区" in told["words"]
    shot(desk, "pick")


def test_an_area_is_drawn_by_mouse(desk: Page, live_server: LiveServer) -> None:
    shown = opened(desk, live_server, at(15))
    desk.evaluate("""() => {
      document.querySelector('city-map').setAttribute('draw', '');
      document.querySelector('city-map').setAttribute('mode', 'draw');
      addEventListener('map-area', event => { window.area = event.detail.area });
    }""")
    for x, y in ((300, 200), (600, 220), (560, 420)):
        shown.click(position={"x": x, "y": y})
        desk.wait_for_timeout(400)  # two clicks at once would be a double one
    shot(desk, "drawing")
    shown.dblclick(position={"x": 320, "y": 400})
    until(desk, "window.area")
    ring = desk.evaluate("window.area.coordinates[0]")
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    assert desk.evaluate("JSON.parse(document.querySelector('city-map').getAttribute('area')).type") == "Polygon"


def test_a_map_that_is_taken_away_frees_what_it_held_and_comes_back(desk: Page, live_server: LiveServer) -> None:
    opened(desk, live_server)
    desk.evaluate("""() => {
      const map = document.querySelector('city-map');
      window.kept = map.parentElement;
      map.remove();
      window.empty = map.querySelector('canvas') === null;
      window.kept.append(map);
    }""")
    assert desk.evaluate("window.empty")
    drawn(desk)


def test_without_webgl_the_page_says_where_the_case_lies(desk: Page, live_server: LiveServer) -> None:
    desk.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    desk.goto(f"{live_server.url}/map")
    shown = desk.locator("city-map")
    expect(shown).to_have_attribute("data-state", "plain")
    expect(shown).to_contain_text("WebGL")


def test_a_desk_loads_no_map_before_it_shows_one(desk: Page, live_server: LiveServer) -> None:
    loaded: list[str] = []
    desk.on("response", lambda one: loaded.append(one.url))
    desk.goto(f"{live_server.url}/")
    scripts = [url for url in loaded if "/built/" in url]
    assert scripts
    assert not any("engine" in url or "maplibre" in url for url in scripts)
    opened(desk, live_server)
    assert any("engine" in url for url in loaded)
    assert any("maplibre-gl-worker" in url for url in loaded)


def test_areas_of_a_routing_rule_are_chosen_on_the_map(desk: Page, live_server: LiveServer) -> None:
    desk.set_viewport_size({"width": 1440, "height": 900})
    new_draft(CITY, actor_id=None, now=NOW, rules=[Rule(n, "HW", words=(f"词{n}",)) for n in range(1, 121)])
    desk.goto(f"{live_server.url}/desk/routing/1?page=2")
    expect(desk.locator("table.rules tbody tr")).to_have_count(20)
    desk.locator("select[name=department]").first.scroll_into_view_if_needed()
    shot(desk, "routing-page")
    desk.goto(f"{live_server.url}/desk/routing/1/rules/0")
    shown = drawn(desk)
    desk.locator("[name=level]").select_option("community")
    desk.locator("[name=department]").select_option("HW")
    chips = desk.locator("[data-of-level=community] .picked button")
    box = shown.bounding_box()
    assert box
    middle = {"x": box["width"] / 2, "y": box["height"] / 2}
    shown.locator("canvas").first.click(position=middle)
    expect(chips).to_have_count(1)
    name = chips.inner_text()
    shot(desk, "routing-areas")
    shown.locator("canvas").first.click(position=middle)
    expect(chips).to_have_count(0)
    shown.locator("canvas").first.click(position=middle)
    expect(chips).to_have_count(1)
    desk.locator("form.routing-rule .btn-primary").click()
    expect(desk.locator("tr:target")).to_contain_text(name.removesuffix(" ×"))
    assert [rule["level"] for rule in RoutingVersion.objects.get().rules if rule.get("areas")] == ["community"]


def test_the_desk_of_the_map_is_worked_at(desk: Page, live_server: LiveServer) -> None:
    """A layer is looked for and hidden, a case is asked about, a theme saved and come back to, two days compared, a sheet printed."""
    case = Case.objects.exclude(due_at=None).order_by("id")[3]
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.goto(f"{live_server.url}/map#map=18/{case.location.y}/{case.location.x}")
    drawn(desk)
    panel = desk.locator(".md-panel")
    panel.get_by_role("searchbox").fill("单元")
    expect(panel.get_by_role("checkbox")).to_have_count(1)
    panel.get_by_label("单元网格").uncheck()
    expect(panel.get_by_text(re.compile(r"隐藏 \d+ 个")).first).to_be_visible()
    until(desk, "location.search.includes('layers=') && !location.search.includes('unit_grids')")

    desk.locator("canvas.maplibregl-canvas").focus()
    desk.keyboard.press("Enter")  # takes the place in the middle
    expect(panel.locator(f"a[href='/desk/cases/{case.number}']")).to_be_visible()
    expect(panel).to_contain_text("双红灯")
    shot(desk, "desk-here")

    desk.get_by_role("combobox").fill("文昌")
    expect(desk.get_by_role("option", name="文昌路")).to_be_visible()
    shot(desk, "desk-find")
    desk.keyboard.press("Escape")

    desk.get_by_role("button", name="专题").click()
    panel.get_by_label("专题名称").fill("无网格")
    panel.get_by_role("button", name="保存").click()
    link = panel.get_by_role("link", name="无网格")
    expect(link).to_be_visible()
    shot(desk, "desk-themes")
    desk.goto(f"{live_server.url}{link.get_attribute('href')}")
    drawn(desk)
    expect(panel.get_by_label("单元网格")).not_to_be_checked()
    assert desk.evaluate("location.hash").startswith("#map=18")

    desk.get_by_role("button", name="对比").click()
    line = desk.get_by_role("slider", name="分隔线")
    panel.get_by_label("地图日期").fill("2020-01-01")
    expect(desk.locator("city-map.md-other")).to_have_attribute("day", "2020-01-01")
    expect(desk.locator("city-map.md-other")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    line.press("ArrowLeft")
    expect(line).to_have_attribute("aria-valuenow", "48")
    shot(desk, "desk-swipe")

    desk.get_by_role("button", name="图片").click()
    expect(desk.locator("city-map.md-other")).to_have_count(0)
    with desk.expect_download() as downloading:
        panel.get_by_role("button", name="下载 PNG").click()
    with Image.open(downloading.value.path()) as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("RGB").resize((200, 200)).getcolors(40_000) or []) > 40
        if SHOTS:
            picture.save(Path(SHOTS) / "map-desk-picture.png")

    desk.get_by_role("button", name="打印").click()
    panel.get_by_label("比例尺").select_option("2000")
    shot(desk, "desk-print")
    sheet = panel.get_by_role("link", name="打开打印页").get_attribute("href")
    desk.goto(f"{live_server.url}{sheet}")
    expect(desk.locator("map-sheet")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    west, south, east, north = desk.evaluate(
        "document.querySelector('city-map').engine.map.getBounds().toArray().flat()"
    )
    middle = (south + north) / 2
    along = Geod(ellps="WGS84").inv(west, middle, east, middle)[2]
    up = Geod(ellps="WGS84").inv((west + east) / 2, south, (west + east) / 2, north)[2]
    box = desk.locator(".ms-map").bounding_box()
    assert box is not None
    for metres, points in ((along, box["width"]), (up, box["height"])):
        assert metres == pytest.approx(points * 25.4 / 96 / 1000 * 2000, rel=0.01)
    pdf = desk.pdf(prefer_css_page_size=True)
    if SHOTS:
        (Path(SHOTS) / "map-sheet.pdf").write_bytes(pdf)
    assert re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", pdf) == [(b"841", b"594")], "one sheet of A4, wide"


def test_the_map_of_a_past_day_is_drawn(desk: Page, live_server: LiveServer) -> None:
    desk.goto(f"{live_server.url}/map?day=2019-06-01#map={at(15)}")
    shown = drawn(desk)
    expect(shown).to_have_attribute("day", "2019-06-01")
    drawn_then = "document.querySelector('city-map').engine.map.queryRenderedFeatures().length"
    assert desk.evaluate(drawn_then) == 0, "the town was not there yet"
    desk.get_by_role("button", name="今天").click()
    expect(shown).not_to_have_attribute("day", "2019-06-01")
    until(desk, f"{drawn_then} > 0")
    assert "day=" not in desk.evaluate("location.search")
