"""Vector tiles read back, as far as drawing them needs it.

Source:
    Mapbox Vector Tile specification 2.1: messages (4.1), geometry (4.3), attributes (4.4).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawable:
    """A feature of a tile.

    Args:
        form: 1 points, 2 lines, 3 rings.
        parts: Points in steps of the tile's own grid, from its upper left corner.
    """

    form: int
    parts: list[list[Point]]
    properties: dict[str, Any]


def drawables(body: bytes) -> Iterator[tuple[str, int, list[Drawable]]]:
    """Yield each layer of a tile: its name, the steps of its grid, its features."""
    for field, block in _fields(body):
        if field == 3:
            yield _layer(block)


def _layer(body: bytes) -> tuple[str, int, list[Drawable]]:
    name, extent = "", 4096
    keys: list[str] = []
    values: list[Any] = []
    features: list[bytes] = []
    for field, value in _fields(body):
        match field:
            case 1:
                name = value.decode()
            case 2:
                features.append(value)
            case 3:
                keys.append(value.decode())
            case 4:
                values.append(_value(value))
            case 5:
                extent = value
    return name, extent, [_feature(one, keys, values) for one in features]


def _feature(body: bytes, keys: list[str], values: list[Any]) -> Drawable:
    tags: list[int] = []
    form = 0
    parts: list[list[Point]] = []
    for field, value in _fields(body):
        match field:
            case 2:
                tags = list(_numbers(value))
            case 3:
                form = value
            case 4:
                parts = _parts(list(_numbers(value)))
    pairs = zip(tags[::2], tags[1::2], strict=True)
    return Drawable(form, parts, {keys[key]: values[value] for key, value in pairs})


def _parts(commands: list[int]) -> list[list[Point]]:
    parts: list[list[Point]] = []
    x = y = at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:  # the ring closes
            parts[-1].append(parts[-1][0])
            continue
        for _step in range(count):
            x, y = x + _signed(commands[at]), y + _signed(commands[at + 1])
            at += 2
            if command == 1:
                parts.append([(x, y)])
            else:
                parts[-1].append((x, y))
    return parts


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _value(body: bytes) -> Any:
    for field, value in _fields(body):
        match field:
            case 1:
                return value.decode()
            case 6:
                return _signed(value)
            case 7:
                return bool(value)
            case _:
                return value
    return None


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a message: a number, or the bytes of what is inside."""
    at = 0
    while at < len(body):
        key, at = _number(body, at)
        match key & 7:
            case 0:
                value, at = _number(body, at)
                yield key >> 3, value
            case 1:
                yield key >> 3, struct.unpack_from("<d", body, at)[0]
                at += 8
            case 2:
                length, at = _number(body, at)
                yield key >> 3, body[at : at + length]
                at += length
            case 5:
                yield key >> 3, struct.unpack_from("<f", body, at)[0]
                at += 4
            case other:
                raise ValueError(other)


def _numbers(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        number, at = _number(body, at)
        yield number


def _number(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = body[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
