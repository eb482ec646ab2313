"""A layer feature by feature, for those who judge areas one by one; read as any other layer is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cityloop.geography.files import Asked, Batch, open_layer

AT_ONCE = 1_000
"""Features in a batch: a province's border alone is a megabyte."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a file: its number from 1, its properties as text (``""`` for null), its shape in degrees, 4490; None for none.

    ``row``: what a person finds it by (``Batch.numbers``).
    """

    number: int
    row: int
    values: Mapping[str, str]
    shape: Any


@dataclass(frozen=True, slots=True)
class AreaFile:
    """What a file holds: the layer that is read, its columns, how many features (-1: only its end tells), and these as they come."""

    layer: str
    columns: tuple[str, ...]
    count: int
    features: Iterator[Feature]


@contextmanager
def open_areas(path: Path, *, layer: str = "", crs: str = "") -> Iterator[AreaFile]:
    """Open a layer for reading; leaving the block ends the process that reads.

    Args:
        path: Any file that ``open_layer`` reads, also gzipped.
        layer: Its name; the first one if empty.
        crs: What the coordinates are, against what the file says.

    Raises:
        InvalidInput: As ``open_layer``.
    """
    with open_layer(path, Asked(layer=layer, crs=crs, batch=AT_ONCE)) as file:
        yield AreaFile(file.layer, file.columns, file.count, _features(file.batches))


def _features(batches: Iterator[Batch]) -> Iterator[Feature]:
    for batch in batches:
        names = list(batch.texts)
        columns = [batch.texts[name] for name in names]
        for at, (number, row) in enumerate(zip(batch.ordinals, batch.numbers.tolist(), strict=True)):
            values = {name: column[at] or "" for name, column in zip(names, columns, strict=True)}
            yield Feature(number, row, values, batch.shapes[at])
