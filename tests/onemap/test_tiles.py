"""The squares of the map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.onemap.rules.tiles import CELL_POINTS, DEEPEST, EDGE_M, MARGIN, MOST_LAYERS, POINTS, Tile, layer_names

zooms = st.integers(0, DEEPEST)


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (("x", "0", "0"), "z"),
        (("-1", "0", "0"), "z"),
        (("23", "0", "0"), "z"),
        (("3", "8", "0"), "x"),
        (("3", "0", "8"), "y"),
        (("3", "1.5", "0"), "x"),
        (("3", "", "0"), "x"),
        (("3", "１", "0"), "x"),
        (("3", "0", "9" * 400), "y"),
    ],
)
def test_what_is_no_square_of_the_world_is_refused_by_its_number(address: tuple[str, str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Tile.parse(*address)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_the_first_tile_is_the_whole_world() -> None:
    assert Tile.parse("0", "0", "0").metres == pytest.approx((-EDGE_M, -EDGE_M, EDGE_M, EDGE_M))
    assert Tile(0, 0, 0).degrees() == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))


@given(zoom=zooms, lon=st.floats(-180, 180, exclude_max=True), lat=st.floats(-85, 85))
def test_a_point_lies_in_the_tile_around_it_and_in_the_one_above(zoom: int, lon: float, lat: float) -> None:
    tile = Tile.around(lon, lat, zoom)
    west, south, east, north = tile.degrees()
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    if zoom:
        assert Tile.around(lon, lat, zoom - 1) == Tile(zoom - 1, tile.x // 2, tile.y // 2)


@given(zoom=zooms, data=st.data())
def test_neighbours_share_a_border_and_the_margin_reaches_over_it(zoom: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, (1 << zoom) - 1))
    tile, beside = Tile(zoom, x, 0), Tile(zoom, x + 1, 0)
    assert tile.metres.east == pytest.approx(beside.metres.west, abs=1e-6)
    assert tile.degrees(MARGIN).east > beside.degrees().west


@given(zoom=zooms)
def test_cells_divide_a_tile_evenly(zoom: int) -> None:
    tile = Tile(zoom, 0, 0)
    assert POINTS % CELL_POINTS == 0
    assert tile.width_m / tile.cell_m == POINTS // CELL_POINTS


def test_layers_are_named_once_each() -> None:
    assert layer_names("roads,buildings") == ("roads", "buildings")
    for wrong in ("", "roads,", "roads,roads", ",".join(f"a{n}" for n in range(MOST_LAYERS + 1))):
        with pytest.raises(InvalidInput):
            layer_names(wrong)
