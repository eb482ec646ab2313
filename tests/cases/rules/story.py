"""Cases told step by step without a database, and scenes that the tests of the rules begin from."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cases.rules.town import BROKEN_COVER, CODE, MANHOLE, NOW, PHOTOS, POINT, Town, held, person, table, town
from cityloop.cases.rules.clocks import Clock
from cityloop.cases.rules.engine import Outcome, perform_pure
from cityloop.cases.rules.parties import Facts
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Table
from cityloop.organisation.rules.staffing import Viewer

REPORT: dict[str, Any] = {
    "source": "collector",
    "category": MANHOLE,
    "condition": BROKEN_COVER,
    "point": POINT,
    "photos": PHOTOS,
}
HOTLINE: dict[str, Any] = {"source": "hotline", "category": MANHOLE, "condition": BROKEN_COVER}
SOLVED = REPORT | {"photos": [{"kind": "before", "sha256": "c" * 64}, {"kind": "after", "sha256": "d" * 64}]}
HANDLER = 9
WHY = {"opinion": "理由"}
UNTIL = NOW + timedelta(days=30)
MASTER = "9901012026070100001"
COUNTY_CHIEF = Viewer(30, "another duty chief", (held("duty_chief"),))

Step = tuple[str, str, Mapping[str, Any]]

BEGINNINGS: tuple[Step, ...] = (
    ("collector", "report", REPORT),
    ("acceptor", "report", HOTLINE),
    ("acceptor", "report", {"source": "transfer_12345", "category": MANHOLE, "external_due": UNTIL}),
    ("collector", "self_report", SOLVED),
)
"""The ways in which a case comes to be."""


class Story:
    """One case from its report on; each act comes a minute after the one before."""

    def __init__(self, loop: Table | None = None, city: Town | None = None, now: datetime = NOW) -> None:
        self.table = loop or table()
        self.city = city or town()
        self.now = now
        self.snapshot = EMPTY
        self.facts: Facts | None = None  # instead of what the database would know
        self.outcomes: list[Outcome] = []
        self._before: dict[int, Snapshot] = {}

    def act(self, who: str | Viewer, action: str, inputs: Mapping[str, Any] | None = None, **more: Any) -> Outcome:
        actor = person(who) if isinstance(who, str) else who
        outcome = perform_pure(
            self.table,
            self.snapshot,
            action,
            {**(inputs or {}), **more},
            actor=actor,
            city=self.city,
            now=self.now,
            facts=self._facts(action),
        )
        self._before[outcome.after.seq] = self.snapshot
        self.outcomes.append(outcome)
        self.snapshot = outcome.after
        self.later(minutes=1)
        return outcome

    def _facts(self, action: str) -> Facts:
        """Return what the database would know: where the point lies, what the case was before its last act."""
        if self.facts is not None:
            return self.facts
        known = self.table.actions.get(action)
        if known and known.restores and self.snapshot.last:
            return Facts(previous=self._before[self.snapshot.last.seq])
        if known and known.creates:
            return Facts(located={"lon": 120.005, "lat": 30.005, "duty_grid": "D-01"})
        return Facts()

    def copy(self) -> "Story":
        other = Story(self.table, self.city, self.now)
        other.snapshot, other.outcomes, other._before = self.snapshot, [*self.outcomes], {**self._before}
        return other

    def later(self, **amount: float) -> "Story":
        self.now += timedelta(**amount)
        return self

    def tell(self, *steps: Step) -> "Story":
        for who, action, inputs in steps:
            self.act(who, action, inputs)
        return self

    def tasks(self) -> list[str]:
        """Return the open tasks in words: kind, post, department, person."""
        return sorted(
            " ".join(str(part) for part in (task.kind, task.post, task.department, task.person) if part)
            for task in self.snapshot.tasks.values()
        )

    def clock(self, stage: str) -> Clock:
        return self.snapshot.clocks[stage]


def _after(scene: str, *steps: Step) -> tuple[Step, ...]:
    return (*SCENES[scene], *steps)


SCENES: dict[str, tuple[Step, ...]] = {"": ()}
SCENES["reported"] = (("collector", "report", REPORT),)
SCENES["verifying"] = _after("reported", ("acceptor", "send_verify", {}))
SCENES["verified"] = _after("verifying", ("collector", "verify_back", {"result": "exists"}))
SCENES["accepted"] = _after("reported", ("acceptor", "accept", {}))
SCENES["rejected"] = _after("reported", ("acceptor", "reject", {"reason": "duplicate", **WHY}))
SCENES["merged"] = _after("reported", ("acceptor", "merge", {"master": MASTER}))
SCENES["filed"] = _after("accepted", ("duty_chief", "file", {}))
SCENES["cancel asked"] = _after("filed", ("duty_chief", "cancel", WHY))
SCENES["cancelled"] = _after("cancel asked", ("leader", "approve_cancel", {}))
SCENES["sent back"] = _after(
    "filed", ("dispatcher", "return_to_supervision", {"back_to": "reported", "reason": "wrong_class", **WHY})
)
SCENES["consulting"] = _after("filed", ("dispatcher", "consult", {"departments": ["HW", "SZ"], **WHY}))
SCENES["concluded"] = _after("consulting", ("dispatcher", "conclude", WHY))
SCENES["external"] = _after("filed", ("dispatcher", "transfer", {"target": "省平台", "external_due": UNTIL}))
SCENES["external without a deadline"] = _after("filed", ("dispatcher", "transfer", {"target": "省平台"}))
SCENES["feedback from outside"] = _after("external", ("dispatcher", "transfer_back", WHY))
SCENES["dispatched"] = _after("filed", ("dispatcher", "dispatch", {"department": "HW"}))
SCENES["dispatched to two"] = _after(
    "filed", ("dispatcher", "dispatch_multi", {"department": "HW", "co_departments": ["SZ"]})
)
SCENES["returned unsigned"] = _after("dispatched", ("dept_clerk", "return", {"reason": "not_ours", **WHY}))
SCENES["in_disposal"] = _after("dispatched", ("dept_clerk", "sign", {}))
SCENES["in_disposal by two"] = _after("dispatched to two", ("dept_clerk", "sign", {}))
SCENES["handed on"] = _after("in_disposal", ("dept_clerk", "redispatch", {"handler": HANDLER}))
SCENES["returned"] = _after("in_disposal", ("dept_clerk", "return", {"reason": "not_ours", **WHY}))
SCENES["extension asked"] = _after("in_disposal", ("dept_clerk", "apply_extension", WHY))
SCENES["extension asked by the handler"] = _after("handed on", ("handler", "apply_extension", WHY))
SCENES["extension passed on"] = _after("extension asked by the handler", ("dispatcher", "approve_extension", {}))
SCENES["deferral asked"] = _after(
    "in_disposal", ("dept_clerk", "apply_defer", {"reason": "weather", "until": UNTIL, **WHY})
)
SCENES["deferral passed on"] = _after("deferral asked", ("dispatcher", "approve_defer", {}))
SCENES["deferred"] = _after("deferral passed on", ("duty_chief", "approve_defer", {}))
SCENES["suspension asked"] = _after(
    "in_disposal", ("dept_clerk", "apply_suspend", {"reason": "funds", "until": UNTIL, **WHY})
)
SCENES["suspension passed on"] = _after("suspension asked", ("dispatcher", "approve_suspend", {}))
SCENES["suspended"] = _after("suspension passed on", ("leader", "approve_suspend", {}))
SCENES["authorisation asked"] = _after("in_disposal", ("dept_clerk", "apply_authorise", {"department": "SZ", **WHY}))
SCENES["supervised"] = _after(
    "in_disposal", ("leader", "supervise", {"level": 2, "supervision": "leader", "reply_by": UNTIL, **WHY})
)
SCENES["feedback"] = _after("in_disposal", ("dept_clerk", "feedback", {}))
SCENES["checking"] = _after("feedback", ("acceptor", "send_check", {}))
SCENES["to_close"] = _after("checking", ("collector", "check_back", {"result": "pass"}))
SCENES["check failed"] = _after("checking", ("collector", "check_back", {"result": "not_pass"}))
SCENES["solved outside"] = _after(
    "feedback from outside", ("acceptor", "send_check", {}), ("collector", "check_back", {"result": "not_pass"})
)
SCENES["solved by the collector"] = (("collector", "self_report", SOLVED),)
SCENES["force asked"] = _after("to_close", ("duty_chief", "force_close", WHY))
SCENES["forced_closed"] = _after("force asked", ("leader", "approve_force_close", {}))
SCENES["closed"] = _after("to_close", ("duty_chief", "close", {"condition_met": True}))

STATES = (
    "reported", "verifying", "accepted", "rejected", "cancelled", "merged", "filed", "consulting", "dispatched",
    "in_disposal", "deferred", "suspended", "external", "returned", "feedback", "checking", "to_close", "closed",
    "forced_closed", "archived",
)  # fmt: skip


_TOLD: dict[str, Story] = {}


def story(scene: str, loop: Table | None = None, city: Town | None = None, now: datetime = NOW) -> Story:
    """Return a case that stands in ``scene``: one of ``STATES``, or a named situation of ``SCENES``."""
    if loop is None and city is None and now == NOW:
        if scene not in _TOLD:
            _TOLD[scene] = _tell(scene, loop, city, now)
        return _TOLD[scene].copy()
    return _tell(scene, loop, city, now)


def _tell(scene: str, loop: Table | None, city: Town | None, now: datetime) -> Story:
    told = Story(loop, city, now)
    if scene == "archived":
        told.tell(*SCENES["closed"]).later(days=8).tell(("system", "archive", {}))
    elif scene == "closed overdue":
        told.tell(*SCENES["in_disposal"]).later(days=30)
        told.tell(("dept_clerk", "feedback", {}), *SCENES["closed"][len(SCENES["feedback"]) :])
    elif scene == "appeal asked":
        told = story("closed overdue", loop, city, now).tell(("dept_clerk", "appeal", WHY))
    elif scene == "appeal passed on":
        told = story("appeal asked", loop, city, now).tell(("dispatcher", "rule", {"ruling": "upheld", **WHY}))
    elif scene == "closed for the public":
        told.tell(("acceptor", "report", HOTLINE), *SCENES["to_close"][1:])
        told.tell(("duty_chief", "close", {"condition_met": True, "reply": "已办结"}))
    else:
        told.tell(*SCENES[scene])
    return told


def only(posts: str, *more: Any, **changes: Any) -> Viewer:
    """Return somebody who holds just ``posts`` in the town, with what else is said of the appointment."""
    return Viewer(40, posts, tuple(replace(held(post, *more), **changes) for post in posts.split()))


ELSEWHERE = "990199"
assert ELSEWHERE != CODE
