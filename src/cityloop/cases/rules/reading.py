"""From YAML to a table: every mistake is told with its line and the rule it breaks, all of them at once."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.rules.guards import GUARDS
from cityloop.cases.rules.table import Action, Table
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

Path = tuple[str | int, ...]
Finding = tuple[Path, str]

CODED = ("sources", "posts", "clocks", "flags", "states", "applications", "actions")
"""Sections whose rows take their code from their key."""

ALWAYS_KNOWN = {
    "source", "category", "condition", "department", "co_departments", "handler", "collector", "part_code", "master",
    "external_number", "external_due", "target", "resume_on", "handler_at_work", "closed_at", "disposed_on_time",
    "reporter_user",
}  # fmt: skip
"""Values that the engine keeps for every case."""


class BrokenTable(InvalidInput):
    """The table cannot be used; the faults name line and rule, and whatever table was in force stays so."""

    code = "broken_table"


def read_table(text: str) -> Table:
    """Return the table that ``text`` (YAML) describes.

    Raises:
        BrokenTable: With a fault for every mistake: an unknown key, state, post, clock or guard; a state that no action
            reaches or that no action leaves and that is not final; an action that nobody may take.
    """
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise _broken([(mark.line + 1 if mark else 1, "", _("this is not YAML"))]) from exc
    line_of = dict(_lines(node, ())) if node else {}
    if not isinstance(data, dict):
        raise _broken([(1, "", _("the table must be a mapping of sections"))])
    try:
        table = Table.model_validate(_with_codes(data))
    except ValidationError as exc:
        found = [(_clean(error["loc"]), _rule(error)) for error in exc.errors()]
        raise _broken([(_line(line_of, path), _dotted(path), why) for path, why in found]) from exc
    table = _widened(table)
    if findings := list(_inconsistencies(table)):
        raise _broken([(_line(line_of, path), _dotted(path), why) for path, why in findings])
    return table


def _broken(findings: list[tuple[int, str, str]]) -> BrokenTable:
    line, path, why = findings[0]
    return BrokenTable(
        _(
            "The table was not taken: line %(line)d, %(path)s: %(why)s (mistakes in all: %(count)d). The one in force stays."
        )
        % {"line": line, "path": path or "–", "why": why, "count": len(findings)},
        faults=[
            Fault(_("line %(line)d, %(path)s") % {"line": line, "path": path or "–"}, why)
            for line, path, why in findings
        ],
    )


def _lines(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = list(_lines(value, (*path, key.value)))
            yield from inner
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, index))


def _line(line_of: Mapping[Path, int], path: Path) -> int:
    while path and path not in line_of:
        path = path[:-1]
    return line_of.get(path, 1)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _clean(loc: tuple[int | str, ...]) -> Path:
    """Return pydantic's place without the names of its own machinery (``function-before[…]``, ``literal[…]``)."""
    return tuple(part for part in loc if not (isinstance(part, str) and ("[" in part or part in {"When", "bool"})))


def _rule(error: Mapping[str, Any]) -> str:
    rules = {"missing": _("this is missing"), "extra_forbidden": _("no rule knows this key")}
    return rules.get(error["type"]) or _("“%(value)s” does not fit: %(rule)s") % {
        "value": str(error["input"])[:80],
        "rule": error["msg"],
    }


