"""Decoders at the edge: what foreign libraries see in a file, in our words. Nothing here knows Django or the store.

They are loaded where the first file is looked at: in most processes none ever is, and they are large.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from cityloop.media.choices import Kind
from cityloop.media.reading.seen import Made, Seen, not_taken
from cityloop.media.rules.formats import FORMATS, HEAD_BYTES, format_of

__all__ = ["Made", "Seen", "copies", "look"]


def look(path: Path, *, now: datetime, kinds: Collection[Kind] = tuple(Kind)) -> Seen:
    """Return what is in the file at ``path``, by its content alone.

    Args:
        kinds: Those that are taken.
    Raises:
        InvalidInput: It is empty, of no format that is taken, damaged, or larger than its kind may be.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = format_of(head)
    if found is None or found.kind not in kinds:
        raise not_taken(head, kinds)
    if found.kind == Kind.PHOTO:
        from cityloop.media.reading import pictures

        return pictures.look(path, found, now=now)
    from cityloop.media.reading import streams

    return streams.look(path, found, now=now)


def copies(path: Path, code: str, folder: Path) -> list[Made]:
    """Write into ``folder`` what people are shown of the file at ``path``, of the format ``code``; return what was written.

    Raises:
        InvalidInput: It is damaged in a place that ``look`` does not reach.
    """
    found = FORMATS[code]
    if found.kind == Kind.PHOTO:
        from cityloop.media.reading import pictures

        return pictures.copies(path, found, folder)
    from cityloop.media.reading import streams

    return streams.copies(path, found, folder)
