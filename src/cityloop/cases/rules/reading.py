"""From YAML to a table: every mistake is told with its line and the rule it breaks, all of them at once.

Mistakes of form (an unknown key, a wrong type, a key written twice) are told before those of meaning (an unknown state, a dead
end): what has no form cannot be asked what it means.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.rules.contradictions import contradictions
from cityloop.cases.rules.guards import ARGUMENTS
from cityloop.cases.rules.roles import as_meant
from cityloop.cases.rules.snapshot import TIMES
from cityloop.cases.rules.table import CONDITION, Action, Finding, Guard, Path, Settings, Table, TaskRule, When
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.scalars import unreadable_line
from cityloop.kernel.translation import _, listed
from cityloop.standards.rules import TimeLimit

AT_WORK = frozenset({Kind.WAITING, Kind.WORKING})
"""Kinds of states in which time runs; a paused one waits for somebody outside or for a date."""

CODED = ("sources", "posts", "clocks", "flags", "states", "applications", "actions")
"""Sections whose rows take their code from their key."""

ALWAYS_KNOWN = {
    "source", "category", "condition", "department", "co_departments", "handler", "collector", "part_code", "master",
    "external_number", "external_due", "target", "resume_on", "handler_at_work", "closed_at", "disposed_on_time",
    "reporter_user", "reported_at", "granted", "lon", "lat", "unit_grid", "duty_grid", "community", "street", "district",
    "timing_zone", "table_version", "history", "split_from", "split_into",
}  # fmt: skip
"""Values that the engine keeps for every case."""

ENGINE_FLAGS = ("similar", "was_overdue")
"""Flags that the engine itself sets: a table has to name them."""

SETTINGS = frozenset(Settings.model_fields)
SITUATION = frozenset({"public", "state", "is_system", "granted"})
"""What the conditions of an action may ask beside settings, values, flags and inputs."""

FIRST_ASKED = {"condition": "category", "person": "department", "departments": "department"}
"""Inputs are checked in the table's order: to judge the one type, the other must be known."""


DEEPEST = 20
"""How deep the YAML may be nested; a table needs seven."""


class BrokenTable(InvalidInput):
    """The table cannot be used; the faults name line and rule, and whatever table was in force stays so."""

    code = "broken_table"


def read_table(text: str) -> Table:
    """Return the table that ``text`` (YAML) describes.

    Raises:
        BrokenTable: With a fault for every mistake: an unknown key, state, post, clock or guard; a state that no action
            reaches or that no action leaves and that is not final; an action that nobody may take.
    """
    node, data = _parsed(text)
    if not isinstance(node, yaml.MappingNode):
        raise _broken([(1, "", _("the table must be a mapping of sections"))])
    line_of = dict(_lines(node, ()))
    twice = [(line, _dotted(path), _("this key stands here for the second time")) for path, line in _twice(node, ())]
    try:
        table = Table.model_validate(_with_codes(data))
    except ValidationError as exc:
        found = [(_clean(error["loc"]), _rule(error)) for error in exc.errors()]
        raise _broken(twice + [(_line(line_of, path), _dotted(path), why) for path, why in found]) from exc
    table = _widened(table)
    if findings := twice + [(_line(line_of, path), _dotted(path), why) for path, why in _inconsistencies(table)]:
        raise _broken(findings)
    return as_meant(table)


def faults_at(text: str, findings: Iterable[Finding]) -> list[Fault]:
    """Return what was found in a table that reads well, each with its line.

    Args:
        text: The table's YAML.
        findings: Places in it, and what is to be said of them.
    """
    return [
        Fault(_("line %(line)d, %(path)s") % {"line": line, "path": path or "–"}, why)
        for line, path, why in _placed(text, findings)
    ]


def broken_at(text: str, findings: Iterable[Finding]) -> BrokenTable:
    """Return the refusal of a table that reads well, but does not fit the city that it is for.

    Args:
        text: The table's YAML.
        findings: Places in it, and the rules that they break.
    """
    return _broken(_placed(text, findings))


def _placed(text: str, findings: Iterable[Finding]) -> list[tuple[int, str, str]]:
    node, _data = _parsed(text)
    assert node is not None
    line_of = dict(_lines(node, ()))
    return [(_line(line_of, path), _dotted(path), why) for path, why in findings]


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """Return the YAML as nodes, which know their lines and still have the keys that stand twice, and as data."""
    try:
        _check_shape(text)
        return yaml.compose(text, Loader=yaml.CSafeLoader), yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise _broken([(mark.line + 1 if mark else 1, "", _("this is not YAML"))]) from exc
    except (ValueError, OverflowError) as exc:
        why = _("YAML reads this as a date or a number, and it is none; put it in quotes")
        raise _broken([(unreadable_line(text), "", why)]) from exc


