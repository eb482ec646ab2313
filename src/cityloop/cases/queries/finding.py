"""What ``verify`` names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from typing_extensions import override

from cityloop.kernel.translation import _


class Unsaid(NamedTuple):
    """Words for people that are in no language yet: an English id, and what goes into it."""

    text: str
    named: tuple[tuple[str, str | int], ...]

    @override
    def __str__(self) -> str:
        return _(self.text) % dict(self.named)


def said(text: str, **named: str | int) -> Unsaid:
    """Return words by their English id; the catalogue takes it from here."""
    return Unsaid(text, tuple(named.items()))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree with the events: of what (a case's number, a jurisdiction and day, an anchor), where, what."""

    subject: str | Unsaid
    place: str | Unsaid
    what: str | Unsaid

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.place}: {self.what}"

    def line(self) -> str:
        """Return one line that is the same in every language, whoever ran ``verify``; ``read_line`` takes it back."""
        parts = (self.subject, self.place, self.what)
        return orjson.dumps([[one.text, dict(one.named)] if isinstance(one, Unsaid) else one for one in parts]).decode()


def read_line(line: str) -> str:
    """Return what a kept line says, in the language of now; a line of before these were kept so, as it stands."""
    if not line.startswith("["):
        return line
    return str(Finding(*(one if isinstance(one, str) else _words(*one) for one in orjson.loads(line))))


def _words(text: str, named: Mapping[str, str | int]) -> Unsaid:
    return said(text, **named)
