"""What reads well in a table, and would fail only when a case comes to that place: told at reading instead.

The engine keeps some values for every case, each in a shape of its own (a column, a person, an instant): an action may
write one only from an input of that shape. Other things it counts on: a number where it multiplies, an input where it
looks one up, a closing time that a case has if and only if it is closed.
"""

from collections.abc import Collection, Iterator
from typing import Any

from cityloop.cases.choices import Kind
from cityloop.cases.rules.roles import ROLE_TYPES, STANDARD_ACTS
from cityloop.cases.rules.snapshot import TIMES
from cityloop.cases.rules.table import CONDITION, Action, Application, Finding, Need, Settings, StageClock, Table
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _, listed
from cityloop.standards.rules import TimeLimit

SHAPES = {
    "source": "source", "category": "category", "condition": "condition", "department": "department",
    "co_departments": "departments", "handler": "person", "collector": "person", "part_code": "code",
    "external_number": "code", "external_due": "instant", "resume_on": "instant", "master": "case",
}  # fmt: skip
"""Values that the engine knows and an action may write, and the type of input that each is written from."""

WIDTHS = {"part_code": 17, "external_number": 64}
"""Characters of the columns that such a value goes to, where an input may be longer."""

FOR_GOOD = frozenset({
    "source", "category", "reported_at", "reporter_user", "table_version", "lon", "lat", "unit_grid", "duty_grid", "community",
    "street", "district", "timing_zone",
})  # fmt: skip
"""Values that no case is without, or that follow from its place: an action cannot clear them."""

ENGINES = (FOR_GOOD - set(SHAPES)) | {"closed_at", "disposed_on_time", "granted", "history", "split_from", "split_into"}
"""Values that the engine alone writes."""

BY_NAME = {
    "point": "point", "reporter": "reporter", "case": "master", "source": "source", "category": "category",
    "condition": "condition",
}  # fmt: skip
"""Types of input that are looked up under one name."""

COPIES = {
    "flag": "flag", "integer": "count", "choice": "text", "code": "text", "source": "text", "category": "text",
    "condition": "text", "department": "text",
}  # fmt: skip
"""What kind of flag an input of each type may be copied to."""

FACTS = {"public": "flag", "is_system": "flag", "granted": "flag", "handler_at_work": "flag", "state": "text"}
"""The same of what is known without being asked."""

NUMBERS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation in {int, float})
"""Settings that can be reckoned with."""

REPORT = "report"
"""The action that makes the second case of a split."""


def contradictions(table: Table) -> Iterator[Finding]:
    """Yield where ``table`` contradicts itself; the names in it are known to exist, or told elsewhere."""
    for clock in table.clocks.values():
        yield from _of_clock(clock)
    written = _written_types(table)
    for state in table.states.values():
        for index, task in enumerate(state.tasks):
            path = ("states", state.code, "tasks", index)
            for name, wanted in ((task.department, "department"), (task.person, "person"), (task.each, "departments")):
                if name in written and written[name] - {wanted}:
                    yield (
                        path,
                        _("the value “%(name)s” is not written from a “%(type)s”") % {"name": name, "type": wanted},
                    )
    for application in table.applications.values():
        yield from _of_application(table, application)
    yield from _of_roles(table)
    for action in table.actions.values():
        yield from _of_needs(action)
        yield from _of_values(table, action)
        yield from _of_flags(table, action)
        yield from _of_guards(table, action)
        yield from _of_closing(table, action)
        yield from _of_creating(action)
        yield from _of_spawning(table, action)
        yield from _of_numbers(action)
        yield from _of_clockwork(action)


def _of_roles(table: Table) -> Iterator[Finding]:
    """What rows are beside the loop: one flag for each role, of its type; one action for each mark, able to do it."""
    first: dict[str, str] = {}
    for flag in table.flags.values():
        path = ("flags", flag.code, "role")
        if flag.role and flag.type != ROLE_TYPES[flag.role]:
            yield path, _("a flag with this role is of type “%(type)s”") % {"type": ROLE_TYPES[flag.role]}
        if flag.role and first.setdefault(flag.role, flag.code) != flag.code:
            yield path, _("“%(other)s” has this role already") % {"other": first[flag.role]}
    for mark in STANDARD_ACTS.values():
        for n, action in enumerate(one for one in table.actions.values() if getattr(one, mark)):
            path = ("actions", action.code, mark)
            if n:
                yield path, _("another action has this already")
            if why := _unfit(action, mark):
                yield path, why
    for n, source in enumerate(one for one in table.sources.values() if one.page):
        if n:
            yield ("sources", source.code, "page"), _("another source has this already")
        if not any(table.is_public(post) and table.may_name(post, source.code) for post in table.posts):
            yield (
                ("sources", source.code, "page"),
                _("the public page reports through it: the public must be able to name it"),
            )


