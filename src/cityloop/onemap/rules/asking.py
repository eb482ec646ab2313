"""What stands after ``?`` when features are asked for, read and checked.

Source:
    OGC 17-069r4 (OGC API – Features, part 1): limit 7.15.2, bbox 7.15.3, datetime 7.15.4, unknown parameters 7.1.2.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed
from cityloop.onemap.rules.conditions import Condition, equals, within_box
from cityloop.onemap.rules.cql import condition_of
from cityloop.onemap.rules.crs import CRS84, Crs, wanted_crs
from cityloop.onemap.rules.layer import Column, Span

FEW, MOST = 100, 10_000
"""Features of a page unless more are asked for, and at most: a larger number is cut to the second."""

FARTHEST = 10_000_000
"""Features that may be passed over by ``offset``."""

ITEMS = ("limit", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs", "offset", "cursor", "f")
CQL2_TEXT = "cql2-text"
YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which features are asked for, and how.

    Args:
        conditions: What each must meet.
        span: From when to when; None: as it is now.
        offset: How many are passed over; ``cursor`` is better where there are many.
    """

    limit: int = FEW
    conditions: tuple[Condition, ...] = ()
    span: Span | None = None
    crs: Crs = CRS84
    offset: int = 0
    cursor: str = ""


def asked_items(given: Mapping[str, str], columns: Mapping[str, Column], zone: tzinfo) -> Asked:
    """Read the parameters of a page of features.

    Args:
        given: By name.
        columns: The properties, each of which is a parameter too.
        zone: In which a day without a time is a day.
    Raises:
        InvalidInput: A parameter is unknown or cannot be read; ``faults`` name it.
    """
    refuse_unknown(given, (*ITEMS, *columns))
    conditions = [
        equals(name, columns[name], text, number)
        for number, (name, text) in enumerate(sorted(given.items()))
        if name in columns
    ]
    if given.get("bbox"):
        conditions.append(within_box(given["bbox"], wanted_crs("bbox-crs", given.get("bbox-crs", ""))))
    if text := given.get("filter", ""):
        if given.get("filter-lang", CQL2_TEXT) != CQL2_TEXT:
            raise _wrong("filter-lang", _("only cql2-text is read here"), given["filter-lang"])
        conditions.append(condition_of(text, columns, wanted_crs("filter-crs", given.get("filter-crs", ""))))
    return Asked(
        limit=min(whole("limit", given.get("limit", str(FEW)), least=1), MOST),
        conditions=tuple(conditions),
        span=span_of(given["datetime"], zone) if given.get("datetime") else None,
        crs=wanted_crs("crs", given.get("crs", "")),
        offset=far(whole("offset", given.get("offset", "0"))),
        cursor=given.get("cursor", ""),
    )


def refuse_unknown(given: Iterable[str], known: Collection[str]) -> None:
    """Refuse parameters that nothing here reads: a filter with a slip of the pen must not quietly give everything.

    Raises:
        InvalidInput: There is one.
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidInput(
            _("This call does not know: %(names)s. It knows: %(known)s.")
            % {"names": listed(unknown)[:200], "known": listed(sorted(known)) or "–"},
            faults=[Fault(name[:80], _("is unknown here")) for name in unknown[:20]],
        )


def whole(name: str, text: str, least: int = 0) -> int:
    """Read a whole number, ``least`` or more.

    Raises:
        InvalidInput: It is none.
    """
    if not (text.isascii() and text.isdigit()) or int(text[:12]) < least:
        raise _wrong(name, _("must be a whole number from %(least)d on") % {"least": least}, text)
    return int(text[:12])


def far(offset: int) -> int:
    """Return how many features are passed over.

    Raises:
        InvalidInput: They are too many: whoever reads that far follows the links.
    """
    if offset > FARTHEST:
        raise _wrong("offset", _("passes over too many; follow the link “next” instead"), str(offset))
    return offset


def span_of(text: str, zone: tzinfo) -> Span:
    """Read a time or two with a slash between, either of which may be left open by ``..`` or nothing; both ends are within.

    Raises:
        InvalidInput: It is no time, or the end lies before the beginning.
    """
    first, slash, last = text.partition("/")
    begins = _instant(first, zone, text, time.min)
    ends = _instant(last if slash else first, zone, text, time.max)
    if not slash and begins is None:
        raise _no_time(text)
    if begins and ends and ends < begins:
        raise _wrong("datetime", _("ends before it begins"), text)
    return Span(begins, ends)


def _instant(text: str, zone: tzinfo, whole_text: str, of_day: time) -> datetime | None:
    if text in {"", ".."}:
        return None
    try:
        if len(text) == 10:
            moment = datetime.combine(date.fromisoformat(text), of_day, zone)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if moment.year in YEARS:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _no_time(whole_text)


def _no_time(text: str) -> InvalidInput:
    why = _("must be 2026-05-01, 2026-05-01T08:00:00Z, or two of them with a slash between, one of which may be ..")
    return _wrong("datetime", why, text)


def _wrong(name: str, why: str, text: str) -> InvalidInput:
    fault = Fault(name, why, shown(text))
    return InvalidInput(fault.told(), faults=[fault])
