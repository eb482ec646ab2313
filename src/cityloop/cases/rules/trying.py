"""A table tried on past cases: what people did is told again under it, and what would have gone otherwise is counted.

Each case is told twice from its events, through the engine that the one door asks: under the table that it ran under, and
under the other. Only where the first telling comes out as it was, a difference of the second one is the other table's
doing; else the case is set apart (``untold``): limits, people or departments have changed since in a way that the events
do not tell. So a table tried on cases of its own changes nothing.

People act when they did, in the posts in which they did, with what they sent. What the other table asks beyond that, nobody
knows: the act counts as not possible, and the case is told no further.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from cityloop.cases.rules.clocks import Clock, due_at
from cityloop.cases.rules.engine import Outcome, perform_pure
from cityloop.cases.rules.guards import GUARDS, Moment
from cityloop.cases.rules.inputs import clean_inputs
from cityloop.cases.rules.parties import City, Facts
from cityloop.cases.rules.permission import known_names, refused_by
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Action, Table
from cityloop.kernel.errors import CityError, InvalidInput, NotAllowed
from cityloop.organisation.rules.staffing import HeldPost, Viewer

SYSTEM = Viewer(None, "", is_system=True)

SAID = "…"
"""Stands for a text: the event holds its digest only, and no rule asks more than whether there was one."""

PLACE = frozenset({"lon", "lat", "unit_grid", "duty_grid", "community", "street", "district", "timing_zone"})
"""Values that follow from a point: where it lay is told by the event, not asked anew."""

OUTSIDE = frozenset({"split_from", "split_into", "number"})
"""Values that a case has from elsewhere."""


class PastAct(NamedTuple):
    """One act of a past case, as its event tells it.

    Attributes:
        inputs: What was sent, with ``SAID`` for each text.
        wrote: The values that it wrote; None took one away.
    """

    action: str
    at: datetime
    person: int | None
    post: str
    deputy_for: int | None
    from_state: str
    to_state: str
    inputs: Mapping[str, Any]
    wrote: Mapping[str, Any]
    similar: bool


def past_act(
    action: str, at: datetime, person: int | None, post: str, states: tuple[str, str], body: Mapping[str, Any]
) -> PastAct:
    """Return the act that an event with the parsed ``body`` tells of.

    Args:
        states: Before and after.
    """
    inputs = dict(body.get("in", {}))
    for field in body.get("texts", ()):
        name, _low, part = field.partition("_")
        if name == "reporter" and part:
            inputs["reporter"] = {**inputs.get("reporter", {}), part: SAID}
        else:
            inputs[field] = SAID
    similar = bool(body.get("flags", {}).get("similar"))
    return PastAct(action, at, person, post, body.get("for"), *states, inputs, body.get("set", {}), similar)


class Why(StrEnum):
    """What stands against an act."""

    NO_ACTION = "no_action"
    STATE = "state"
    POST = "post"
    NEED = "need"
    GUARD = "guard"


class Hindrance(NamedTuple):
    """An act that would not have been possible.

    Attributes:
        state: Where the case would have stood; ``""`` for one to be made.
        detail: The post that may not, the needs that are missing, the guard that refuses.
    """

    action: str
    state: str
    why: Why
    detail: str


class Turn(NamedTuple):
    """The first act that would have led elsewhere: from where, to where it did, to where it would have."""

    action: str
    from_state: str
    was: str
    would_be: str


class Round(NamedTuple):
    """One run of a stage's clock: when it was due last, and when it ended; None while it runs or stands."""

    due: datetime | None
    ended_at: datetime | None

    @property
    def is_on_time(self) -> bool | None:
        return None if self.due is None or self.ended_at is None else self.ended_at <= self.due


Rounds = dict[tuple[str, int], Round]
"""By stage and how many times its clock had begun before."""


class Told(NamedTuple):
    """A case told under a table: its first turn, what stopped it, and the rounds of its clocks."""

    turn: Turn | None
    stopped: Hindrance | None
    rounds: Rounds


class World(NamedTuple):
    """What does not depend on the table: the city as it was on a day, and who would see to what."""

    city_on: Callable[[datetime], City]


class Tried(NamedTuple):
    """One case under its own table and under the other one."""

    was: Told
    would_be: Told

    @property
    def is_told(self) -> bool:
        """Whether its own table tells it as it was."""
        return self.was.turn is None and self.was.stopped is None


def tried(own: Table, other: Table, acts: Sequence[PastAct], world: World) -> Tried:
    """Tell a case under its own table and under another."""
    return Tried(tell(own, acts, world), tell(other, acts, world))


def tell(table: Table, acts: Iterable[PastAct], world: World) -> Told:
    """Tell what people did under ``table``, as far as that goes.

    An act that would lead from where the case does not stand to where it stands already is passed over: a step that
    ``table`` does without.
    """
    snapshot, known = EMPTY, dict[str, Any]()
    befores = dict[int, Snapshot]()
    turn, clocks = None, _Rounds()
    for act in acts:
        city = _CityThen(world.city_on(act.at), known)
        actor = _actor(act, known, city)
        _learn(known, act)
        inputs, facts = _inputs(table, act), _facts(act, snapshot, befores)
        try:
            outcome = perform_pure(table, snapshot, act.action, inputs, actor=actor, city=city, now=act.at, facts=facts)
        except CityError as exc:
            if snapshot.state and snapshot.state == act.to_state != act.from_state:
                continue
            stopped = _hindrance(table, snapshot, act, inputs, exc, actor, city, facts)
            return Told(turn, stopped, clocks.rounds)
        befores[outcome.after.seq] = snapshot
        clocks.follow(outcome, city)
        snapshot = outcome.after
        if turn is None and snapshot.state != act.to_state:
            turn = Turn(act.action, act.from_state, act.to_state, snapshot.state)
    return Told(turn, None, clocks.rounds)


