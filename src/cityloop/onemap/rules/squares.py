"""A panorama in squares at several sizes: a viewer asks for those alone that somebody looks at.

All squares of a panorama lie one behind the other in one file, the whole picture in small first; where each ends is kept beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

SQUARE_PX: Final = 768
"""No square is wider."""

WIDEST_PX: Final = 8192
"""No panorama is shown wider: 23 points a degree, more than a screen shows without a lens."""

BASE: Final = (1024, 512)
"""The whole picture in small, which is there at once."""


@dataclass(frozen=True, slots=True)
class Level:
    """A size of a panorama: ``width`` pixels, half as high, in ``cols`` times ``cols / 2`` squares."""

    width: int
    cols: int

    @property
    def rows(self) -> int:
        return self.cols // 2

    @property
    def side(self) -> int:
        return self.width // self.cols

    def squares(self) -> Iterator[tuple[int, int]]:
        """Yield column and row of each square, as they lie in the file."""
        for row in range(self.rows):
            for col in range(self.cols):
                yield col, row


def levels_of(width: int) -> list[Level]:
    """Return the sizes in which a panorama of ``width`` pixels is cut, the smallest first; none where ``BASE`` shows as much.

    The viewer wants a power of two of columns; a panorama is never made larger than it is.
    """
    found: list[Level] = []
    wide = min(width, WIDEST_PX)
    while wide > BASE[0]:
        cols = 2
        while wide > cols * SQUARE_PX:
            cols *= 2
        found.insert(0, Level(wide - wide % (2 * cols), cols))
        wide //= 2
    return found


@dataclass(frozen=True, slots=True)
class Squares:
    """Where each square of a panorama lies: ``ends`` are bytes from the file's beginning, of the whole picture in small first."""

    levels: tuple[Level, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        return cls(tuple(Level(*level) for level in kept["levels"]), tuple(kept["ends"]))

    def as_json(self) -> dict[str, Any]:
        return {"levels": [[one.width, one.cols] for one in self.levels], "ends": list(self.ends)}

    @property
    def base(self) -> tuple[int, int]:
        """First and last byte of the whole picture in small."""
        return self._part(0)

    def part(self, level: int, col: int, row: int) -> tuple[int, int] | None:
        """Return first and last byte of a square; None where there is none."""
        if not 0 <= level < len(self.levels):
            return None
        size = self.levels[level]
        if not (0 <= col < size.cols and 0 <= row < size.rows):
            return None
        before = 1 + sum(one.cols * one.rows for one in self.levels[:level])
        return self._part(before + row * size.cols + col)

    def _part(self, number: int) -> tuple[int, int]:
        return (self.ends[number - 1] if number else 0), self.ends[number] - 1


def ends_of(lengths: Sequence[int]) -> tuple[int, ...]:
    """Return where each of several pieces ends that lie one behind the other."""
    ends, total = [], 0
    for length in lengths:
        total += length
        ends.append(total)
    return tuple(ends)
