"""A data administrator divides a small city, moves a border, merges, undoes, publishes, and draws a management grid, in a real browser."""

from datetime import timedelta

from django.contrib.gis.db.models import Union
from django.contrib.gis.geos import MultiPolygon
from playwright.sync_api import expect

from cases.conftest import Desk
from cast import CITY
from cityloop.geography.actions import dividing
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DraftGrid, GridArea, GridDraft, Region, UnitGrid
from cityloop.organisation.queries import city
from seen import Seat

DRAWS_MAPS = True


def community() -> None:
    """The community whose grids the fixture laid gets a border, as wide as they lie."""
    grids = UnitGrid.objects.filter(jurisdiction=CITY).aggregate(whole=Union("geometry"))["whole"]
    whole = MultiPolygon(grids) if grids.geom_type == "Polygon" else grids
    Region.objects.filter(level=RegionLevel.COMMUNITY, jurisdiction=CITY).update(geometry=whole)


def pixel(seat: Seat, lon: float, lat: float) -> tuple[float, float]:
    """Where a place lies on the screen."""
    at = seat.page.evaluate(
        """([lon, lat]) => { const map = document.querySelector('city-map').engine.map, at = map.project([lon, lat]),
        box = map.getCanvas().getBoundingClientRect(); return [at.x + box.left, at.y + box.top]; }""",
        [lon, lat],
    )
    return at[0], at[1]


def near(seat: Seat, lon: float, lat: float) -> None:
    seat.page.evaluate(
        "([lon, lat]) => document.querySelector('city-map').engine.map.jumpTo({center: [lon, lat], zoom: 16.2})",
        [lon, lat],
    )
    expect(seat.page.locator("grid-editor, grid-choice").first).to_have_attribute("data-state", "ready")
    seat.page.wait_for_timeout(600)


def corner(draft: int) -> tuple[float, float]:
    """A corner that several grids share, with no other one beside it, as a draft stores it."""
    held: dict[tuple[float, float], int] = {}
    for shape in DraftGrid.objects.filter(draft=draft).order_by("pk").values_list("geometry", flat=True):
        for at in set(shape.coords[0]):
            held[at] = held.get(at, 0) + 1
    alone = [at for at in held if all(at == one or abs(at[0] - one[0]) + abs(at[1] - one[1]) > 0.0004 for one in held)]
    return max(sorted(alone), key=lambda at: held[at])


def test_a_city_is_divided_changed_by_hand_and_published(desk: Desk, seat: Seat) -> None:
    page = seat.page
    community()
    seat.comes("data_admin", "/desk/data/grids")
    expect(page.locator(".grid-now h1")).to_contain_text("单元网格")
    seat.shot("grids")
    page.locator("#g-built").fill("60000")
    page.locator("#g-open").fill("5")
    page.locator(".grid-ask button.btn-primary").click()
    expect(page.locator(".grid-ask .wrong")).to_contain_text("1,000")
    expect(page.locator("#g-open")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#g-built")).to_have_value("60000")
    page.locator("#g-open").fill("90000")
    page.locator(".grid-ask button.btn-primary").click()
    expect(page.locator("#draft progress")).to_be_visible()
    seat.shot("under-way")
    draft = GridDraft.objects.get()
    dividing.run_draft(draft.pk)  # what the worker does
    expect(page.locator("grid-editor")).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.locator(".grid-figures tbody tr").first).to_be_visible()
    count = DraftGrid.objects.filter(draft=draft).count()

    lon, lat = corner(draft.pk)
    near(seat, lon, lat)
    seat.shot("draft")
    x, y = pixel(seat, lon, lat)
    page.mouse.move(x - 30, y - 30)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 8, steps=4)
    seat.shot("dragged")
    page.mouse.up()
    expect(page.locator("grid-editor")).to_have_attribute("data-step", "1")
    expect(page.locator("#draft-side .grid-head .lead")).to_contain_text("1 次修改")

    page.locator("[data-tool=merge]").click()
    for dx, dy in ((-60, -60), (60, -60)):
        page.mouse.click(x + dx, y + dy)
    seat.shot("merging")
    page.locator("[data-tool=do]").click()
    expect(page.locator("grid-editor")).to_have_attribute("data-step", "2")
    expect(page.locator(".grid-figures tbody td").first).to_contain_text(str(count - 1))
    page.locator("[data-tool=undo]").click()
    expect(page.locator("grid-editor")).to_have_attribute("data-step", "1")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("grid-editor")).to_have_attribute("data-step", "2")
    page.keyboard.press("Control+Z")
    expect(page.locator("grid-editor")).to_have_attribute("data-step", "1")
    seat.shot("undone")

    page.locator("[data-tool=move]").click()
    x, y = pixel(seat, lon, lat)
    page.locator(".grid-head a.btn-primary").click()
    expect(page.locator(".grid-publish .figures")).to_be_visible()
    seat.shot("publish")
    page.locator(".grid-publish button.btn-primary").click()
    expect(page.locator(".grid-now .said")).to_contain_text("✓")
    tomorrow = city(CITY).today() + timedelta(days=1)
    assert UnitGrid.objects.valid_on(tomorrow).filter(jurisdiction=CITY).count() == count
    seat.shot("published")

    seat.comes("data_admin", "/desk/data/grids/areas?kind=management")
    expect(page.locator("grid-choice")).to_have_attribute("data-state", "ready")
    near(seat, 120.005, 30.005)
    x, y = pixel(seat, 120.003, 30.004)
    page.mouse.click(x, y)
    expect(page.locator("grid-choice")).to_have_attribute("data-count", "1")
    page.locator("#a-name").fill("东片")
    page.locator("#a-day").fill(city(CITY).today().isoformat())  # the grids of tomorrow are others
    seat.shot("areas")
    page.locator("#area-form button.btn-primary").click()
    expect(page.locator("#area-form .said")).to_contain_text("✓")
    assert GridArea.objects.get().name == "东片"
