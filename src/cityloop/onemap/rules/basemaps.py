"""From which address a tile of somebody else's map comes: templates, levels, rows from the north or from the south.

Source:
    The levels, layers and parameters of Tianditu as on its pages for developers: WMTS 1.0.0 by keys and values, matrix set ``w`` in Web
    Mercator, levels from 1 to 18 (terrain to 14), tiles 256 points wide, labels in layers of their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

MOST_CHARACTERS: Final = 1000

LABELS: Final[Mapping[str, str]] = {"vec": "cva", "img": "cia", "ter": "cta"}
"""Layers of Tianditu, and where the labels of each are."""

TIANDITU: Final = "https://t{s}.tianditu.gov.cn"
TIANDITU_LEVELS: Final[Mapping[str, tuple[int, int]]] = {"vec": (1, 18), "img": (1, 18), "ter": (1, 14)}

SHIFTED_HOSTS: Final = (
    "autonavi.com", "amap.com", "map.qq.com", "gtimg.com", "google.cn", "bdimg.com", "bdstatic.com", "map.baidu.com",
)  # fmt: skip
"""Hosts whose maps are drawn in GCJ-02 or BD-09."""

PLACES: Final = frozenset({"z", "x", "y", "-y", "s", "key"})
PLACE: Final = re.compile(r"\{([^{}]*)\}")
SUBDOMAINS: Final = re.compile(r"\{s:([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """From where the tiles of one sheet come.

    Args:
        template: Address with ``{z}``, ``{x}``, ``{y}`` (rows from the north) or ``{-y}`` (from the south), ``{s}`` and ``{key}``.
        subdomains: What takes the place of ``{s}``, one after another.
        levels: First and last zoom.
        matrices: What each level is called where it is not its number (WMTS).
    """

    template: str
    subdomains: tuple[str, ...] = ()
    levels: tuple[int, int] = (0, 18)
    matrices: Mapping[int, str] = field(default_factory=dict)

    def address(self, zoom: int, x: int, y: int, key: str = "") -> str:
        """Return the address of a tile; only to be asked, never to be told to anybody: the key stands in it."""
        given = {
            "z": self.matrices.get(zoom, str(zoom)),
            "x": str(x),
            "y": str(y),
            "-y": str((1 << zoom) - 1 - y),
            "s": self.subdomains[(x + y) % len(self.subdomains)] if self.subdomains else "",
            "key": key,
        }
        return PLACE.sub(lambda found: quote(given[found[1]], safe=":"), self.template)

    def has(self, zoom: int) -> bool:
        """Whether there are tiles at this zoom."""
        return self.levels[0] <= zoom <= self.levels[1] and (not self.matrices or zoom in self.matrices)


def tianditu(layer: str, base: str = "") -> Source:
    """Return the source of a layer of Tianditu, or of a service that speaks as it does at ``base``."""
    root = (base or TIANDITU).rstrip("/")
    query = (
        f"SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
    )
    of = layer if layer in TIANDITU_LEVELS else next(one for one, labels in LABELS.items() if labels == layer)
    return Source(f"{root}/{layer}_w/wmts?{query}", tuple("01234567"), TIANDITU_LEVELS[of])


def xyz(template: str, levels: tuple[int, int]) -> Source:
    """Return the source of an address as people write it: ``https://{s:a,b,c}.example/{z}/{x}/{y}.png``."""
    found = SUBDOMAINS.search(template)
    subdomains = tuple(one.strip() for one in found[1].split(",")) if found else ()
    return Source(SUBDOMAINS.sub("{s}", template), subdomains, levels)


def check_address(url: str, *, is_template: bool) -> None:
    """Refuse what is no address of a map that could be laid under ours.

    Raises:
        InvalidInput: It is none, or hides where it leads, or leads to a map whose places are shifted.
    """
    why = _wrong(url) or (_wrong_template(url) if is_template else "")
    if why:
        raise InvalidInput(_("This address cannot be used: it %(why)s.") % {"why": why}, faults=[Fault("url", why)])


def _wrong(url: str) -> str:
    try:
        parts = urlsplit(SUBDOMAINS.sub("{s}", url))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return _("is no address")
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        return _("may hold %(count)d signs of ASCII at most, without spaces") % {"count": MOST_CHARACTERS}
    if parts.scheme not in {"https", "http"} or not host or port == 0 or parts.fragment:
        return _("must begin with https:// or http:// and name a host")
    if parts.username is not None or parts.password is not None:
        return _("may not hold a name or a password")
    if any(place != "{s}" for place in re.findall(r"\{[^}]*\}", parts.netloc)):
        return _("must name its host plainly: only {s} may stand in it")
    if is_shifted(host):
        return _(
            "leads to a map in GCJ-02 or BD-09, whose places are shifted by 50 to 700 m: parts and cases would stand beside their place"
        )
    return ""


def _wrong_template(url: str) -> str:
    places = {found[1] for found in PLACE.finditer(SUBDOMAINS.sub("{s}", url))}
    if unknown := sorted(places - PLACES):
        return _("holds {%(name)s}, which nothing is known to stand for; there are {z} {x} {y} {-y} {s:a,b} {key}") % {
            "name": unknown[0]
        }
    if not {"z", "x"} <= places or not places & {"y", "-y"}:
        return _("must hold {z}, {x} and {y}, where level, column and row of a tile stand")
    if "{s}" in url:
        return _("must name what stands for {s}: {s:a,b,c}")
    return ""


def is_shifted(host: str) -> bool:
    """Whether a host is known for maps in GCJ-02 or BD-09."""
    return any(host == one or host.endswith(f".{one}") for one in SHIFTED_HOSTS)


IMAGES: Final[Sequence[tuple[bytes, str]]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
    (b"GIF8", "image/gif"),
)


def picture_type(body: bytes) -> str:
    """Return what kind of picture bytes are, by their beginning; "" for none."""
    for magic, kind in IMAGES:
        if body.startswith(magic) and (kind != "image/webp" or body[8:12] == b"WEBP"):
            return kind
    return ""
