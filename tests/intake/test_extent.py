import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.intake.rules import extent as extents
from cityloop.intake.rules.extent import PositionSample


def sample_of(*points: tuple[float, float]) -> PositionSample:
    sample = PositionSample()
    for lon, lat in points:
        sample.add(lon, lat)
    return sample


def test_a_few_wrong_positions_do_not_move_the_box() -> None:
    city = [(-76.7 + n / 10_000, 39.2 + n / 10_000) for n in range(2000)]
    box = sample_of(*city, (-76.01, 39.99), (121.5, 25.1)).extent(percentile=0.5, margin_m=0)
    assert box is not None
    assert box == pytest.approx((-76.7, 39.2, -76.5, 39.4), abs=0.002)


def test_the_margin_is_in_metres_in_both_directions() -> None:
    box = sample_of((10.5, 60.5), (10.7, 60.5), (10.5, 60.6), (10.7, 60.6)).extent(percentile=0, margin_m=1000)
    assert box is not None
    west, south, east, north = box
    assert south == pytest.approx(60.5 - 0.009, abs=1e-4)
    assert north == pytest.approx(60.6 + 0.009, abs=1e-4)
    assert west == pytest.approx(10.5 - 0.0183, abs=2e-4)  # a degree of longitude is half as long up here
    assert east == pytest.approx(10.7 + 0.0183, abs=2e-4)


def test_without_a_position_there_is_no_box() -> None:
    assert sample_of().extent(0.1, 1000) is None


def test_the_sample_is_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "MOST_KEPT", 100)
    sample = PositionSample()
    for n in range(10_000):
        sample.add(n / 1000, 1.5)
    box = sample.extent(percentile=0, margin_m=0)
    assert box is not None
    assert box.west == 0
    assert box.east > 9.8


@given(points=st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80)), min_size=1, max_size=30))
def test_without_a_cut_every_position_lies_inside(points: list[tuple[float, float]]) -> None:
    box = sample_of(*points).extent(percentile=0, margin_m=0)
    assert box is not None
    assert all(box.west <= lon <= box.east and box.south <= lat <= box.north for lon, lat in points)
