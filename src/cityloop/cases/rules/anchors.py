"""An anchor: one hash that stands for everything that had happened up to an event.

Chains run case by case, so a case that is taken away whole breaks none. Anchors run over all of them: each hashes the one
before and the hashes of all events since. Whoever notes one anchor elsewhere has noted all that came before it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.hashing import canonical, sha256
from cityloop.kernel.translation import _

MOST_EVENTS = 100_000
"""Of one anchor: what is looked at again as one piece."""

LOGGED = re.compile(r".*\banchor (?P<n>[0-9]{1,9}): (?P<hash>[0-9a-f]{64}) \([^()]*\)\W*")
"""As ``actions.anchoring`` writes it to the log, in whatever frame the log puts it."""

NOTED = re.compile(r"\s*(?P<n>[0-9]{1,9})\b.*?\b(?P<hash>[0-9a-f]{64})\s*")


class Note(NamedTuple):
    """An anchor as somebody noted it elsewhere."""

    n: int
    hash: bytes


def anchored(previous: bytes, n: int, position: int, events: int, at: datetime, told: bytes) -> bytes:
    """Return the hash of an anchor.

    Args:
        previous: Hash of the anchor before; ``NO_HASH`` before the first.
        n: Its number, from 1.
        position: Number of the last event that it covers.
        events: How many events lie between the anchor before and that one.
        at: When it was made.
        told: SHA-256 over the hashes of these events, in the order of their numbers.
    """
    return sha256(previous + canonical([n, position, events, at.astimezone(UTC)]) + told)


def notes_from(lines: Iterable[str]) -> list[Note]:
    """Return the anchors noted in lines as ``cityloop anchors`` prints them, the number first, the hash last, or as logged.

    Raises:
        InvalidInput: A line that is neither empty nor an anchor.
    """
    return list(_notes(lines))


def _notes(lines: Iterable[str]) -> Iterator[Note]:
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = NOTED.fullmatch(line) or LOGGED.fullmatch(line)
        if match is None:
            why = _("Write the anchor's number first and its hash of 64 hexadecimal digits last.")
            raise InvalidInput(
                _("Line %(line)d is no anchor.") % {"line": place},
                faults=[Fault(f"line {place}", why, line.strip()[:80])],
            )
        yield Note(int(match["n"]), bytes.fromhex(match["hash"]))
