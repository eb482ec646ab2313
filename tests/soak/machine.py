"""Random people do random things to cases, for as long as one likes: what must never happen must not happen.

    python -m soak.machine --cases 20000 --acts 80 --seed 1

Each case runs under settings of its own, takes so many random acts (fitting ones and nonsense) with random pauses between
them, is checked after each of them (``tests/cases/rules/walk.py``), and is then brought to an end from wherever it stands.
One summary line of JSON goes to standard output, progress and what went wrong to standard error.
"""

import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from soaking import main

PROCESSES = 2
PART = 200
STATES_LEAST = 20
"""Else the walk saw too little of the table to say anything."""


def prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.test")
    import django

    django.setup()


def walk_part(first: int, cases: int, acts: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Walk ``cases`` cases; return what was counted, and what went wrong (which case and why)."""
    from cases.rules.town import MANHOLE, table
    from cases.rules.walk import Walk

    counts: Counter[str] = Counter()
    wrong = []
    tables = [
        table(signing=signing, self_report_checked=checked, second_person=two, fast_classes=(MANHOLE,))
        for signing in (False, True)
        for checked in (False, True)
        for two in (False, True)
    ]
    for number in range(first, first + cases):
        rng = random.Random(f"{seed}/{number}")
        walk = Walk(rng.choice(tables), counts)
        try:
            walk.wander(rng, acts)
            walk.go_home()
        except Exception as exc:  # noqa: BLE001 (whatever it is, it is told with the case that shows it)
            path = " ".join(event.action for event, _digest in walk.events)
            wrong.append(f"case {number}: {type(exc).__name__}: {exc} after {path}")
    return counts, wrong


def run(cases: int, acts: int, seed: int) -> dict[str, Any]:
    began = time.monotonic()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(PROCESSES, initializer=prepare) as pool:
        parts = [pool.submit(walk_part, first, min(PART, cases - first), acts, seed) for first in range(0, cases, PART)]
        for index, part in enumerate(parts, start=1):
            counted, failed = part.result()
            counts += counted
            wrong += failed
            for line in failed:
                print(f"\n{line}", file=sys.stderr)
            sys.stderr.write(f"\r{min(index * PART, cases):,} of {cases:,} cases")
    sys.stderr.write("\n")
    states = sum(name.startswith("state ") for name in counts)
    return {
        "name": "machine.seconds",
        "value": round(time.monotonic() - began, 1),
        "unit": "s",
        "n": cases,
        "acts": counts["acts"],
        "refused": counts["refused"],
        "states": states,
        "actions": sum(name.startswith("action ") for name in counts),
        "wrong": len(wrong),
        "seed": seed,
        "right": not wrong and states >= STATES_LEAST,
    }


if __name__ == "__main__":
    sys.exit(main(__doc__, run, cases=20_000, acts=80, seed=1))
