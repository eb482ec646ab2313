"""A reader of Mapbox vector tiles (2.1) for the checks: written from the specification, sharing nothing with what makes them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Feature:
    """One row of a tile: ``points`` are the corners of its shape, 0 to 4096 from the tile's north-west."""

    values: dict[str, Any]
    kind: str
    points: list[tuple[int, int]]
    id: int | None = None


@dataclass
class Layers:
    by_name: dict[str, list[Feature]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> list[Feature]:
        return self.by_name.get(name, [])

    def values(self, name: str, column: str) -> set[Any]:
        return {one.values[column] for one in self[name] if column in one.values}


def read(tile: bytes) -> Layers:
    found = Layers()
    for number, body in _fields(tile):
        assert number == 3, "a tile holds nothing but layers"
        name, features = _layer(body)
        assert name not in found.by_name, "each layer once"
        found.by_name[name] = features
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 1:
                yield key >> 3, data[at : at + 8]
                at += 8
            case 2:
                length, at = _varint(data, at)
                yield key >> 3, data[at : at + length]
                at += length
            case 5:
                yield key >> 3, data[at : at + 4]
                at += 4
            case other:
                raise AssertionError(f"wire type {other}")


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, bodies = "", [], [], []
    for number, value in _fields(data):
        match number:
            case 1:
                name = value.decode()
            case 2:
                bodies.append(value)
            case 3:
                keys.append(value.decode())
            case 4:
                values.append(_value(value))
            case 5:
                assert value == 4096
    return name, [_feature(body, keys, values) for body in bodies]


def _value(data: bytes) -> Any:
    [(number, value)] = _fields(data)
    match number:
        case 1:
            return value.decode()
        case 2:
            return struct.unpack("<f", value)[0]
        case 3:
            return struct.unpack("<d", value)[0]
        case 6:
            return (value >> 1) ^ -(value & 1)
        case 7:
            return bool(value)
        case _:
            return value


def _numbers(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    facts: dict[int, Any] = dict(_fields(data))
    tags = _numbers(facts.get(2, b""))
    told = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    kind = {1: "point", 2: "line", 3: "polygon"}[facts[3]]
    return Feature(told, kind, _points(_numbers(facts[4])), facts.get(1))


def _points(commands: list[int]) -> list[tuple[int, int]]:
    x = y = at = 0
    found = []
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:  # back to the beginning
            continue
        for _ in range(count):
            x += (commands[at] >> 1) ^ -(commands[at] & 1)
            y += (commands[at + 1] >> 1) ^ -(commands[at + 1] & 1)
            at += 2
            found.append((x, y))
    return found
