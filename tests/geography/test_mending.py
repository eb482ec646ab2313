"""Grids that were drawn elsewhere are made fit for changes by hand."""

import math

import shapely

from cityloop.geography.rules.division.editing import Face, moved
from cityloop.geography.rules.division.mending import fitted, separated
from cityloop.geography.rules.shapes import column

CODE = "420106001001"


def test_a_grid_of_two_pieces_becomes_two_and_the_larger_goes_on() -> None:
    whole = Face(shapely.box(0, 0, 0.001, 0.001), CODE, f"{CODE}001")
    pieces = shapely.multipolygons([shapely.box(0.001, 0, 0.0012, 0.001), shapely.box(0.002, 0, 0.003, 0.001)])
    faces, codes = separated([whole, Face(pieces, CODE, f"{CODE}002")])
    assert codes == [f"{CODE}002"]
    assert [one.code for one in faces] == [f"{CODE}001", f"{CODE}002", ""]
    assert faces[1].shape.bounds == (0.002, 0, 0.003, 0.001)
    assert math.isclose(sum(one.shape.area for one in faces), whole.shape.area + pieces.area)


def test_neighbours_get_the_same_corners_and_their_border_can_be_moved() -> None:
    # The corner at (0.001, 0.0005) stands in two faces; the third has a straight side there, three centimetres away.
    faces = [
        Face(shapely.box(0, 0, 0.001, 0.0005), CODE),
        Face(shapely.box(0, 0.0005, 0.001, 0.001), CODE),
        Face(shapely.box(0.0010003, 0, 0.002, 0.001), CODE),
    ]
    assert not shapely.coverage_is_valid(column([one.shape for one in faces]), gap_width=1e-6)
    fit = fitted(faces)
    assert shapely.coverage_is_valid(column([one.shape for one in fit]))
    held = [set(map(tuple, shapely.get_coordinates(one.shape).tolist())) for one in fit]
    shared = set.intersection(*held)
    assert len(shared) == 1
    lon, lat = shared.pop()
    change = moved(dict(enumerate(fit)), (lon, lat), (lon + 0.0001, lat))
    assert sorted(change.gone) == [0, 1, 2]


def test_what_fits_already_stays_to_the_last_digit() -> None:
    faces = [Face(shapely.box(0, 0, 1 / 3000, 0.001), CODE), Face(shapely.box(1 / 3000, 0, 0.001, 0.001), CODE)]
    assert fitted(faces) == faces
