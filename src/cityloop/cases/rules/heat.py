"""Where and when cases were reported, as a grid over the map and steps of time: what is asked for, and what steps there are.

A window of time moves over the steps: a day and a week by days, four weeks by weeks, a year by months. The days are those of each city.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

COLUMNS = 64
"""Cells in a row, at most twice as many: what a screen's width of heat can tell apart."""

FINEST, COARSEST = 20, 2
MOST_STEPS = 400
FIELDS = ("class", "source", "state")


class Window(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


UNITS: Mapping[Window, str] = {
    Window.DAY: "day",
    Window.WEEK: "day",
    Window.MONTH: "week",
    Window.YEAR: "month",
}
"""By what a window moves."""

STEPS: Mapping[Window, int] = {Window.DAY: 1, Window.WEEK: 7, Window.MONTH: 4, Window.YEAR: 12}
"""How many units it holds."""


@dataclass(frozen=True, slots=True)
class HeatAsked:
    """What is asked for.

    Args:
        box: West, south, east, north in degrees.
        first, last: Days, both within.
        only: By ``FIELDS``, of which values one must be met; a class by how its key begins (a big class).
    """

    box: tuple[float, float, float, float]
    window: Window
    first: date
    last: date
    only: Mapping[str, Sequence[str]]

    @property
    def zoom(self) -> int:
        """The zoom of whose tiles the cells are of one size: some ``COLUMNS`` of them beside each other."""
        west, _south, east, _north = self.box
        return min(max(math.ceil(math.log2(360 * COLUMNS / max(east - west, 1e-6))), COARSEST), FINEST)

    @property
    def steps(self) -> list[date]:
        """The first day of each unit of time, in order."""
        unit, day, found = UNITS[self.window], begin_of(UNITS[self.window], self.first), []
        while day <= self.last:
            found.append(day)
            day = _after(unit, day)
        return found


def heat_asked(
    box: str, window: str, first: str, last: str, only: Mapping[str, Sequence[str]], today: date
) -> HeatAsked:
    """Read what is asked for.

    Args:
        box: Four numbers with commas between.
        first, last: As 2026-04-30; "": as long before ``today`` as a look over the window needs, and ``today``.
    Raises:
        InvalidInput: One of them cannot be read, or there are more than ``MOST_STEPS`` steps.
    """
    if window not in list(Window):
        raise _wrong("window", _("must be one of: day, week, month, year"), window)
    over = Window(window)
    end = _day("until", last) if last else today
    begin = _day("since", first) if first else _usual(over, end)
    if begin > end:
        raise _wrong("since", _("lies after the end"), first)
    asked = HeatAsked(_box(box), over, begin, end, {name: tuple(only.get(name, ()))[:100] for name in FIELDS})
    if (end - begin).days > MOST_STEPS * {"day": 1, "week": 7, "month": 31}[UNITS[over]]:
        raise _wrong("since", _("lies too far back for this window: choose a longer one, or a later beginning"), first)
    return asked


def begin_of(unit: str, day: date) -> date:
    """Return the first day of the unit that a day lies in; a week begins on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def _after(unit: str, day: date) -> date:
    if unit == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if unit == "week" else 1)


def _usual(window: Window, end: date) -> date:
    days = {Window.DAY: 29, Window.WEEK: 89, Window.MONTH: 363, Window.YEAR: 5 * 365}[window]
    return max(end - timedelta(days=days), date(1970, 1, 1))


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong(name, _("must be a day such as 2026-05-01"), text) from None
    check_years(day)
    return day


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(one) for one in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise _wrong("bbox", _("needs four numbers with commas between: west, south, east, north"), text)
    return west, south, east, north


def _wrong(name: str, why: str, text: str) -> InvalidInput:
    fault = Fault(name, why, shown(text))
    return InvalidInput(fault.told(), faults=[fault])
