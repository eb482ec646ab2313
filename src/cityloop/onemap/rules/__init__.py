"""Tiles, looks, styles: no database, no clock, no request."""

from cityloop.onemap.rules.counts import DEEPEST_COUNTED
from cityloop.onemap.rules.ground import Ground
from cityloop.onemap.rules.layer import (
    ALWAYS,
    Column,
    Drawn,
    Features,
    Found,
    Layer,
    LegendItem,
    Look,
    Moment,
    Onlooker,
    Rows,
    Span,
    Tally,
)
from cityloop.onemap.rules.style import style
from cityloop.onemap.rules.tiles import MOST_LAYERS, Tile, layer_names

__all__ = [
    "ALWAYS",
    "DEEPEST_COUNTED",
    "MOST_LAYERS",
    "Column",
    "Drawn",
    "Features",
    "Found",
    "Ground",
    "Layer",
    "LegendItem",
    "Look",
    "Moment",
    "Onlooker",
    "Rows",
    "Span",
    "Tally",
    "Tile",
    "layer_names",
    "style",
]
