"""The collector of circles, kept out of the way of work that makes none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Let no circles be looked for meanwhile: for work whose millions of values die young and hold none.

    Each look walks what lives; a tenth of the time of such work goes into it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
