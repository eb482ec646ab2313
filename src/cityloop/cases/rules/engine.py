"""The engine: a pure function of (table, case, action, facts, now). It decides; it reads and writes nothing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cityloop.cases.choices import Kind
from cityloop.cases.rules.clocks import TIMES_SHARE, Clock, due_at
from cityloop.cases.rules.files import elsewhere
from cityloop.cases.rules.history import Changes, apply, difference
from cityloop.cases.rules.inputs import clean_inputs
from cityloop.cases.rules.parties import NO_FACTS, Actor, City, Facts
from cityloop.cases.rules.permission import (
    acting_post,
    check_state,
    known_names,
    levels_of,
    own_tasks,
    refused_by,
)
from cityloop.cases.rules.snapshot import TIMES, Snapshot, Task
from cityloop.cases.rules.table import CONDITION, Action, State, Table
from cityloop.cases.rules.waking import first_urge, outdated_clocks
from cityloop.kernel.errors import Conflict, Fault, InvalidInput
from cityloop.kernel.translation import _

DECIDE = "decide:"
"""Kind of the task to decide on an application, before the application's code."""

ENDED = frozenset({Kind.CLOSED, Kind.VOID})


class Outcome(NamedTuple):
    """What an action does: the case before and after, and what the event records of it."""

    action: Action
    before: Snapshot
    after: Snapshot
    changes: Changes
    post: str
    deputy_for: int | None
    inputs: Mapping[str, Any]  # cleaned
    spawned: Mapping[str, Any] | None  # inputs of a second case to be made
    told: tuple[Task, ...]  # who gets a notice
    routing: Mapping[str, Any] | None  # what the routing rules suggested when it was dispatched
    elsewhere: Mapping[str, str]  # which of its files another city keeps, by digest


def perform_pure(
    table: Table,
    snapshot: Snapshot,
    action_code: str,
    inputs: Mapping[str, Any],
    *,
    actor: Actor,
    city: City,
    now: datetime,
    facts: Facts = NO_FACTS,
) -> Outcome:
    """Return what ``action_code`` does to ``snapshot``.

    Args:
        table: The table that the case runs under.
        snapshot: The case as it stands; ``EMPTY`` for an action that creates one.
        action_code: The action to be taken.
        inputs: What the caller sent; checked here.
        actor: Who acts, with the posts held at ``now``.
        city: Departments, calendars and limits of the case's jurisdiction.
        now: UTC instant of the act.
        facts: What follows from the point, from other cases and from the case's earlier events.
    Raises:
        InvalidInput: No such action, or inputs that do not fit.
        Conflict: Not possible in this state, or a guard refuses.
        NotAllowed: None of the actor's posts may.
    """
    action = table.actions.get(action_code)
    if action is None:
        raise InvalidInput(_("There is no action “%(action)s” in this city's table.") % {"action": action_code})
    check_state(table, snapshot, action)
    source = inputs.get("source") if action.creates else None
    post, deputy_for = acting_post(table, snapshot, action, actor, city, source)
    names = known_names(table, snapshot, actor)
    cleaned = clean_inputs(action, table, inputs, names, city, now, facts.files)
    names.update(cleaned)
    if action.creates:
        names["public"] = table.sources[cleaned["source"]].public
    if why := refused_by(table, snapshot, action, names, city, actor, now, facts):
        raise Conflict(
            _("“%(action)s” is not possible now: %(why)s.") % {"action": action.words, "why": why}, action=action.code
        )
    if action.restores:
        assert facts.previous is not None
        changes, told = difference(snapshot, _as_marked(facts.previous, snapshot)), tuple[Task, ...]()
    else:
        step = _Step(table, snapshot, action, cleaned, names, actor, post, city, now, facts)
        changes, told = step.changes(), step.told()
    after = apply(snapshot, changes, action.code, actor.user_id, now, restores=action.restores)
    spawned = {name: cleaned[name] for name in action.spawns if name in cleaned} if action.spawns else None
    kept = elsewhere(action.files, cleaned, facts.files, city.code)
    return Outcome(action, snapshot, after, changes, post, deputy_for, cleaned, spawned, told, facts.routing, kept)


