"""Questions that other rooms put to the parts registry."""

from cityloop.assets.queries.near import NearPart, parts_near
from cityloop.assets.queries.parts import PartRow, PartSpot, counts_by_class, owners, part, part_spot, public_spot

__all__ = [
    "NearPart",
    "PartRow",
    "PartSpot",
    "counts_by_class",
    "owners",
    "part",
    "part_spot",
    "parts_near",
    "public_spot",
]
