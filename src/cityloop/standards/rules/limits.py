"""Limits: an amount of time in the units of the standards, and the Chinese texts they are written in."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed
from cityloop.standards.choices import TimeUnit

CONTINUOUS: frozenset[str] = frozenset(
    {TimeUnit.URGENT_HOUR, TimeUnit.URGENT_DAY, TimeUnit.NATURAL_HOUR, TimeUnit.NATURAL_DAY, TimeUnit.MINUTE}
)
"""Units whose clock never stops for a night or a holiday."""

LONGEST = 100_000
"""No published limit comes near; a larger amount is a slip of the hand."""

_STEP: dict[str, timedelta] = {
    TimeUnit.URGENT_HOUR: timedelta(hours=1),
    TimeUnit.URGENT_DAY: timedelta(days=1),
    TimeUnit.NATURAL_HOUR: timedelta(hours=1),
    TimeUnit.NATURAL_DAY: timedelta(days=1),
    TimeUnit.MINUTE: timedelta(minutes=1),
    TimeUnit.WORK_HOUR: timedelta(hours=1),
    TimeUnit.WORK_MINUTE: timedelta(minutes=1),
}


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """An allowed time: how much, of what, and the text it was read from (``""`` where there was none).

    Raises:
        InvalidInput: The amount is not a whole number from 1 to 100,000, or the unit is none of ``TimeUnit``.
    """

    amount: int
    unit: str
    text: str = ""

    def __post_init__(self) -> None:
        amount: object = self.amount  # from a file it may be anything
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= LONGEST:
            raise InvalidInput(
                _("A limit is a whole number from 1 to 100,000, not “%(value)s”.") % {"value": self.amount},
                faults=[Fault("amount", _("must be a whole number from 1 to 100,000"), str(self.amount))],
            )
        if self.unit not in TimeUnit.values:
            raise InvalidInput(
                _("“%(value)s” is not a unit of time. Use one of: %(units)s.")
                % {"value": self.unit, "units": listed(TimeUnit.values)},
                faults=[Fault("unit", _("is unknown here"), str(self.unit))],
            )

    @property
    def is_continuous(self) -> bool:
        """Whether the clock runs through nights, weekends and holidays."""
        return self.unit in CONTINUOUS

    def duration(self, workday: timedelta) -> timedelta:
        """Return the limit as a length of time: elapsed time if continuous, else open time of the working calendar.

        Args:
            workday: Open time of one working day of the calendar; only ``work_day`` asks for it.
        """
        return self.amount * (workday if self.unit == TimeUnit.WORK_DAY else _STEP[self.unit])


_UNIT_ZH: dict[str, str] = {
    TimeUnit.URGENT_HOUR: "紧急{}工作时",
    TimeUnit.URGENT_DAY: "紧急{}工作日",
    TimeUnit.WORK_HOUR: "{}工作时",
    TimeUnit.WORK_DAY: "{}工作日",
    TimeUnit.NATURAL_HOUR: "{}自然时",
    TimeUnit.NATURAL_DAY: "{}自然日",
    TimeUnit.MINUTE: "连续{}分钟",
    TimeUnit.WORK_MINUTE: "{}工作分钟",
}


def limit_text_zh(limit: TimeLimit) -> str:
    """Return the limit in the words of the standards, such as ``紧急2工作时``; ``parse_limit`` reads it back."""
    return _UNIT_ZH[limit.unit].format(limit.amount)


_DIGITS_ZH = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|半|[零〇一二两三四五六七八九十百]+", re.ASCII)
_IDLE = re.compile(r"以内|之内|[内个()\[\]、,,。≤约]|不超过|小于等于")
_UNITS = {"分钟": "minute", "分": "minute", "小时": "hour", "时": "hour", "天": "day", "日": "day"}
_KINDS = {"紧急": "urgent", "自然": "natural", "日历": "natural", "连续": "natural", "工作": "work"}
_WORDS = re.compile("|".join([*_UNITS, *_KINDS]))


def parse_limit(text: str, *, plain_is_work: bool = True, hours_per_day: int = 8) -> TimeLimit:
    """Return the limit that a Chinese text such as ``紧急2小时``, ``4工作时``, ``2个工作日`` or ``一天`` states.

    The text itself is kept in ``TimeLimit.text``. A part of an hour or day becomes the next smaller unit.

    Args:
        text: One amount and one unit; 内, 以内, 个 and brackets are passed over.
        plain_is_work: A plain ``4小时`` or ``2天`` is working time, as in published city tables; else it is continuous.
        hours_per_day: Working hours that half a working day is half of.

    Raises:
        InvalidInput: The text states no amount, more than one, an unknown unit, or an amount no unit can hold exactly.
    Source:
        domain overview 1.5: what says 紧急 is continuous; a plain text is working time in the example city.
    """
    plain = _IDLE.sub("", re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    numbers = _NUMBER.findall(plain)
    if len(numbers) != 1:
        raise _unreadable(text, _("state one amount, such as 2"))
    rest = _NUMBER.sub("", plain, count=1)
    words = _WORDS.findall(rest)
    units = {_UNITS[word] for word in words if word in _UNITS}
    kinds = {_KINDS[word] for word in words if word in _KINDS}
    if _WORDS.sub("", rest) or len(units) != 1:
        raise _unreadable(text, _("state one unit: minutes (分钟), hours (小时) or days (天)"))
    kind = _kind(kinds, plain_is_work=plain_is_work)
    if kind is None:
        raise _unreadable(text, _("it is both working time and natural time"))
    amount, unit = _whole(_amount(numbers[0]), units.pop(), hours_per_day if kind == "work" else 24)
    if amount is None:
        raise _unreadable(text, _("the amount is no whole number of minutes"))
    return TimeLimit(amount, _unit_code(kind, unit), text.strip())


def _unreadable(text: str, why: str) -> InvalidInput:
    message = _("“%(text)s” cannot be read as a limit: %(why)s.") % {"text": text[:80], "why": why}
    return InvalidInput(message, faults=[Fault("limit", why, text[:80])])


def _kind(kinds: set[str], *, plain_is_work: bool) -> str | None:
    """紧急工作时 is urgent: the word 紧急 outweighs 工作. Natural working time does not exist."""
    if "urgent" in kinds:
        return None if "natural" in kinds else "urgent"
    if len(kinds) > 1:
        return None
    return kinds.pop() if kinds else ("work" if plain_is_work else "natural")


def _amount(text: str) -> Decimal:
    if text == "半":
        return Decimal("0.5")
    return Decimal(text) if text[0].isdigit() else Decimal(_number_zh(text))


def _number_zh(text: str) -> int:
    """Return a Chinese numeral below 1000: 十五 is 15, 二十 is 20, 一百二十 is 120; digits in a row are read as digits."""
    if "十" not in text and "百" not in text:
        return int("".join(str(_DIGITS_ZH[sign]) for sign in text))
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS_ZH:
            digit = _DIGITS_ZH[sign]
        else:
            total += (digit or 1) * (100 if sign == "百" else 10)
            digit = 0
    return total + digit


def _whole(amount: Decimal, unit: str, hours_per_day: int) -> tuple[int | None, str]:
    """Return a whole amount, going to smaller units as needed; ``None`` where not even minutes are whole."""
    for smaller, factor in (("hour", hours_per_day), ("minute", 60)):
        if amount == amount.to_integral_value():
            break
        if (unit, smaller) in {("day", "hour"), ("hour", "minute")}:
            amount, unit = amount * factor, smaller
    return (int(amount) if amount == amount.to_integral_value() else None), unit


def _unit_code(kind: str, unit: str) -> str:
    if unit == "minute":
        return TimeUnit.WORK_MINUTE.value if kind == "work" else TimeUnit.MINUTE.value
    return f"{kind}_{unit}"