def _with_codes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections with each row's key as its code, each need's as its name."""
    coded = {name: data[name] for name in data}
    for section in CODED:
        if isinstance(rows := coded.get(section), dict):
            coded[section] = {
                code: {**row, "code": code} if isinstance(row, dict) else row for code, row in rows.items()
            }
    for action in (coded.get("actions") or {}).values():
        if isinstance(action, dict) and isinstance(needs := action.get("needs"), dict):
            action["needs"] = {
                name: {**need, "name": name} if isinstance(need, dict) else need for name, need in needs.items()
            }
    return coded


def _widened(table: Table) -> Table:
    """Return the table with ``from: open``, ``any`` (not final) and ``every`` spelled out."""
    spelled = {
        "open": frozenset(code for code, state in table.states.items() if state.kind in OPEN_KINDS),
        "every": frozenset(table.states),
        "any": frozenset(code for code, state in table.states.items() if not state.final),
    }
    actions = {}
    for code, action in table.actions.items():
        update: dict[str, Any] = {}
        if isinstance(action.from_states, str):
            update["from_states"] = spelled[action.from_states]
        actions[code] = action.model_copy(update=update)
    return table.model_copy(update={"actions": actions})


def _inconsistencies(table: Table) -> Iterator[Finding]:
    yield from _state_findings(table)
    for code, rows in table.applications.items():
        for index, level in enumerate(rows.levels):
            yield from _unknown(("applications", code, "levels", index), level.by, table.posts, _("post"))
        if not any(a.opens and a.opens.application == code for a in table.actions.values()):
            yield ("applications", code), _("no action opens this application")
        if not any(a.decides and a.decides.application == code for a in table.actions.values()):
            yield ("applications", code), _("no action decides on this application")
    for action in table.actions.values():
        yield from _action_findings(table, action)
    yield from _reach_findings(table)


def _unknown(path: Path, used: Collection[str], known: Collection[str], what: str) -> Iterator[Finding]:
    for name in used:
        if name and name not in known:
            yield path, _("there is no %(what)s “%(name)s”") % {"what": what, "name": name}


def _state_findings(table: Table) -> Iterator[Finding]:
    for code, state in table.states.items():
        path = ("states", code)
        yield from _unknown((*path, "runs"), state.runs | state.holds, table.clocks, _("clock"))
        yield from _unknown((*path, "step"), [state.step], table.steps, _("step"))
        if state.runs & state.holds:
            yield (*path, "holds"), _("a clock cannot both run and stand still")
        if state.kind in OPEN_KINDS and not state.tasks:
            yield path, _("nobody has to act in this open state: give it a task")
        for index, task in enumerate(state.tasks):
            yield from _unknown((*path, "tasks", index), [task.post], table.posts, _("post"))
            yield from _unknown((*path, "tasks", index), [task.clock], table.clocks, _("clock"))


def _action_findings(table: Table, action: Action) -> Iterator[Finding]:
    path = ("actions", action.code)
    posts = [permit.post for permit in action.by if permit.post != "system"]
    yield from _unknown((*path, "by"), posts, table.posts, _("post"))
    yield from _unknown((*path, "by"), [permit.state for permit in action.by], table.states, _("state"))
    yield from _unknown((*path, "from"), action.from_states, table.states, _("state"))
    yield from _unknown((*path, "to"), [target.state for target in action.to], table.states, _("state"))
    yield from _unknown((*path, "flags"), [change.flag for change in action.flags], table.flags, _("flag"))
    yield from _unknown((*path, "clocks"), [*action.clocks, action.marks_overdue], table.clocks, _("clock"))
    yield from _unknown((*path, "guards"), [guard.name for guard in action.guards], GUARDS, _("guard"))
    yield from _unknown((*path, "one_of"), action.one_of, action.needs, _("need"))
    yield from _unknown((*path, "writes"), action.writes, {*action.needs, *ALWAYS_KNOWN}, _("value"))
    applications = [*action.drops]
    if action.opens:
        applications.append(action.opens.application)
    if action.decides:
        applications.append(action.decides.application)
    yield from _unknown(
        (*path, "opens" if action.opens else "decides"), applications, table.applications, _("application")
    )
    for need in action.needs.values():
        yield from _unknown((*path, "needs", need.name), [need.of], table.lists, _("list"))
        yield from _unknown((*path, "needs", need.name), [need.post], table.posts, _("post"))
        if need.type == "choice" and not (need.of or need.options):
            yield (*path, "needs", need.name), _("a choice needs “of” a list or “options”")
    if not action.by and not action.decides:
        yield (*path, "by"), _("nobody may take this action")
    if not action.creates and not action.from_states:
        yield (*path, "from"), _("no state is named from which this action leads")
    if action.creates and not action.to:
        yield (*path, "to"), _("an action that makes a case must lead to a state")


def _reach_findings(table: Table) -> Iterator[Finding]:
    reached = {target.state for action in table.actions.values() if action.creates for target in action.to}
    while True:
        more = {
            target.state
            for action in table.actions.values()
            if not action.creates and reached & set(action.from_states)
            for target in action.to
            if target.state
        } - reached
        if not more:
            break
        reached |= more
    for code, state in table.states.items():
        if code not in reached:
            yield ("states", code), _("no action reaches this state")
        leaves = any(
            target.state and target.state != code
            for action in table.actions.values()
            if code in action.from_states
            for target in action.to
        )
        if not state.final and not leaves:
            yield ("states", code), _("no action leaves this state; mark it final or give it a way on")
        if state.final and leaves:
            yield ("states", code), _("this state is final, yet an action leaves it")
