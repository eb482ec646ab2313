"""Files of an act: which of them its actor may attach, and what the event tells of those that were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cityloop.kernel.translation import lazy

SHOTS: Mapping[str, Any] = {
    "after": lazy("After"),
    "before": lazy("Before"),
    "check": lazy("Check"),
    "close": lazy("Close view"),
    "evidence": lazy("Evidence"),
    "reference": lazy("Reference"),
    "verify": lazy("On-site verification"),
    "wide": lazy("Wide view"),
}
"""What the photos of our own tables are of."""


def kind_of_shot(kind: str) -> str:
    """Return what a photo is of; a kind that a city's table adds keeps the name that it has there."""
    return str(SHOTS.get(kind, kind))


class FileFact(NamedTuple):
    """A file that may be attached: what kind it is (``photo``, ``video``, ``sound``), whether it was erased since, and the code
    of the city that keeps it.
    """

    kind: str
    is_erased: bool
    lies_in: str


Files = Mapping[str, FileFact]
"""By digest: what the actor of an act has sent, and what hangs on the case already."""


class Attached(NamedTuple):
    """A file named by an event: the how many-th, what it is of (``close``, ``after`` …), its digest, the city that keeps it."""

    n: int
    kind: str
    sha256: str
    lies_in: str


ELSEWHERE = "files"
"""Where an event's body tells which of its files another city keeps than the case's."""


def elsewhere(names: Sequence[str], inputs: Mapping[str, Any], files: Files | None, city: str) -> dict[str, str]:
    """Return by digest which city keeps a file, of those that the case's own, ``city``, does not keep.

    Args:
        names: The inputs that are files.
        files: None where nobody asked: the city of a case told as history keeps them all.
    """
    if not files:
        return {}
    digests = (one["sha256"] for name in names for one in inputs.get(name, ()))
    return {digest: files[digest].lies_in for digest in digests if files[digest].lies_in != city}


def attached(names: Sequence[str], body: Mapping[str, Any], city: str) -> Iterator[Attached]:
    """Yield the files that an event names, in order.

    Args:
        names: The inputs of its action that are files.
        body: Its body, parsed.
        city: The case's.
    """
    inputs = body.get("in")
    if not inputs:
        return
    kept, n = body.get(ELSEWHERE, {}), 0
    for name in names:
        for one in inputs.get(name, ()):
            n += 1
            yield Attached(n, one["kind"], one["sha256"], kept.get(one["sha256"], city))
