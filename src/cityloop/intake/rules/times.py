"""Times of a foreign file: several formats tried, an offset respected, else the city's own zone; always UTC out."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cityloop.intake.rules.mapping import ISO_FORMATS, TimeColumn

Edge = Literal["start", "end"]
Moment = tuple[datetime, bool]
"""A moment, aware only where an offset was written, and whether it was a bare day."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SECOND = time(23, 59, 59)


class TimeReader:
    """Reads one column of times."""

    __slots__ = ("_edge", "_ignore_time", "_parsers", "_quick", "_zone")

    def __init__(self, column: TimeColumn, zone: ZoneInfo, edge: Edge) -> None:
        """``edge`` is the instant of its day that a time without an hour stands for, unless the column says so."""
        self._zone = zone
        self._edge: Edge = column.bare_day or edge
        self._ignore_time = column.ignore_time
        self._parsers = [_parser(text) for text in column.formats]
        # Where fromisoformat reads what an ISO format of this column would, it is forty times as fast as strptime.
        self._quick = {_shape(_PROBE.strftime(text)) for text in column.formats if text in ISO_FORMATS}

    def read(self, value: object, *, later: bool = False) -> datetime:
        """Return the instant in UTC.

        Args:
            value: Text, number, date or datetime (from Parquet); not empty.
            later: Of an hour that comes twice in autumn, take the second one.

        Raises:
            ValueError: No format of the column fits.
        """
        moment, bare = self._moment(value)
        if bare or self._ignore_time:
            day = moment.date() if moment.tzinfo is None else moment.astimezone(self._zone).date()
            moment = datetime.combine(day, LAST_SECOND if self._edge == "end" else time())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone, fold=int(later))
        return moment.astimezone(UTC)

    def _moment(self, value: object) -> Moment:
        if isinstance(value, datetime):
            return value, False
        if isinstance(value, date):
            return datetime.combine(value, time()), True
        text = str(value)
        if _shape(text) in self._quick:
            try:
                return datetime.fromisoformat(text), len(text) == 10
            except ValueError:
                pass  # 2018-13-45 has the shape, but another format may still read it
        for parse in self._parsers:
            try:
                return parse(text)
            except (ValueError, OverflowError):
                continue
        raise ValueError(text)


_PROBE = datetime(2001, 2, 3, 4, 5, 6)  # noqa: DTZ001 - only its shape is used


def _shape(text: str) -> tuple[int, str, str]:
    """Return length, dashes and what parts day from hour: ``(19, "--", "T")``."""
    return len(text), text[4:5] + text[7:8], text[10:11]


def _parser(text: str) -> Callable[[str], Moment]:
    match text:
        case "iso":
            return lambda value: (datetime.fromisoformat(value), len(value) <= 10)
        case "unix":
            return lambda value: (EPOCH + timedelta(seconds=float(value)), False)
        case "unix_ms":
            return lambda value: (EPOCH + timedelta(milliseconds=float(value)), False)
    bare = _PROBE.strftime(text) == _PROBE.replace(hour=17).strftime(text)
    return lambda value: (datetime.strptime(value, text), bare)  # noqa: DTZ007 - the zone is the city's, set by the caller
