"""``python -m bench [--prepare] [NAME…]``: each benchmark in a process of its own, so that none warms another's caches."""

import argparse
import subprocess
import sys
from collections.abc import Callable

from bench import large, places, replay, rules, web
from bench.ground import say

BENCHMARKS: dict[str, Callable[[], None]] = {
    "create_case": web.create_case,
    "spike": web.spike,
    "perform_pure": rules.perform_pure,
    "deadline": rules.deadline,
    "replay": replay.replay,
    "resident": web.resident,
    "verify": large.verify,
    "worklist": large.worklist,
    "lifecycle": large.lifecycle,
    "locate_batch": places.locate_batch,
    "locate_one": places.locate_one,
}
PREPARED: dict[str, Callable[[], None]] = dict.fromkeys(("verify", "worklist", "lifecycle"), large.prepare_all)
"""Benchmarks that need a large database, made once by ``--prepare``."""


def prepare(names: list[str]) -> int:
    """Build the large databases of ``names``; today's benchmarks make the little that they need by themselves."""
    for name in names:
        if name in PREPARED:
            PREPARED[name]()
        else:
            say(f"{name}: nothing to prepare, it needs no large database")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--prepare", action="store_true", help="build the large databases first, once")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    names = options.names or list(BENCHMARKS)
    if options.here:
        for name in names:
            BENCHMARKS[name]()
        return 0
    if options.prepare:
        return prepare(names)
    failed = [n for n in names if subprocess.run([sys.executable, "-m", "bench", "--here", n], check=False).returncode]
    for name in failed:
        say(f"{name}: failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
