from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.media.rules.origin import Origin, instant_of_video, origin_of, position_of, position_of_iso_6709

NOW = datetime(2026, 7, 2, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
HERE = {1: "N", 2: (30, 15, 0), 3: "E", 4: (120, 30, 36)}


@pytest.mark.parametrize(
    ("changed", "position"),
    [
        pytest.param({}, (120.51, 30.25), id="north and east"),
        pytest.param({1: "S"}, (120.51, -30.25), id="south"),
        pytest.param({3: "W"}, (-120.51, 30.25), id="west"),
        pytest.param({2: (Fraction(121, 4), 0, 0)}, (120.51, 30.25), id="degrees with a fraction"),
        pytest.param({18: "WGS-84"}, (120.51, 30.25), id="its datum named"),
        pytest.param({18: "TOKYO"}, None, id="another datum"),
        pytest.param({1: ""}, None, id="no side"),
        pytest.param({1: "X"}, None, id="a side that is none"),
        pytest.param({2: (91, 0, 0)}, None, id="beyond the pole"),
        pytest.param({4: (181, 0, 0)}, None, id="beyond the date line"),
        pytest.param({2: (30, 60, 0)}, None, id="sixty minutes"),
        pytest.param({2: (float("nan"), 0, 0)}, None, id="no number"),
        pytest.param({2: (30, 15)}, None, id="too few parts"),
        pytest.param({2: ("a", "b", "c")}, None, id="letters"),
        pytest.param({2: None}, None, id="nothing"),
        pytest.param({2: (0, 0, 0), 4: (0, 0, 0)}, None, id="no fix"),
    ],
)
def test_a_position_that_cannot_be_is_none(changed: dict[int, Any], position: tuple[float, float] | None) -> None:
    assert position_of(HERE | changed) == position


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_a_position_written_in_minutes_and_seconds_comes_back(lon: float, lat: float) -> None:
    def parts(value: float) -> tuple[int, int, float]:
        degrees, rest = divmod(abs(value), 1)
        minutes, rest = divmod(rest * 60, 1)
        return int(degrees), min(int(minutes), 59), min(rest * 60, 59.999999)  # 59.999… may round up

    found = position_of({1: "N" if lat >= 0 else "S", 2: parts(lat), 3: "E" if lon >= 0 else "W", 4: parts(lon)})
    assert found == pytest.approx((lon, lat), abs=1e-6) or (round(lon, 7), round(lat, 7)) == (0, 0)


@pytest.mark.parametrize(
    ("main", "exif", "gps", "taken"),
    [
        pytest.param({}, {0x9003: "2026:07:01 10:00:00"}, {}, datetime(2026, 7, 1, 10), id="on the wall"),  # noqa: DTZ001
        pytest.param(
            {},
            {0x9003: "2026:07:01 10:00:00", 0x9011: "+08:00"},
            {},
            datetime(2026, 7, 1, 10, tzinfo=CHINA),
            id="offset",
        ),
        pytest.param({0x0132: "2026:07:01 11:00:00"}, {}, {}, datetime(2026, 7, 1, 11), id="changed last"),  # noqa: DTZ001
        pytest.param(
            {}, {}, {29: "2026:07:01", 7: (2, 0, 5.5)}, datetime(2026, 7, 1, 2, 0, 5, tzinfo=UTC), id="satellites"
        ),
        pytest.param({}, {0x9003: "2026:13:01 10:00:00"}, {}, None, id="a thirteenth month"),
        pytest.param({}, {0x9003: "    :  :     :  :  "}, {}, None, id="blank"),
        pytest.param({}, {0x9003: "1970:01:01 00:00:00"}, {}, None, id="a clock never set"),
        pytest.param({}, {0x9003: "2026:07:09 00:00:00"}, {}, None, id="next week"),
        pytest.param({}, {0x9003: "9999:12:31 23:59:59", 0x9011: "-14:00"}, {}, None, id="the end of time"),
        pytest.param(
            {},
            {0x9003: "2026:07:01 10:00:00", 0x9011: "+25:00"},
            {},
            datetime(2026, 7, 1, 10),  # noqa: DTZ001
            id="no such offset",
        ),
        pytest.param({}, {}, {29: "2026:07:01", 7: (25, 0, 0)}, None, id="no such hour"),
        pytest.param({}, {}, {}, None, id="nothing"),
    ],
)
def test_a_time_that_cannot_be_is_none(main: Any, exif: Any, gps: Any, taken: datetime | None) -> None:
    found = origin_of(main, exif, gps, now=NOW)
    assert found == Origin(taken=taken)
    assert taken is None or found.taken is None or found.taken.utcoffset() == taken.utcoffset()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("+30.2500+120.5000/", (120.5, 30.25)),
        ("-30.25+120.5+010.000/", (120.5, -30.25)),
        ("+30.2500+120.5000+010.000CRSWGS_84/", (120.5, 30.25)),
        ("+95.0000+120.5000/", None),
        ("+30.2500+120.5000CRSGCJ_02/", None),
        ("somewhere", None),
    ],
)
def test_a_video_tells_its_position_after_iso_6709(text: str, position: tuple[float, float] | None) -> None:
    assert position_of_iso_6709(text) == position


def test_a_video_tells_the_instant_it_was_made() -> None:
    assert instant_of_video("2026-07-01T02:00:00.000000Z", NOW) == datetime(2026, 7, 1, 2, tzinfo=UTC)
    assert instant_of_video("1904-01-01T00:00:00Z", NOW) is None
    assert instant_of_video("", NOW) is None
