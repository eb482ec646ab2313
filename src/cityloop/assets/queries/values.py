"""A part as plain values."""

from typing import Any

import shapely

from cityloop.assets import models
from cityloop.assets.rules.values import DERIVED, TYPED, as_position


def shape_in(row: models.Part) -> Any:
    """Return the shapely geometry of a part."""
    return shapely.from_wkb(bytes(row.geometry.wkb))


def values_of(row: models.Part) -> dict[str, Any]:
    """Return all that a history keeps of a part, as ``rules.values`` writes it."""
    values = {name: getattr(row, name) for name in (*TYPED, *DERIVED)}
    values["valid_to"] = row.valid_to.isoformat() if row.valid_to else None
    return values | {"position": as_position(shape_in(row))}
