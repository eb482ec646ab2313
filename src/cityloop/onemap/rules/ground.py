"""Pictures of the ground in tiles, which may lie under the drawn map or between its land and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cityloop.onemap.choices import GroundKind


@dataclass(frozen=True, slots=True)
class Ground:
    """An orthophoto, a topographic map, somebody else's basemap.

    Args:
        name: In addresses: letters, digits, ``.``, ``_`` and ``-``.
        kind: A base lies under everything, an overlay over the land and below lines and names.
        tiles: Addresses of the tiles on this server, with ``{z}``, ``{x}`` and ``{y}``.
        tile_size: Points of a tile's side.
        zooms: The first and the last zoom of which there are tiles.
        attribution: Whose picture it is, and what approval it carries: shown on the map, in pictures and on paper.
        bounds: West, south, east, north in degrees; None: everywhere.
        vectors: Names of the layers of vector tiles, which are drawn plainly; none for pictures.
        trouble: Why it does not come now, in words; "" where it does.
    """

    name: str
    title: Any
    kind: GroundKind
    tiles: Sequence[str]
    tile_size: int = 256
    zooms: tuple[int, int] = (0, 18)
    attribution: Any = ""
    bounds: tuple[float, float, float, float] | None = None
    vectors: tuple[str, ...] = ()
    trouble: str = ""

    def told(self) -> dict[str, Any]:
        """Return what the page of the map is told of it."""
        return {
            "name": self.name,
            "title": str(self.title),
            "kind": self.kind.value,
            "tiles": list(self.tiles),
            "tileSize": self.tile_size,
            "minzoom": self.zooms[0],
            "maxzoom": self.zooms[1],
            "attribution": str(self.attribution),
            "bounds": self.bounds,
            "vectors": list(self.vectors),
            "trouble": self.trouble,
        }
