"""Pictures of every kind become COGs in which a known place has a known colour; what cannot be used is refused with what to change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from cityloop.kernel.errors import Unavailable
from cityloop.onemap.rasters.hand import Hand
from cityloop.onemap.rasters.maker import NotUsable, make_cog
from cityloop.onemap.rules import Tile
from raster_files import COLOURS, LAT, LON, SIDES, make_pictures, point_of

CITY = (LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)
NEAR, FAR = 1e-4, 8e-4
"""Degrees from the corner where the four colours meet: ten metres, eighty metres."""


DRAWN = (
    ("gauss", "", "EPSG:4547"),
    ("zoned", "", "EPSG:4526"),
    ("degrees", "", "EPSG:4490"),
    ("utm", "", "EPSG:32650"),
    ("no_crs", "4547", "EPSG:4547"),
    ("elsewhere", "EPSG:4547", "EPSG:4547"),
    ("infrared", "", "EPSG:4547"),
)
REFUSED = (
    ("words", "", "not_tiff"),
    ("cut", "", "cut_short"),
    ("head_only", "", "cut_short"),
    ("huge", "", "bomb"),
    ("vast", "", "too_large"),
    ("one_piece", "", "one_piece"),
    ("five", "", "bands"),
    ("heights", "", "no_picture"),
    ("no_place", "", "no_position"),
    ("clear", "", "empty"),
    ("no_crs", "", "no_crs"),
    ("local", "", "unknown_crs"),
    ("gauss", "EPSG:99", "unknown_crs"),
    ("gauss", "GCJ-02", "shifted"),
    ("gauss", "bd09", "shifted"),
    ("beijing54", "", "inexact_crs"),
    ("elsewhere", "", "elsewhere"),
)
OTHERS = (
    ("palette", "", "topographic"),
    ("alpha", "", "orthophoto"),
    ("nodata", "", "orthophoto"),
    ("deep", "", "orthophoto"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    """What became of all of them, by name and system; their COGs lie in folders of these names."""
    asked = [(name, crs, "orthophoto") for name, crs, _more in (*DRAWN, *REFUSED)]
    return make_pictures(folder, [*asked, *OTHERS], CITY)


@pytest.fixture(scope="module")
def hand() -> Iterator[Hand]:
    made = Hand()
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def colours(hand: Hand, cog: Path, form: str = "png") -> dict[str, list[tuple[int, ...]]]:
    """Return what colours stand beside the corner, near and far, on each side."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for side, (east, north) in SIDES.items():
        for away in (NEAR, FAR):
            lon, lat = LON + east * away, LAT + north * away
            at = Tile.around(lon, lat, 16)
            found.setdefault(side, []).append(point_of(hand.tile(cog, at.zoom, at.x, at.y, form), at, lon, lat))
    return found


def differ(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(here - there) for here, there in zip(one[:3], other, strict=True))


@pytest.mark.parametrize(("name", "crs", "system"), DRAWN)
def test_a_known_place_has_its_colour_whatever_the_system(
    told: dict[str, Any], folder: Path, hand: Hand, name: str, crs: str, system: str
) -> None:
    place = f"{name} {crs}".strip()
    one = told[place]
    assert one["steps"] == ["reading", "overviews", "writing"]
    assert one["cog"]
    assert one["left"] == ["cog.tif"], "nothing that was under way is left"
    assert one["made"]["crs"] == system
    assert one["made"]["maxzoom"] in {16, 17}
    west, south, east, north = one["made"]["bounds"]
    assert west < LON < east
    assert south < LAT < north
    for side, seen in colours(hand, folder / place / "cog.tif").items():
        assert all(differ(colour, COLOURS[side]) <= 14 and colour[3] == 255 for colour in seen), (side, seen)


def test_a_drawing_keeps_its_colours_to_the_last_bit(told: dict[str, Any], folder: Path, hand: Hand) -> None:
    assert told["palette"]["made"]["palette"]
    for side, seen in colours(hand, folder / "palette/cog.tif").items():
        assert {colour[:3] for colour in seen} == {COLOURS[side]}


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("name", ["alpha", "nodata"])
def test_what_shows_nothing_is_transparent(folder: Path, hand: Hand, name: str) -> None:
    cog = folder / name / "cog.tif"
    for form in ("png", "webp"):
        lon = LON - 0.0023  # 220 m to the west: in the part that was left out
        at = Tile.around(lon, LAT, 16)
        assert point_of(hand.tile(cog, at.zoom, at.x, at.y, form), at, lon, LAT)[3] == 0
        assert colours(hand, cog, form)["se"][0][3] == 255
    away = Tile.around(LON + 1, LAT, 16)
    assert hand.tile(cog, away.zoom, away.x, away.y, "png") == b""


@pytest.mark.usefixtures("told")
def test_sixteen_bits_are_spread_over_eight(folder: Path, hand: Hand) -> None:
    seen = {side: colour[0] for side, colour in colours(hand, folder / "deep/cog.tif").items()}
    assert seen["nw"][0] > 220
    assert seen["nw"][1] < 20
    assert seen["se"][2] < 20


@pytest.mark.parametrize(("name", "crs", "reason"), REFUSED)
def test_what_cannot_be_used_is_refused_for_its_reason(told: dict[str, Any], name: str, crs: str, reason: str) -> None:
    assert told[f"{name} {crs}".strip()].get("refused") == reason


@pytest.mark.usefixtures("told")
def test_a_refusal_says_what_to_change_and_a_system_is_asked_for(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotUsable) as refused:
        make_cog(
            folder / "elsewhere.tif", tmp_path / "cog.tif", name="正射.tif", kind="orthophoto", crs="", city=CITY,
            progress=lambda _step, _share: None,
        )  # fmt: skip
    assert "“正射.tif” would lie at 120.300, 30.500" in refused.value.message
    assert refused.value.asks
    assert not [*tmp_path.iterdir()]


@pytest.mark.usefixtures("told")
def test_a_hand_that_was_killed_is_replaced_and_a_damaged_file_is_told(
    folder: Path, hand: Hand, tmp_path: Path
) -> None:
    cog, at = folder / "gauss/cog.tif", Tile.around(LON, LAT, 15)
    assert hand.tile(cog, at.zoom, at.x, at.y, "webp")[8:12] == b"WEBP"
    assert hand._child is not None
    hand._child.kill()
    hand._child.wait()
    assert hand.tile(cog, at.zoom, at.x, at.y, "webp")
    (tmp_path / "broken.tif").write_bytes(b"II*\0 and nothing more")
    for name in ("broken.tif", "none.tif"):
        with pytest.raises(Unavailable):
            hand.tile(tmp_path / name, at.zoom, at.x, at.y, "webp")
    assert hand.tile(cog, at.zoom, at.x, at.y, "png")
