"""A zip of sheets becomes one picture in which a known place has a known colour; sheets that are none together are refused with what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from cityloop.onemap.rasters.hand import Hand
from cityloop.onemap.rasters.maker import NotUsable, make_cog
from cityloop.onemap.rules import Tile
from onemap.rasters.test_making import CITY, colours, differ
from raster_files import COLOURS, LAT, LON, make_pictures, point_of

DRAWN = (
    ("sheets", ""),
    ("silent", "EPSG:4547"),
    ("each_told", ""),
    ("one", ""),
    ("climbs", ""),
    ("over_nodata", ""),
    ("over_alpha", ""),
)
OTHERS = (
    ("three", "", "orthophoto"),
    ("drawings", "", "topographic"),
    ("deep_sheets", "", "orthophoto"),
    ("turned_one", "", "orthophoto"),
)
REFUSED = (
    ("silent", "", "no_crs"),
    ("lost_world", "", "no_world"),
    ("bad_world", "", "bad_world"),
    ("flat_world", "", "bad_world"),
    ("bad_prj", "", "unknown_crs"),
    ("other_bands", "", "sheets_differ"),
    ("other_steps", "", "sheets_differ"),
    ("other_system", "", "sheets_differ"),
    ("apart", "", "apart"),
    ("no_tif", "", "no_sheet"),
    ("false_tif", "", "not_tiff"),
    ("many", "", "too_much_packed"),
    ("blown", "", "too_much_packed"),
    ("cut_zip", "", "cut_short"),
    ("sheets", "EPSG:4549", "elsewhere"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets") / "inside"


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    asked = [(name, crs, "orthophoto") for name, crs, *_more in (*DRAWN, *REFUSED)]
    return make_pictures(folder, [*asked, *OTHERS], CITY)


@pytest.fixture(scope="module")
def hand() -> Iterator[Hand]:
    made = Hand()
    yield made
    made.end()


@pytest.mark.parametrize(("name", "crs"), DRAWN)
def test_sheets_lie_together_where_they_belong(
    told: dict[str, Any], folder: Path, hand: Hand, name: str, crs: str
) -> None:
    """By their world files and the one ``.prj``, or by their own heads; what is transparent in one shows the other below."""
    place = f"{name} {crs}".strip()
    one = told[place]
    assert one["cog"]
    assert one["left"] == ["cog.tif"], "what was unpacked is gone"
    assert (one["made"]["width"], one["made"]["height"], one["made"]["bands"]) == (600, 400, 3)
    for side, seen in colours(hand, folder / place / "cog.tif").items():
        assert all(differ(colour, COLOURS[side]) <= 14 and colour[3] == 255 for colour in seen), (side, seen)


@pytest.mark.usefixtures("told")
def test_nothing_is_written_where_a_zip_says(folder: Path) -> None:
    assert not [*folder.parent.glob("evil*"), *folder.parent.parent.glob("evil*")]


@pytest.mark.usefixtures("told")
def test_where_a_sheet_is_missing_nothing_is_shown(folder: Path, hand: Hand) -> None:
    seen = colours(hand, folder / "three/cog.tif")
    assert [colour[3] for colour in seen["sw"]] == [0, 0]
    assert all(differ(colour, COLOURS["ne"]) <= 14 and colour[3] == 255 for colour in seen["ne"])


def test_sheets_of_a_drawing_keep_their_palette_and_deep_ones_are_spread_alike(
    told: dict[str, Any], folder: Path, hand: Hand
) -> None:
    assert told["drawings"]["made"]["palette"]
    for side, seen in colours(hand, folder / "drawings/cog.tif").items():
        assert {colour[:3] for colour in seen} == {COLOURS[side]}
    deep = {side: seen[0] for side, seen in colours(hand, folder / "deep_sheets/cog.tif").items()}
    assert deep["nw"][0] > 220
    assert deep["nw"][1] < 20
    assert deep["se"][2] < 20


def test_a_sheet_may_be_turned(told: dict[str, Any], folder: Path, hand: Hand) -> None:
    assert told["turned_one"]["cog"]
    at = Tile.around(LON, LAT, 16)
    drawn = hand.tile(folder / "turned_one/cog.tif", at.zoom, at.x, at.y, "png")
    assert point_of(drawn, at, LON, LAT + 3e-4)[3] == 255


@pytest.mark.parametrize(("name", "crs", "reason"), REFUSED)
def test_what_is_no_one_picture_is_refused_for_its_reason(
    told: dict[str, Any], name: str, crs: str, reason: str
) -> None:
    assert told[f"{name} {crs}".strip()].get("refused") == reason


@pytest.mark.usefixtures("told")
def test_a_refusal_names_the_sheet_and_a_system_is_asked_for(folder: Path, tmp_path: Path) -> None:
    def refusal(name: str) -> NotUsable:
        with translation.override("en"), pytest.raises(NotUsable) as refused:
            make_cog(
                folder / f"{name}.zip", tmp_path / "cog.tif", name="图幅.zip", kind="orthophoto", crs="", city=CITY,
                progress=lambda _step, _share: None,
            )  # fmt: skip
        assert "%(" not in refused.value.message
        return refused.value

    assert "“图幅.zip/b.tif” does not say where it lies" in refusal("lost_world").message
    assert "a.tif, b.tif differ" in refusal("other_bands").message
    assert refusal("silent").asks
    assert not [*tmp_path.iterdir()]
