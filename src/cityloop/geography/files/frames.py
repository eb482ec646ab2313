"""What goes through the pipe between the process that reads a file and the one that asked for it.

A frame is a letter, eight bytes of length, and its body: ``J`` a line of JSON (the head, the end, a refusal), ``B`` rows as an Arrow
stream. Nothing that comes out of a stranger's file is ever run: no pickles.
"""

import struct
from collections.abc import Iterator
from typing import IO, Any

import orjson

HEADER = struct.Struct("<cQ")
JSON, ROWS = b"J", b"B"
MOST_BYTES = 1 << 31


class BrokenPipe(Exception):
    """The other process ended in the middle of a frame."""


def write_json(out: IO[bytes], line: Any) -> None:
    """Write one object."""
    _write(out, JSON, orjson.dumps(line))


def write_rows(out: IO[bytes], stream: bytes | memoryview) -> None:
    """Write one batch of rows."""
    _write(out, ROWS, stream)


def _write(out: IO[bytes], letter: bytes, body: bytes | memoryview) -> None:
    out.write(HEADER.pack(letter, len(body)))
    out.write(body)
    out.flush()


def frames(source: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield letter and body of each frame until the pipe ends.

    Raises:
        BrokenPipe: It ends within a frame, or holds something else.
    """
    while header := source.read(HEADER.size):
        if len(header) < HEADER.size:
            raise BrokenPipe
        letter, length = HEADER.unpack(header)
        if letter not in {JSON, ROWS} or length > MOST_BYTES:
            raise BrokenPipe
        body = source.read(length)
        if len(body) < length:
            raise BrokenPipe
        yield letter, body
