"""The settings of a city: each declared by the room that reads it, so that a misspelt one is refused, not ignored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its key (``room.name``), its default, whose type is the type asked for, and what it means.

    Args:
        least, most: Bounds of a number, both allowed.
        allowed: The values allowed; every value if empty. Of a list, the members allowed. ``names`` says what they mean.
        members: Of a list: what may stand in it in a city, by key with its name; None for anything.
        is_inner: Whether it is noted by the machine alone, and nobody changes it in the console.
    """

    key: str
    default: bool | int | float | str | list[Any] | dict[str, Any]
    title: str
    least: float | None = None
    most: float | None = None
    allowed: tuple[Any, ...] = ()
    names: Mapping[Any, str] = field(default_factory=dict)
    members: Callable[[str], Mapping[str, str]] | None = None
    is_inner: bool = False

    def fault_of(self, value: Any) -> Fault | None:
        """Return what is wrong with ``value``, or None."""
        why = self._why(value)
        return Fault(f"settings.{self.key}", why, shown(value)) if why else None

    def members_in(self, jurisdiction: str) -> Mapping[str, str]:
        """Return what may stand in a list in a city, by key with its name; nothing where anything may, or the city is not there yet."""
        return self.members(jurisdiction) if self.members is not None and jurisdiction else {}

    def stranger_in(self, value: Any, jurisdiction: str) -> Fault | None:
        """Return what stands in a list and is nothing of the city, with what was perhaps meant; None where there is nothing."""
        known = self.members_in(jurisdiction)
        strange = [one for one in value if one not in known] if known and isinstance(value, list) else []
        if not strange:
            return None
        near = get_close_matches(str(strange[0]), known, 2, 0.6) or list(known)[:2]
        why = _("This city has no “%(strange)s”. Keys look like this: %(near)s.") % {
            "strange": listed(map(shown, strange[:5])),
            "near": listed(f"{key} ({known[key]})" for key in near),
        }
        return Fault(f"settings.{self.key}", why, shown(value))

    def _why(self, value: Any) -> str:
        if not self._is_kind(value):
            return _("Give a value of the kind of the default, “%(default)s”.") % {"default": shown(self.default)}
        if self.least is not None and value < self.least:
            return _("The least possible value is %(least)s.") % {"least": self.least}
        if self.most is not None and value > self.most:
            return _("The greatest possible value is %(most)s.") % {"most": self.most}
        members = value if isinstance(value, list) else [value]
        if self.allowed and any(member not in self.allowed for member in members):
            return _("Possible are: %(allowed)s.") % {"allowed": listed(map(shown, self.allowed))}
        return ""

    def _is_kind(self, value: Any) -> bool:
        if isinstance(self.default, bool) or isinstance(value, bool):
            return isinstance(self.default, bool) and isinstance(value, bool)
        if isinstance(self.default, float):
            return isinstance(value, int | float)
        return isinstance(value, type(self.default))


DECLARED: dict[str, Setting] = {}


def declare(*settings: Setting) -> None:
    """Make settings known; a room calls it once, when it is loaded."""
    for setting in settings:
        DECLARED[setting.key] = setting


def check_settings(given: Mapping[str, Any]) -> None:
    """Check a city's settings.

    Raises:
        InvalidInput: A key is not declared, or a value is not of its kind or outside its bounds.
    """
    faults = [
        Fault(f"settings.{key}", _("There is no such setting."), shown(value))
        for key, value in given.items()
        if key not in DECLARED
    ]
    faults += [
        fault
        for key, value in given.items()
        if key in DECLARED and (fault := DECLARED[key].fault_of(value)) is not None
    ]
    if faults:
        raise InvalidInput(_("Some settings of the city cannot be used."), faults=faults)


def with_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every declared setting: the city's own, else the default."""
    return {key: setting.default for key, setting in DECLARED.items()} | dict(given)
