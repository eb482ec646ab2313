"""What stands around a part, told by rooms above: they register how far the nearest road is."""

from collections.abc import Callable
from datetime import date
from typing import Any

from numpy.typing import NDArray

RoadMeter = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""Gives ``(n,)`` metres to the nearest road for ``(n,)`` longitudes and latitudes."""

_makers: list[Callable[[str, date], RoadMeter | None]] = []


def register_roads(maker: Callable[[str, date], RoadMeter | None]) -> None:
    """Offer what measures the way to the nearest road of a city on a day; None from it where the city has no roads."""
    _makers[:] = [maker]


def road_meter(jurisdiction: str, on: date) -> RoadMeter | None:
    """Return what measures the way to the nearest road; None where nobody knows the roads."""
    return _makers[0](jurisdiction, on) if _makers else None
