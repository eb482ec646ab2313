"""The features that are taken away, page by page by their key, out of the statement of the open data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cityloop.kernel.errors import InvalidInput, Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap import opendata
from cityloop.onemap.queries import named
from cityloop.onemap.rules.asking import MOST, Asked
from cityloop.onemap.rules.conditions import Condition, equals
from cityloop.onemap.rules.layer import Layer, Look
from cityloop.onemap.within import Area, span_of


@dataclass(frozen=True, slots=True)
class Taken:
    """One layer of those that are taken, and what its features must meet."""

    layer: Layer
    asked: Asked


def taken(names: Sequence[str], look: Look, area: Area | None, only: dict[str, dict[str, str]]) -> list[Taken]:
    """Return what is asked for of each layer.

    Args:
        area: Within which it lies; None: all that there is.
        only: By layer, the properties that must have a value.
    Raises:
        NotFound: There is no layer of one of the names.
        InvalidInput: A layer cannot be taken away, or a property is not one of its own.
    """
    found = []
    for layer in named(names):
        if layer.features is None:
            raise InvalidInput(_("The layer “%(title)s” cannot be taken away as a file.") % {"title": layer.title})
        conditions: list[Condition] = [] if area is None else [area.condition]
        for number, (name, value) in enumerate(sorted(only.get(layer.name, {}).items())):
            if name not in layer.features.columns:
                raise InvalidInput(_("“%(name)s” is no property of this layer.") % {"name": name[:40]})
            conditions.append(equals(name, layer.features.columns[name], value, number))
        found.append(Taken(layer, Asked(limit=MOST, conditions=tuple(conditions), span=span_of(look))))
    return found


def number_of(all_taken: Sequence[Taken], look: Look) -> int | None:
    """Return how many features there are to take; None where that would take too long to count."""
    try:
        return sum(opendata.count(one.layer, look, one.asked) for one in all_taken)
    except Unavailable:
        return None


def features_of(one: Taken, look: Look, tell: Callable[[int], Any] = lambda _count: None) -> Iterator[Sequence[str]]:
    """Yield the features of a layer as GeoJSON texts, some thousands at a time; ``tell`` hears how many came."""
    asked = one.asked
    while True:
        page = opendata.page(one.layer, look, asked)
        yield page.features
        tell(len(page.features))
        if not page.cursor:
            return
        asked = replace(asked, cursor=page.cursor)
