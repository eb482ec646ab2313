"""Saved themes of the map: what a person, or a city for all its staff, keeps of how the map is shown."""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

TITLE_LONGEST: Final = 60
MOST_LAYERS: Final = 100
MOST_KEPT: Final = 40
VALUE_LONGEST: Final = 4000

NAME = re.compile(r"[a-z][a-z_]{1,30}")
GROUND = re.compile(r"[\w.-]{1,80}", re.ASCII)
KEY = re.compile(r"[a-z][a-z0-9_]{0,19}")
KEYS: Final = ("layers", "ground", "day", "spot", "kept")


def checked_title(given: Any) -> str:
    """Return the title of a theme as it is kept: without blanks around it.

    Raises:
        InvalidInput: It is empty, too long or no text.
    """
    title = " ".join(given.split()) if isinstance(given, str) else ""
    if not title:
        raise _wrong("title", _("Give the theme a name."), "")
    if len(title) > TITLE_LONGEST:
        raise _wrong("title", _("A name has at most %(most)d characters.") % {"most": TITLE_LONGEST}, title)
    return title


def checked_state(given: Any) -> dict[str, Any]:
    """Return the state of a map as it is kept.

    ``layers``: names of those on the map, None for the usual ones; ``ground``: names of what lies under it with their opacity;
    ``day``: the day of the map, None for today's; ``spot``: zoom, lat, lon, None for the whole city; ``kept``: what tools keep, by key.

    Raises:
        InvalidInput: Something of it is not of this form; what and why stands in its faults.
    """
    if not isinstance(given, Mapping):
        raise _wrong("state", _("The state of a map is an object."), given)
    if unknown := sorted(str(key) for key in given if key not in KEYS):
        raise _wrong(f"state.{unknown[0]}"[:80], _("The state of a map has no such field."), "")
    return {
        "layers": _layers(given.get("layers")),
        "ground": _ground(given.get("ground") or {}),
        "day": _day(given.get("day")),
        "spot": _spot(given.get("spot")),
        "kept": _kept(given.get("kept") or {}),
    }


def _layers(given: Any) -> list[str] | None:
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > MOST_LAYERS:
        raise _wrong("state.layers", _("Give a list of at most %(most)d names.") % {"most": MOST_LAYERS}, "")
    for name in given:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise _wrong("state.layers", _("This is no name of a layer."), name)
    return list(dict.fromkeys(given))


def _ground(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping) or len(given) > MOST_LAYERS:
        raise _wrong("state.ground", _("Give names with an opacity between 0 and 1."), "")
    for name, share in given.items():
        if not isinstance(name, str) or not GROUND.fullmatch(name) or not _is_number(share) or not 0 <= share <= 1:
            raise _wrong("state.ground", _("Give names with an opacity between 0 and 1."), name)
    return {name: round(float(share), 2) for name, share in given.items()}


def _day(given: Any) -> str | None:
    if given is None:
        return None
    try:
        day = date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        raise _wrong("state.day", _("This is no date; write it as 2026-04-30."), given) from None
    check_years(day)
    return day.isoformat()


def _spot(given: Any) -> list[float] | None:
    if given is None:
        return None
    limits = ((0, 24), (-85.06, 85.06), (-180, 180))
    if not isinstance(given, list) or len(given) != len(limits) or not all(map(_is_number, given)):
        raise _wrong("state.spot", _("Give zoom, latitude and longitude."), "")
    if any(not low <= one <= high for one, (low, high) in zip(given, limits, strict=True)):
        raise _wrong("state.spot", _("Give zoom, latitude and longitude."), given)
    return [round(float(one), 6) for one in given]


def _kept(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > MOST_KEPT:
        raise _wrong("state.kept", _("Give at most %(most)d texts by key.") % {"most": MOST_KEPT}, "")
    for key, value in given.items():
        is_key = isinstance(key, str) and KEY.fullmatch(key)
        if not is_key or not isinstance(value, str) or len(value) > VALUE_LONGEST or "\0" in value:
            raise _wrong("state.kept", _("A key is short and of small letters, its value a text."), key)
    return dict(given)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(field: str, why: str, value: Any) -> InvalidInput:
    return InvalidInput(why, faults=[Fault(field, why, str(value)[:80])])
