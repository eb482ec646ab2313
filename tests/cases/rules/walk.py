"""Somebody who takes any possible path through a table, and watches what must never happen on the way."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from cases.rules.story import BEGINNINGS, Story
from cases.rules.town import MANHOLE, PEOPLE, everybody, held, person, town
from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.rules.clocks import used
from cityloop.cases.rules.engine import DECIDE, Outcome
from cityloop.cases.rules.history import Event, apply, chained, changes_from_json, first_break
from cityloop.cases.rules.permission import levels_of
from cityloop.cases.rules.snapshot import EMPTY, Snapshot, Task
from cityloop.cases.rules.table import HOLDS_TASK, Action, Need, Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical
from cityloop.organisation.rules.staffing import Viewer

NUMBER = "9901012026070100001"
OTHER_CLASS = "gb47678_2026/part/01002"
AFTER_CLOSING = {"callback", "dissatisfied", "supervision", "decide:appeal"}
"""Kinds of tasks that a closed case may still have."""
PAUSES_MINUTES = (1, 5, 30, 90, 600, 3_000, 12_000)
LONG_ENOUGH = 40
"""Acts within which a case must come to its end, once somebody wants it to."""

HOMEWARD: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "reported": ("accept", {}),
    "verifying": ("verify_back", {"result": "exists"}),
    "accepted": ("file", {}),
    "merged": ("unmerge", {"opinion": "x"}),
    "filed": ("dispatch", {"department": "HW"}),
    "consulting": ("conclude", {"opinion": "x"}),
    "dispatched": ("sign", {}),
    "in_disposal": ("feedback", {}),
    "deferred": ("resume", {}),
    "suspended": ("resume", {}),
    "external": ("transfer_back", {"opinion": "x"}),
    "returned": ("dispatch", {"department": "SZ"}),
    "feedback": ("send_check", {"collector": 2}),
    "checking": ("check_back", {"result": "pass"}),
    "to_close": ("close", {"condition_met": True, "reply": "x"}),
    "closed": ("archive", {}),
    "forced_closed": ("archive", {}),
}
"""In each state the act that leads on towards the archive."""


class Walk(Story):
    """A story that checks itself after each act; whatever it finds wrong is an ``AssertionError``."""

    beginnings = BEGINNINGS
    homeward = HOMEWARD

    def __init__(self, loop: Table, counts: Counter[str]) -> None:
        super().__init__(loop, town())
        self.counts = counts
        self.folded = EMPTY
        self.events: list[tuple[Event, bytes]] = []
        self.known_tasks: dict[int, Task] = {}

    # --- acting

    def wander(self, rng: random.Random, acts: int) -> None:
        """Let so many things happen: mostly fitting people act, now and then anybody tries anything, or time passes."""
        for _ in range(acts):
            what = rng.random()
            if what < 0.75 or not self.snapshot.state:
                self.step(rng)
            elif what < 0.87:
                self.stumble(rng)
            else:
                self.wait(rng.choice(PAUSES_MINUTES))

    def step(self, rng: random.Random) -> None:
        """Let a fitting person take some action that the table knows here; a refusal changes nothing."""
        if not self.snapshot.state:
            who, action, inputs = rng.choice(self.beginnings)
            self.attempt(person(who), self.table.actions[action], inputs)
            return
        actions = [a for a in self.table.from_state(self.snapshot.state) if self._is_worth_trying(a)]
        rare = [a for a in actions if all(permit.within == HOLDS_TASK for permit in a.by) and a.by]
        if rare and rng.random() < 0.3:
            actions = rare
        if rng.random() < 0.8:  # a case that ends at once shows little
            actions = [a for a in actions if not self._ends(a)] or actions
        moving = [a for a in actions if any(target.state for target in a.to)]
        deciding = [a for a in actions if a.decides]
        picked = rng.random()
        action = rng.choice((deciding if picked < 0.3 else moving if picked < 0.6 else actions) or actions)
        self.attempt(self.fitting(action, rng), action, self.inputs_for(action, rng))

    def stumble(self, rng: random.Random) -> None:
        """Let anybody try anything with anything."""
        action = rng.choice(list(self.table.actions.values()))
        who = rng.choice([*map(person, (*PEOPLE, "municipal_clerk", "system")), everybody()])
        self.attempt(who, action, self.inputs_for(action, rng) if rng.random() < 0.8 else {"nonsense": 1})

    def attempt(self, who: Viewer, action: Action, inputs: Mapping[str, Any]) -> bool:
        before, now = self.snapshot, self.now
        frozen = canonical(before.to_json())
        try:
            outcome = self.act(who, action.code, inputs)
        except CityError:
            assert self.snapshot is before
            assert canonical(before.to_json()) == frozen, "a refusal left something behind"
            self.now = now
            self.counts["refused"] += 1
            return False
        self.now = now
        assert canonical(before.to_json()) == frozen, "an act changed the case as it was before"
        self.counts["acts"] += 1
        self.counts[f"state {self.snapshot.state}"] += 1
        self.counts[f"action {action.code}"] += 1
        self._keep(outcome, who)
        self.check(before, outcome)
        return True

    def wait(self, minutes: int) -> None:
        """Let time pass; a clock that stands still does not run meanwhile."""
        standing = {stage: clock for stage, clock in self.snapshot.clocks.items() if clock.since is None}
        before = {stage: used(clock, self.city.calendar(clock.calendar), self.now) for stage, clock in standing.items()}
        self.later(minutes=minutes)
        for stage, clock in standing.items():
            assert used(clock, self.city.calendar(clock.calendar), self.now) == before[stage], (
                f"{stage} ran while it stood"
            )

    def go_home(self) -> None:
        """From wherever the case stands, bring it to an end: there is no dead end but the final states."""
        rng = random.Random(1)
        for _ in range(LONG_ENOUGH):
            state = self.snapshot.state
            if self.table.states[state].final:
                break
            code, inputs = self.homeward[state]
            if state == "to_close" and self.snapshot.flags.get("check_result") not in {None, "pass"}:
                code, inputs = "rework", {"opinion": "x"}
            if self.snapshot.applications and state == "closed":
                code, inputs = "rule", {"ruling": "upheld", "opinion": "x"}
            elif state == "closed" and self._may_appeal():
                code, inputs = "appeal", {"opinion": "x"}
            elif code == "archive":
                self.later(days=8)
            action = self.table.actions[code]
            if "condition" in action.needs and "condition" not in self.snapshot.values:
                inputs = {**inputs, "condition": f"{self.snapshot.values['category']}#cov_open"}
            asked = set(action.needs)
            inputs = {name: value for name, value in inputs.items() if name in asked}
            assert self.attempt(self.fitting(action, rng), action, inputs), f"no way on from {state} by {code}"
        assert self.table.states[self.snapshot.state].final, f"stuck in {self.snapshot.state}"
        assert first_break(self.events, NUMBER) is None

    def _may_appeal(self) -> bool:
        flags = self.snapshot.flags
        return (
            "appeal" in self.table.actions
            and "was_overdue" in flags
            and "appeal_status" not in flags
            and "department" in self.snapshot.values
        )

    def _ends(self, action: Action) -> bool:
        kinds = {self.table.states[target.state].kind for target in action.to if target.state}
        return Kind.VOID in kinds or action.code == "approve_force_close"

    def _is_worth_trying(self, action: Action) -> bool:
        if action.decides is not None:
            return action.decides.application in self.snapshot.applications
        has_task = {task.post for task in self.snapshot.tasks.values() if task.clock}
        return any(permit.within != HOLDS_TASK or permit.post in has_task for permit in action.by)

    def fitting(self, action: Action, rng: random.Random) -> Viewer:
        """Return somebody who holds the right post for ``action`` in the right department, assigned where one is."""
        state, values = self.snapshot.state, self.snapshot.values
        if action.restores and self.snapshot.last and self.snapshot.last.person is not None:
            return Viewer(self.snapshot.last.person, "again", self._all_posts())
        if action.decides is not None:
            row = self.snapshot.applications.get(action.decides.application)
            level = levels_of(self.table, action.decides.application, row)[row["level"]] if row else None
            posts = [*level.by] if level else ["leader"]
            if level and level.other_person:
                return Viewer(77, "second person", self._all_posts(posts))
        else:
            posts = [permit.post for permit in action.by if permit.state in {"", state}]
        post = rng.choice(posts)
        if post == "system":
            return person("system")
        another = 9 if self.snapshot.flags.get("self_disposed") else 2  # nobody checks what they solved themselves
        ids = {"collector": values.get("collector", another), "handler": values.get("handler", 9)}
        ids["citizen"] = values.get("reporter_user") or PEOPLE["citizen"]
        return Viewer(ids.get(post, PEOPLE[post]), post, self._all_posts([post]))

    def _all_posts(self, posts: list[str] | None = None) -> tuple[Any, ...]:
        values = self.snapshot.values
        codes = [values.get("department") or "HW", *values.get("co_departments", ())]
        paths = {code: department.path for code in codes if (department := self.city.department(code))}
        return tuple(held(post, path) for post in posts or PEOPLE for path in paths.values())

    # --- what is sent

    def inputs_for(self, action: Action, rng: random.Random) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for name, need in action.needs.items():
            if need.required or need.type in {"text", "department", "photos"} or rng.random() < 0.3:
                inputs[name] = self._value(need, inputs, rng)
        for name in action.one_of:
            if not set(action.one_of) & set(inputs) or rng.random() < 0.3:
                inputs[name] = self._value(action.needs[name], inputs, rng)
        return inputs

    def _value(self, need: Need, inputs: Mapping[str, Any], rng: random.Random) -> Any:
        category = inputs.get("category") or self.snapshot.values.get("category", MANHOLE)
        match need.type:
            case "text" | "code":
                return "话" * rng.randint(1, 3)
            case "choice":
                return rng.choice(list(self.table.lists[need.of] if need.of else need.options))
            case "flag":
                return need.must_be if need.must_be is not None else rng.random() < 0.5
            case "integer":
                return rng.randint(need.min, need.max)
            case "instant":
                return self.now + timedelta(minutes=rng.choice([30, 3_000, 30_000]))
            case "photos":
                kinds = need.kinds if need.each_kind else [rng.choice(need.kinds) for _ in range(2)]
                return [{"kind": kind, "sha256": f"{number:064x}"} for number, kind in enumerate(kinds)]
            case "department":
                return rng.choice(["HW", "HW", "HW-1", "SZ"])
            case "departments":
                return rng.choice([["SZ"], ["HW-1"], ["HW-1", "SZ"]])
            case "person":
                return rng.choice([2, 9])
            case "category":
                return rng.choice([MANHOLE, OTHER_CLASS])
            case "condition":
                return f"{category}#{rng.choice(['cov_open', 'cov_break', 'cov_rim'])}"
            case "case":
                return "9901012026070100777"
            case "source":
                return rng.choice(list(self.table.sources))
            case "point":
                return {"lon": 120.0 + rng.random() / 100, "lat": 30.0, "system": "wgs84"}
            case "reporter":
                return {"name": "甲", "phone": "1"}

    # --- what must always hold

    def _keep(self, outcome: Outcome, who: Viewer) -> None:
        """Write the act down as it would be kept, and fold what was read back."""
        assert outcome.after.at is not None
        event = Event(
            "00000000-0000-7000-8000-000000000000",
            outcome.after.seq,
            outcome.action.code,
            outcome.after.at,
            who.user_id,
            outcome.post,
            "api",
            outcome.before.state,
            outcome.after.state,
            canonical(outcome.changes.to_json()).decode(),
        )
        previous = self.events[-1][1] if self.events else NO_HASH
        self.events.append((event, chained(event, previous, NUMBER)))
        changes = changes_from_json(event.to_state, orjson.loads(event.body))
        self.folded = apply(
            self.folded, changes, event.action, event.person, event.at, restores=outcome.action.restores
        )

    def check(self, before: Snapshot, outcome: Outcome) -> None:
        after, state = self.snapshot, self.table.states[self.snapshot.state]
        assert canonical(self.folded.to_json()) == canonical(after.to_json()), "the fold differs from the case"
        assert after.seq == before.seq + 1 == len(self.events)
        for held_things in (after.values, after.flags, after.clocks):
            assert None not in held_things.values()
        assert False not in after.flags.values()
        assert (state.kind is Kind.CLOSED) == ("closed_at" in after.values)
        self._check_clocks(before, outcome)
        self._check_tasks(before, outcome)
        self._check_applications()

    def _check_clocks(self, before: Snapshot, outcome: Outcome) -> None:
        after, state = self.snapshot, self.table.states[self.snapshot.state]
        running = {stage for stage, clock in after.clocks.items() if clock.since is not None}
        unlimited = {"external"} if "external_due" not in after.values else set()
        assert running == set(state.runs) - unlimited, "not the clocks that the state names"
        for stage, clock in after.clocks.items():
            assert clock.stopped <= (clock.since is None)
            instants = [instant for run in clock.runs for instant in run] + ([clock.since] if clock.since else [])
            assert instants == sorted(instants), "a clock ran backwards, or twice at once"
            assert not instants or instants[-1] <= self.now
            earlier = before.clocks.get(stage)
            if earlier is None or outcome.action.restores or clock.runs[: len(earlier.runs)] != earlier.runs:
                continue  # taken back as if it had never been, or a new clock
            if earlier.since is None and earlier.calendar == clock.calendar:
                calendar = self.city.calendar(clock.calendar)
                assert used(clock, calendar, self.now) == used(earlier, calendar, self.now), (
                    "it ran while it stood still"
                )

    def _check_tasks(self, before: Snapshot, outcome: Outcome) -> None:
        after, state = self.snapshot, self.table.states[self.snapshot.state]
        kinds = {task.kind for task in after.tasks.values()}
        if state.kind in OPEN_KINDS:
            assert kinds - AFTER_CLOSING, "an open case, and nobody has to act"
        elif state.final or state.kind is Kind.VOID:
            assert not kinds
        else:
            assert kinds <= AFTER_CLOSING
        for number, task in outcome.changes.opened.items():
            if outcome.action.restores and number in self.known_tasks:
                assert self.known_tasks[number] == task, "another task under an old number"
            else:
                assert number == max(self.known_tasks, default=0) + 1, "a number was left out or given again"
            self.known_tasks[number] = task
        assert set(outcome.changes.done) <= set(before.tasks)
        assert after.task_count == len(self.known_tasks)

    def _check_applications(self) -> None:
        here = {
            action.decides.application
            for action in self.table.actions.values()
            if action.decides and self.snapshot.state in action.from_states
        }
        pending = self.snapshot.applications
        assert set(pending) <= here, "an application waits where nobody can decide on it"
        asked = {task.kind for task in self.snapshot.tasks.values() if task.kind.startswith(DECIDE)}
        assert asked == {DECIDE + code for code in pending}
        assert bool(self.snapshot.flags.get("extension_pending")) == ("extension" in pending)