def _check_shape(text: str) -> None:
    """Refuse what would hurt whoever walks through it: the C parser itself dies of a hundred thousand brackets."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _broken([(line, "", _("aliases (*) are not taken: write it out"))])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _broken([(line, "", _("this is nested too deep"))])


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


def _twice(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    """Yield each key that its mapping already has: YAML itself silently keeps the last."""
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            if key.value in keys:
                yield (*path, key.value), key.start_mark.line + 1
            keys.add(key.value)
            yield from _twice(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _twice(value, (*path, index))


def _lines(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
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
    actions = coded.get("actions")
    for action in actions.values() if isinstance(actions, dict) else ():
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
    values = _values(table)
    for code, clock in table.clocks.items():
        yield from _limit_findings(("clocks", code, "limit"), clock.limit)
    for code, source in table.sources.items():
        yield from _unknown(("sources", code, "by"), source.by, table.posts, _("post"))
    for code in table.tasks:
        yield from _unknown(("tasks", code), [code], {*table.task_kinds, *table.states}, _("kind of task"))
    yield from _public_findings(table)
    yield from _past_findings(table)
    yield from _unknown(("flags",), ENGINE_FLAGS, table.flags, _("flag"))
    for code in table.flags:
        if code in values | SETTINGS:
            yield ("flags", code), _("a value or a setting has this name")
    yield from _state_findings(table, values)
    for code, rows in table.applications.items():
        yield from _unknown(("applications", code, "flag"), [rows.flag], table.flags, _("flag"))
        for index, level in enumerate(rows.levels):
            path = ("applications", code, "levels", index)
            yield from _unknown(path, level.by, table.posts, _("post"))
            yield from _condition_findings(path, level.when, {"applicant_post"})
        if not any(a.opens and a.opens.application == code for a in table.actions.values()):
            yield ("applications", code), _("no action opens this application")
        if not any(a.decides and a.decides.application == code for a in table.actions.values()):
            yield ("applications", code), _("no action decides on this application")
    for action in table.actions.values():
        yield from _action_findings(table, action, values)
        yield from _need_findings(table, action, values)
        for index, guard in enumerate(action.guards):
            yield from _guard_findings(("actions", action.code, "guards", index), guard, table)
    yield from _reach_findings(table)
    yield from contradictions(table)


def _public_findings(table: Table) -> Iterator[Finding]:
    """Yield what the public is to be shown and no case has; a table that is silent shows the replies, if it knows any."""
    if "public_sees" not in table.model_fields_set:
        return
    path, shown = ("public_sees",), table.public_sees
    needs = [need for action in table.actions.values() for need in action.needs.values()]
    others = {need.name for need in needs if need.type not in {"photos", "reporter"}}
    if "inputs" in shown.model_fields_set:
        yield from _unknown((*path, "inputs"), shown.inputs, others, _("input"))
    kinds = {kind for need in needs for kind in need.kinds}
    yield from _unknown((*path, "photos"), shown.photos, kinds, _("kind of photo"))
    yield from _unknown((*path, "flags"), shown.flags, table.flags, _("flag"))


def _past_findings(table: Table) -> Iterator[Finding]:
    """Yield the acts by which no case of another system could be told."""
    for index, step in enumerate(table.past if "past" in table.model_fields_set else ()):
        path, action = ("past", index), table.actions.get(step.action)
        yield from _unknown(path, [step.action], table.actions, _("action"))
        if action is None:
            continue
        if not action.by_system:
            yield path, _("the system tells it: add “system” to the “by” of the action")
        given = {*step.given, *(["department"] if step.department else [])}
        yield from _unknown(path, given, action.needs, _("need"))


def _values(table: Table) -> set[str]:
    """Return the names of the values that a case may hold: the engine's own, and those that actions write."""
    written = set(ALWAYS_KNOWN)
    for action in table.actions.values():
        written.update(action.writes, action.takes, action.assigns, *action.sets_when_given.values())
    return written


def _unknown(path: Path, used: Collection[str], known: Collection[str], what: str) -> Iterator[Finding]:
    for name in sorted(used):
        if name and name not in known:
            yield path, _("there is no %(what)s “%(name)s”") % {"what": what, "name": name}


def _condition_findings(path: Path, when: When | None, known: Collection[str]) -> Iterator[Finding]:
    """A condition on a misspelled name would never hold, and nobody would be told."""
    yield from _unknown(path, [name for name, _allowed in when.facts] if when else [], known, _("fact"))


def _limit_findings(path: Path, limit: tuple[int, str] | str) -> Iterator[Finding]:
    if isinstance(limit, str):
        yield from _unknown(path, [limit], {CONDITION, *TIMES}, _("limit"))
        return
    try:
        TimeLimit(*limit)
    except InvalidInput as exc:
        yield path, exc.message


