import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography.rules.cells import Areas, cells_inside, clipped, edges, regular_grid
from cityloop.geography.rules.codes import grid_code
from cityloop.geography.rules.located import Extent
from cityloop.geography.rules.shapes import area_m2
from cityloop.kernel.errors import InvalidInput

extents = st.builds(
    lambda west, south, width, height: Extent(west, south, west + width, south + height),
    st.floats(-179, 178),
    st.floats(-80, 79),
    st.floats(0.001, 0.03),
    st.floats(0.001, 0.03),
)


@settings(max_examples=40, deadline=None)
@given(extent=extents, cell_m=st.floats(80, 3000), side=st.integers(1, 31))
def test_every_grid_covers_its_extent_once_with_valid_codes(extent: Extent, cell_m: float, side: int) -> None:
    grid = regular_grid("990101", extent, cell_m, community_side=side, street_side=9)
    assert len(set(grid.cells.codes)) == len(grid.cells)
    assert all(grid_code(code) == code for code in grid.cells.codes.tolist())
    whole = float(area_m2(shapely.box(*extent)))
    for areas in (grid.streets, grid.communities, grid.cells):
        assert area_m2(areas.shapes).sum() == pytest.approx(whole, rel=1e-9)
        assert shapely.union_all(areas.shapes).bounds == pytest.approx(extent, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(extent=extents, cell_m=st.floats(80, 3000))
def test_a_cell_lies_in_the_community_of_its_code_and_that_in_its_street(extent: Extent, cell_m: float) -> None:
    grid = regular_grid("990101", extent, cell_m, community_side=3, street_side=20)
    for inner, outer in ((grid.cells, grid.communities), (grid.communities, grid.streets)):
        around = dict(zip(outer.codes.tolist(), outer.shapes, strict=True))
        found = [around[code[:-3]] for code in inner.codes.tolist()]
        assert shapely.covers(np.array(found), inner.shapes).all()


def test_numbers_run_from_west_to_east_and_from_north_to_south() -> None:
    grid = regular_grid("990101", Extent(116.0, 39.0, 116.03, 39.03), 1000, community_side=2, street_side=31)
    middles = {
        code: shapely.centroid(shape) for code, shape in zip(grid.cells.codes.tolist(), grid.cells.shapes, strict=True)
    }
    first, second, third = (middles[f"990101001001{number:03}"] for number in (1, 2, 3))
    assert first.x < second.x
    assert first.y == pytest.approx(second.y)
    assert third.y < first.y
    assert third.x == pytest.approx(first.x)
    assert first.y == max(point.y for point in middles.values())


@pytest.mark.parametrize("lat", [0.0, 31.2, 60.0, -33.9])
def test_a_cell_is_square_on_the_ground_wherever_it_lies(lat: float) -> None:
    lon, parallels = edges(Extent(10.0, lat, 10.1, lat + 0.1), 100)
    cells = regular_grid("990101", Extent(10.0, lat, 10.1, lat + 0.1), 100).cells
    assert area_m2(cells.shapes).max() <= 100 * 100 * 1.002
    assert area_m2(cells.shapes).min() >= 97 * 97
    assert len(cells) == (len(lon) - 1) * (len(parallels) - 1)


@pytest.mark.parametrize(
    ("extent", "cell_m"),
    [
        pytest.param(Extent(116, 39, 116, 40), 100, id="no width"),
        pytest.param(Extent(117, 39, 116, 40), 100, id="east of itself"),
        pytest.param(Extent(39, 116, 40, 117), 100, id="swapped"),
        pytest.param(Extent(116, 39, float("nan"), 40), 100, id="not a number"),
        pytest.param(Extent(116, 39, 117, 40), 0, id="cells of nothing"),
        pytest.param(Extent(116, 39, 117, 40), float("nan"), id="cells of no size"),
        pytest.param(Extent(0, 0, 10, 10), 100, id="a country of small cells"),
    ],
)
def test_what_cannot_be_cut_is_refused(extent: Extent, cell_m: float) -> None:
    with pytest.raises(InvalidInput) as refusal:
        regular_grid("990101", extent, cell_m)
    assert "%(" not in refusal.value.message


def test_more_streets_than_three_digits_number_are_refused() -> None:
    with pytest.raises(InvalidInput, match="1089"):
        regular_grid("990101", Extent(0, 0, 0.033, 0.033), 112, community_side=1, street_side=1)


def test_known_communities_are_cut_inside_their_borders() -> None:
    slanted = shapely.Polygon([(116, 39), (116.02, 39.004), (116.018, 39.02), (116.004, 39.018)])
    beside = shapely.Polygon([(116.02, 39.004), (116.03, 39.0), (116.03, 39.02), (116.018, 39.02)])
    known = Areas(np.array(["990101001001", "990101001002"]), np.array([slanted, beside]))
    cells = cells_inside(known, 200)
    for code, shape in zip(known.codes.tolist(), known.shapes, strict=True):
        mine = cells.shapes[np.char.startswith(cells.codes, code)]
        assert area_m2(mine).sum() == pytest.approx(float(area_m2(shape)), rel=1e-3)
        assert shapely.covers(shape.buffer(1e-9), mine).all()
    assert len(set(cells.codes.tolist())) == len(cells)
    assert {shape.geom_type for shape in cells.shapes} <= {"Polygon", "MultiPolygon"}


def test_a_community_of_more_than_999_cells_is_refused_by_name() -> None:
    known = Areas(np.array(["990101001001"]), np.array([shapely.box(116, 39, 116.1, 39.1)]))
    with pytest.raises(InvalidInput, match="990101001001"):
        cells_inside(known, 100)


def test_a_grid_cut_at_a_border_covers_the_ground_inside_and_nothing_else() -> None:
    border = shapely.Polygon([(116, 39), (116.06, 39.01), (116.03, 39.05), (116.01, 39.06)])
    whole = regular_grid("990101", Extent(*border.bounds), 200)
    inside = clipped(whole, border)
    ground = border.area
    for areas, least in ((inside.cells, 0.99), (inside.communities, 0.999999), (inside.streets, 0.999999)):
        assert least * ground < shapely.area(areas.shapes).sum() < ground * 1.000001
    assert 0 < len(inside.cells) < len(whole.cells)
    assert {code[:12] for code in inside.cells.codes} == set(inside.communities.codes)
    assert {code[:9] for code in inside.cells.codes} == set(inside.streets.codes)
    assert set(inside.cells.codes) < set(whole.cells.codes), "a cell keeps its code"
