"""Automatic division: unit grids from communities, roads, water and buildings.

``propose`` divides, ``quality_of`` measures any division, ``codes_of`` and ``staying`` number it, ``Partition`` (``editing``) lets
a person change it with its topology kept.
"""

from cityloop.geography.rules.division.city import Communities, Strength, Surroundings, Wish, nothing
from cityloop.geography.rules.division.numbering import codes_of, reading_order, staying
from cityloop.geography.rules.division.proposing import Proposal, propose
from cityloop.geography.rules.division.quality import STEPS, Quality, quality_of

__all__ = [
    "STEPS",
    "Communities",
    "Proposal",
    "Quality",
    "Strength",
    "Surroundings",
    "Wish",
    "codes_of",
    "nothing",
    "propose",
    "quality_of",
    "reading_order",
    "staying",
]