def _unfit(action: Action, mark: str) -> str:
    """Return why an action cannot do what it is marked for, or ""."""
    if mark == "merges" and not any(
        need.type == "case" and need.name in action.writes for need in action.needs.values()
    ):
        return _("it must ask for the case to merge into, and write it")
    if mark == "rates" and not (action.rating and action.rating.required):
        return _("it must require a choice of a list: how content somebody is")
    if mark in {"rates", "supports"} and not action.by_system:
        return _("the public page lets the system take it: add “system” to its “by”")
    return ""


def _of_clock(clock: StageClock) -> Iterator[Finding]:
    if clock.calendar:
        return
    why = _("this limit may count working time: name the calendar that says what that is")
    if clock.limit == CONDITION:
        yield ("clocks", clock.code, "limit"), why
    elif not isinstance(clock.limit, str):
        try:
            limit = TimeLimit(*clock.limit)
        except InvalidInput:
            return  # told already
        if not limit.is_continuous:
            yield ("clocks", clock.code, "limit"), why


def _written_types(table: Table) -> dict[str, set[str]]:
    """Return the types of input that each value is written from."""
    written = {name: {shape} for name, shape in SHAPES.items()}
    for action in table.actions.values():
        for name in (*action.writes, *action.assigns):
            if name in action.needs:
                written.setdefault(name, set()).add(action.needs[name].type)
        for value, kept in action.takes.items():
            written.setdefault(value, set()).update(need.type for need in _kept(table, action, kept))
    return written


def _kept(table: Table, action: Action, name: str) -> list[Need]:
    """Return the inputs that the application on which ``action`` decides may have kept under ``name``."""
    if action.decides is None:
        return []
    return [
        other.needs[name]
        for other in table.actions.values()
        if other.opens and other.opens.application == action.decides.application and name in other.opens.keeps
        if name in other.needs
    ]


def _of_application(table: Table, application: Application) -> Iterator[Finding]:
    """Whoever may apply needs somebody who decides, else the application could not even be opened."""
    if (flag := table.flags.get(application.flag)) and flag.type != "flag":
        why = _("the flag of an application is a yes or no, “%(flag)s” is not") % {"flag": flag.code}
        yield ("applications", application.code, "flag"), why
    for action in table.actions.values():
        if not action.opens or action.opens.application != application.code:
            continue
        for post in dict.fromkeys(permit.post for permit in action.by):
            if not any(level.when.holds({"applicant_post": post}) for level in application.levels):
                yield (
                    ("applications", application.code, "levels"),
                    _("no level decides where “%(post)s” applies") % {"post": post},
                )


def _of_needs(action: Action) -> Iterator[Finding]:
    for need in action.needs.values():
        path = ("actions", action.code, "needs", need.name)
        if (wanted := BY_NAME.get(need.type, need.name)) != need.name:
            yield path, _("an input of type “%(type)s” must be called “%(name)s”") % {"type": need.type, "name": wanted}
        elif need.name in BY_NAME.values() and BY_NAME.get(need.type) != need.name:
            [wanted] = [kind for kind, name in BY_NAME.items() if name == need.name]
            yield path, _("“%(name)s” must be of type “%(type)s”") % {"name": need.name, "type": wanted}
        if need.must_be is not None and need.type != "flag":
            yield path, _("only a yes or no can have to be a certain one (“must_be”)")
        if need.type == "integer" and need.min > need.max:
            yield path, _("no number is at least %(min)d and at most %(max)d") % {"min": need.min, "max": need.max}
    due = action.needs.get(action.opens_task.due) if action.opens_task else None
    if due and (due.type != "instant" or not due.required):
        yield ("actions", action.code, "opens_task"), _("“%(name)s” must be a required instant") % {"name": due.name}


