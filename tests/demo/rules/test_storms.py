from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np

from cityloop.demo.rules.reports import Town
from cityloop.demo.rules.storms import FALLEN, LASTS, PONDING, low_places, storm_reports
from demo.rules.test_reports import place  # noqa: F401

AT = datetime(2026, 7, 3, 6, 0, tzinfo=UTC)


def test_a_storm_is_the_same_for_the_same_instant_and_brings_a_burst(place: Town) -> None:  # noqa: F811
    reports = storm_reports(place, 7, AT, 165.0)
    assert reports == storm_reports(place, 7, AT, 165.0)
    assert reports != storm_reports(place, 7, AT + timedelta(minutes=1), 165.0)
    assert 30 < len(reports) < 70
    assert all(one.at > AT for one in reports)
    assert sum(one.at < AT + LASTS for one in reports) > 0.9 * len(reports)
    classes = Counter(one.category for one in reports)
    assert classes[PONDING.category] > classes[FALLEN.category] > 5


def test_water_stands_at_the_low_places(place: Town) -> None:  # noqa: F811
    low = [(one.x, one.y) for one in low_places(place, 7)]
    ponding = [one for one in storm_reports(place, 7, AT, 165.0) if one.category == PONDING.category]
    assert len({(round(one.lon, 3), round(one.lat, 3)) for one in ponding}) < len(ponding)
    assert len(low) == 8
    assert np.ptp(np.array(low), axis=0).max() > 300
