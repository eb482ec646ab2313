"""Files of every kind that a survey office sends, the broken ones too: read in a process of its own, refused in words."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely
import xlsxwriter

from cityloop.geography.files import Asked, Batch, look, open_layer
from cityloop.kernel.errors import InvalidInput

# The tests load GeoDjango, and so must not load pyogrio: a process of its own writes what GDAL writes, once.
WRITE = """
import sys, shapely, numpy as np, pyogrio.raw
folder = sys.argv[1]
points = shapely.to_wkb(shapely.points([114.3, 114.31], [30.5, 30.51]))
metres = shapely.to_wkb(shapely.points([38514000.0, 38514100.0], [3376000.0, 3376100.0]))
names = np.array(["解放大道", "长江隧道"], dtype=object)
def write(name, wkb, driver, crs, fields=("名称",), **more):
    data = [names] * len(fields)
    pyogrio.raw.write(f"{folder}/{name}", wkb, data, list(fields), driver=driver, geometry_type="Point", crs=crs, **more)
write("gbk.shp", points, "ESRI Shapefile", "EPSG:4490", encoding="GBK")
write("utf.shp", points, "ESRI Shapefile", "EPSG:4490", encoding="UTF-8")
write("zone.gpkg", metres, "GPKG", "EPSG:4526")
write("a.kml", points, "KML", "EPSG:4326", fields=("Name",))
write("a.dxf", points, "DXF", None, fields=())
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE, str(folder)], check=True)
    return folder


def packed(made: Path, stem: str, target: Path, *, without: tuple[str, ...] = ()) -> Path:
    path = target / f"{stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(made.glob(f"{stem}.*")):
            if part.suffix not in without:
                archive.write(part, part.name)
    return path


def read(path: Path, asked: Asked = Asked()) -> list[Batch]:  # noqa: B008 - frozen
    with open_layer(path, asked) as file:
        return list(file.batches)


def refusal(path: Path, asked: Asked = Asked()) -> InvalidInput:  # noqa: B008 - frozen
    with pytest.raises(InvalidInput) as refused:
        read(path, asked)
    assert "%(" not in refused.value.message
    assert "Traceback" not in refused.value.message
    return refused.value


@pytest.mark.parametrize("stem", ["gbk", "utf"])
def test_a_zipped_shapefile_is_read_whatever_its_texts_are_written_in(made: Path, tmp_path: Path, stem: str) -> None:
    """Also without the file that names the encoding, and without the index, which is made anew."""
    (batch,) = read(packed(made, stem, tmp_path, without=(".cpg", ".shx")))
    assert batch.texts["名称"].tolist() == ["解放大道", "长江隧道"]
    assert shapely.get_x(batch.shapes).tolist() == [114.3, 114.31]


def test_a_shapefile_without_a_system_asks_for_it(made: Path, tmp_path: Path) -> None:
    path = packed(made, "gbk", tmp_path, without=(".prj",))
    assert refusal(path).details["reason"] == "no_crs"
    looked = look(path)
    assert (looked.crs, looked.guess, len(looked.points)) == ("", "wgs84", 2)
    assert len(read(path, Asked(crs="gcj02"))[0].numbers) == 2


def test_broken_archives_are_refused(made: Path, tmp_path: Path) -> None:
    whole = packed(made, "gbk", tmp_path)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-100])
    assert refusal(cut).details["reason"] == "cut_zip"
    assert refusal(packed(made, "utf", tmp_path, without=(".dbf",))).details["reason"] == "no_dbf"
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * (100 << 20))
    assert refusal(bomb).details["reason"] == "too_large"
    nothing = tmp_path / "nothing.zip"
    with zipfile.ZipFile(nothing, "w") as archive:
        archive.writestr("read.me", "nothing")
    assert refusal(nothing).details["reason"] == "empty_zip"


def test_gauss_metres_with_a_zone_prefix_are_unrolled(made: Path) -> None:
    (batch,) = read(made / "zone.gpkg")
    assert 114.1 < shapely.get_x(batch.shapes)[0] < 114.2
    assert 30.4 < shapely.get_y(batch.shapes)[0] < 30.6


def test_kml_and_dxf_are_read(made: Path) -> None:
    (batch,) = read(made / "a.kml")
    assert len(batch.numbers) == 2
    (batch,) = read(made / "a.dxf", Asked(crs="EPSG:4490"))
    assert shapely.get_y(batch.shapes).tolist() == pytest.approx([30.5, 30.51])


