"""The published codes: read, check, write. Each type is a frozen value; ``str()`` gives the code back.

========== ====== =========================================================
code       digits made of
========== ====== =========================================================
unit grid  15     division 6, street 3, community 3, sequence 3
part       16     division 6, big class 2, small class 2, sequence 6 (2007, 2013)
part       17     division 6, big class 2, small class 3, sequence 6 (2026)
matter     11     division 6, big class 2, small class 3 (2026); one for a class, not for a case
case       19     division 6, day 8, daily sequence 5
region     6–12   GB/T 2260 division 6, street 3, community 3
========== ====== =========================================================

Source:
    domain grid-and-codes 2.1 and 2.3, overview 1.6.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from typing_extensions import override

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed, noop
from cityloop.standards.choices import RegionLevel, Scheme

PART_DIGITS: dict[str, int] = {Scheme.GB47678_2026: 17, Scheme.GB30428_2013: 16, Scheme.CJT214_2007: 16}

_WORDS = {
    "division": noop("division code"),
    "region_code": noop("division code"),
    "street": noop("street"),
    "community": noop("community"),
    "big class": noop("big class"),
    "small class": noop("small class"),
    "sequence": noop("sequence"),
}
"""What the fields of a code are called before people."""


def _digits(text: str, allowed: tuple[int, ...], field: str, what: str) -> str:
    """Return ``text`` without the blanks that people put between groups, if it is digits of an allowed number."""
    plain = re.sub(r"[ \t]", "", text)
    if not re.fullmatch(r"[0-9]+", plain):
        raise _refusal(
            field, text, _("%(what)s “%(value)s” may hold digits only.") % {"what": what, "value": text[:40]}
        )
    if len(plain) not in allowed:
        raise _refusal(
            field,
            text,
            _("%(what)s “%(value)s” has %(has)d digits; it must have %(must)s.")
            % {
                "what": what,
                "value": text[:40],
                "has": len(plain),
                "must": " / ".join(map(str, allowed)),
            },
        )
    return plain


def _refusal(field: str, value: str, message: str) -> InvalidInput:
    return InvalidInput(message, faults=[Fault(field, message, value[:80])])


def _check_field(value: str, digits: int, field: str) -> None:
    if not re.fullmatch(rf"[0-9]{{{digits}}}", value):
        raise _refusal(
            field,
            value,
            _("“%(value)s” is not a valid %(field)s: it must be %(digits)d digits.")
            % {"value": value[:40], "field": _(_WORDS[field]), "digits": digits},
        )


def _check_division(division: str, field: str = "division") -> None:
    _check_field(division, 6, field)
    if division[0] == "0":
        raise _refusal(field, division, _("The division code “%(value)s” may not begin with 0.") % {"value": division})


def _check_counted(value: str, digits: int, field: str) -> None:
    """A part of a code that is counted from 1: zeros mean that it was never given."""
    _check_field(value, digits, field)
    if not int(value):
        raise _refusal(
            field,
            value,
            _("The %(field)s “%(value)s” must be at least 1.") % {"field": _(_WORDS[field]), "value": value},
        )


@dataclass(frozen=True, slots=True, order=True)
class GridCode:
    """A unit grid (单元网格); the sequence counts west to east, north to south inside the community."""

    division: str
    street: str
    community: str
    sequence: str

    def __post_init__(self) -> None:
        _check_division(self.division)
        _check_counted(self.street, 3, "street")
        _check_counted(self.community, 3, "community")
        _check_counted(self.sequence, 3, "sequence")

    @classmethod
    def parse(cls, text: str, *, accept_legacy: bool = False) -> Self:
        """Read 15 digits; with ``accept_legacy`` also 14, whose two-digit sequence is padded on the left.

        Raises:
            InvalidInput: Not a unit grid code; the message says why.
        """
        code = _digits(text, (14, 15) if accept_legacy else (15,), "grid_code", _("The unit grid code"))
        return cls(code[:6], code[6:9], code[9:12], code[12:].rjust(3, "0"))

    @property
    def community_code(self) -> str:
        """The 12-digit code of the community that the grid lies in."""
        return self.division + self.street + self.community

    @property
    def street_code(self) -> str:
        """The 9-digit code of the street that the grid lies in."""
        return self.division + self.street

    @override
    def __str__(self) -> str:
        return self.community_code + self.sequence


@dataclass(frozen=True, slots=True, order=True)
class PartCode:
    """One surveyed part (部件): its class, and its number within class and division."""

    division: str
    big: str
    small: str
    sequence: str

    def __post_init__(self) -> None:
        _check_division(self.division)
        _check_counted(self.big, 2, "big class")
        _check_counted(self.small, 3 if len(self.small) == 3 else 2, "small class")
        _check_counted(self.sequence, 6, "sequence")

    @classmethod
    def parse(cls, text: str, scheme: str = "") -> Self:
        """Read 17 digits of the 2026 scheme or 16 of the older ones; a given ``scheme`` allows its own length only.

        Raises:
            InvalidInput: Not a part code, or not one of ``scheme``; the message says why.
        """
        allowed = (_part_digits(scheme),) if scheme else (16, 17)
        code = _digits(text, allowed, "part_code", _("The part code"))
        return cls(code[:6], code[6:8], code[8:-6], code[-6:])

    @property
    def class_code(self) -> str:
        """The code of the part's class, big and small: 5 digits in 2026, 4 before."""
        return self.big + self.small

    @override
    def __str__(self) -> str:
        return self.division + self.big + self.small + self.sequence


def _part_digits(scheme: str) -> int:
    try:
        return PART_DIGITS[scheme]
    except KeyError:
        message = _("The scheme “%(value)s” is not known. Use one of: %(schemes)s.")
        names = listed(Scheme.values)
        raise _refusal("scheme", scheme, message % {"value": scheme[:40], "schemes": names}) from None


