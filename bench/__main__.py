"""``python -m bench [--prepare] [NAME…]``: each benchmark in a process of its own, so that none warms another's caches."""

import argparse
import subprocess
import sys
from collections.abc import Callable

from bench import (
    areas,
    autogrid,
    case_pages,
    demo,
    desks,
    duplicates,
    features,
    importing,
    large,
    map_pan,
    places,
    public,
    rasters,
    real_layers,
    replay,
    response,
    routing,
    rules,
    searching,
    tiles,
    web,
)
from bench.ground import say

BENCHMARKS: dict[str, Callable[[], None]] = {
    "create_case": web.create_case,
    "spike": web.spike,
    "routing": routing.routing,
    "routing_trial": routing.routing_trial,
    "perform_pure": rules.perform_pure,
    "deadline": rules.deadline,
    "replay": replay.replay,
    "resident": web.resident,
    "verify": large.verify,
    "worklist": large.worklist,
    "lifecycle": large.lifecycle,
    "desk_page": desks.desk_page,
    "polling": desks.polling,
    "case_page": case_pages.case_page,
    "locate_batch": places.locate_batch,
    "locate_one": places.locate_one,
    "tile": tiles.tile,
    "map_pan": map_pan.map_pan,
    "area_statistics": areas.area_statistics,
    "import_points": importing.import_points,
    "import_parts": importing.import_parts,
    "import_large": importing.import_large,
    "real_layers": real_layers.real_layers,
    "autogrid": autogrid.autogrid,
    "features": features.features,
    "raster": rasters.raster,
    "demo": demo.demo,
    "duplicates": duplicates.duplicates,
    "search_words": searching.search_words,
    "export": searching.export,
    "public_page": public.public_page,
    "response": response.response,
    "first_load": response.first_load,
}
PREPARED = {
    "verify", "worklist", "lifecycle", "routing_trial", "case_page", "desk_page", "polling", "duplicates", "search_words", "export", "public_page",
}  # fmt: skip
"""Benchmarks that stand on the large databases, which are made once by ``--prepare``."""


def prepare(names: list[str]) -> int:
    """Build the large databases if one of ``names`` needs them; the others make the little that they need by themselves."""
    if not PREPARED & set(names):
        say(f"{', '.join(names)}: nothing to prepare, no large database is needed")
        return 0
    return int(any(apart("--prepare", "--cases", str(cases)) for cases in large.SIZES))


def apart(*arguments: str) -> int:
    """Run ``python -m bench --here`` in a process of its own; return how it ended."""
    return subprocess.run([sys.executable, "-m", "bench", "--here", *arguments], check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--prepare", action="store_true", help="build the large databases first, once")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cases", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    names = options.names or list(BENCHMARKS)
    if options.here and options.prepare:
        large.prepare(options.cases)
        return 0
    if options.here:
        for name in names:
            BENCHMARKS[name]()
        return 0
    if options.prepare:
        return prepare(names)
    failed = [name for name in names if apart(name)]
    for name in failed:
        say(f"{name}: failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
