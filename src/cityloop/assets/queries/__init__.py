"""Questions that other rooms put to the parts registry."""

from cityloop.assets.queries.briefs import PartBrief, part_brief
from cityloop.assets.queries.near import NearPart, parts_near
from cityloop.assets.queries.parts import (
    NO_UNITS,
    PartRow,
    PartSpot,
    PartUnits,
    counts_by_class,
    part,
    part_spot,
    public_spot,
    units,
)

__all__ = [
    "NO_UNITS",
    "NearPart",
    "PartBrief",
    "PartRow",
    "PartSpot",
    "PartUnits",
    "counts_by_class",
    "part",
    "part_brief",
    "part_spot",
    "parts_near",
    "public_spot",
    "units",
]
