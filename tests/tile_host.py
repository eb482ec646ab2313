"""A host of tiles on this machine that speaks as Tianditu and other services do, and misbehaves as they do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

KEY = "0123456789abcdef0123456789abcdef"


def picture(colour: tuple[int, int, int], form: str = "PNG", width: int = 256) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, width), colour).save(out, form)
    return out.getvalue()


def colour_of(zoom: int, x: int, y: int) -> tuple[int, int, int]:
    """Return in what colour the host paints a tile: by its level, column and row."""
    return zoom * 10 % 256, x % 256, y % 256


CAPABILITIES = """<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<Contents>
<Layer><ows:Title>全市影像</ows:Title><ows:WGS84BoundingBox><ows:LowerCorner>119 29</ows:LowerCorner><ows:UpperCorner>121 31</ows:UpperCorner></ows:WGS84BoundingBox>
<ows:Identifier>imagery</ows:Identifier><Style isDefault="true"><ows:Identifier>plain</ows:Identifier></Style><Format>image/jpeg</Format><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>c</TileMatrixSet></TileMatrixSetLink><TileMatrixSetLink><TileMatrixSet>w</TileMatrixSet></TileMatrixSetLink></Layer>
<Layer><ows:Title>Degrees only</ows:Title><ows:Identifier>degrees</ows:Identifier><Style><ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>c</TileMatrixSet></TileMatrixSetLink></Layer>
<TileMatrixSet><ows:Identifier>c</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::4490</ows:SupportedCRS><TileMatrix><ows:Identifier>1</ows:Identifier>
<ScaleDenominator>295829355.45</ScaleDenominator><TopLeftCorner>90 -180</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight><MatrixWidth>2</MatrixWidth><MatrixHeight>1</MatrixHeight></TileMatrix></TileMatrixSet>
<TileMatrixSet><ows:Identifier>w</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>%s</TileMatrixSet>
</Contents></Capabilities>"""

MATRIX = """<TileMatrix><ows:Identifier>L%02d</ows:Identifier><ScaleDenominator>%.10f</ScaleDenominator><TopLeftCorner>-20037508.3427892 20037508.3427892</TopLeftCorner>
<TileWidth>256</TileWidth><TileHeight>256</TileHeight><MatrixWidth>%d</MatrixWidth><MatrixHeight>%d</MatrixHeight></TileMatrix>"""


def capabilities() -> str:
    levels = (MATRIX % (zoom, 559082264.0287178 / 2**zoom, 2**zoom, 2**zoom) for zoom in range(1, 19))
    return CAPABILITIES % "".join(levels)


@dataclass
class TileHost:
    """What the host was asked, and how it is to behave: ``mood`` is ``well`` or the name of a misbehaviour."""

    port: int = 0
    mood: str = "well"
    asked: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: TileHost

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.host.asked.append(self.path)
        parts = urlsplit(self.path)
        asked = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
        moods: dict[str, tuple[int, str, bytes]] = {
            "bad_key_200": (200, "application/json", json.dumps({"msg": "非法Key", "code": 301001, "tk": asked.get("tk")}).encode()),
            "bad_key_403": (403, "text/html", b"<h1>Forbidden</h1>"),
            "blocked": (418, "text/html", b"blocked"),
            "quota": (429, "application/json", b"{}"),
            "xml": (200, "text/xml", b"<ExceptionReport><Exception exceptionCode='x'/></ExceptionReport>"),
            "html_as_png": (200, "image/png", b"<script>alert(1)</script>"),
            "absent": (404, "text/plain", b"none"),
            "broken": (502, "text/plain", b"bad gateway"),
            "large": (200, "image/png", picture((1, 2, 3)) + bytes(5_000_000)),
        }  # fmt: skip
        if self.host.mood == "slow":
            sleep(1.2)
        if self.host.mood == "elsewhere":
            self.send_response(302)
            self.send_header("Location", f"http://169.254.169.254/latest?tk={asked.get('tk')}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.host.mood in moods:
            self._say(*moods[self.host.mood])
        elif asked.get("request", "").lower() == "getcapabilities":
            self._say(200, "text/xml", capabilities().encode())
        elif asked.get("request") == "GetTile":
            self._wmts(parts.path, asked)
        else:
            zoom, x, y = (int(word) for word in parts.path.removesuffix(".png").split("/")[-3:])
            self._say(200, "image/png", picture(colour_of(zoom, x, y)))

    def _wmts(self, path: str, asked: dict[str, Any]) -> None:
        level = int(asked["tilematrix"].removeprefix("L"))
        is_tianditu = path.endswith("_w/wmts")
        if (is_tianditu and asked.get("tk") != KEY) or level < 1:
            self._say(200, "application/json", json.dumps({"msg": "非法Key", "code": 301001}).encode())
            return
        red, green, blue = colour_of(level, int(asked["tilecol"]), int(asked["tilerow"]))
        is_labels = asked["layer"] in {"cva", "cia", "cta"}
        self._say(200, "image/png", picture((255 if is_labels else red, green, blue)))

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def tile_host() -> Iterator[TileHost]:
    """Run a host of tiles for as long as the block."""
    host = TileHost()
    handler = type("Handler", (_Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    host.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
