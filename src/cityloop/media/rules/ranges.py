"""Parts of a file by the header ``Range`` (RFC 9110, 14)."""

import re
from dataclasses import dataclass

ONE_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NotWithin(ValueError):
    """The range asked for lies behind the end of the file."""


def part_of(header: str, size: int) -> Part | None:
    """Return the part asked for; None where the whole file is to be sent.

    Several ranges at once are answered with the whole file, as a server may: no player asks for them. So is what cannot
    be read.

    Args:
        header: Value of ``Range``.
        size: Bytes of the file.
    Raises:
        NotWithin: Nothing of the file lies in the range.
    """
    found = ONE_RANGE.fullmatch(header.strip())
    if not found or not any(found.groups()):
        return None
    if not found[1]:
        wanted = min(int(found[2]), size)
        if not wanted:
            raise NotWithin
        return Part(size - wanted, size - 1)
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise NotWithin
    return Part(first, last)
