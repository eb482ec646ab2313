"""Which layers there are. Each room's ``layers.py`` registers its own when the apps are loaded."""

import re
from collections.abc import Callable, Iterable, Sequence

from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, listed
from cityloop.onemap.rules.ground import Ground
from cityloop.onemap.rules.layer import Found, Layer, Look

NAME = re.compile(r"[a-z][a-z_]{1,30}")

_layers: dict[str, Layer] = {}
_grounds: list[Callable[[Look], Sequence[Ground]]] = []
_finders: dict[str, tuple[object, Callable[[str, Look], Sequence[Found]]]] = {}


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


def register_grounds(ask: Callable[[Look], Sequence[Ground]]) -> None:
    """Offer pictures of the ground; ``ask`` gives those that whoever looks may see, in order."""
    _grounds.append(ask)


def grounds(look: Look) -> list[Ground]:
    """Return the pictures that whoever looks may lay under the map."""
    return [one for ask in _grounds for one in ask(look)]


def register_finder(name: str, title: object, find: Callable[[str, Look], Sequence[Found]]) -> None:
    """Let things be found by what people call them that no layer shows, such as people; the viewer's rights are inside ``find``.

    Raises:
        ValueError: A layer or another finder has this name.
    """
    if not NAME.fullmatch(name) or name in _finders or name in _layers:
        raise ValueError(f"“{name}” cannot be the name of a finder, or is taken")
    _finders[name] = (title, find)


def finders() -> list[tuple[str, object, Callable[[str, Look], Sequence[Found]]]]:
    """Return name, title and search of all that is found beside the layers, in the order of their names."""
    return [(name, *_finders[name]) for name in sorted(_finders)]
