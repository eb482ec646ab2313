"""What a division of unit grids follows and spares: roads, banks, buildings."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from django.contrib.gis.geos import Polygon

from cityloop.geography.rules.division import Strength, Surroundings
from cityloop.geography.rules.shapes import Shapes
from cityloop.geography.surroundings import Box, read_shapes
from cityloop.places.choices import AreaKind, RoadClass
from cityloop.places.models import Area, Building, Road

STRENGTHS: Mapping[str, Strength] = {
    RoadClass.EXPRESSWAY: Strength.EXPRESSWAY,
    RoadClass.ARTERIAL: Strength.ARTERIAL,
    RoadClass.SECONDARY: Strength.SECONDARY,
    RoadClass.LOCAL: Strength.LOCAL,
    RoadClass.LANE: Strength.LANE,
    RoadClass.PATH: Strength.PATH,
}


def barriers(jurisdiction: str, on: date, within: Box | None = None) -> Surroundings:
    """Return roads, water and buildings of a city on a day, or those that meet a box: three statements."""
    near: dict[str, Any] = {} if within is None else {"geometry__bboverlaps": Polygon.from_bbox(within)}
    roads = Road.objects.valid_on(on).filter(jurisdiction=jurisdiction, **near).order_by("pk")
    rows = list(roads.values_list("geometry", "road_class"))
    water = Area.objects.valid_on(on).filter(jurisdiction=jurisdiction, kind=AreaKind.WATER, **near)
    return Surroundings(
        read_shapes([bytes(shape.wkb) for shape, _class in rows]),
        np.array([int(STRENGTHS[kind]) for _shape, kind in rows], dtype=np.int64),
        _shapes(water),
        _shapes(Building.objects.valid_on(on).filter(jurisdiction=jurisdiction, **near)),
    )


def _shapes(rows: Any) -> Shapes:
    return read_shapes([bytes(shape.wkb) for shape in rows.order_by("pk").values_list("geometry", flat=True)])
