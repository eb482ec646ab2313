"""One row of a foreign file becomes one past request, or the reason why not.

Nothing here reads a file, a clock or a database: a row is a mapping of column to value, and the answer is a value.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from string import Formatter
from typing import Any
from unicodedata import normalize
from uuid import UUID
from zoneinfo import ZoneInfo

from cityloop.geography.rules import Extent, convert
from cityloop.intake.choices import Noticed, Refused
from cityloop.intake.rules.mapping import ClassRule, RequestMapping, Source, StatusRule
from cityloop.intake.rules.times import TimeReader
from cityloop.kernel.translation import _

NAMESPACE = UUID("5f0d8a52-6c1e-5b7c-9f5e-0a1d3c7be912")
"""Of the keys of replayed reports; never change it, or every file would be taken a second time."""

LONGEST_DESCRIPTION, LONGEST_ADDRESS = 2000, 500
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
JOIN = " · "


@dataclass(frozen=True, slots=True)
class PastRequest:
    """One request of the past in the city's own words; the fields are those of the twin's ``PastCase``."""

    key: UUID
    reported_at: datetime
    closed_at: datetime | None
    category: str
    condition: str
    source: str
    lon: float | None
    lat: float | None
    description: str
    address: str
    department: str
    external_number: str
    external_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that became a request, and what was noticed about it: codes to be counted."""

    row: int
    request: PastRequest
    noticed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that did not: its number as a spreadsheet counts it, why, and the value that was wrong."""

    row: int
    id: str
    reason: str
    column: str
    value: str
    text: str


class _Refused(Exception):
    def __init__(self, reason: Refused, column: str, value: object, text: str) -> None:
        super().__init__(text)
        self.reason, self.column, self.value = reason, column, str(value)[:200]


class Converter:
    """The mapping made ready: call it with a row. It keeps no state between rows."""

    def __init__(
        self,
        mapping: RequestMapping,
        *,
        identity: str,
        latest: datetime,
        extent: Extent | None = None,
        first_conditions: Mapping[str, str] | None = None,
    ) -> None:
        """Make the mapping ready.

        Args:
            mapping: What the columns mean.
            identity: Names the source (and the file, where rows have no number of their own).
            latest: No time of a row may lie after it.
            extent: A position outside is dropped; ``None`` accepts any on Earth.
            first_conditions: Condition keys by category, for rules that name none.
        """
        zone = ZoneInfo(mapping.time_zone)
        times = mapping.times
        self._mapping = mapping
        self._classes = _class_finder(mapping)
        self._fits = {
            (rule.category, rule.fit): f"fit_{mapping.fit_of(rule)}" for _path, rule in mapping.classes.rules()
        }
        self._sha = hashlib.sha1(NAMESPACE.bytes + identity.encode() + b"\n", usedforsecurity=False)
        self._latest = latest
        self._earliest = datetime.combine(times.earliest, time(), UTC)
        self._extent = extent
        self._first_conditions = first_conditions or {}
        self._reported = TimeReader(times.reported, zone, "start")
        self._closed = TimeReader(times.closed, zone, "end") if times.closed else None
        self._due = TimeReader(times.due, zone, "end") if times.due else None
        self._description = [_part(template) for template in mapping.texts.description]
        self._address = [_part(template) for template in mapping.texts.address]
        self._unwanted = [(rows.column, re.compile(rows.holds), rows.note) for rows in mapping.refuse]

    def __call__(self, row: Mapping[str, Any], number: int) -> Taken | Refusal:
        """Return what ``row`` becomes; ``number`` is its place in the file."""
        id_column = self._mapping.file.id
        own = _text(row.get(id_column)) if id_column else ""
        try:
            return self._take(row, number, own)
        except _Refused as exc:
            return Refusal(number, own, exc.reason.value, exc.column, exc.value, str(exc))

    def _take(self, row: Mapping[str, Any], number: int, own: str) -> Taken:
        noticed: list[str] = []
        self._refuse_unwanted(row)
        if not own and self._mapping.file.id:
            raise _Refused(Refused.NO_ID, self._mapping.file.id, "", _("The row has no number of its own."))
        rule = self._class(row, noticed)
        status = self._status(row, noticed)
        reported = self._reported_at(row)
        closed = self._closed_at(row, reported, status, noticed)
        lon, lat = self._position(row, noticed)
        request = PastRequest(
            key=self._key(own or str(number)),
            reported_at=reported,
            closed_at=closed,
            category=rule.category,
            condition=rule.condition_key or self._first_conditions.get(rule.category, ""),
            source=self._source(row, noticed),
            lon=lon,
            lat=lat,
            description=self._join(
                self._description, row, noticed, longest=LONGEST_DESCRIPTION, ended_as=status.ended_as
            ),
            address=self._join(self._address, row, noticed, longest=LONGEST_ADDRESS),
            department=rule.department,
            external_number=own,
            external_due_at=self._due_at(row, noticed),
        )
        return Taken(number, request, tuple(noticed))

    def _key(self, own: str) -> UUID:
        """Return the ``uuid5`` of identity, newline and ``own``; the common part is digested once."""
        sha = self._sha.copy()
        sha.update(own.encode())
        return UUID(bytes=sha.digest()[:16], version=5)

    def _refuse_unwanted(self, row: Mapping[str, Any]) -> None:
        for column, pattern, note in self._unwanted:
            text = _text(row.get(column))
            if pattern.search(text):
                raise _Refused(Refused.PATTERN, column, text, note)

    def _class(self, row: Mapping[str, Any], noticed: list[str]) -> ClassRule:
        column = self._mapping.classes.column
        value = _text(row.get(column))
        rule, known = self._classes(value)
        if rule is None:
            raise _Refused(Refused.UNKNOWN_CLASS, column, value, _("The mapping has no class for this value."))
        if not known:
            noticed.append(Noticed.CLASS_BY_DEFAULT.value)
        noticed.append(self._fits[rule.category, rule.fit])
        return rule

    def _status(self, row: Mapping[str, Any], noticed: list[str]) -> StatusRule:
        status = self._mapping.status
        if status is None:
            return StatusRule()
        value = _text(row.get(status.column))
        rule = status.values.get(value)
        if rule is None:
            noticed.append(Noticed.STATUS_BY_TIMES.value)
            return _BY_TIMES
        if rule.treat == "refuse":
            raise _Refused(Refused.STATUS, status.column, value, rule.note or _("The mapping refuses this status."))
        return rule

    def _source(self, row: Mapping[str, Any], noticed: list[str]) -> Source:
        channel = self._mapping.source
        if channel.column is None:
            return channel.default
        value = channel.values.get(_text(row.get(channel.column)))
        if value is None:
            noticed.append(Noticed.SOURCE_BY_DEFAULT.value)
            return channel.default
        return value

    def _reported_at(self, row: Mapping[str, Any]) -> datetime:
        column = self._mapping.times.reported.column
        value = row.get(column)
        if _is_empty(value):
            raise _Refused(Refused.NO_TIME, column, "", _("The row has no time of report."))
        return self._instant(self._reported, column, value)

    def _closed_at(
        self, row: Mapping[str, Any], reported: datetime, status: StatusRule, noticed: list[str]
    ) -> datetime | None:
        if self._closed is None or self._mapping.times.closed is None:
            return None
        column = self._mapping.times.closed.column
        value = row.get(column)
        if _is_empty(value):
            if status.treat == "closed":
                noticed.append(Noticed.CLOSED_WITHOUT_TIME.value)
            return None
        if status.treat == "open":
            noticed.append(Noticed.OPEN_WITH_TIME.value)
            return None
        closed = self._instant(self._closed, column, value)
        if closed < reported:
            # On the night the clocks go back, 01:10 may come after 01:50: then the second 01:10 is meant.
            closed = self._closed.read(_clean(value), later=True)
        if closed < reported:
            raise _Refused(
                Refused.NEGATIVE_DURATION, column, value, _("The closing time lies before the time of report.")
            )
        if status.ended_as:
            noticed.append(f"ended_{status.ended_as}")
        return closed

    def _instant(self, reader: TimeReader, column: str, value: object) -> datetime:
        try:
            instant = reader.read(_clean(value))
        except (ValueError, OverflowError) as exc:
            raise _Refused(Refused.BAD_TIME, column, value, _("No format of the mapping reads this time.")) from exc
        if not self._earliest <= instant <= self._latest:
            raise _Refused(
                Refused.IMPLAUSIBLE_TIME, column, value, _("This time lies before the earliest or in the future.")
            )
        return instant

    def _due_at(self, row: Mapping[str, Any], noticed: list[str]) -> datetime | None:
        if self._due is None or self._mapping.times.due is None:
            return None
        value = row.get(self._mapping.times.due.column)
        if _is_empty(value):
            return None
        try:
            return self._due.read(_clean(value))
        except (ValueError, OverflowError):
            noticed.append(Noticed.BAD_DUE.value)
            return None

    def _position(self, row: Mapping[str, Any], noticed: list[str]) -> tuple[float | None, float | None]:
        position = self._mapping.position
        if position is None:
            return None, None
        found = position_of(row.get(position.lon), row.get(position.lat))
        if not isinstance(found, tuple):
            noticed.append(found.value)
            return None, None
        lon, lat = found
        if position.system != "wgs84":
            lon, lat = convert(lon, lat, position.system, "wgs84")
        if self._extent is not None and not self._extent.holds(lon, lat):
            noticed.append(Noticed.FAR_AWAY.value)
            return None, None
        return lon, lat

    def _join(
        self, parts: list["TextPart"], row: Mapping[str, Any], noticed: list[str], *, longest: int, ended_as: str = ""
    ) -> str:
        texts = [part(row) for part in parts]
        if ended_as:
            texts.append(f"[{ended_as}]")
        joined = JOIN.join(text for text in texts if text)
        if UNREADABLE in joined:
            noticed.append(Noticed.BAD_TEXT.value)
        if len(joined) > longest:
            noticed.append(Noticed.TEXT_CUT.value)
            return joined[: longest - 1] + "…"
        return joined


_BY_TIMES = StatusRule()
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


def position_of(lon: object, lat: object) -> tuple[float, float] | Noticed:
    """Return lon, lat in degrees, or what is wrong with them.

    A coordinate without decimals was cut somewhere on its way: it looks valid and lies up to 100 km off.
    """
    if _is_empty(lon) and _is_empty(lat):
        return Noticed.NO_POSITION
    try:
        x, y = float(_clean(lon)), float(_clean(lat))  # type: ignore[arg-type]  # whatever float() refuses is unreadable
    except (TypeError, ValueError):
        return Noticed.UNREADABLE_POSITION
    if x.is_integer() or y.is_integer():
        return Noticed.WHOLE_DEGREES
    if not (-180 <= x <= 180 and -90 <= y <= 90):
        return Noticed.UNREADABLE_POSITION
    return x, y


TextPart = Callable[[Mapping[str, Any]], str]


def _part(template: str) -> TextPart:
    """Return a function that fills ``template`` from a row, or gives ``""`` when a column of it is empty."""
    pieces = [(literal, name) for literal, name, _spec, _conversion in Formatter().parse(template)]

    def fill(row: Mapping[str, Any]) -> str:
        out: list[str] = []
        for literal, name in pieces:
            out.append(literal)
            if name:
                value = _text(row.get(name))
                if not value:
                    return ""
                out.append(value)
        return "".join(out)

    return fill


def _class_finder(mapping: RequestMapping) -> Callable[[str], tuple[ClassRule | None, bool]]:
    """Return a function that gives the rule of a value, and whether the mapping names the value itself."""
    classes = mapping.classes
    prefixes = sorted(classes.prefixes.items(), key=lambda item: -len(item[0]))

    def find(value: str) -> tuple[ClassRule | None, bool]:
        rule = classes.values.get(value)
        if rule is not None:
            return rule, True
        return next((rule for prefix, rule in prefixes if value.startswith(prefix)), classes.default), False

    return find


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _clean(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _text(value: object) -> str:
    """Return a value as text on one line; bytes that the file's encoding cannot read become ``UNREADABLE``.

    A letter that comes in two spellings takes its usual one (NFC): Taipei writes one class with U+F9E4 for 理.
    """
    if value is None:
        return ""
    text = value.strip() if isinstance(value, str) else str(value)
    if not text.isascii():
        text = normalize("NFC", text)
    if text.isprintable():
        return text
    return " ".join(_SURROGATE.sub(UNREADABLE, text).translate(_CONTROLS).split())
