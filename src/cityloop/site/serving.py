"""``python -m cityloop.site.serving … MODULE:NAME``: Granian's command line, which loads the application before it divides.

Its processes are forked: what is loaded before, they share. One that follows a dead one serves at once.
"""

import gc
import sys
from importlib import import_module

from granian.cli import entrypoint


def load(target: str) -> None:
    """Load the module of ``target``, for all processes that come of this one."""
    import_module(target.partition(":")[0])
    # What is loaded by now stays for ever: a full collection that walks through it would hold a request up for a third of a
    # second, and write into every page that the processes share.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    load(sys.argv[-1])
    entrypoint()  # type: ignore[no-untyped-call]
