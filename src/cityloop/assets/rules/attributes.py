"""What each standard asks to be known of a part: read from ``schemes/attributes.yaml``, so that a scheme is data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cityloop.kernel.translation import language

FILE = Path(__file__).parent.parent / "schemes" / "attributes.yaml"
EXTRAS = "extras."

TYPES = frozenset({"text", "choice", "day", "flag"})
MUST, IF, MAY = "must", "if", "may"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a part under one scheme.

    Args:
        name: How the registry calls it; begins with ``extras.`` where only this scheme has it.
        field: Its column in a file of exchange.
        type: ``text``, ``choice``, ``day`` or ``flag``.
        length: Characters at most.
        need: ``must``, ``if`` (when the part changes) or ``may``.
    """

    name: str
    field: str
    zh: str
    en: str
    type: str
    length: int
    need: str

    @property
    def title(self) -> str:
        """What it is called, in the language of now."""
        return self.zh if language().startswith("zh") else self.en

    @property
    def is_extra(self) -> bool:
        return self.name.startswith(EXTRAS)


@lru_cache(maxsize=1)
def _schemes() -> Mapping[str, tuple[Attribute, ...]]:
    read: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {scheme: tuple(Attribute(**one) for one in rows) for scheme, rows in read.items()}


def attributes_of(scheme: str) -> tuple[Attribute, ...]:
    """Return the attributes of a part under ``scheme``, in the standard's order; of an unknown one those of 2026."""
    return _schemes().get(scheme) or _schemes()["gb47678_2026"]


def extras_of(scheme: str) -> tuple[Attribute, ...]:
    """Return the attributes that ``scheme`` has beside those that all have."""
    return tuple(one for one in attributes_of(scheme) if one.is_extra)


def missing(scheme: str, values: Mapping[str, Any]) -> list[Attribute]:
    """Return what the standard asks for and ``values`` do not hold; a unit is known by its code or by its name."""
    lacking = []
    for one in attributes_of(scheme):
        if one.need != MUST:
            continue
        stem = one.name.removesuffix("_name")
        known = values.get(one.name) or values.get(stem) or values.get(f"{stem}_name")
        if not known and not one.name.endswith("_name"):
            lacking.append(one)
    return lacking