@dataclass(frozen=True, slots=True, order=True)
class MatterCode:
    """The 2026 code of a matter class in a division (事项编码); all cases of the class there share it."""

    division: str
    big: str
    small: str

    def __post_init__(self) -> None:
        _check_division(self.division)
        _check_counted(self.big, 2, "big class")
        _check_counted(self.small, 3, "small class")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 11 digits.

        Raises:
            InvalidInput: Not a matter code; the message says why.
        """
        code = _digits(text, (11,), "matter_code", _("The matter code"))
        return cls(code[:6], code[6:8], code[8:])

    @property
    def class_code(self) -> str:
        """The five-digit code of the class."""
        return self.big + self.small

    @override
    def __str__(self) -> str:
        return self.division + self.big + self.small


LAST_CASE_OF_DAY = 99_999


@dataclass(frozen=True, slots=True, order=True)
class CaseNumber:
    """The number of a case (案卷编号): jurisdiction, the city's day, and the count of that day from 1."""

    division: str
    day: date
    sequence: int

    def __post_init__(self) -> None:
        _check_division(self.division)
        if not 0 < self.sequence <= LAST_CASE_OF_DAY:
            message = _("The daily sequence “%(value)s” of a case number must lie between 1 and 99999.")
            raise _refusal("sequence", str(self.sequence), message % {"value": self.sequence})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 19 digits.

        Raises:
            InvalidInput: Not a case number; the message says why.
        """
        code = _digits(text, (19,), "case_number", _("The case number"))
        try:
            day = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
        except ValueError:
            message = _("The case number “%(value)s” holds no date: “%(day)s” is not a day of the calendar.")
            raise _refusal("case_number", text, message % {"value": text[:40], "day": code[6:14]}) from None
        return cls(code[:6], day, int(code[14:]))

    @override
    def __str__(self) -> str:
        # Not strftime: it writes years before 1000 with fewer than four digits.
        day = f"{self.day.year:04}{self.day.month:02}{self.day.day:02}"
        return f"{self.division}{day}{self.sequence:05}"


@dataclass(frozen=True, slots=True, order=True)
class RegionCode:
    """A region: 6 digits for province (``320000``), city (``320500``) and district, 9 for a street, 12 for a community."""

    code: str

    def __post_init__(self) -> None:
        _digits(self.code, (6, 9, 12), "region_code", _("The region code"))
        _check_division(self.code[:6], "region_code")
        if self.code[2:4] == "00" and self.code[4:6] != "00":
            self._refuse(_("a district needs a city (third and fourth digit)"))
        if len(self.code) > 6 and self.code[4:6] == "00" and self.code[2:4] == "00":
            self._refuse(_("a street cannot lie in a province directly"))
        for end in range(9, len(self.code) + 1, 3):
            if self.code[end - 3 : end] == "000":
                self._refuse(_("a street or community is counted from 001"))

    def _refuse(self, why: str) -> None:
        message = _("“%(value)s” is not a region code: %(why)s.") % {"value": self.code, "why": why}
        raise _refusal("region_code", self.code, message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a region code; the short 2- and 4-digit forms and trailing zeros of statistical files are made plain.

        Raises:
            InvalidInput: Not a region code; the message says why.
        """
        code = _digits(text, (2, 4, 6, 9, 12), "region_code", _("The region code")).ljust(6, "0")
        while len(code) > 6 and code.endswith("000"):
            code = code[:-3]
        return cls(code)

    @property
    def level(self) -> RegionLevel:
        if len(self.code) == 12:
            return RegionLevel.COMMUNITY
        if len(self.code) == 9:
            return RegionLevel.STREET
        if self.code.endswith("0000"):
            return RegionLevel.PROVINCE
        return RegionLevel.CITY if self.code.endswith("00") else RegionLevel.DISTRICT

    @property
    def parent(self) -> "RegionCode | None":
        """The region one level up by the code alone; ``None`` above a province.

        Cities without districts (Dongguan, 441900) hold their streets directly: the parent of such a street is the city.
        """
        match self.level:
            case RegionLevel.PROVINCE:
                return None
            case RegionLevel.CITY:
                return RegionCode(self.code[:2] + "0000")
            case RegionLevel.DISTRICT:
                return RegionCode(self.code[:4] + "00")
            case _:
                return RegionCode(self.code[:-3])

    @override
    def __str__(self) -> str:
        return self.code


def check_grid_code(text: str) -> str:
    """Return the 15-digit grid code in plain form, or raise ``InvalidInput``."""
    return str(GridCode.parse(text))


def check_part_code(text: str, scheme: str = "") -> str:
    """Return the part code in plain form (16 or 17 digits by ``scheme``), or raise ``InvalidInput``."""
    return str(PartCode.parse(text, scheme))


def check_matter_code(text: str) -> str:
    """Return the 11-digit matter code in plain form, or raise ``InvalidInput``."""
    return str(MatterCode.parse(text))


def check_case_number(text: str) -> str:
    """Return the 19-digit case number in plain form, or raise ``InvalidInput``."""
    return str(CaseNumber.parse(text))


def check_region_code(text: str, level: str = "") -> str:
    """Return the region code in plain form, or raise ``InvalidInput`` (also where it is not of ``level``)."""
    region = RegionCode.parse(text)
    if level and region.level != level:
        message = _("“%(value)s” is the code of another level: it is a %(is)s, not a %(wanted)s.")
        words = {"value": text[:40], "is": region.level.label, "wanted": RegionLevel(level).label}
        raise _refusal("region_code", text, message % words)
    return str(region)
