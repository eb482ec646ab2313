"""In what one version of a city's table differs from another: in words, and as text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from pydantic import BaseModel

from cityloop.cases.choices import Kind
from cityloop.cases.queries.loop_page import limit_words
from cityloop.cases.rules.comparing import ABSENT, Difference, differences
from cityloop.cases.rules.table import (
    CONDITION,
    FlagChange,
    Guard,
    Label,
    Level,
    PastStep,
    Permit,
    Table,
    Target,
    TaskRule,
    When,
)
from cityloop.kernel.translation import _, language, listed, noop
from cityloop.standards.rules import TimeLimit

SECTION_WORDS: Mapping[str, str] = {
    "": noop("Table"),
    "settings": noop("Setting"),
    "public_sees": noop("What the public sees"),
    "sources": noop("Source"),
    "posts": noop("Post"),
    "steps": noop("Step"),
    "clocks": noop("Clock"),
    "flags": noop("Mark"),
    "lists": noop("List"),
    "states": noop("State"),
    "tasks": noop("Kind of task"),
    "applications": noop("Application"),
    "actions": noop("Action"),
}

PART_WORDS: Mapping[str, str] = {
    "title": noop("title"),
    "code": noop("code"),
    "past": noop("how cases of other systems are told"),
    "name": noop("name"),
    "kind": noop("kind"),
    "step": noop("step"),
    "runs": noop("clocks that run"),
    "holds": noop("clocks that stand still"),
    "tasks": noop("who must act"),
    "final": noop("is an end"),
    "within": noop("stands to the case"),
    "superior": noop("acts in the cities below"),
    "may": noop("may do beside the loop"),
    "role": noop("tells the pages"),
    "calls": noop("somebody calls"),
    "page": noop("the public page's own"),
    "merges": noop("merges a report into an earlier case"),
    "rates": noop("rates what came of it"),
    "supports": noop("says so too"),
    "limit": noop("limit"),
    "calendar": noop("calendar"),
    "type": noop("type"),
    "public": noop("the public speaks"),
    "photos": noop("photos"),
    "point": noop("needs a point"),
    "inputs": noop("answers"),
    "reporter_days": noop("days for which who reported is kept"),
    "levels": noop("who decides"),
    "flag": noop("mark"),
    "number": noop("number"),
    "creates": noop("makes a case"),
    "restores": noop("takes the last act back"),
    "no_act": noop("is only a note"),
    "from_states": noop("possible in"),
    "to": noop("leads to"),
    "by": noop("who may take it"),
    "needs": noop("asks for"),
    "one_of": noop("at least one of"),
    "writes": noop("writes"),
    "clears": noop("clears"),
    "takes": noop("takes over"),
    "sets_when_given": noop("sets, where given"),
    "assigns": noop("assigns"),
    "flags": noop("marks"),
    "guards": noop("conditions"),
    "opens": noop("opens the application"),
    "decides": noop("decides on the application"),
    "drops": noop("drops applications"),
    "opens_task": noop("opens a task"),
    "finishes": noop("finishes tasks"),
    "refresh_tasks": noop("gives the tasks anew"),
    "clocks": noop("clocks"),
    "marks_overdue": noop("judges the clock"),
    "settles_overdue": noop("settles the judgement"),
    "unmarks_overdue": noop("takes the judgement back"),
    "spawns": noop("hands on to a second case"),
    "tells": noop("tells"),
    "withdrawable": noop("can be withdrawn"),
    "urges": noop("the system urges by it"),
    "recounts": noop("counts deadlines anew"),
}

NAMED_BY: Mapping[str, str] = {
    "runs": "clocks", "holds": "clocks", "step": "steps", "from_states": "states", "drops": "applications",
    "flag": "flags", "marks_overdue": "clocks",
}  # fmt: skip
"""Parts that hold codes, and the section that names them."""


NAMELESS = frozenset({"", "settings", "lists", "public_sees"})
"""Sections whose rows have no name but their key."""


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference: ``kind`` is added, removed or changed; ``text`` is the whole sentence in the reader's language."""

    kind: str
    section: str
    code: str
    part: str
    name: str
    before: str | None
    after: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables compared: by meaning, and line by line as ``diff -u`` does."""

    items: list[DifferenceLine]
    text: str


def comparison(before: tuple[Table, str, str], after: tuple[Table, str, str]) -> Comparison:
    """Return in what ``after`` differs from ``before``.

    Args:
        before, after: A table, its YAML, and a name for it.
    """
    old, old_text, old_name = before
    new, new_text, new_name = after
    lines = unified_diff(
        old_text.splitlines(keepends=True), new_text.splitlines(keepends=True), old_name, new_name, n=2
    )
    return Comparison([_line(one, old, new) for one in differences(old, new)], "".join(_ended(lines)))


def _ended(lines: Iterator[str]) -> Iterator[str]:
    return (line if line.endswith("\n") else f"{line}\n" for line in lines)


def _line(one: Difference, old: Table, new: Table) -> DifferenceLine:
    before = None if one.before is ABSENT else _said(one, one.before, old)
    after = None if one.after is ABSENT else _said(one, one.after, new)
    kind = "added" if before is None else "removed" if after is None else "changed"
    name = _row_name(one, new if one.code in getattr(new, one.section, ()) else old)
    section = _(SECTION_WORDS[one.section])
    gap = "" if language().startswith("zh") else " "
    where = f"{section}{gap}“{name}”" if name else section
    part = " ".join(filter(None, [_(PART_WORDS.get(one.part, one.part)) if one.part else "", one.item]))
    about = _("%(row)s, %(part)s") % {"row": where, "part": part} if part else where
    return DifferenceLine(kind, one.section, one.code, one.part, name, before, after, _sentence(about, before, after))


def _sentence(about: str, before: str | None, after: str | None) -> str:
    if before is None:
        return _("%(about)s: added: %(after)s") % {"about": about, "after": after}
    if after is None:
        return _("%(about)s: taken away: %(before)s") % {"about": about, "before": before}
    return _("%(about)s: changed from %(before)s to %(after)s") % {"about": about, "before": before, "after": after}


def _row_name(one: Difference, table: Table) -> str:
    row = getattr(table, one.section, {}).get(one.code) if one.section not in NAMELESS else None
    return row.words if isinstance(row, Label) else one.code


def _said(one: Difference, value: Any, table: Table) -> str:
    """Return a value of a table as people read it."""
    if one.part in NAMED_BY and isinstance(value, str):
        return _named(table, NAMED_BY[one.part], value)
    if one.part in NAMED_BY and isinstance(value, (tuple, frozenset)):
        return listed(_named(table, NAMED_BY[one.part], code) for code in sorted(value)) or "–"
    if one.part == "kind":
        return str(Kind(value).label)
    if one.part == "limit":
        return _limit(value)
    if one.part == "to":
        return _("; else ").join(_target(target, table) for target in value) or _("stays where it is")
    if one.part == "past":
        return " › ".join(_past(step, table) for step in value)
    if one.part == "assigns":
        return _("whoever is on duty")
    return _plain(value, table)


def _limit(value: Any) -> str:
    if isinstance(value, str):
        return _("by the filing condition") if value == CONDITION else _("until “%(name)s”") % {"name": value}
    return limit_words(TimeLimit(*value))


def _plain(value: Any, table: Table) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case None | "" | () | []:
            return "–"
        case Permit():
            return _permit(value, table)
        case TaskRule():
            return _task(value, table)
        case When():
            return _when(value) or _("always")
        case Level():
            return _level(value, table)
        case Guard():
            says = f" ({value.says.words})" if value.says else ""
            return f"{value.name}: {_flow(value.argument)}{says}"
        case FlagChange():
            return f"{_named(table, 'flags', value.flag)} {_change(value)}"
        case Label() if set(type(value).model_fields) == {"zh", "en"}:
            return value.words
        case BaseModel():
            return _row(value, table)
        case tuple() | list() | frozenset():
            return listed(_plain(item, table) for item in (sorted(value) if isinstance(value, frozenset) else value))
        case _:
            return _flow(value)


def _named(table: Table, section: str, code: str) -> str:
    row = getattr(table, section).get(code)
    return row.words if isinstance(row, Label) else code or "–"


def _permit(permit: Permit, table: Table) -> str:
    post = _("System") if permit.post == "system" else _named(table, "posts", permit.post)
    if permit.state:
        return _("%(post)s (only in “%(state)s”)") % {"post": post, "state": _named(table, "states", permit.state)}
    return f"{post} ({permit.within})" if permit.within else post


def _level(level: Level, table: Table) -> str:
    said = " / ".join(_named(table, "posts", post) for post in level.by)
    more = [part for part in (_when(level.when), _("another person") if level.other_person else "") if part]
    return f"{said} ({listed(more)})" if more else said


def _task(task: TaskRule, table: Table) -> str:
    said = _named(table, "posts", task.post)
    if task.clock:
        said = _("%(post)s by the clock “%(clock)s”") % {"post": said, "clock": _named(table, "clocks", task.clock)}
    more = [part for part in (task.kind, task.department, task.person, task.each, _when(task.when)) if part]
    return f"{said} ({listed(more)})" if more else said


def _target(target: Target, table: Table) -> str:
    state = _named(table, "states", target.state) if target.state else _("stays where it is")
    when = _when(target.when)
    return _("%(state)s where %(facts)s") % {"state": state, "facts": when} if when else state


def _past(step: PastStep, table: Table) -> str:
    more = _flow(step.model_dump(exclude_defaults=True, exclude={"action"}))
    return _named(table, "actions", step.action) + (f" {more}" if more != "{}" else "")


def _when(when: When) -> str:
    return listed(f"{name} = {' / '.join(_flow(value) for value in allowed)}" for name, allowed in when.facts)


def _change(change: FlagChange) -> str:
    return {"add": "+{}", "copy": "= ${}"}.get(change.operation, "= {}").format(_flow(change.operand))


def _row(row: BaseModel, table: Table) -> str:
    """Return what a row says beyond what every row of its kind says by itself, under the table's own words."""
    told = []
    if isinstance(row, Label):
        told.append(row.words)
    for name, field in type(row).model_fields.items():
        value = getattr(row, name)
        if name in {"zh", "en", "code", "name", "number"} or value == field.get_default(call_default_factory=True):
            continue
        if name in {"state", "application"}:
            value = _named(table, f"{name}s", value)
        told.append(f"{_(PART_WORDS[name]) if name in PART_WORDS else name} {_in_row(name, value, table)}".strip())
    return listed(told) or _("nothing further")


def _in_row(name: str, value: Any, table: Table) -> str:
    if isinstance(value, Mapping):
        return listed(value)
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return _flow(value)
    return _said(Difference("", "", name, "", value, value), value, table)


def _flow(value: Any) -> str:
    """Return a plain value as YAML would write it in a line."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case BaseModel():
            return _flow(value.model_dump(exclude_defaults=True))
        case Mapping():
            return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
        case tuple() | list() | frozenset():
            return "[" + ", ".join(_flow(one) for one in value) + "]"
        case _:
            return str(value)
