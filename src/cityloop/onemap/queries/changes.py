"""Which version of its tables a tile shows: asked before each tile, so that none that is kept outlives a change."""

from collections.abc import Collection, Mapping

from cityloop.kernel.sql import prepared_cursor
from cityloop.onemap.rules.places import places_of
from cityloop.onemap.rules.tiles import Tile

# Exclusive or over all that was noted where the tile lies: the same number only for the same set of changes.
VERSIONS = """
SELECT asked.source, bit_xor(c.stamp)
FROM unnest(%s::text[]) AS asked (source)
CROSS JOIN unnest(%s::bigint[], %s::bigint[]) AS within (first, past)
JOIN onemap_change c ON c.source = asked.source AND c.place >= within.first AND c.place < within.past
GROUP BY asked.source
"""


def versions_at(at: Tile, sources: Collection[str]) -> Mapping[str, int]:
    """Return the version of each source where a tile lies; those of which nothing was ever noted there are left out: one query.

    What is read afterwards is at least as new: a tile kept under this version is never older than it says.
    """
    if not sources:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(VERSIONS, version_values(at, sources))
        return dict(cursor.fetchall())


def version_values(at: Tile, sources: Collection[str]) -> list[list[str] | list[int]]:
    """Return the values of ``VERSIONS`` for a tile, for whoever asks it together with something else."""
    first, past = zip(*places_of(at), strict=True)
    return [sorted(sources), list(first), list(past)]
