"""The shape of region and grid codes.

A unit grid's 15 digits are its own address: 6 division + 3 street + 3 community + 3 sequence in the community.

Source:
    GB/T 2260 (divisions), GB/T 10114 (streets), GB/T 30428.1 and DB11 unit grids as told in domain/grid-and-codes.md 2.1.
"""

import re
from collections.abc import Mapping, Sequence

from cityloop.geography.choices import RegionLevel

CODE_LENGTH: Mapping[str, int] = {
    RegionLevel.PROVINCE: 6,
    RegionLevel.CITY: 6,
    RegionLevel.DISTRICT: 6,
    RegionLevel.STREET: 9,
    RegionLevel.COMMUNITY: 12,
}
GRID_CODE_LENGTH = 15
LAST_NUMBER = 999
"""Three digits: the most streets of a district, communities of a street, grids of a community."""


def level_rank(level: str) -> int:
    """Return how deep in the tree ``level`` stands: 0 is the province, 4 the community."""
    return list(RegionLevel.values).index(level)


def is_region_code(code: str, level: str) -> bool:
    """Whether ``code`` has the digits of a region of ``level``."""
    return re.fullmatch(rf"[0-9]{{{CODE_LENGTH[level]}}}", code) is not None


def grid_code(text: str) -> str | None:
    """Return the 15-digit code that ``text`` means, or None.

    Old codes (CJ/T 213) have 14 digits with a sequence of two: a zero is put before it. Sequence 000 is nobody's.
    """
    code = re.sub(r"\s", "", text)
    if re.fullmatch(r"[0-9]{14}", code):
        code = f"{code[:12]}0{code[12:]}"
    if not re.fullmatch(r"[0-9]{15}", code) or code.endswith("000"):
        return None
    return code


def parent_codes(code: str) -> Sequence[str]:
    """Return the codes of the regions around ``code``, innermost first: a grid's begin with its community."""
    prefixes = [code[:length] for length in (12, 9, 6) if length < len(code)]
    division = code[:6]
    wider = [f"{division[:4]}00", f"{division[:2]}0000"]
    return [*prefixes, *(one for one in dict.fromkeys(wider) if one != division)]


def belongs_to(code: str, jurisdiction: str) -> bool:
    """Whether a region or grid code lies in the division ``jurisdiction``, a district, a city or a province."""
    return jurisdiction in {code[:6], f"{code[:4]}00", f"{code[:2]}0000"}


def division_level(division: str) -> RegionLevel:
    """Return the level of a 6-digit division: ``420000`` is a province, ``420100`` a city, ``420106`` a district."""
    if division.endswith("0000"):
        return RegionLevel.PROVINCE
    return RegionLevel.CITY if division.endswith("00") else RegionLevel.DISTRICT