def _learn(known: dict[str, Any], act: PastAct) -> None:
    for name, value in act.wrote.items():
        if value is None:
            known.pop(name, None)
        else:
            known[name] = value


def _inputs(table: Table, act: PastAct) -> Mapping[str, Any]:
    """Return what was sent, without what ``table`` does not ask for: then nobody would have sent it."""
    action = table.actions.get(act.action)
    if action is None or act.inputs.keys() <= action.needs.keys():
        return act.inputs
    return {name: value for name, value in act.inputs.items() if name in action.needs}


def _facts(act: PastAct, snapshot: Snapshot, befores: Mapping[int, Snapshot]) -> Facts:
    wrote = act.wrote
    located = {name: wrote[name] for name in PLACE & wrote.keys()}
    extra = {name: wrote[name] for name in OUTSIDE & wrote.keys()}
    previous = befores.get(snapshot.last.seq) if snapshot.last else None
    return Facts(
        located=located or None,
        similar=act.similar,
        previous=previous,
        master=wrote.get("master") or "",
        extra=extra or None,
    )


def _actor(act: PastAct, known: Mapping[str, Any], city: City) -> Viewer:
    """Return who acted, in the post in which they did, in the departments that the case was with."""
    if act.post == "system":
        return SYSTEM
    codes = [known.get("department"), *known.get("co_departments", ()), *known.get("co_departments_done", ())]
    paths = [department.path for code in codes if code and (department := city.department(code))] or [""]
    posts = tuple(HeldPost(act.post, city.code, None, path, act.deputy_for) for path in paths)
    return Viewer(act.person, "", posts)


class _CityThen:
    """A city as it was at one act: whoever was given the case held the post, and no department was closed yet."""

    __slots__ = (
        "calendar",
        "categories",
        "city",
        "code",
        "condition",
        "known",
        "limit_of",
        "open_seconds",
        "others_hold",
    )

    def __init__(self, city: City, known: Mapping[str, Any]) -> None:
        self.city, self.known, self.code, self.categories = city, known, city.code, city.categories
        self.condition, self.calendar, self.limit_of = city.condition, city.calendar, city.limit_of
        self.open_seconds, self.others_hold = city.open_seconds, city.others_hold

    def department(self, code: str) -> Any:
        department = self.city.department(code)
        return department if department is None or department.is_active else _Open(department.code, department.path)

    def holds_post(self, user_id: int, post: str, department: str) -> bool:  # noqa: ARG002  # they did then
        return True

    def on_duty(self, post: str, at: datetime, duty_grid: str) -> int | None:
        return self.known.get(post) or self.city.on_duty(post, at, duty_grid)


class _Open(NamedTuple):
    """A department that was open then."""

    code: str
    path: str
    is_active: bool = True


class _Rounds:
    """The rounds of a case's clocks, act by act."""

    __slots__ = ("numbers", "rounds")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.rounds: Rounds = {}

    def follow(self, outcome: Outcome, city: City) -> None:
        for stage, clock in outcome.changes.clocks.items():
            if clock is None:  # an act was taken back
                continue
            before = outcome.before.clocks.get(stage)
            if before is None or (before.stopped and not clock.stopped):
                self.numbers[stage] = self.numbers.get(stage, -1) + 1
            self.rounds[stage, self.numbers[stage]] = _round(clock, self.rounds.get((stage, self.numbers[stage])), city)


def _round(clock: Clock, before: Round | None, city: City) -> Round:
    if clock.since is not None:
        return Round(due_at(clock, city.calendar(clock.calendar, clock.version)), None)
    due = before.due if before else None
    return Round(due, clock.runs[-1][1] if clock.stopped and clock.runs else None)


def _hindrance(
    table: Table,
    snapshot: Snapshot,
    act: PastAct,
    inputs: Mapping[str, Any],
    exc: CityError,
    actor: Viewer,
    city: City,
    facts: Facts,
) -> Hindrance:
    action, state = table.actions.get(act.action), snapshot.state
    if action is None:
        return Hindrance(act.action, state, Why.NO_ACTION, "")
    if action.creates != (not state) or not (action.creates or state in action.from_states):
        return Hindrance(act.action, state, Why.STATE, "")
    if isinstance(exc, NotAllowed):
        return Hindrance(act.action, state, Why.POST, act.post)
    if isinstance(exc, InvalidInput):
        return Hindrance(act.action, state, Why.NEED, ", ".join(dict.fromkeys(fault.field for fault in exc.faults)))
    return Hindrance(
        act.action, state, Why.GUARD, _refusing_guard(table, snapshot, action, inputs, actor, city, act.at, facts)
    )


def _refusing_guard(
    table: Table,
    snapshot: Snapshot,
    action: Action,
    inputs: Mapping[str, Any],
    actor: Viewer,
    city: City,
    now: datetime,
    facts: Facts,
) -> str:
    names = known_names(table, snapshot, actor)
    try:
        names.update(clean_inputs(action, table, inputs, names, city, now))
        if refused_by(table, snapshot, action.model_copy(update={"guards": ()}), names, city, actor, now, facts):
            return "restores" if action.restores else "application"
    except CityError:
        return ""  # it was refused before its guards were asked: there is no application to decide on
    moment = Moment(snapshot, names, city.calendar, now, actor, city.others_hold, facts.restricted, table)
    return next((guard.name for guard in action.guards if GUARDS[guard.name](moment, guard.argument)), "")
