"""Tiles, looks, styles: no database, no clock, no request."""

from cityloop.onemap.rules.counts import DEEPEST_COUNTED
from cityloop.onemap.rules.layer import Drawn, Found, Layer, LegendItem, Look, Moment, Onlooker, Rows
from cityloop.onemap.rules.style import style
from cityloop.onemap.rules.tiles import MOST_LAYERS, Tile, layer_names

__all__ = [
    "DEEPEST_COUNTED",
    "MOST_LAYERS",
    "Drawn",
    "Found",
    "Layer",
    "LegendItem",
    "Look",
    "Moment",
    "Onlooker",
    "Rows",
    "Tile",
    "layer_names",
    "style",
]
