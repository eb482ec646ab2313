"""What a table may do but hardly means: told beside it, while what cannot work is refused at reading.

A warning stops nothing. It names a state that no case comes to, work without a clock, an owner who cannot lead a case on,
an action that nobody can ever take, an application on which nobody decides, a source by which somebody gets round the photos
of their own.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.rules.moves import START, moves
from cityloop.cases.rules.reading import AT_WORK
from cityloop.cases.rules.table import Action, Finding, State, Table
from cityloop.kernel.translation import _, listed


def warnings(table: Table) -> Iterator[Finding]:
    """Yield what in a table that reads well is hardly meant."""
    ways = {(move.source, move.target) for move in moves(table)}
    yield from _of_settings(table, ways)
    for state in table.states.values():
        yield from _of_owners(table, state)
    yield from _of_sources(table)
    yield from _of_actions(table)
    yield from _of_flags(table)
    for application in table.applications:
        yield from _of_waiting(table, application)


def _of_settings(table: Table, ways: AbstractSet[tuple[str, str]]) -> Iterator[Finding]:
    """Yield the states that are cut off by how the city's settings stand."""
    reached = _closure({START}, ways)
    ends = _closure({code for code, state in table.states.items() if state.final}, {(b, a) for a, b in ways})
    for code in table.states:
        if code not in reached:
            yield ("states", code), _("as the settings stand, no case comes to this state")
        elif code not in ends:
            yield ("states", code), _("as the settings stand, no way leads from this state to an end")


def _closure(begins: AbstractSet[str], ways: AbstractSet[tuple[str, str]]) -> set[str]:
    reached, more = set(begins), set(begins)
    while more:
        more = {target for source, target in ways if source in more} - reached
        reached |= more
    return reached


def _of_owners(table: Table, state: State) -> Iterator[Finding]:
    path = ("states", state.code)
    if state.kind in OPEN_KINDS and state.tasks and all(task.when.facts for task in state.tasks):
        yield (*path, "tasks"), _("each task here has a condition: where none holds, nobody has to act")
    if state.kind in AT_WORK:
        for index, task in enumerate(state.tasks):
            if task.clock not in state.runs:
                yield (*path, "tasks", index), _("no clock that runs here says by when this task is due")
    owners = {task.post for task in state.tasks}
    if state.kind in OPEN_KINDS and owners and not owners & _who_leads_on(table, state.code):
        yield (*path, "tasks"), _("nobody who has a task here can take an action that leads on")


def _who_leads_on(table: Table, state: str) -> set[str]:
    """Return the posts that can take a case out of ``state``, or apply for that."""
    found: set[str] = set()
    for action in table.from_state(state):
        applied = action.opens is not None and any(
            other.decides and other.decides.application == action.opens.application and other.to
            for other in table.from_state(state)
        )
        if applied or any(target.state not in {"", state} for target in action.to):
            found |= {permit.post for permit in action.by if permit.state in {"", state}}
            if action.decides:
                found |= {post for level in table.applications[action.decides.application].levels for post in level.by}
    return found


def _of_sources(table: Table) -> Iterator[Finding]:
    """Yield sources that names of posts are missing from, or that nobody can name, and posts that find none to name."""
    reporting = {permit.post for action in table.actions.values() if action.creates for permit in action.by}
    most = max(table.sources.values(), key=lambda one: one.photos, default=None)
    for code, source in table.sources.items():
        for post in source.by:
            if post not in reporting:
                yield ("sources", code, "by"), _("“%(post)s” takes no action that makes a case") % {"post": post}
        if not source.by and most is not None and source.photos < most.photos:
            yield (
                ("sources", code),
                _("all who report may name it (it has no “by”), and so need not send the photos of “%(source)s”")
                % {"source": most.code},
            )
    for post in sorted(reporting & set(table.posts)):
        if not any(table.may_name(post, code) for code in table.sources):
            yield ("sources",), _("“%(post)s” may report, but may name none of the sources") % {"post": post}


def _of_actions(table: Table) -> Iterator[Finding]:
    for action in table.actions.values():
        path = ("actions", action.code)
        for permit in action.by:
            if permit.state and permit.state not in action.from_states:
                yield (
                    (*path, "by"),
                    _("“%(post)s” may take this in “%(state)s” only, from which it does not lead")
                    % {"post": permit.post, "state": permit.state},
                )
        for need in action.needs.values():
            if (
                need.below and need.type != "department"
            ):  # told, not refused: versions of before may say so, and cases run by them
                yield (*path, "needs", need.name), _("only a department has “below”")


def _of_flags(table: Table) -> Iterator[Finding]:
    """Yield the actions that ask for a mark which nothing sets."""
    given = {change.flag for action in table.actions.values() for change in action.flags if change.operand is not None}
    given |= {row.flag for row in table.applications.values()} | {"similar", "was_overdue"}
    for action in table.actions.values():
        for index, guard in enumerate(action.guards):
            if guard.name == "flag_set" and guard.argument not in given:
                path = ("actions", action.code, "guards", index)
                yield path, _("no action sets “%(flag)s”: this is never possible") % {"flag": guard.argument}


def _of_waiting(table: Table, application: str) -> Iterator[Finding]:
    """Yield the states in which an application may wait, and from which nobody can decide on it."""
    opening = [action for action in table.actions.values() if action.opens and action.opens.application == application]
    waits = {code for action in opening for source in action.from_states for code in _comes_to(table, action, source)}
    more = waits
    while more:
        more = {
            code
            for state in more
            for action in table.from_state(state)
            if not _ends(action, application)
            for code in _comes_to(table, action, state)
        } - waits
        waits |= more
    decided = {
        state
        for action in table.actions.values()
        if action.decides and action.decides.application == application
        for state in action.from_states
    }
    if stuck := [code for code in table.states if code in waits - decided]:
        yield (
            ("applications", application),
            _("may wait in %(states)s, where nobody can decide on it") % {"states": listed(stuck)},
        )


def _comes_to(table: Table, action: Action, source: str) -> set[str]:
    """Return the states in which what waits still waits after ``action``: an end drops all applications."""
    found = {target.state or source for target in action.to}
    if not action.to or action.to[-1].when.facts:
        found.add(source)
    return {code for code in found if code == source or table.states[code].kind in OPEN_KINDS}


def _ends(action: Action, application: str) -> bool:
    """Return whether no such application waits after ``action``."""
    return (
        application in action.drops
        or (action.decides is not None and action.decides.application == application)
        or any(guard.name == "no_application" for guard in action.guards)
        or action.restores
    )