def test_a_workbook_with_titles_merged_headings_formulas_and_dates_is_read(tmp_path: Path) -> None:
    path = tmp_path / "部件.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("普查")
        sheet.merge_range(0, 0, 0, 4, "2026 年部件普查表")
        sheet.merge_range(1, 1, 1, 2, "坐标")
        sheet.write_row(1, 0, ["编号"])
        sheet.write_row(1, 3, ["日期", "数量"])
        sheet.write_row(2, 1, ["经度", "纬度"])
        sheet.write_row(3, 0, ["甲", 114.3, 30.5, "2026-03-01"])
        sheet.write_formula(3, 4, "=1+1", None, 2)
        sheet.write_row(4, 0, ["乙", "114.31", "30.51"])
        sheet.write_datetime(
            4, 3, np.datetime64("2026-03-02").astype(object), book.add_format({"num_format": "yyyy-mm-dd"})
        )
    looked = look(path)
    assert looked.columns == ("编号", "坐标 经度", "坐标 纬度", "日期", "数量")
    assert looked.position == {"x": "坐标 经度", "y": "坐标 纬度", "wkt": ""}
    (batch,) = read(path, Asked(crs="wgs84"))
    assert batch.texts["日期"].tolist() == ["2026-03-01", "2026-03-02"]
    assert batch.texts["数量"].tolist() == ["2", ""]
    assert shapely.get_x(batch.shapes).tolist() == [114.3, 114.31]
    assert batch.numbers.tolist() == [4, 5]


def test_rows_of_a_workbook_are_told_by_the_lines_it_shows(tmp_path: Path) -> None:
    """Lines above and among the rows count too: empty ones, titles, both lines of a heading."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(1, 1, 1, 3, "普查表")
        sheet.merge_range(3, 2, 3, 3, "坐标")
        sheet.write(3, 1, "编号")
        sheet.write_row(4, 2, ["经度", "纬度"])
        for at in (6, 7, 11):
            sheet.write_row(at, 1, [f"n{at + 1}", 114.3, 30.5])
    (batch,) = read(path, Asked(crs="wgs84"))
    assert batch.texts["编号"].tolist() == ["n7", "n8", "n12"]
    assert (batch.numbers.tolist(), batch.ordinals) == ([7, 8, 12], [1, 2, 3])


def test_rows_of_a_csv_are_told_by_the_lines_that_a_spreadsheet_makes_of_it(tmp_path: Path) -> None:
    """A cell of several lines stands in one row, an empty line is one; so it stays however far the head is read at once."""
    path = tmp_path / "a.csv"
    head = '普查表,,\n\n名称,lon,lat\n"多\n行\r\n文字",114.1,30.1\n\n,,\nb,114.1,30.1\n'
    path.write_text(head + "\n" * 300 + "c,114.1,30.1\n", encoding="utf-8")
    batches = read(path, Asked(crs="wgs84", batch=2))
    assert [batch.numbers.tolist() for batch in batches] == [[4, 7], [308]]
    assert [batch.ordinals for batch in batches] == [[1, 2], [3]]
    (rest,) = read(path, Asked(crs="wgs84", batch=2, skip=2))
    assert (rest.before, rest.numbers.tolist()) == (2, [308])


def test_a_quote_that_does_not_close_is_told_by_the_row_where_it_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('名称,lon,lat\na,114.1,30.1\n"b,114.1,30.1\n' + "c,114.1,30.1\n" * 50, encoding="utf-8")
    refused = refusal(path, Asked(crs="wgs84"))
    assert (refused.details["reason"], refused.faults[0].value) == ("not_csv", "3")


def test_a_table_without_coordinates_or_of_no_known_text_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("名称,数量\n井盖,3\n", encoding="gb18030")
    assert refusal(table, Asked(crs="wgs84")).details["reason"] == "no_position"
    odd = tmp_path / "b.csv"
    odd.write_bytes(b"lon,lat,a\n114,30,\xff\xff\xfe\x81\n")
    assert refusal(odd).details["reason"] == "not_text"
    assert refusal(tmp_path / "c.csv").details["reason"] == "missing"


def test_points_that_are_none_stay_rows(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("名称,lon,lat\na,nan,30\nb,,\nc,0,0\nd,x,y\ne,114,30\n", encoding="utf-8")
    (batch,) = read(table, Asked(crs="wgs84"))
    assert [shape is None for shape in batch.shapes] == [False, True, False, False, False]
    assert np.isnan(shapely.get_x(batch.shapes)).tolist() == [True, True, False, True, False]


def test_rows_are_skipped_by_whole_batches(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("lon,lat\n" + "114.1,30.1\n" * 10, encoding="utf-8")
    batches = read(table, Asked(crs="wgs84", skip=4, batch=4))
    assert [batch.numbers.tolist() for batch in batches] == [[6, 7, 8, 9], [10, 11]]
    assert [batch.before for batch in batches] == [4, 8]