def _state_findings(table: Table, values: Collection[str]) -> Iterator[Finding]:
    for code, state in table.states.items():
        path = ("states", code)
        yield from _unknown((*path, "runs"), state.runs, table.clocks, _("clock"))
        yield from _unknown((*path, "holds"), state.holds, table.clocks, _("clock"))
        yield from _unknown((*path, "step"), [state.step], table.steps, _("step"))
        if state.runs & state.holds:
            yield (*path, "holds"), _("a clock cannot both run and stand still")
        if state.kind in OPEN_KINDS and not state.tasks:
            yield path, _("nobody has to act in this open state: give it a task")
        if state.kind in AT_WORK and not state.runs:
            yield (*path, "runs"), _("somebody has to act in this state, and no clock runs: name one")
        if state.kind in OPEN_KINDS and state.final:
            yield (*path, "final"), _("a case that is still open cannot have come to its end")
        for index, task in enumerate(state.tasks):
            yield from _task_findings((*path, "tasks", index), task, table, values)


def _task_findings(path: Path, task: TaskRule, table: Table, values: Collection[str]) -> Iterator[Finding]:
    yield from _unknown(path, [task.post], table.posts, _("post"))
    yield from _unknown(path, [task.clock], table.clocks, _("clock"))
    yield from _unknown(path, {task.department, task.person, task.each}, values, _("value"))
    yield from _condition_findings(path, task.when, {*values, *table.flags})


def _action_findings(table: Table, action: Action, values: Collection[str]) -> Iterator[Finding]:
    path = ("actions", action.code)
    facts = {*SETTINGS, *values, *table.flags, *action.needs, *SITUATION}
    posts = [permit.post for permit in action.by if permit.post != "system"]
    yield from _unknown((*path, "by"), posts, table.posts, _("post"))
    yield from _unknown((*path, "by"), [permit.state for permit in action.by], table.states, _("state"))
    yield from _unknown((*path, "from"), action.from_states, table.states, _("state"))
    for index, target in enumerate(action.to):
        place = (*path, "to", index) if len(action.to) > 1 else (*path, "to")
        yield from _unknown(place, [target.state], table.states, _("state"))
        yield from _condition_findings(place, target.when, facts)
    yield from _unknown((*path, "flags"), [change.flag for change in action.flags], table.flags, _("flag"))
    copied = [str(change.operand) for change in action.flags if change.operation == "copy"]
    yield from _unknown((*path, "flags"), copied, facts, _("fact"))
    yield from _unknown((*path, "clocks"), action.clocks, table.clocks, _("clock"))
    yield from _unknown((*path, "marks_overdue"), [action.marks_overdue], table.clocks, _("clock"))
    for rule in action.clocks.values():
        yield from _unknown((*path, "clocks"), [rule.factor], SETTINGS, _("setting"))
        yield from _unknown((*path, "clocks"), {rule.keep_if_same, rule.relimit_if}, values, _("value"))
    yield from _unknown((*path, "clears"), action.clears, values, _("value"))
    for key in ("one_of", "writes", "spawns", "sets_when_given", "assigns"):
        yield from _unknown((*path, key), getattr(action, key), action.needs, _("need"))
    yield from _unknown((*path, "finishes"), [action.finishes], _kinds_of_tasks(table), _("kind of task"))
    if action.opens_task:
        yield from _unknown((*path, "opens_task"), [action.opens_task.due], action.needs, _("need"))
    for tell in action.tells:
        yield from _unknown((*path, "tells"), [tell.post], table.posts, _("post"))
        yield from _unknown((*path, "tells"), [tell.each], action.needs, _("need"))
    yield from _application_findings(table, action, facts)
    if not action.by and not action.decides:
        yield (*path, "by"), _("nobody may take this action")
    elif action.by and not action.decides and not action.creates:
        anywhere = any(not permit.state for permit in action.by)
        listed_states = set() if anywhere or isinstance(action.from_states, str) else set(action.from_states)
        alone = listed_states - {permit.state for permit in action.by}
        for code in sorted(alone & set(table.states)):
            yield (*path, "by"), _("from “%(state)s” nobody may take this action") % {"state": code}
    if not action.creates and not action.from_states:
        yield (*path, "from"), _("no state is named from which this action leads")
    if action.creates and not action.to:
        yield (*path, "to"), _("an action that makes a case must lead to a state")


def _kinds_of_tasks(table: Table) -> set[str]:
    return {task.kind for state in table.states.values() for task in state.tasks} | table.ordered_kinds


