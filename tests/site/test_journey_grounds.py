"""A data administrator lays an orthophoto and a basemap under the map, in a real browser: sent, made, looked at, tried, switched on, deleted."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from cases.conftest import Desk
from cityloop.onemap.actions import rasters
from cityloop.onemap.models import Raster
from cityloop.onemap.rasters.hand import HAND
from raster_files import write_pictures
from seen import Seat
from tile_host import KEY, tile_host


def test_an_orthophoto_and_a_basemap_are_laid_under_the_map(
    desk: Desk, seat: Seat, tmp_path: Path, settings: Any
) -> None:
    page = seat.page
    seat.comes("data_admin", "/desk/data/grounds")
    expect(page.locator("#grounds-h")).to_have_text("影像底图")
    seat.shot("grounds-empty")
    page.locator("file-pick input[type=file]").set_input_files(write_pictures(tmp_path, 120.005, 30.005) / "gauss.tif")
    page.locator("#g-title").fill("2026 年正射影像")
    page.locator(".import-begin button.btn-primary").click()
    expect(page.locator(".ground-one h1")).to_have_text("2026 年正射影像")
    seat.shot("ground-waits")
    made = rasters.go_on_raster(Raster.objects.get().pk)
    assert made is not None
    assert made.state == "ready", made.why
    expect(page.locator(".import-head .ground-state.green")).to_be_visible(timeout=20_000)
    expect(page.locator(".ground-look img")).to_have_js_property("naturalWidth", 512, timeout=60_000)
    seat.shot("ground-ready")
    settings.BASEMAP_NETWORKS = (ip_network("127.0.0.0/8"),)
    with tile_host() as host:
        page.goto(f"{seat.address}/desk/data/grounds?way=tianditu")
        seat.shot("ground-tianditu")
        for field, value in (("title", "天地图影像"), ("key", KEY), ("review", "GS(2025)1号"), ("url", host.base)):
            page.locator(f"#g-{field}").fill(value)
        page.locator("#g-layer").select_option("img")
        page.locator(".import-begin button.btn-primary").click()
        host.mood = "bad_key_200"
        page.get_by_role("button", name="测试：取一张本市瓦片").click()
        expect(page.locator(".ground-one .wrong")).to_contain_text("密钥有误")
        seat.shot("ground-refused")
        host.mood = "well"
        page.get_by_role("button", name="测试：取一张本市瓦片").click()
        expect(page.locator(".ground-look img")).to_have_js_property("naturalWidth", 256)
        page.get_by_role("button", name="启用").click()
        expect(page.get_by_role("button", name="停用")).to_be_visible()
        page.goto(f"{seat.address}/desk/data/grounds")
        expect(page.locator(".ground-list tbody tr")).to_have_count(2)
        expect(page.locator(".ground-list .green")).to_have_count(2)
        seat.shot("grounds-list")
        found = page.evaluate("fetch('/map/grounds.json').then((answer) => answer.json())")["items"]
        assert [one["kind"] for one in found] == ["overlay", "base", "overlay"]
        assert KEY not in str(found)
    HAND.end()
