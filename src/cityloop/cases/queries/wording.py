"""What the rows of a page have in common: words, names of people, the city's zone; asked for once, not row by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.privacy import actor_name
from cityloop.cases.queries.tables import default_table
from cityloop.cases.queries.words import Words, names_of, words_of
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one row: those of its case's table and city, and the names of the people on the page.

    ``on_paper``: it is read another day, so that no time is said as today's.
    """

    words: Words
    names: dict[int, str]
    on_paper: bool = False

    def when(self, at: datetime | None) -> str:
        """Return a time as the city's clocks show it."""
        return "" if at is None else f"{at.astimezone(self.words.city.city.time_zone):%Y-%m-%d %H:%M:%S}"

    def state(self, code: str) -> str:
        """Return what a state is called; a code stands for itself where the table does not know it."""
        known = self.words.loop.states.get(code)
        return self.words.label(known) if known else code

    def by(self, post: str, person: int | None) -> str:
        """Return who acted, in which post; of one of the public no more than a masked name."""
        name = actor_name(self.words.loop, post, person, self.names, knows=False)
        return f"{name.name} · {self.words.post(post).name}" if name and name.name else self.words.post(post).name


def give_words(rows: Iterable[Any], of: Any, *people: str) -> None:
    """Give each row its ``wording``: one query for the names of people, and the city's, however many rows.

    Args:
        rows: Rows of one page.
        of: Takes a row and returns its city's code and the version of its case's table.
        people: Columns with ids of people.
    """
    rows = list(rows)
    names = names_of({getattr(row, column) for row in rows for column in people})
    known: dict[tuple[str, int], Words] = {}
    for row in rows:
        key = of(row)
        if key not in known:
            known[key] = _words(*key)
        row.wording = Wording(known[key], names)


def _words(jurisdiction: str, table_version: int) -> Words:
    try:
        return words_of(jurisdiction, table_version)
    except CityError:  # a table that is gone or cannot be read any more must not hide the rows
        return Words(default_table(), loop_city(jurisdiction))


def duration(seconds: float) -> str:
    """Return a span of open time in hours and minutes; below an hour in minutes, below a minute in seconds."""
    whole = round(abs(seconds))
    sign = "−" if seconds < 0 else ""
    if whole < 60:
        return _("%(sign)s%(s)d s") % {"sign": sign, "s": whole}
    if whole < 3600:
        return _("%(sign)s%(m)d min") % {"sign": sign, "m": whole // 60}
    return _("%(sign)s%(h)d h %(m)02d min") % {"sign": sign, "h": whole // 3600, "m": whole % 3600 // 60}