def _application_findings(table: Table, action: Action, facts: Collection[str]) -> Iterator[Finding]:
    path, what = ("actions", action.code), _("application")
    yield from _unknown((*path, "drops"), action.drops, table.applications, what)
    if action.opens:
        yield from _unknown((*path, "opens"), [action.opens.application], table.applications, what)
        yield from _unknown((*path, "opens"), action.opens.keeps, action.needs, _("need"))
        yield from _condition_findings((*path, "opens"), action.opens.when, facts)
    if action.decides:
        yield from _unknown((*path, "decides"), [action.decides.application], table.applications, what)
        if isinstance(action.decides.grant, When):
            yield from _condition_findings((*path, "decides"), action.decides.grant, facts)
        kept = {
            name
            for other in table.actions.values()
            if other.opens and other.opens.application == action.decides.application
            for name in other.opens.keeps
        }
        yield from _unknown((*path, "takes"), set(action.takes.values()), kept, _("input kept by the application"))


def _need_findings(table: Table, action: Action, values: Collection[str]) -> Iterator[Finding]:
    facts = {*SETTINGS, *values, *table.flags, *action.needs, *SITUATION}
    seen: set[str] = set()
    for need in action.needs.values():
        path = ("actions", action.code, "needs", need.name)
        yield from _unknown(path, [need.of], table.lists, _("list"))
        yield from _unknown(path, [need.post], table.posts, _("post"))
        yield from _condition_findings(path, need.required_when, facts)
        if need.type == "choice" and not (need.of or need.options):
            yield path, _("a choice needs “of” a list or “options”")
        if need.type == "photos" and not need.kinds:
            yield path, _("photos need “kinds”")
        if need.beside and not need.below:
            yield path, _("“beside” widens “below”: name that too")
        if need.type != "photos" and "files" in need.model_fields_set:
            yield path, _("only photos have “files”")
        if need.type == "person" and not need.post:
            yield path, _("a person needs the “post” that he or she must hold")
        if need.type == "instant" and need.name in action.writes and need.name not in TIMES:
            yield path, _("a case keeps these times only: %(names)s") % {"names": listed(sorted(TIMES))}
        if (first := FIRST_ASKED.get(need.type)) in action.needs and first not in seen:
            yield path, _("must come after “%(name)s”: it is judged by it") % {"name": first}
        seen.add(need.name)


def _guard_findings(path: Path, guard: Guard, table: Table) -> Iterator[Finding]:
    if guard.name not in ARGUMENTS:
        yield from _unknown(path, [guard.name], ARGUMENTS, _("guard"))
        return
    known: dict[str, tuple[Collection[str], str]] = {
        "clock": (table.clocks, _("clock")),
        "flag": (table.flags, _("flag")),
        "application": (table.applications, _("application")),
        "post": (table.posts, _("post")),
        "setting": (SETTINGS, _("setting")),
        "time": (TIMES, _("time")),
    }
    wanted, given = ARGUMENTS[guard.name], guard.argument
    if isinstance(wanted, str):
        wanted, given = {"": wanted}, {"": given}
    elif not isinstance(given, dict) or set(given) != set(wanted):
        yield path, _("“%(guard)s” needs: %(names)s") % {"guard": guard.name, "names": listed(wanted)}
        return
    for name, kind in wanted.items():
        value = given[name]
        if kind in known and isinstance(value, str):
            yield from _unknown(path, [value or "–"], *known[kind])
        elif not isinstance(value, {"count": int, "values": list, "true": bool}.get(kind, str)):
            yield path, _("“%(value)s” is no argument for “%(guard)s”") % {"value": value, "guard": guard.name}


def _reach_findings(table: Table) -> Iterator[Finding]:
    ways = {
        (source, target.state)
        for action in table.actions.values()
        for source in action.from_states
        for target in action.to
        if target.state and target.state != source
    }
    begins = {target.state for action in table.actions.values() if action.creates for target in action.to}
    reached = _closure(begins, ways)
    ends = _closure({code for code, state in table.states.items() if state.final}, {(b, a) for a, b in ways})
    left = {source for source, _target in ways}
    for code, state in table.states.items():
        if code not in reached:
            yield ("states", code), _("no action reaches this state")
        if state.final and code in left:
            yield ("states", code), _("this state is final, yet an action leaves it")
        if not state.final and code not in left:
            yield ("states", code), _("no action leaves this state; mark it final or give it a way on")
        elif code not in ends:
            yield ("states", code), _("no way leads from this state to a final one")


def _closure(begins: Collection[str], ways: Collection[tuple[str, str]]) -> set[str]:
    """Return the states that can be come to from ``begins`` along ``ways``, themselves included."""
    reached, more = set(begins), set(begins)
    while more:
        more = {target for source, target in ways if source in more} - reached
        reached |= more
    return reached
