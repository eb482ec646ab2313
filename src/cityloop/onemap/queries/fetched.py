"""Tiles of basemaps from other hosts, kept on this machine so that nobody is asked twice for what has not changed."""

from typing import Final

import orjson
from django.conf import settings

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap.fetching import FETCHER, WHY, Answer, Unreached
from cityloop.onemap.models import Basemap
from cityloop.onemap.queries.kept_grounds import BASEMAP_TILES
from cityloop.onemap.rules.basemaps import Source, picture_type
from cityloop.onemap.rules.tiles import Tile

FRESH_S: Final = 30 * 86400.0
"""How long a tile is shown without asking again; it is shown longer where the host does not answer."""

NOTHING_S: Final = 600.0
"""How long it is believed that a host has no tile there."""

ABSENT: Final = frozenset({204, 404, 410})
REFUSED: Final = frozenset({401, 403})
TOO_MANY: Final = frozenset({418, 429})
TIANDITU_REFUSES: Final = frozenset({"301", "302", "303", "304", "305", "306", "307", "308", "309", "310"})
"""How the codes begin by which Tianditu says, with status 200 or 403, that a key is wrong or used up."""


def fetched(basemap: Basemap, sheet: str, source: Source, at: Tile, key: str) -> tuple[bytes, str] | None:
    """Return a tile and its media type; None where there is none.

    Raises:
        Unavailable: It does not come now; the words never hold the address, in which the key stands.
    """
    name = f"{basemap.pk}/{basemap.version}-{sheet}-{at.zoom}-{at.x}-{at.y}"
    kept = BASEMAP_TILES.get(name)
    if kept is not None and kept[1] < (FRESH_S if kept[0] else NOTHING_S):
        return _told(kept[0])
    try:
        body = asked(source, at, key)
    except Unreached as exc:
        if kept is not None and kept[0]:
            return _told(kept[0])
        raise Unavailable(
            _(WHY[exc.reason]), retry_after_seconds=30 if exc.reason == "resting" else 2, reason=exc.reason
        ) from None
    BASEMAP_TILES.put(name, body)
    return _told(body)


def _told(body: bytes) -> tuple[bytes, str] | None:
    return (body, picture_type(body)) if body else None


def asked(source: Source, at: Tile, key: str) -> bytes:
    """Return a tile from its host; nothing where that has none.

    Raises:
        Unreached: It does not come.
    """
    if not source.has(at.zoom):
        return b""
    if "{key}" in source.template and not key:
        raise Unreached("no_key")
    return _picture(FETCHER.get(source.address(at.zoom, at.x, at.y, key), allowed=settings.BASEMAP_NETWORKS))


def _picture(answer: Answer) -> bytes:
    """Return the picture of an answer.

    Raises:
        Unreached: It has none.
    """
    if answer.status in ABSENT:
        return b""
    if 300 <= answer.status < 400:
        raise Unreached("moved")
    if answer.status in TOO_MANY:
        raise Unreached("too_many")
    if answer.status in REFUSED or _says_no(answer.body):
        raise Unreached("refused")
    if answer.status >= 500:
        raise Unreached("broken")
    if answer.status != 200 or not picture_type(answer.body):
        raise Unreached("no_picture")
    return answer.body


def _says_no(body: bytes) -> bool:
    """Whether an answer is Tianditu's refusal of a key: JSON (or XML) with a code, also under status 200."""
    if len(body) > 4000:
        return False
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return b"<" in body[:200] and any(
            word in body for word in (b"tk=", "密钥".encode(), "权限".encode(), b"Permission")
        )
    return isinstance(told, dict) and str(told.get("code", ""))[:3] in TIANDITU_REFUSES
