"""Many threads make cases at once, and change their minds now and then: numbers without a gap, none twice.

    python -m soak.numbers --creates 10000 --threads 32

A quarter as many reports again is refused, sent twice or rolled back: none of these may take a number. At the end every
case is rebuilt from its events. One summary line of JSON goes to standard output.
"""

import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from soaking import main

REFUSED, TWICE, ROLLED_BACK = 0, 4, 8
"""Which of every dozen reports is followed by one that is refused, sent again or rolled back."""


def prepare() -> None:
    """Start a PostgreSQL of this run's own, with empty tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.test")
    import django

    django.setup()
    logging.disable(logging.INFO)  # a line for each case would bury the progress
    from django.core.management import call_command

    import conftest  # noqa: F401 (starts the cluster; it goes when this process ends)

    call_command("migrate", verbosity=0)


class ChangedMind(Exception):
    """Before the commit."""


def run(creates: int, threads: int) -> dict[str, Any]:
    prepare()
    from django.db import connection, transaction

    from cases.conftest import Desk, lay_grid
    from cast import CITY, make_cast
    from cityloop.cases import models
    from cityloop.cases.queries.verifying import verify
    from cityloop.kernel.errors import InvalidInput

    desk = Desk(make_cast())
    lay_grid()
    made: list[str] = []
    done = threading.Event()

    @transaction.atomic
    def roll_back() -> None:
        desk.report()
        raise ChangedMind

    def disturb(which: int, key: Any) -> None:
        try:
            if which == REFUSED:
                desk.report(photos=[])
            elif which == TWICE:
                assert desk.report(key=key).repeated
            elif which == ROLLED_BACK:
                roll_back()
        except (InvalidInput, ChangedMind):
            return

    def worker(first: int) -> None:
        try:
            for index in range(first, creates, threads):
                key = uuid4()
                made.append(desk.report(key=key).number)
                disturb(index // threads % 12, key)
        finally:
            connection.close()

    def watch() -> None:
        while not done.wait(2):
            sys.stderr.write(f"\r{len(made):,} of {creates:,} cases")

    began = time.monotonic()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(worker, range(threads)))
    finally:
        done.set()
        watcher.join()
    seconds = time.monotonic() - began
    sys.stderr.write("\n")
    given = sorted(int(number[-5:]) for number in made)
    stored = models.Case.objects.count()
    findings = verify(CITY).findings
    right = given == list(range(1, creates + 1)) and stored == creates and not findings
    for finding in findings[:5]:
        print(finding, file=sys.stderr)
    return {
        "name": "numbers.rate",
        "value": round(creates / seconds, 1),
        "unit": "1/s",
        "n": creates,
        "threads": threads,
        "twice": len(given) - len(set(given)),
        "missing": len(set(range(1, creates + 1)) - set(given)),
        "findings": len(findings),
        "right": right,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main(__doc__, run, creates=10_000, threads=32))