class _Step:
    """One action on one case, worked out part by part; it lives for one call."""

    __slots__ = (
        "action", "actor", "applications", "city", "clocks", "facts", "flags", "inputs", "names", "now", "post",
        "snapshot", "state", "table", "tasks", "values",
    )  # fmt: skip

    def __init__(
        self,
        table: Table,
        snapshot: Snapshot,
        action: Action,
        inputs: Mapping[str, Any],
        names: dict[str, Any],
        actor: Actor,
        post: str,
        city: City,
        now: datetime,
        facts: Facts,
    ) -> None:
        self.table, self.snapshot, self.action, self.inputs, self.names = table, snapshot, action, inputs, names
        self.actor, self.post, self.city, self.now, self.facts = actor, post, city, now, facts
        self.state = snapshot.state
        self.values: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}
        self.clocks: dict[str, Clock | None] = {}
        self.applications = snapshot.applications
        self.tasks: list[Task] = []

    def changes(self) -> Changes:
        takes_effect = self._decide()
        if takes_effect:
            self._write_values()
            self._change_flags()
            self._move()
        by_clockwork = self.actor.is_system and self._mark_clocks()
        if "history" in self.snapshot.values and not (self.actor.is_system or self.action.no_act):
            self.values["history"] = None  # somebody has taken it up: from now on it is a case like any other
        if self.applications is not self.snapshot.applications:
            self._flag_applications()
        opened, done = self._change_tasks()
        return Changes(
            self.state,
            self.values,
            self.flags,
            self.clocks,
            None if self.applications is self.snapshot.applications else self.applications,
            opened,
            done,
            act=not (self.action.no_act or by_clockwork),
        )

    def told(self) -> tuple[Task, ...]:
        """Return the parties that the table wants told, as tasks without a number; after ``changes``."""
        parties: list[Task] = []
        for tell in self.action.tells:
            if tell.holders:
                parties += self.tasks
            elif tell.each:
                parties += [Task("", tell.post, code, None, "") for code in self.inputs.get(tell.each, ())]
            else:
                parties.append(Task("", tell.post, "", None, ""))
        return tuple(parties)

    # --- applications

    def _decide(self) -> bool:
        """Open, pass on or end applications; return whether the action takes effect now."""
        action, pending = self.action, self.applications
        if action.decides is not None:
            code = action.decides.application
            asked = pending[code]
            granted = action.decides.grants(self.names)
            self.names["granted"] = granted
            if granted and asked["level"] + 1 < len(levels_of(self.table, code, asked)):
                self.applications = {**pending, code: {**asked, "level": asked["level"] + 1}}
                return False
            pending = {name: other for name, other in pending.items() if name != code}
            if granted:
                self._take(code, asked["kept"])
        if action.drops and pending:
            pending = {name: other for name, other in pending.items() if name not in action.drops}
        if action.opens is not None and action.opens.when.holds(self.names):
            kept = {name: self.inputs[name] for name in action.opens.keeps if name in self.inputs}
            row = {"by": self.actor.user_id, "post": self.post, "level": 0, "kept": _plain(kept)}
            pending = {**pending, action.opens.application: row}
        self.applications = pending
        return True

    def _take(self, application: str, kept: Mapping[str, Any]) -> None:
        granted = self.snapshot.values.get("granted", {})
        self.values["granted"] = {**granted, application: granted.get(application, 0) + 1}
        for value, name in self.action.takes.items():
            if kept.get(name) is not None:
                self.values[value] = datetime.fromisoformat(kept[name]) if value in TIMES else kept[name]

    def _flag_applications(self) -> None:
        """Set or take the flag that tells of an application which begins or ceases to wait."""
        for code in self.applications.keys() ^ self.snapshot.applications.keys():
            if flag := self.table.applications[code].flag:
                self.flags[flag] = True if code in self.applications else None

    # --- values, flags

    def _write_values(self) -> None:
        action, inputs, values, held = self.action, self.inputs, self.values, self.snapshot.values
        for name in action.clears:
            if name in held:
                values[name] = None
        for name in action.writes:
            if name in inputs and inputs[name] != held.get(name):
                values[name] = inputs[name]
        for name, follows in action.sets_when_given.items():
            if name in inputs:
                values.update(follows)
        for name in action.assigns:
            self._assign(name)
        if action.creates:
            values["reported_at"] = self.now
            if self.actor.user_id is not None:
                values["reporter_user"] = self.actor.user_id
            if self.facts.similar:
                self.flags["similar"] = True
        elif "category" in values and "condition" not in values:
            self._replace_foreign_condition()
        if self.facts.located is not None:
            values.update(self.facts.located)
        if self.facts.master:
            values["master"] = self.facts.master
        if self.facts.extra:
            values.update(self.facts.extra)

    def _replace_foreign_condition(self) -> None:
        """A case that changes its class cannot keep the old class's filing condition: the new one's first takes its place."""
        held = self.snapshot.values.get("condition")
        if held and held.partition("#")[0] != self.values["category"]:
            self.values["condition"] = self.city.categories[self.values["category"]].default_condition.key

    def _assign(self, name: str) -> None:
        person = self.inputs.get(name)
        if person is None and not self.actor.is_system:
            duty_grid = self.snapshot.values.get("duty_grid", "")
            person = self.city.on_duty(name, self.now, duty_grid)
            if person is None and not duty_grid:
                # In no duty grid it is in nobody's sight: a task for nobody in particular would be found by nobody.
                why = _("name somebody: the case lies in no duty grid, so nobody would find the task")
                fault = Fault(name, why)
                raise InvalidInput(
                    _("“%(action)s” cannot be done with what was sent: %(first)s")
                    % {"action": self.action.words, "first": fault.told()},
                    faults=[fault],
                )
        if person != self.snapshot.values.get(name):
            self.values[name] = person

    def _change_flags(self) -> None:
        for change in self.action.flags:
            name, held = change.flag, self.snapshot.flags.get(change.flag)
            if change.operation == "add":
                value: Any = (held or 0) + change.operand
            elif change.operation == "copy":
                value = self.names.get(change.operand)
                if value is None and change.operand in self.action.needs:
                    continue  # an input that was not given changes nothing
            else:
                value = change.operand
            if value is False:
                value = None
            if value != held:
                self.flags[name] = value

    # --- state and clocks

    def _move(self) -> None:
        self.state = self._target()
        state = self.table.states[self.state]
        if self.state != self.snapshot.state:
            self._enter(state)
            if state.kind in ENDED:
                if self.applications:
                    self.applications = {}
                if state.kind is Kind.CLOSED and "closed_at" not in self.snapshot.values:
                    self.values["closed_at"] = self.now
        self._apply_clock_rules()
        if self.action.marks_overdue:
            self._judge(self.action.marks_overdue)
        if "disposed_on_time" in self.snapshot.values:
            self._settle_or_reopen_result()

    def _target(self) -> str:
        targets = self.action.to
        if len(targets) == 1 and not targets[0].when.facts:
            return targets[0].state or self.state
        for target in targets:
            if target.when.holds({**self.names, **self.values}):
                return target.state or self.state
        return self.state

    def _enter(self, state: State) -> None:
        """Run, hold or stop each clock as the state that is entered says."""
        held = self.snapshot.clocks
        for stage, clock in held.items():
            if not clock.stopped and stage not in state.runs:
                changed = clock.hold(self.now) if stage in state.holds else clock.stop(self.now)
                if changed is not clock:
                    self.clocks[stage] = changed
        for stage in state.runs:
            old = held.get(stage)
            rule = self.action.clocks.get(stage)
            limit = self.table.clocks[stage].limit
            if isinstance(limit, str) and limit != CONDITION and self._value(limit) is None:
                continue  # an outside system that named no deadline
            moved_on = rule is not None and (rule.factor != "" or self._in_other_hands(rule.keep_if_same))
            if old is None or old.stopped or moved_on:
                self.clocks[stage] = self._fresh(stage, rule.factor if rule else "")
            elif old.since is None:
                self.clocks[stage] = old.resume(self.now)

    def _value(self, name: str) -> Any:
        return self.values[name] if name in self.values else self.snapshot.values.get(name)

    def _in_other_hands(self, name: str) -> bool:
        """Return whether the value has changed; a department and its own unit count as the same."""
        if name not in self.values:
            return False
        before = self.city.department(self.snapshot.values.get(name) or "")
        after = self.city.department(self.values[name] or "")
        if before is None or after is None:
            return True
        return not (before.path.startswith(after.path) or after.path.startswith(before.path))

    def _fresh(self, stage: str, factor: str) -> Clock:
        """Return a new clock for ``stage``, running from now, with the limit that its rule names."""
        rule = self.table.clocks[stage]
        values = {**self.snapshot.values, **self.values}
        if rule.limit == CONDITION:
            basis = values.get("condition")
            if basis is None:
                raise InvalidInput(_("Choose a filing condition first: it fixes the limit."))
            limit = self.city.limit_of(basis, values.get("timing_zone", ""), self.now)
        elif isinstance(rule.limit, str):
            until = values.get(rule.limit)
            return Clock("", 0, 0, 0, (), self.now, False, rule.limit, "", until)
        else:
            basis, limit = stage, self.table.stage_limits[stage]
        continuous, seconds = self.city.open_seconds(limit, rule.calendar)
        if factor:
            seconds, basis = max(1, round(seconds * self.names[factor])), f"{basis}{TIMES_SHARE}{self.names[factor]}"
        calendar = "" if continuous else rule.calendar
        version = self.city.calendar(calendar).version if calendar else 0
        text = limit.text or f"{limit.amount} {limit.unit}"
        return Clock(calendar, version, seconds, 0, (), self.now, False, basis, text)

    def _apply_clock_rules(self) -> None:
        for stage, rule in self.action.clocks.items():
            clock = self.clocks.get(stage) or self.snapshot.clocks.get(stage)
            if clock is None or clock.stopped:
                continue
            if rule.extend:
                self.clocks[stage] = clock.extend(rule.extend * clock.limit_s)
            elif rule.relimit_if and rule.relimit_if in self.values:
                fresh = self._fresh(stage, "")
                self.clocks[stage] = clock.relimit(fresh)

    def _mark_clocks(self) -> bool:
        """Note on the clocks that their share was urged, or that their calendar has changed; return whether it did.

        Such an act takes nothing from anybody: who acted before may still withdraw.
        """
        marked = False
        if self.action.urges:
            wake = first_urge(self.table, self.snapshot, self.city)
            if wake is not None and wake.at <= self.now:
                clock = self.snapshot.clocks[wake.stage]
                self.clocks[wake.stage] = clock._replace(urged=clock.urged + 1)
                marked = True
        if self.action.recounts:
            for stage, clock, version in outdated_clocks(self.snapshot, self.city):
                self.clocks[stage] = clock.recount(version)
                marked = True
        return marked

    def _judge(self, stage: str) -> None:
        """Keep whether the stage was on time when it first ended; a rework does not change that."""
        clock = self.snapshot.clocks.get(stage)
        if clock is None or "disposed_on_time" in self.snapshot.values:
            return
        due = due_at(clock, self.city.calendar(clock.calendar, clock.version))
        on_time = due is None or self.now <= due
        self.values["disposed_on_time"] = on_time
        if not on_time:
            self.flags["was_overdue"] = True

    def _settle_or_reopen_result(self) -> None:
        """A feedback that is refused was no end of the disposal; once sent to check, its result stands for ever."""
        if self.action.settles_overdue:
            self.values["result_settled"] = True
        elif self.action.unmarks_overdue and "result_settled" not in self.snapshot.values:
            self.values["disposed_on_time"] = None
            if "was_overdue" in self.snapshot.flags:
                self.flags["was_overdue"] = None

    # --- tasks

    def _change_tasks(self) -> tuple[dict[int, Task], tuple[int, ...]]:
        """Return the tasks opened, by number, and the numbers of those done."""
        before, action = self.snapshot.tasks, self.action
        finished = self._finished() if action.finishes else frozenset()
        stays = self.state == self.snapshot.state and not action.refresh_tasks
        if stays and action.opens_task is None and self.applications is self.snapshot.applications:
            self.tasks = [task for number, task in before.items() if number not in finished]
            return {}, tuple(sorted(finished))
        wanted = self._still_wanted() if stays else self._state_tasks()
        if self.applications:
            wanted += self._decision_tasks()
        state = self.table.states[self.state]
        if state.kind is not Kind.VOID and not state.final:
            wanted += [task for task in before.values() if task.kind in self.table.ordered_kinds]
            if action.opens_task is not None:
                wanted.append(self._own_task(wanted))
        kept, done = [], []
        for number, task in before.items():
            if number not in finished and task in wanted:
                kept.append(task)
            else:
                done.append(number)
        self.tasks = wanted
        count = self.snapshot.task_count
        fresh = [task for task in wanted if task not in kept] if kept else wanted
        return {count + index: task for index, task in enumerate(fresh, start=1)}, tuple(done)

    def _still_wanted(self) -> list[Task]:
        """Return the tasks of a state that is not left: all but decisions and supervision, which are asked anew."""
        return [
            task
            for task in self.snapshot.tasks.values()
            if task.kind not in self.table.ordered_kinds and not task.kind.startswith(DECIDE)
        ]

    def _finished(self) -> frozenset[int]:
        """Return the tasks of the kind that the action finishes and that are the actor's; co-handlers leave their list."""
        kind, mine = self.action.finishes, own_tasks(self.table, self.snapshot, self.action, self.actor, self.city)
        departments = list(mine.values())
        for rule in self.table.states[self.state].tasks:
            if rule.kind == kind and rule.each:
                left = [code for code in self.snapshot.values.get(rule.each, ()) if code not in departments]
                ended = [*self.snapshot.values.get(f"{rule.each}_done", ()), *departments]
                self.values[rule.each] = left or None
                self.values[f"{rule.each}_done"] = ended
        return frozenset(mine)

    def _state_tasks(self) -> list[Task]:
        state = self.table.states[self.state]
        if not state.tasks:
            return []
        values = {**self.snapshot.values, **self.values} if self.values else self.snapshot.values
        tasks: list[Task] = []
        for rule in state.tasks:
            if rule.when.facts and not rule.when.holds({**values, **self.snapshot.flags, **self.flags}):
                continue
            kind = rule.kind or state.code
            person = values.get(rule.person) if rule.person else None
            if rule.each:
                tasks += [Task(kind, rule.post, code, person, rule.clock) for code in values.get(rule.each) or ()]
            else:
                department = values.get(rule.department) or "" if rule.department else ""
                tasks.append(Task(kind, rule.post, department, person, rule.clock))
        return tasks

    def _decision_tasks(self) -> Iterator[Task]:
        for code, row in self.applications.items():
            for post in levels_of(self.table, code, row)[row["level"]].by:
                yield Task(DECIDE + code, post, "", None, "")

    def _own_task(self, holders: list[Task]) -> Task:
        """Return the task that the action opens, for whoever holds the case; where nobody does, for the post that acts."""
        assert self.action.opens_task is not None
        rule = self.action.opens_task
        holder = holders[0] if holders else Task("", self.post, "", None, "")
        return Task(rule.kind, holder.post, holder.department, holder.person, "", self.inputs[rule.due])


def _as_marked(wanted: Snapshot, current: Snapshot) -> Snapshot:
    """Return ``wanted`` with what the system did to its clocks since: no withdrawal makes it urge a second time."""
    clocks = {stage: clock.marked_like(current.clocks.get(stage)) for stage, clock in wanted.clocks.items()}
    return wanted._replace(clocks=clocks)


def _plain(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``kept`` as JSON holds it, so that a case is equal to itself read back."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in kept.items()
    }
