"""What was said with an action, and what the table keeps of it, in words: no names of fields, no codes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cityloop.cases.queries.wording import Wording
from cityloop.cases.rules.table import Need, Table
from cityloop.kernel.hashing import canonical
from cityloop.kernel.translation import _, lazy, listed

LABELS: Mapping[str, Any] = {
    "address": lazy("Address"),
    "back_to": lazy("Sent back to"),
    "category": lazy("Class"),
    "co_departments": lazy("Co-handlers"),
    "co_departments_done": lazy("Co-handlers who are done"),
    "collector": lazy("Collector"),
    "condition": lazy("Filing condition"),
    "condition_met": lazy("Closing condition met"),
    "department": lazy("Department"),
    "departments": lazy("Departments"),
    "description": lazy("Description"),
    "disposed_on_time": lazy("Disposed of on time"),
    "external_due": lazy("Outside due time"),
    "external_number": lazy("External number"),
    "handler": lazy("Handler"),
    "important": lazy("Important"),
    "level": lazy("Level"),
    "master": lazy("Merged into"),
    "name": lazy("Reporter"),
    "no_return": lazy("Not to be returned"),
    "opinion": lazy("Opinion"),
    "other_reason": lazy("Why another department"),
    "part_code": lazy("Part"),
    "phone": lazy("Phone"),
    "photos": lazy("Photos"),
    "point": lazy("Position"),
    "reason": lazy("Reason"),
    "reply": lazy("Reply"),
    "reply_by": lazy("Reply by"),
    "reporter": lazy("Reporter"),
    "reporter_name": lazy("Reporter"),
    "reporter_phone": lazy("Phone"),
    "result": lazy("Result"),
    "result_settled": lazy("This result stands"),
    "resume_on": lazy("Taken up again on"),
    "ruling": lazy("Ruling"),
    "satisfaction": lazy("Satisfaction"),
    "solved": lazy("Solved on the spot"),
    "source": lazy("Source"),
    "supervision": lazy("Kind of supervision"),
    "table_version": lazy("Version of the table"),
    "target": lazy("Target"),
    "timing_zone": lazy("Timing zone"),
    "typical": lazy("Typical"),
    "until": lazy("Until"),
}
"""What the needs of our own table are called; a need that a city's table adds keeps the name that it has there."""


PENDING = "pending"
"""What our own table writes into a flag whose result somebody has to decide on."""


def label_of(name: str) -> str:
    """Return what a need or a value is called; of a part of one (``reporter.phone``) what the part is called."""
    last = name.rpartition(".")[2]
    return str(LABELS.get(name) or LABELS.get(last) or name)


def needs_of(loop: Table, given_with: str = "") -> dict[str, Need]:
    """Return what a name is asked as: by the action with which it was given, else by the first that asks for it."""
    found = dict(loop.actions[given_with].needs) if given_with in loop.actions else {}
    for action in loop.actions.values():
        for name, need in action.needs.items():
            found.setdefault(name, need)
    return found


def in_words(name: str, value: Any, need: Need | None, wording: Wording) -> str:
    """Return ``label: words`` for one thing that was given; JSON where nothing is known of its kind."""
    return labelled(label_of(name), value_words(value, need, wording))


def labelled(name: str, words: str) -> str:
    return _("%(field)s: %(why)s") % {"field": name, "why": words}


def flag_words(flag: str, value: Any, wording: Wording) -> str:
    """Return what a flag that is more than a mark says."""
    if value == PENDING:
        return _("waits for a decision")
    return wording.words.loop.value_words(flag, value)


def value_words(value: Any, need: Need | None, wording: Wording) -> str:
    """Return one thing that was given in words; JSON where nothing is known of its kind."""
    if isinstance(value, datetime):
        return wording.when(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if need is None or value is None:
        return listed(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else plain(value)
    if need.type == "choice":
        return _choice(str(value), need, wording)
    say = _BY_TYPE.get(need.type)
    try:
        return say(value, wording) if say else plain(value)
    except (KeyError, TypeError, ValueError, OverflowError):  # written under another version of the table
        return plain(value)


def _choice(value: str, need: Need, wording: Wording) -> str:
    loop = wording.words.loop
    label = (loop.lists[need.of] if need.of else loop.states).get(value)
    return wording.words.label(label) if label else value


def _person(value: Any, wording: Wording) -> str:
    return wording.names.get(value) or f"#{value}"


def _point(value: Any, _wording: Wording) -> str:
    lon, lat = (value["lon"], value["lat"]) if isinstance(value, dict) else value[:2]
    return f"{lon:.7f}, {lat:.7f}"


def _photos(value: Any, _wording: Wording) -> str:
    return _("%(count)d files") % {"count": len(value)}


def _departments(value: Any, wording: Wording) -> str:
    return listed(_department(code, wording) for code in value)


def _department(value: Any, wording: Wording) -> str:
    named = wording.words.department(str(value))
    return named.name if named else str(value)


def _condition(value: Any, wording: Wording) -> str:
    named = wording.words.condition(str(value))
    return named.name if named else str(value)


_BY_TYPE: Mapping[str, Callable[[Any, Wording], str]] = {
    "category": lambda value, wording: wording.words.category(str(value)).name,
    "condition": _condition,
    "department": _department,
    "departments": _departments,
    "instant": lambda value, wording: wording.when(datetime.fromisoformat(str(value))),
    "person": _person,
    "photos": _photos,
    "point": _point,
    "source": lambda value, wording: wording.words.source(str(value)).name,
}


def plain(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()
