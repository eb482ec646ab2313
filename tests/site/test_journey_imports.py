"""A data administrator brings a shapefile with faults into the city's data, in a real browser: looked into, mapped, checked, taken, undone."""

import subprocess
import sys
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from cases.conftest import Desk
from cast import CITY
from cityloop.assets.actions import importing
from cityloop.assets.models import ImportRun, Part
from seen import Seat

# The tests load GeoDjango, and so must not load pyogrio: a process of its own writes the shapefile.
WRITE = """
import sys, shapely, numpy as np, pyogrio.raw
path, city = sys.argv[1:]
n = 12
x = 120.001 + np.arange(n) * 0.0005
y = np.full(n, 30.002)
x[9], y[9] = 30.002, 120.002
x[10] = y[10] = 0
codes = np.array([f"{city}01001{k + 1:06}" for k in range(n)], dtype=object)
codes[11] = "12"
names = np.array(["井盖"] * n, dtype=object)
units = np.array(["SZ"] * 8 + ["没有"] + ["SZ"] * 3, dtype=object)
pyogrio.raw.write(path, shapely.to_wkb(shapely.points(x, y)), [codes, names, units], ["ObjID", "MC", "DW"],
    driver="ESRI Shapefile", geometry_type="Point", crs="EPSG:4490", encoding="GBK")
"""


def zipped(folder: Path) -> Path:
    made = folder / "covers.shp"
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE, str(made), CITY], check=True)
    path = folder / "井盖.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.glob("covers.*")):
            if part.suffix not in {".shx", ".cpg"}:  # one is restored, the other is seen from what stands there
                archive.write(part, f"普查/{part.name}")
    return path


def worked() -> ImportRun:
    """Do what the worker does."""
    run = importing.go_on(ImportRun.objects.get().id)
    assert run is not None
    return run


def test_a_shapefile_with_faults_is_mapped_checked_taken_and_undone(desk: Desk, seat: Seat, tmp_path: Path) -> None:
    page = seat.page
    seat.comes("data_admin", "/desk/data/imports")
    seat.shot("imports-empty")
    page.locator("file-pick input[type=file]").set_input_files(zipped(tmp_path))
    expect(page.locator("file-pick li")).to_contain_text("井盖.zip")
    page.locator(".import-begin form button.btn-primary").click()
    expect(page.locator("#m-code")).to_have_value(
        "ObjID", timeout=60_000
    )  # sent, and looked into by a process of its own
    expect(page.locator("#m-name")).to_have_value("MC")
    expect(page.locator("#i-crs")).to_have_value("EPSG:4490")
    expect(page.locator(".import-preview tbody tr")).to_have_count(8)
    expect(page.locator(".import-preview")).to_contain_text("井盖")
    seat.shot("import-setup")
    page.locator(".import-setup details summary").first.click()
    page.locator("#m-owner").select_option("DW")
    page.locator("#setup button.btn-primary").click()
    expect(page.locator(".import-progress, .figures").first).to_be_visible()
    run = worked()
    expect(page.locator(".figures")).to_be_visible()
    assert (run.counts["good"], run.counts["bad"]) == (8, 4)
    expect(page.locator(".import-reasons .chip")).to_have_count(5)
    expect(page.locator("#run tbody tr")).to_have_count(4)
    seat.shot("import-checked")
    page.locator("#run button[name=take]").click()
    expect(page.locator(".import-head .state")).to_be_visible()
    assert worked().counts["added"] == Part.objects.count() == 8
    expect(page.get_by_role("link", name="在地图上查看")).to_be_visible()
    seat.shot("import-applied")
    page.get_by_role("button", name="撤销此次导入").click()
    expect(page.locator(".import-head .state")).to_be_visible()
    worked()
    expect(page.locator(".import-undone").first).to_be_visible()
    assert not Part.objects.exists()