def _of_values(table: Table, action: Action) -> Iterator[Finding]:
    path = ("actions", action.code)
    for name in action.writes:
        if name in action.needs:
            yield from _misfit((*path, "writes"), name, action.needs[name])
    for value, kept in action.takes.items():
        for need in _kept(table, action, kept):
            yield from _misfit((*path, "takes"), value, need)
            if need.type == "instant" and value not in TIMES:
                yield (
                    (*path, "takes"),
                    _("a case keeps these times only: %(names)s") % {"names": listed(sorted(TIMES))},
                )
    for name in action.opens.keeps if action.opens else ():
        if name in action.texts:
            yield (*path, "opens"), _stands_apart(name)
    for name in sorted(FOR_GOOD & set(action.clears)):
        yield (*path, "clears"), _("no case can be without the value “%(name)s”") % {"name": name}
    for follows in action.sets_when_given.values():
        for name, value in follows.items():
            if name in SHAPES or name in ENGINES:
                yield (
                    (*path, "sets_when_given"),
                    _("the value “%(name)s” cannot be set to a fixed one") % {"name": name},
                )
            elif not isinstance(value, (str, bool, int, type(None))):
                yield (
                    (*path, "sets_when_given"),
                    _("“%(value)s” is no text, number, yes or no") % {"value": str(value)[:80]},
                )
    for name in action.assigns:
        asked = action.needs.get(name)
        if asked and (asked.type != "person" or asked.post != name):
            yield (*path, "assigns"), _("“%(name)s” must be a person who holds the post of that name") % {"name": name}


def _misfit(path: tuple[str | int, ...], value: str, need: Need) -> Iterator[Finding]:
    """Yield why ``value`` cannot be written from ``need``."""
    if value in ENGINES:
        yield path, _("the engine alone writes the value “%(name)s”") % {"name": value}
    elif need.type in {"text", "reporter"}:
        yield path, _stands_apart(need.name)
    elif need.type != SHAPES.get(value, need.type):
        wanted = {"name": value, "type": SHAPES[value], "given": need.type}
        yield path, _("the value “%(name)s” is written from a “%(type)s”, not from a “%(given)s”") % wanted
    elif need.type == "code" and need.max > WIDTHS.get(value, need.max):
        yield (
            path,
            _("“%(name)s” may be %(max)d characters long, but only %(width)d are kept: set its “max”")
            % {"name": need.name, "max": need.max, "width": WIDTHS[value]},
        )


def _stands_apart(name: str) -> str:
    return _("“%(name)s” is words, which stand apart from the case: it cannot be kept as a value") % {"name": name}


def _of_flags(table: Table, action: Action) -> Iterator[Finding]:
    for change in action.flags:
        if (flag := table.flags.get(change.flag)) is None:
            continue
        given = _flag_type(table, action, change.operation, change.operand)
        if given not in {"", flag.type}:
            yield (
                ("actions", action.code, "flags"),
                _("the flag “%(flag)s” is a “%(type)s”: it cannot become “%(value)s”")
                % {"flag": flag.code, "type": flag.type, "value": _as_written(change.operation, change.operand)},
            )


def _flag_type(table: Table, action: Action, operation: str, operand: Any) -> str:
    """Return the type of flag that can become ``operand``; ``""`` for any, ``–`` for none."""
    if operation == "add":
        return "count"
    if operation == "set":
        if operand is None or operand is False:
            return ""
        return {bool: "flag", str: "text"}.get(type(operand), "–")
    if operand in action.needs:
        return COPIES.get(action.needs[operand].type, "–")
    if operand in table.flags:
        return table.flags[operand].type
    if operand in Settings.model_fields:
        return {bool: "flag", int: "count"}.get(type(getattr(table.settings, operand)), "–")
    if operand == "granted" and action.decides is None:
        return "–"
    if operand in FACTS:
        return FACTS[operand]
    return "text" if SHAPES.get(operand) in COPIES else "–"


def _as_written(operation: str, operand: Any) -> str:
    return {"add": "+{}", "copy": "${}"}.get(operation, "{}").format(operand)


