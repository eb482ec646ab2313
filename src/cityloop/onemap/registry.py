"""Which layers there are. Each room's ``layers.py`` registers its own when the apps are loaded."""

import re
from collections.abc import Iterable

from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, listed
from cityloop.onemap.rules.layer import Layer

NAME = re.compile(r"[a-z][a-z_]{1,30}")

_layers: dict[str, Layer] = {}


def register(*layers: Layer) -> None:
    """Put layers on the map.

    Raises:
        ValueError: A name is taken, or cannot stand in an address; or a layer that follows the clock names sources.
    """
    for layer in layers:
        if not NAME.fullmatch(layer.name) or layer.name in _layers:
            raise ValueError(f"“{layer.name}” cannot be the name of a layer, or is taken")
        if layer.is_live and layer.sources:
            raise ValueError(f"“{layer.name}” follows the clock: its tiles cannot be kept")
        _layers[layer.name] = layer


def layers() -> tuple[Layer, ...]:
    """Return all layers, in the order of their names."""
    return tuple(_layers[name] for name in sorted(_layers))


def named(names: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers with these names, in this order.

    Raises:
        NotFound: There is no layer of one of the names.
    """
    wanted = tuple(names)
    if unknown := [name for name in wanted if name not in _layers]:
        raise NotFound(_("There is no layer “%(names)s”.") % {"names": listed(name[:40] for name in unknown)})
    return tuple(_layers[name] for name in wanted)
