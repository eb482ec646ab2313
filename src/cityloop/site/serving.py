"""``python -m cityloop.site.serving …``: Granian's command line, which loads the city before it divides.

Its processes are forked: what is loaded before, they share. One that follows a dead one serves at once.
"""

from granian.cli import entrypoint

import cityloop.site.wsgi  # noqa: F401 # loaded here, for all

if __name__ == "__main__":
    entrypoint()  # type: ignore[no-untyped-call]
