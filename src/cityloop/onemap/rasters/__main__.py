"""The processes that load rasterio: ``python -m cityloop.onemap.rasters make ASKED`` and ``… tile``. See ``cityloop.onemap.rasters``."""

import os
import resource
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import orjson

MOST_MEMORY = {"make": 6 << 30, "tile": 3 << 30}
"""Bytes of addresses, most of them never used: a file that wants more ends its own process and no other."""

IDLE_S = 1800.0


def main() -> int:
    what = sys.argv[1]
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY[what], MOST_MEMORY[what]))
    # What a library prints must not stand between the answers.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError):  # whoever asked is gone
        return _make(out) if what == "make" else _tile(out)
    return 0


def _make(out: BinaryIO) -> int:
    from cityloop.onemap.rasters.making import make
    from cityloop.onemap.rasters.refused import RefusedPicture

    os.nice(10)
    try:
        _line(out, {"made": make(orjson.loads(sys.argv[2]), _teller(out))})
    except RefusedPicture as refused:
        _line(out, refused.line)
        return 1
    except MemoryError as exc:
        _line(out, RefusedPicture("cut_short", log=exc).line)
        return 1
    return 0


def _teller(out: BinaryIO) -> Callable[[str, float], None]:
    told = ("", -1)

    def tell(step: str, share: float) -> None:
        nonlocal told
        if told != (now := (step, int(share * 100))):
            told = now
            _line(out, {"step": step, "share": share})

    return tell


def _line(out: BinaryIO, told: dict[str, Any]) -> None:
    out.write(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")
    out.flush()


def _tile(out: BinaryIO) -> int:
    """Answer each line with one, and as many bytes as that says, until nobody asks any more."""
    from cityloop.onemap.rasters.tiling import Drawer

    drawer, asked = Drawer(), os.fdopen(os.dup(0), "rb", buffering=0)
    _line(out, {"ready": True})
    waiting = b""
    while True:
        ready, _none, _none = select.select([asked], [], [], IDLE_S)
        block = asked.read(65536) if ready else b""
        if not block:
            return 0
        waiting += block
        while b"\n" in waiting:
            line, waiting = waiting.split(b"\n", 1)
            one = orjson.loads(line)
            try:
                made = drawer.tile(one["path"], one["z"], one["x"], one["y"], one["form"])
            except (OSError, MemoryError) as exc:
                _line(out, {"failed": str(exc)[:200]})
                continue
            _line(out, {"bytes": len(made)})
            out.write(made)
            out.flush()


if __name__ == "__main__":
    sys.exit(main())