def _of_guards(table: Table, action: Action) -> Iterator[Finding]:
    for index, guard in enumerate(action.guards):
        path, given = ("actions", action.code, "guards", index), guard.argument
        if not isinstance(given, dict):
            continue
        if guard.name == "at_most" and (flag := table.flags.get(given.get("flag", ""))) and flag.type != "count":
            yield path, _("the flag “%(flag)s” is no count") % {"flag": flag.code}
        for name in ("share", "least_minutes", "days"):
            yield from _no_number(path, given.get(name, ""))


def _of_numbers(action: Action) -> Iterator[Finding]:
    for rule in action.clocks.values():
        yield from _no_number(("actions", action.code, "clocks"), rule.factor)
    for name in sorted(NUMBERS & set(action.needs)):
        yield ("actions", action.code, "needs", name), _("a setting has this name, and guards ask for it")


def _of_clockwork(action: Action) -> Iterator[Finding]:
    """What the system does by the clocks alone must be possible without anybody, and come to an end."""
    path = ("actions", action.code)
    for key, says in (("urges", action.urges), ("recounts", action.recounts)):
        if says and not action.by_itself:
            yield (*path, key), _("the system must be able to take this action, with nothing that is asked of it")
        if says and action.to:
            yield (*path, key), _("this action cannot lead to another state")
    stays = not action.to or any(target.state in {"", *action.from_states} for target in action.to)
    set_ones = {change.flag for change in action.flags if change.operation != "set" or change.operand}
    if any(guard.name == "after_due" for guard in action.guards) and action.by_itself and stays:
        kept = {guard.argument for guard in action.guards if guard.name == "flag_not_set"}
        if not kept & set_ones:
            yield (
                (*path, "guards"),
                _("the system would do this again and again: let it set a flag that “flag_not_set” asks for"),
            )


def _no_number(path: tuple[str | int, ...], setting: Any) -> Iterator[Finding]:
    if isinstance(setting, str) and setting in Settings.model_fields and setting not in NUMBERS:
        yield path, _("the setting “%(name)s” is no number") % {"name": setting}


def _of_closing(table: Table, action: Action) -> Iterator[Finding]:
    """A case has its closing time if and only if it is closed: the database says so too."""
    closed = {code for code, state in table.states.items() if state.kind is Kind.CLOSED}
    if action.restores or not closed & set(action.from_states):
        return
    leads_to = {target.state for target in action.to}
    out = {code for code in leads_to if code and code not in closed}
    clears = "closed_at" in action.clears
    if out and not clears:
        yield ("actions", action.code, "clears"), _("a case that is taken back from its end must lose “closed_at”")
    # Without a target, or where no target's condition need hold, it stays: closed.
    stays = not action.to or any(code == "" or code in closed for code in leads_to) or bool(action.to[-1].when.facts)
    if clears and stays:
        yield ("actions", action.code, "clears"), _("a case that stays closed must keep “closed_at”")


def _of_creating(action: Action) -> Iterator[Finding]:
    if not action.creates:
        return
    path: tuple[str | int, ...] = ("actions", action.code)
    for name in ("source", "category"):
        need = action.needs.get(name)
        if need is None or not need.required or need.waived_for or name not in action.writes:
            yield path, _("what makes a case must require and write “%(name)s”") % {"name": name}
    if action.to and (action.to[-1].when.facts or not all(target.state for target in action.to)):
        yield (*path, "to"), _("what makes a case must lead to a state whatever holds: end with one without “when”")
    if action.withdrawable:
        yield (*path, "withdrawable"), _("what makes a case cannot be taken back: nothing would be left")


def _of_spawning(table: Table, action: Action) -> Iterator[Finding]:
    if not action.spawns:
        return
    path, report = ("actions", action.code, "spawns"), table.actions.get(REPORT)
    if report is None or not report.creates or not report.by_system:
        yield path, _("the second case is made by the system's “report”: the table has none that the system may take")
        return
    for name in action.spawns:
        if name in action.needs and (name not in report.needs or report.needs[name].type != action.needs[name].type):
            yield path, _("“report” does not ask for “%(name)s”") % {"name": name}
    for name in _missing_for(report, {*action.spawns, "source", "point"}):
        yield path, _("“report” requires “%(name)s”, which the second case would not have") % {"name": name}


def _missing_for(action: Action, given: Collection[str]) -> list[str]:
    """Return what ``action`` requires of the system beyond ``given``."""
    return [
        need.name
        for need in action.needs.values()
        if need.required and need.waived_for != "system" and need.name not in given
    ]
