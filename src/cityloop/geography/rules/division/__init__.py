"""Automatic division: unit grids from communities, roads, water and buildings.

``propose`` divides, ``quality_of`` measures any division, ``codes_of`` and ``staying`` number it, ``editing`` lets a person
change it with its topology kept, ``recounting`` measures what such a change did.
"""

from cityloop.geography.rules.division.city import Communities, Strength, Surroundings, Wish, nothing
from cityloop.geography.rules.division.numbering import codes_of, reading_order, staying
from cityloop.geography.rules.division.proposing import Proposal, propose
from cityloop.geography.rules.division.quality import STEPS, Quality, measured, quality_of, summed

__all__ = [
    "STEPS",
    "Communities",
    "Proposal",
    "Quality",
    "Strength",
    "Surroundings",
    "Wish",
    "codes_of",
    "measured",
    "nothing",
    "propose",
    "quality_of",
    "reading_order",
    "staying",
    "summed",
]
