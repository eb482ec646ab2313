"""The loop of the domain page, read aloud: each transition, each refusal, each effect on clocks, flags and tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.rules.story import (
    COUNTY_CHIEF,
    ELSEWHERE,
    HANDLER,
    HOTLINE,
    MASTER,
    REPORT,
    SCENES,
    SOLVED,
    STATES,
    UNTIL,
    WHY,
    Step,
    Story,
    only,
    story,
)
from cases.rules.town import BROKEN_COVER, CODE, MANHOLE, NOW, OPEN_COVER, PEOPLE, everybody, held, person, table, town
from cityloop.cases.queries.tables import default_text
from cityloop.cases.rules.clocks import Clock, due_at, used
from cityloop.cases.rules.parties import Facts
from cityloop.cases.rules.permission import sources_for
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, NotAllowed
from cityloop.organisation.rules.staffing import Viewer

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KEEPS: Mapping[str, Any] = {}
PUBLIC = {**HOTLINE, "reporter": {"name": "市民", "phone": "000"}}
REPLY = {"reply": "已答复"}
OTHER_CLASS = "gb47678_2026/part/01002"
TO_HANDLER = {"handler": HANDLER}


def effect(before: Clock | None, after: Clock, now: datetime) -> str:
    """Return in a word what an act at ``now`` did to a clock, "" for nothing."""
    if before == after:
        return ""
    begins_at_nothing = not after.runs and after.since == now
    if before is None or (before.stopped and begins_at_nothing):
        return "starts"
    if begins_at_nothing and before.runs + ((before.since,) if before.since else ()) != ():
        return "starts anew"
    if (after.limit_s, after.basis) != (before.limit_s, before.basis):
        return "limit read anew"
    if after.extra_s > before.extra_s:
        return f"gets {(after.extra_s - before.extra_s) / before.limit_s:g} limits more"
    if after.stopped:
        return "stops"
    return "stands still" if after.since is None else "goes on"


def effects(before: Snapshot, after: Snapshot, now: datetime) -> dict[str, str]:
    found = {stage: effect(before.clocks.get(stage), clock, now) for stage, clock in after.clocks.items()}
    return {stage: what for stage, what in found.items() if what}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: after.get(name) for name in {*before, *after} if before.get(name) != after.get(name)}


@dataclass(frozen=True)
class Row:
    """One line of the table: in a scene somebody does something; where that leads and what it does to flags and clocks."""

    number: int
    scene: str
    who: str
    action: str
    inputs: Mapping[str, Any]
    to: str
    clocks: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, Any] = field(default_factory=dict)
    tasks: tuple[str, ...] | None = None  # None: as before
    settings: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def name(self) -> str:
        settings = " ".join(f"{name}={value}" for name, value in self.settings.items())
        words = (str(self.number or ""), self.who, self.action, "in", self.scene or "nothing", settings, self.why)
        return " ".join(word for word in words if word)


ANSWER = {"reason": "no_condition", **WHY}
TO_TWO = {"department": "HW", "co_departments": ["SZ"]}
BACK = {"reason": "wrong_class", **WHY}
ASKS_WAIT = {"reason": "weather", "until": UNTIL, **WHY}
ORDERS = {"level": 2, "supervision": "leader", "reply_by": UNTIL, **WHY}
SENT_BACK = {"dispatch": "stops", "accept": "starts"}
TO_DISPATCH = ("filed dispatcher",)
IN_HW = ("in_disposal dept_clerk HW",)
TO_CLOSE = ("to_close duty_chief",)
BEFORE_FEEDBACK = (
    "reported", "verifying", "accepted", "filed", "consulting", "dispatched", "in_disposal", "deferred", "suspended",
    "external", "returned",
)  # fmt: skip
BY_ITSELF = {"archive", "pass_on", "recalculate", "support"}
"""What nobody but the system does."""
REACHED = {"pass_on": "reported", "recalculate": "reported", "support": "reported"}
FORCEABLE = ("dispatched", "in_disposal", "returned", "deferred", "suspended", "feedback", "checking", "to_close")

ROWS = [
    # 1 report
    Row(1, "", "collector", "report", REPORT, "reported", {"accept": "starts"}, tasks=("reported acceptor",)),
    Row(1, "", "acceptor", "report", PUBLIC, "reported", {"accept": "starts"}, tasks=("reported acceptor",)),
    Row(1, "", "citizen", "report", HOTLINE | {"source": "web"}, "reported", {"accept": "starts"}, tasks=("reported acceptor",)),
    Row(1, "", "system", "report", REPORT | {"source": "iot", "photos": []}, "reported", {"accept": "starts"}, tasks=("reported acceptor",)),
    # 2 self_report
    Row(2, "", "collector", "self_report", SOLVED, "to_close", {"close": "starts"}, {"self_disposed": True}, TO_CLOSE),
    Row(2, "", "collector", "self_report", SOLVED, "checking", {"check": "starts"}, {"self_disposed": True}, ("checking collector",), {"self_report_checked": True}),
    # 3 send_verify, verify_back
    Row(3, "reported", "acceptor", "send_verify", {}, "verifying", {"accept": "stands still", "verify": "starts"}, tasks=("verifying collector 2",)),
    Row(3, "reported", "acceptor", "send_verify", {"collector": 9}, "verifying", {"accept": "stands still", "verify": "starts"}, tasks=("verifying collector 9",), why="to a certain collector"),
    Row(3, "verified", "acceptor", "send_verify", {}, "verifying", {"accept": "stands still", "verify": "starts"}, tasks=("verifying collector 2",), why="a second time"),
    *(
        Row(3, "verifying", "collector", "verify_back", {"result": result}, "reported", {"verify": "stops", "accept": "goes on"}, {"verify_result": result}, ("reported acceptor",), why=result)
        for result in ("exists", "not_found", "unable")
    ),
    # 4 accept
    Row(4, "reported", "acceptor", "accept", {}, "accepted", {"accept": "stops", "file": "starts"}, tasks=("accepted duty_chief",)),
    Row(4, "verified", "acceptor", "accept", {"condition": OPEN_COVER}, "accepted", {"accept": "stops", "file": "starts"}, tasks=("accepted duty_chief",)),
    Row(4, "reported", "system", "accept", {}, "accepted", {"accept": "stops", "file": "starts"}, tasks=("accepted duty_chief",)),
    # 5 reject
    Row(5, "reported", "acceptor", "reject", ANSWER, "rejected", {"accept": "stops"}, tasks=()),
    Row(5, "accepted", "duty_chief", "reject", ANSWER, "rejected", {"file": "stops"}, tasks=()),
    # 6 file
    Row(6, "accepted", "duty_chief", "file", {"condition": OPEN_COVER}, "filed", {"file": "stops", "dispatch": "starts"}, tasks=TO_DISPATCH),
    Row(6, "accepted", "system", "file", {}, "filed", {"file": "stops", "dispatch": "starts"}, tasks=TO_DISPATCH),
    # 7 merge
    Row(7, "reported", "acceptor", "merge", {"master": MASTER}, "merged", {"accept": "stops"}, tasks=()),
    Row(7, "verifying", "acceptor", "merge", {"master": MASTER}, "merged", {"accept": "stops", "verify": "stops"}, tasks=()),
    Row(7, "accepted", "dispatcher", "merge", {"master": MASTER}, "merged", {"file": "stops"}, tasks=()),
    Row(7, "filed", "dispatcher", "merge", {"master": MASTER}, "merged", {"dispatch": "stops"}, tasks=()),
    # 8 cancel
    Row(8, "filed", "duty_chief", "cancel", WHY, "filed", tasks=("decide:cancel duty_chief", "decide:cancel leader", *TO_DISPATCH)),
    Row(8, "cancel asked", "leader", "approve_cancel", {}, "cancelled", {"dispatch": "stops"}, tasks=()),
    Row(8, "cancel asked", "leader", "reject_cancel", WHY, "filed", tasks=TO_DISPATCH),
    Row(8, "filed", "duty_chief", "cancel", WHY, "cancelled", {"dispatch": "stops"}, tasks=(), settings={"second_person": False}),
    # 9 dispatch
    Row(9, "filed", "dispatcher", "dispatch", {"department": "HW"}, "dispatched", {"dispatch": "stops", "disposal": "starts"}, tasks=("dispatched dept_clerk HW",)),
    Row(9, "filed", "system", "dispatch", {"department": "HW"}, "dispatched", {"dispatch": "stops", "disposal": "starts"}, tasks=("dispatched dept_clerk HW",)),
    Row(9, "filed", "dispatcher", "dispatch", {"department": "HW"}, "in_disposal", {"dispatch": "stops", "disposal": "starts"}, tasks=IN_HW, settings={"signing": False}),
    Row(9, "filed", "dispatcher", "dispatch", {"department": "HW", "no_return": True}, "dispatched", {"dispatch": "stops", "disposal": "starts"}, {"no_return": True}, ("dispatched dept_clerk HW",)),
    Row(9, "concluded", "dispatcher", "dispatch", {"department": "SZ"}, "dispatched", {"dispatch": "stops", "disposal": "starts"}, tasks=("dispatched dept_clerk SZ",), why="the conclusion's mark stays"),
    Row(9, "returned", "dispatcher", "dispatch", {"department": "HW"}, "dispatched", {"dispatch": "stops", "disposal": "goes on"}, tasks=("dispatched dept_clerk HW",), why="to the same department"),
    Row(9, "returned", "dispatcher", "dispatch", {"department": "HW-1"}, "dispatched", {"dispatch": "stops", "disposal": "goes on"}, tasks=("dispatched dept_clerk HW-1",), why="to a unit of the same department"),
    Row(9, "returned", "dispatcher", "dispatch", {"department": "SZ"}, "dispatched", {"dispatch": "stops", "disposal": "starts anew"}, tasks=("dispatched dept_clerk SZ",), why="to another department"),
    # 10 dispatch_multi, and the co-handlers
    Row(10, "filed", "dispatcher", "dispatch_multi", TO_TWO, "dispatched", {"dispatch": "stops", "disposal": "starts"}, tasks=("assist dept_clerk SZ", "dispatched dept_clerk HW")),
    Row(10, "filed", "dispatcher", "dispatch_multi", TO_TWO, "in_disposal", {"dispatch": "stops", "disposal": "starts"}, tasks=("assist dept_clerk SZ", *IN_HW), settings={"signing": False}),
    Row(10, "filed", "dispatcher", "dispatch_multi", TO_TWO | {"no_return": True}, "dispatched", {"dispatch": "stops", "disposal": "starts"}, {"no_return": True}, ("assist dept_clerk SZ", "dispatched dept_clerk HW")),
    Row(10, "returned", "dispatcher", "dispatch_multi", TO_TWO, "dispatched", {"dispatch": "stops", "disposal": "goes on"}, tasks=("assist dept_clerk SZ", "dispatched dept_clerk HW")),
    Row(0, "in_disposal by two", "municipal_clerk", "co_feedback", WHY, "in_disposal", tasks=IN_HW),
    Row(0, "dispatched to two", "municipal_clerk", "co_feedback", WHY, "dispatched", tasks=("dispatched dept_clerk HW",)),
    # 11 return_to_supervision
    Row(11, "filed", "dispatcher", "return_to_supervision", BACK, "reported", SENT_BACK, {"sent_back": 1}, ("reported acceptor",)),
    Row(11, "filed", "dispatcher", "return_to_supervision", BACK | {"back_to": "reported"}, "reported", SENT_BACK, {"sent_back": 1}, ("reported acceptor",)),
    Row(11, "filed", "dispatcher", "return_to_supervision", BACK | {"back_to": "accepted"}, "accepted", {"dispatch": "stops", "file": "starts"}, {"sent_back": 1}, ("accepted duty_chief",)),
    # 12 sign
    Row(12, "dispatched", "dept_clerk", "sign", {}, "in_disposal", tasks=IN_HW),
    Row(12, "dispatched to two", "dept_leader", "sign", {}, "in_disposal", tasks=("assist dept_clerk SZ", *IN_HW)),
    Row(12, "dispatched", "system", "sign", {}, "in_disposal", tasks=IN_HW),
    # 13 redispatch, and the handler's end of work
    Row(13, "in_disposal", "dept_clerk", "redispatch", TO_HANDLER, "in_disposal", tasks=("handle handler HW 9", *IN_HW)),
    Row(13, "in_disposal", "dept_leader", "redispatch", {"department": "HW-1"}, "in_disposal", tasks=("in_disposal dept_clerk HW-1",)),
    Row(13, "in_disposal by two", "dept_clerk", "redispatch", {"department": "HW-1", **TO_HANDLER}, "in_disposal", tasks=("assist dept_clerk SZ", "handle handler HW-1 9", "in_disposal dept_clerk HW-1")),
    Row(0, "handed on", "handler", "finish_work", {}, "in_disposal", tasks=IN_HW),
    # 14 return, and what the dispatcher answers
    Row(14, "dispatched", "dept_clerk", "return", BACK, "returned", {"disposal": "stands still", "dispatch": "starts"}, {"return_count": 1}, ("returned dispatcher",)),
    Row(14, "in_disposal", "dept_leader", "return", BACK, "returned", {"disposal": "stands still", "dispatch": "starts"}, {"return_count": 1}, ("returned dispatcher",)),
    Row(14, "handed on", "dept_clerk", "return", BACK, "returned", {"disposal": "stands still", "dispatch": "starts"}, {"return_count": 1}, ("returned dispatcher",), why="which takes the work from the handler"),
    Row(14, "extension asked", "dept_clerk", "return", BACK, "returned", {"disposal": "stands still", "dispatch": "starts"}, {"return_count": 1, "extension_pending": None}, ("returned dispatcher",), why="which drops the application"),
    Row(0, "returned", "dispatcher", "reject_return", WHY, "in_disposal", {"dispatch": "stops", "disposal": "goes on"}, {"shirked": 1}, IN_HW),
    Row(0, "returned unsigned", "dispatcher", "reject_return", WHY, "in_disposal", {"dispatch": "stops", "disposal": "goes on"}, {"shirked": 1}, IN_HW),
    # 15 extension
    Row(15, "in_disposal", "dept_clerk", "apply_extension", WHY, "in_disposal", {}, {"extension_pending": True}, ("decide:extension dispatcher", *IN_HW)),
    Row(15, "extension asked", "dispatcher", "approve_extension", {}, "in_disposal", {"disposal": "gets 1 limits more"}, {"extension_pending": None, "extended": 1}, IN_HW),
    Row(15, "extension asked", "dispatcher", "reject_extension", WHY, "in_disposal", {}, {"extension_pending": None}, IN_HW),
    Row(15, "handed on", "handler", "apply_extension", WHY, "in_disposal", {}, {"extension_pending": True}, ("decide:extension dispatcher", "handle handler HW 9", *IN_HW)),
    Row(15, "extension asked by the handler", "dispatcher", "approve_extension", {}, "in_disposal", tasks=("decide:extension duty_chief", "handle handler HW 9", *IN_HW)),
    Row(15, "extension asked by the handler", "dispatcher", "reject_extension", WHY, "in_disposal", {}, {"extension_pending": None}, ("handle handler HW 9", *IN_HW)),
    Row(15, "extension passed on", "duty_chief", "approve_extension", {}, "in_disposal", {"disposal": "gets 1 limits more"}, {"extension_pending": None, "extended": 1}, ("handle handler HW 9", *IN_HW)),
    Row(15, "extension passed on", "duty_chief", "reject_extension", WHY, "in_disposal", {}, {"extension_pending": None}, ("handle handler HW 9", *IN_HW)),
    # 16 defer
    Row(16, "in_disposal", "dept_clerk", "apply_defer", ASKS_WAIT, "in_disposal", tasks=("decide:defer dispatcher", *IN_HW)),
    Row(16, "deferral asked", "dispatcher", "approve_defer", {}, "in_disposal", tasks=("decide:defer duty_chief", "decide:defer leader", *IN_HW)),
    Row(16, "deferral asked", "dispatcher", "reject_defer", WHY, "in_disposal", tasks=IN_HW),
    Row(16, "deferral passed on", "duty_chief", "approve_defer", {}, "deferred", {"disposal": "stands still"}, tasks=("deferred dept_clerk HW",)),
    Row(16, "deferral passed on", "leader", "approve_defer", {}, "deferred", {"disposal": "stands still"}, tasks=("deferred dept_clerk HW",)),
    Row(16, "deferral passed on", "leader", "reject_defer", WHY, "in_disposal", tasks=IN_HW),
    # 17 suspend
    Row(17, "in_disposal", "dept_leader", "apply_suspend", ASKS_WAIT, "in_disposal", tasks=("decide:suspend dispatcher", *IN_HW)),
    Row(17, "suspension asked", "dispatcher", "approve_suspend", {}, "in_disposal", tasks=("decide:suspend leader", *IN_HW)),
    Row(17, "suspension asked", "dispatcher", "reject_suspend", WHY, "in_disposal", tasks=IN_HW),
    Row(17, "suspension passed on", "leader", "approve_suspend", {}, "suspended", {"disposal": "stands still"}, tasks=("suspended dept_clerk HW",)),
    Row(17, "suspension passed on", "leader", "reject_suspend", WHY, "in_disposal", tasks=IN_HW),
    # 18 authorise
    Row(18, "in_disposal", "dept_clerk", "apply_authorise", {"department": "SZ", **WHY}, "in_disposal", tasks=("decide:authorise dispatcher", *IN_HW)),
    Row(18, "authorisation asked", "dispatcher", "approve_authorise", {}, "in_disposal", {}, {"authorised": True}, ("in_disposal dept_clerk SZ",)),
    Row(18, "authorisation asked", "dispatcher", "reject_authorise", WHY, "in_disposal", tasks=IN_HW),
    # 19 consult
    Row(19, "filed", "dispatcher", "consult", {"departments": ["HW", "SZ"], **WHY}, "consulting", {"dispatch": "stands still"}, tasks=("consulting dispatcher",)),
    Row(19, "returned", "dispatcher", "consult", {"departments": ["SZ"], **WHY}, "consulting", {"dispatch": "stands still"}, tasks=("consulting dispatcher",)),
    Row(19, "consulting", "dispatcher", "conclude", WHY, "filed", {"dispatch": "goes on"}, {"no_return": True}, TO_DISPATCH),
    # 20 urge, 21 supervise, and the notes of leaders
    Row(20, "in_disposal", "dispatcher", "urge", {}, "in_disposal", {}, {"urged": 1}),
    Row(20, "checking", "system", "urge", {}, "checking", {}, {"urged": 1}),
    Row(20, "reported", "leader", "urge", {}, "reported", {}, {"urged": 1}),
    Row(21, "in_disposal", "leader", "supervise", ORDERS, "in_disposal", {}, {"supervised": 2, "supervision_reply": True}, (*IN_HW, "supervision dept_clerk HW")),
    Row(21, "checking", "inspector", "supervise", ORDERS | {"level": 3}, "checking", {}, {"supervised": 3, "supervision_reply": True}, ("checking collector 2", "supervision collector 2")),
    Row(21, "supervised", "dept_clerk", "reply_supervision", WHY, "in_disposal", {}, {"supervision_reply": None}, IN_HW),
    Row(0, "filed", "leader", "instruct", WHY, "filed", {}, {"leader_noted": True}),
    Row(0, "filed", "evaluator", "mark", {"typical": True}, "filed", {}, {"typical": True}),
    Row(0, "closed", "inspector", "mark", {"important": True, "typical": False}, "closed", {}, {"important": True}),
    # 22 feedback, 23 reject_feedback
    Row(22, "in_disposal", "dept_clerk", "feedback", {}, "feedback", {"disposal": "stands still", "send_check": "starts"}, tasks=("feedback acceptor",)),
    Row(22, "in_disposal by two", "dept_leader", "feedback", {}, "feedback", {"disposal": "stands still", "send_check": "starts"}, tasks=("feedback acceptor",)),
    Row(22, "extension asked", "dept_clerk", "feedback", {}, "feedback", {"disposal": "stands still", "send_check": "starts"}, {"extension_pending": None}, ("feedback acceptor",)),
    Row(22, "in_disposal", "system", "feedback", {}, "feedback", {"disposal": "stands still", "send_check": "starts"}, tasks=("feedback acceptor",)),
    Row(23, "feedback", "dispatcher", "reject_feedback", WHY, "in_disposal", {"send_check": "stops", "disposal": "goes on"}, {"rework_count": 1}, IN_HW),
    Row(23, "feedback from outside", "dispatcher", "reject_feedback", WHY, "external", {"send_check": "stops", "external": "starts"}, {"rework_count": 1}, ("external dispatcher",)),
    # 24 send_check, check_back
    Row(24, "feedback", "acceptor", "send_check", {}, "checking", {"send_check": "stops", "disposal": "stops", "check": "starts"}, tasks=("checking collector 2",)),
    Row(24, "feedback", "system", "send_check", {}, "checking", {"send_check": "stops", "disposal": "stops", "check": "starts"}, tasks=("checking collector",)),
    *(
        Row(24, "checking", "collector", "check_back", {"result": result}, "to_close", {"check": "stops", "close": "starts"}, {"check_result": result}, TO_CLOSE, why=result)
        for result in ("pass", "not_pass", "unable")
    ),
    # 25 rework
    Row(25, "check failed", "duty_chief", "rework", WHY, "in_disposal", {"close": "stops", "disposal": "starts"}, {"rework_count": 1, "check_result": None}, IN_HW),
    Row(25, "check failed", "acceptor", "rework", WHY, "in_disposal", {"close": "stops", "disposal": "starts"}, {"rework_count": 1, "check_result": None}, IN_HW),
    Row(25, "solved outside", "duty_chief", "rework", WHY, "filed", {"close": "stops", "dispatch": "starts"}, {"rework_count": 1, "check_result": None}, TO_DISPATCH, why="without a department"),
    Row(25, "solved by the collector", "duty_chief", "rework", WHY, "filed", {"close": "stops", "dispatch": "starts"}, {"rework_count": 1, "self_disposed": None}, TO_DISPATCH, why="without a department"),
    # 26 close
    Row(26, "to_close", "duty_chief", "close", {"condition_met": True}, "closed", {"close": "stops"}, tasks=()),
    Row(26, "to_close", "system", "close", {"condition_met": True}, "closed", {"close": "stops"}, tasks=()),
    Row(26, "solved by the collector", "duty_chief", "close", {"condition_met": True}, "closed", {"close": "stops"}, tasks=()),
    # 27 force_close
    Row(27, "to_close", "duty_chief", "force_close", WHY, "to_close", tasks=("decide:force_close leader", *TO_CLOSE)),
    Row(27, "force asked", "leader", "approve_force_close", {}, "forced_closed", {"close": "stops"}, tasks=()),
    Row(27, "force asked", "leader", "reject_force_close", WHY, "to_close", tasks=TO_CLOSE),
    # 28 fast_track
    Row(28, "reported", "acceptor", "fast_track", {"department": "HW"}, "in_disposal", {"accept": "stops", "disposal": "starts"}, {"fast_track": True}, IN_HW, {"fast_classes": (MANHOLE,)}),
    Row(28, "reported", "system", "fast_track", {"department": "HW", "condition": OPEN_COVER}, "in_disposal", {"accept": "stops", "disposal": "starts"}, {"fast_track": True}, IN_HW, {"fast_classes": (MANHOLE,)}),
    Row(28, "reported", "acceptor", "fast_track", {"solved": True}, "closed", {"accept": "stops"}, {"fast_track": True, "direct": True}, ()),
    # 29 transfer, 39 return from outside
    Row(29, "filed", "dispatcher", "transfer", {"target": "省平台", "external_due": UNTIL}, "external", {"dispatch": "stops", "external": "starts"}, tasks=("external dispatcher",)),
    Row(29, "filed", "dispatcher", "transfer", {"target": "省平台"}, "external", {"dispatch": "stops"}, tasks=("external dispatcher",), why="without a deadline"),
    Row(29, "external", "dispatcher", "transfer_back", WHY, "feedback", {"external": "stops", "send_check": "starts"}, tasks=("feedback acceptor",)),
    Row(29, "external", "system", "transfer_back", WHY, "feedback", {"external": "stops", "send_check": "starts"}, tasks=("feedback acceptor",)),
    Row(39, "external", "dispatcher", "return_from_outside", WHY, "filed", {"external": "stops", "dispatch": "starts"}, tasks=TO_DISPATCH),
    Row(39, "external without a deadline", "system", "return_from_outside", WHY, "filed", {"dispatch": "starts"}, tasks=TO_DISPATCH),
    # 30 callback, 31 reopen, 32 appeal, 33 archive
    Row(30, "closed for the public", "acceptor", "callback", {"satisfaction": "basically"}, "closed", {}, {"visit_required": None, "satisfaction": "basically"}, ()),
    Row(0, "closed for the public", "system", "rate", {"satisfaction": "satisfied"}, "closed", {}, {"rated": True, "visit_required": None, "satisfaction": "satisfied"}, ()),
    Row(0, "closed for the public", "system", "rate", {"satisfaction": "not", "opinion": "还在漏"}, "closed", {}, {"rated": True, "visit_required": None, "satisfaction": "not"}, ("dissatisfied duty_chief",)),
    Row(0, "filed", "system", "support", {"reporter": {"phone": "13800001234"}}, "filed", {}, {"supporters": 1}),
    Row(31, "closed", "duty_chief", "reopen", WHY, "filed", {"dispatch": "starts"}, {"reopened": 1, "check_result": None}, TO_DISPATCH),
    Row(31, "closed for the public", "duty_chief", "reopen", WHY, "filed", {"dispatch": "starts"}, {"reopened": 1, "check_result": None, "visit_required": None}, TO_DISPATCH),
    Row(32, "closed overdue", "dept_leader", "appeal", WHY, "closed", {}, {"appeal_status": "pending"}, ("decide:appeal dispatcher",)),
    Row(32, "appeal asked", "dispatcher", "rule", {"ruling": "upheld", **WHY}, "closed", tasks=("decide:appeal acceptor", "decide:appeal evaluator")),
    Row(32, "appeal asked", "dispatcher", "rule", {"ruling": "dismissed", **WHY}, "closed", {}, {"appeal_status": "dismissed"}, ()),
    Row(32, "appeal passed on", "acceptor", "rule", {"ruling": "upheld", **WHY}, "closed", {}, {"appeal_status": "upheld", "exempt": True}, ()),
    Row(32, "appeal passed on", "evaluator", "rule", {"ruling": "upheld", **WHY}, "closed", {}, {"appeal_status": "upheld", "exempt": True}, ()),
    Row(32, "appeal passed on", "evaluator", "rule", {"ruling": "dismissed", **WHY}, "closed", {}, {"appeal_status": "dismissed"}, ()),
    # 34 resume, 35 amend, 36 note and attach, 38 split and unmerge
    Row(34, "deferred", "dept_clerk", "resume", {}, "in_disposal", {"disposal": "goes on"}, tasks=IN_HW),
    Row(34, "suspended", "dispatcher", "resume", {}, "in_disposal", {"disposal": "goes on"}, tasks=IN_HW),
    Row(35, "in_disposal", "duty_chief", "amend", {"address": "人民路", **WHY}, "in_disposal"),
    Row(35, "in_disposal", "dispatcher", "amend", {"condition": OPEN_COVER, **WHY}, "in_disposal", {"disposal": "limit read anew"}),
    Row(35, "deferred", "dispatcher", "amend", {"condition": OPEN_COVER, **WHY}, "deferred", {"disposal": "limit read anew"}),
    Row(35, "in_disposal", "dispatcher", "amend", {"category": OTHER_CLASS, **WHY}, "in_disposal", {"disposal": "limit read anew"}, why="of the class"),
    Row(36, "in_disposal", "leader", "note", WHY, "in_disposal"),
    Row(36, "in_disposal by two", "municipal_clerk", "note", WHY, "in_disposal", why="as a co-handler"),
    Row(36, "closed", "collector", "attach", {"photos": REPORT["photos"]}, "closed"),
    Row(38, "filed", "dispatcher", "split", {"category": OTHER_CLASS, "description": "另一处", **WHY}, "filed"),
    Row(38, "reported", "acceptor", "split", {"category": MANHOLE, "description": "另一处"}, "reported"),
    Row(38, "merged", "acceptor", "unmerge", WHY, "reported", {"accept": "starts"}, tasks=("reported acceptor",)),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_transition(row: Row) -> None:
    loop = table(**row.settings)
    told = story(row.scene, loop)
    before, tasks, now = told.snapshot, told.tasks(), told.now
    outcome = told.act(row.who, row.action, row.inputs)
    after = told.snapshot
    assert outcome.action.number == row.number
    assert after.state == row.to
    assert effects(before, after, now) == row.clocks
    assert changed(before.flags, after.flags) == row.flags
    assert told.tasks() == (tasks if row.tasks is None else sorted(row.tasks))
    assert after.seq == before.seq + 1


def test_the_table_tells_of_every_action() -> None:
    assert {row.action for row in ROWS} | {"withdraw", *BY_ITSELF} == set(table().actions)


def test_the_table_tells_of_every_way_from_state_to_state() -> None:
    """Each target of each action of the table occurs above, with its settings."""
    told = {(row.action, row.to) for row in ROWS} | {("archive", "archived")}
    wanted = {(a.code, t.state) for a in table().actions.values() for t in a.to if t.state}
    assert wanted <= told


@pytest.mark.parametrize("scene", BEFORE_FEEDBACK)
def test_an_open_case_before_feedback_can_be_cancelled_by_two(scene: str) -> None:
    told = story(scene).tell(("duty_chief", "cancel", WHY), ("leader", "approve_cancel", {}))
    assert told.snapshot.state == "cancelled"
    assert told.tasks() == []
    assert not any(clock.since for clock in told.snapshot.clocks.values())


@pytest.mark.parametrize("scene", FORCEABLE)
def test_a_case_from_dispatch_to_closing_can_be_closed_by_force(scene: str) -> None:
    told = story(scene).tell(("duty_chief", "force_close", WHY), ("leader", "approve_force_close", {}))
    assert told.snapshot.state == "forced_closed"
    assert told.snapshot.values["closed_at"] == told.now - MINUTE


# --- where each action is possible, written out apart from the table

OPEN = (
    "reported", "verifying", "accepted", "filed", "consulting", "dispatched", "in_disposal", "deferred", "suspended",
    "external", "returned", "feedback", "checking", "to_close",
)  # fmt: skip
NOT_FINAL = (*OPEN, "merged", "closed", "forced_closed")
FROM = {
    "send_verify": ("reported",), "verify_back": ("verifying",), "accept": ("reported",),
    "reject": ("reported", "accepted"), "file": ("accepted",), "merge": ("reported", "verifying", "accepted", "filed"),
    "cancel": BEFORE_FEEDBACK, "approve_cancel": BEFORE_FEEDBACK, "reject_cancel": BEFORE_FEEDBACK,
    "dispatch": ("filed", "returned"), "dispatch_multi": ("filed", "returned"),
    "co_feedback": ("dispatched", "in_disposal"), "return_to_supervision": ("filed",), "sign": ("dispatched",),
    "redispatch": ("in_disposal",), "finish_work": ("in_disposal",), "return": ("dispatched", "in_disposal"),
    "reject_return": ("returned",), "apply_extension": ("in_disposal",), "approve_extension": ("in_disposal",),
    "reject_extension": ("in_disposal",), "apply_defer": ("in_disposal",), "approve_defer": ("in_disposal",),
    "reject_defer": ("in_disposal",), "apply_suspend": ("in_disposal",), "approve_suspend": ("in_disposal",),
    "reject_suspend": ("in_disposal",), "apply_authorise": ("in_disposal",), "approve_authorise": ("in_disposal",),
    "reject_authorise": ("in_disposal",), "consult": ("filed", "returned"), "conclude": ("consulting",), "urge": OPEN,
    "supervise": OPEN, "reply_supervision": NOT_FINAL, "instruct": NOT_FINAL, "mark": NOT_FINAL,
    "feedback": ("in_disposal",), "reject_feedback": ("feedback",), "send_check": ("feedback",),
    "check_back": ("checking",), "rework": ("to_close",), "close": ("to_close",), "force_close": FORCEABLE,
    "approve_force_close": FORCEABLE, "reject_force_close": FORCEABLE, "fast_track": ("reported",),
    "transfer": ("filed",), "transfer_back": ("external",), "return_from_outside": ("external",),
    "callback": ("closed",), "rate": ("closed",), "support": OPEN, "reopen": ("closed",), "appeal": ("closed",), "rule": ("closed",),
    "archive": ("closed", "forced_closed"), "pass_on": ("reported",), "recalculate": OPEN, "resume": ("deferred", "suspended"),
    "amend": ("filed", "consulting", "dispatched", "in_disposal", "deferred", "suspended", "external", "returned",
              "feedback", "checking", "to_close"),
    "note": NOT_FINAL, "attach": NOT_FINAL, "withdraw": STATES, "split": ("reported", "accepted", "filed"),
    "unmerge": ("merged",),
}  # fmt: skip


@pytest.mark.parametrize("action", table().actions)
def test_an_action_is_refused_in_every_other_state(action: str) -> None:
    for state in ("", *STATES):
        told = story(state)
        creates = action in {"report", "self_report"}
        if state in FROM.get(action, ()) or (creates and not state):
            continue
        with pytest.raises(Conflict) as refusal:
            told.act("system" if action in BY_ITSELF else everybody(), action)
        assert refusal.value.details["action"] == action
        assert creates or refusal.value.details["state"] == state


def details_of_refusal(scene: str, action: str) -> Mapping[str, Any]:
    try:
        story(scene).act("system" if action in BY_ITSELF else everybody(), action)
    except CityError as refusal:
        return refusal.details
    return {}


@pytest.mark.parametrize("action", FROM)
def test_an_action_is_not_refused_for_its_state_where_it_belongs(action: str) -> None:
    for state in FROM[action]:
        assert "state" not in details_of_refusal(state, action)


def test_an_action_that_the_table_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no action “teleport”"):
        story("reported").act("acceptor", "teleport")


# --- who may do what, written out apart from the table

SUPERVISION = {"acceptor", "duty_chief"}
DEPARTMENT = {"dept_clerk", "dept_leader"}
EVERYBODY = set(PEOPLE) - {"citizen"}
REPORTED_BY = {"collector": "collector", "acceptor": "hotline"}
"""By which source whom reports; all others by the web."""
WHO: list[tuple[str, str, Mapping[str, Any], set[str]]] = [
    ("", "report", REPORT, {"collector", "acceptor", "citizen", "system"}),
    ("", "self_report", SOLVED, {"collector"}),
    ("reported", "send_verify", {}, {"acceptor"}),
    ("verifying", "verify_back", {"result": "exists"}, {"collector"}),
    ("reported", "accept", {}, {"acceptor", "system"}),
    ("reported", "reject", ANSWER, {"acceptor"}),
    ("accepted", "reject", ANSWER, {"duty_chief"}),
    ("accepted", "file", {}, {"duty_chief", "system"}),
    ("reported", "merge", {"master": MASTER}, {"acceptor", "dispatcher"}),
    ("filed", "cancel", WHY, {"duty_chief"}),
    ("cancel asked", "reject_cancel", WHY, {"leader"}),
    ("cancel asked", "approve_cancel", {}, {"leader"}),
    ("filed", "dispatch", {"department": "HW"}, {"dispatcher", "system"}),
    ("filed", "dispatch_multi", TO_TWO, {"dispatcher"}),
    ("in_disposal by two", "co_feedback", WHY, {"municipal_clerk"}),
    ("filed", "return_to_supervision", BACK, {"dispatcher"}),
    ("dispatched", "sign", {}, {*DEPARTMENT, "system"}),
    ("in_disposal", "redispatch", TO_HANDLER, DEPARTMENT),
    ("handed on", "finish_work", {}, {"handler"}),
    ("in_disposal", "return", BACK, DEPARTMENT),
    ("returned", "reject_return", WHY, {"dispatcher"}),
    ("handed on", "apply_extension", WHY, {*DEPARTMENT, "handler"}),
    ("extension asked", "approve_extension", {}, {"dispatcher"}),
    ("extension asked", "reject_extension", WHY, {"dispatcher"}),
    ("extension passed on", "approve_extension", {}, {"duty_chief"}),
    ("extension passed on", "reject_extension", WHY, {"duty_chief"}),
    ("in_disposal", "apply_defer", ASKS_WAIT, DEPARTMENT),
    ("deferral asked", "approve_defer", {}, {"dispatcher"}),
    ("deferral passed on", "approve_defer", {}, {"duty_chief", "leader"}),
    ("deferral passed on", "reject_defer", WHY, {"duty_chief", "leader"}),
    ("in_disposal", "apply_suspend", ASKS_WAIT, DEPARTMENT),
    ("suspension asked", "approve_suspend", {}, {"dispatcher"}),
    ("suspension passed on", "approve_suspend", {}, {"leader"}),
    ("suspension passed on", "reject_suspend", WHY, {"leader"}),
    ("in_disposal", "apply_authorise", WHY, DEPARTMENT),
    ("authorisation asked", "approve_authorise", {}, {"dispatcher"}),
    ("authorisation asked", "reject_authorise", WHY, {"dispatcher"}),
    ("filed", "consult", {"departments": ["SZ"], **WHY}, {"dispatcher"}),
    ("consulting", "conclude", WHY, {"dispatcher"}),
    ("filed", "urge", {}, {"dispatcher", "duty_chief", "leader", "system"}),
    ("filed", "supervise", ORDERS, {"leader", "inspector", "duty_chief"}),
    ("supervised", "reply_supervision", WHY, {"collector", "acceptor", "duty_chief", "dispatcher", *DEPARTMENT}),
    ("filed", "instruct", WHY, {"leader"}),
    ("filed", "mark", {"typical": True}, {"duty_chief", "dispatcher", "inspector", "evaluator", "leader"}),
    ("in_disposal", "feedback", {}, {*DEPARTMENT, "system"}),
    ("feedback", "reject_feedback", WHY, {"dispatcher"}),
    ("feedback", "send_check", {}, {"acceptor", "system"}),
    ("checking", "check_back", {"result": "pass"}, {"collector", "system"}),
    ("check failed", "rework", WHY, SUPERVISION),
    ("to_close", "close", {"condition_met": True}, {"duty_chief", "system"}),
    ("to_close", "force_close", WHY, {"duty_chief"}),
    ("force asked", "approve_force_close", {}, {"leader"}),
    ("force asked", "reject_force_close", WHY, {"leader"}),
    ("reported", "fast_track", {"solved": True}, {"acceptor", "system"}),
    ("filed", "transfer", {"target": "省平台"}, {"dispatcher"}),
    ("external", "transfer_back", WHY, {"dispatcher", "system"}),
    ("external", "return_from_outside", WHY, {"dispatcher", "system"}),
    ("closed", "callback", {"satisfaction": "not"}, {"acceptor"}),
    ("closed for the public", "rate", {"satisfaction": "not"}, {"system"}),
    ("closed", "reopen", WHY, {"duty_chief"}),
    ("closed overdue", "appeal", WHY, DEPARTMENT),
    ("appeal asked", "rule", {"ruling": "upheld", **WHY}, {"dispatcher"}),
    ("appeal passed on", "rule", {"ruling": "upheld", **WHY}, {"acceptor", "evaluator"}),
    ("deferred", "resume", {}, {*DEPARTMENT, "dispatcher"}),
    ("filed", "amend", {"address": "x", **WHY}, {"duty_chief", "dispatcher"}),
    ("in_disposal", "note", WHY, EVERYBODY),
    ("in_disposal", "attach", {"photos": REPORT["photos"]}, EVERYBODY),
    ("filed", "split", {"category": MANHOLE, "description": "x"}, {"acceptor", "dispatcher"}),
    ("merged", "unmerge", WHY, {"acceptor", "dispatcher"}),
]
AUTOMATIC = {("deferred", "resume")}
"""Where the system may act, but not yet: a guard says so."""


def test_all_rights_are_written_out() -> None:
    assert {action for _scene, action, _inputs, _posts in WHO} | {"withdraw", *BY_ITSELF} == set(table().actions)


@pytest.mark.parametrize(
    ("scene", "action", "inputs", "posts"), [pytest.param(*row, id=f"{row[1]} in {row[0]}") for row in WHO]
)
def test_only_the_right_posts_may_act(scene: str, action: str, inputs: Mapping[str, Any], posts: set[str]) -> None:
    allowed = set()
    for who in (*PEOPLE, "municipal_clerk", "system"):
        if (scene, action) in AUTOMATIC and who == "system":
            continue
        given = inputs | {"source": REPORTED_BY.get(who, "web")} if action == "report" else inputs
        try:
            outcome = story(scene).act(who, action, given)
        except NotAllowed:
            continue
        allowed.add(who)
        assert outcome.post == {"municipal_clerk": "dept_clerk"}.get(who, who)
    # The duty chief who asked for a cancellation holds the right post, and is yet not the second person.
    assert allowed == posts


def test_archiving_is_the_systems() -> None:
    for who in PEOPLE:
        with pytest.raises(NotAllowed):
            story("closed").later(days=9).act(who, "archive")
    assert story("closed").later(days=9).act("system", "archive").after.state == "archived"
    assert story("forced_closed").later(days=9).act("system", "archive").after.state == "archived"


def test_the_system_decides_on_no_application() -> None:
    for action, scene in {"approve_extension": "extension asked", "rule": "appeal asked"}.items():
        with pytest.raises(NotAllowed, match="by itself"):
            story(scene).act("system", action, {"ruling": "upheld", **WHY} if action == "rule" else {})


@pytest.mark.parametrize(
    ("path", "may"),
    [
        pytest.param("/1/", True, id="the department itself"),
        pytest.param("/1/2/", False, id="a unit below it"),
        pytest.param("/3/", False, id="another department"),
        pytest.param("", False, id="no department"),
        pytest.param("/", True, id="the whole house above it"),
    ],
)
def test_a_clerk_acts_for_the_department_and_for_those_below(path: str, may: bool) -> None:
    clerk = only("dept_clerk", path)
    told = story("dispatched")
    if may:
        assert told.act(clerk, "sign").after.state == "in_disposal"
    else:
        with pytest.raises(NotAllowed):
            told.act(clerk, "sign")


def test_the_clerk_of_a_unit_acts_once_it_was_handed_on() -> None:
    told = story("in_disposal").tell(("dept_clerk", "redispatch", {"department": "HW-1"}))
    assert told.act(only("dept_clerk", "/1/2/"), "feedback").after.state == "feedback"


def test_a_clerk_hands_on_within_the_department_only() -> None:
    with pytest.raises(InvalidInput, match="unit of the responsible department"):
        story("in_disposal").act("dept_clerk", "redispatch", {"department": "SZ"})


def test_a_co_handler_does_its_part_and_no_more() -> None:
    told = story("in_disposal by two")
    for action in ("feedback", "return", "redispatch", "apply_extension"):
        with pytest.raises(NotAllowed):
            told.act("municipal_clerk", action)
    with pytest.raises(NotAllowed):
        told.act("dept_clerk", "co_feedback", WHY)
    told.act("municipal_clerk", "co_feedback", WHY)
    assert told.snapshot.values["co_departments_done"] == ["SZ"]
    assert "co_departments" not in told.snapshot.values
    with pytest.raises(NotAllowed):
        told.act("municipal_clerk", "co_feedback", WHY)


def test_who_took_part_may_say_something_afterwards_and_reads_why_the_rest_is_not_theirs() -> None:
    told = story("in_disposal by two")
    with pytest.raises(NotAllowed, match="lead department, HW; yours is a co-handler"):
        told.act("municipal_clerk", "feedback", WHY)
    told.act("municipal_clerk", "co_feedback", WHY)
    told.tell(("municipal_clerk", "note", WHY), ("municipal_clerk", "attach", {"photos": REPORT["photos"]}))
    for action in ("co_feedback", "feedback"):
        with pytest.raises(NotAllowed, match="your department was a co-handler, and has reported its part done"):
            told.act("municipal_clerk", action, WHY)
    with pytest.raises(NotAllowed, match="is for co-handlers"):
        told.act("dept_clerk", "co_feedback", WHY)


def test_who_is_given_work_by_name_may_do_it_in_a_unit_of_the_department() -> None:
    told = story("in_disposal").tell(("dept_clerk", "redispatch", {"handler": HANDLER}))
    of_unit = Viewer(HANDLER, "handler of HW-1", (held("handler", "/1/2/"),))
    told.tell((of_unit, "note", WHY), (of_unit, "apply_extension", WHY), (of_unit, "finish_work", {}))
    elsewhere = Viewer(HANDLER, "handler of SZ", (held("handler", "/3/"),))
    with pytest.raises(NotAllowed):
        story("handed on").act(elsewhere, "finish_work")
    with pytest.raises(NotAllowed, match="for the “Handler” to whom the case was given"):
        story("handed on").act(only("handler", "/1/"), "note", WHY)


def test_work_is_finished_once() -> None:
    told = story("handed on").tell(("handler", "finish_work", {}))
    with pytest.raises(NotAllowed, match="who has an open task here; you have none"):
        told.act("handler", "finish_work")
    told.tell(("dept_clerk", "redispatch", {"handler": HANDLER}), ("handler", "finish_work", {}))


def test_an_open_task_of_the_post_is_not_everybodys() -> None:
    with pytest.raises(NotAllowed):
        story("handed on").act(only("handler", "/1/"), "finish_work")


def test_a_caller_is_asked_once_for_each_closing() -> None:
    told = story("closed for the public").tell(("acceptor", "callback", {"satisfaction": "not"}))
    with pytest.raises(Conflict, match="this was done"):
        told.act("acceptor", "callback", {"satisfaction": "satisfied"})
    wrong = told.copy().tell(("acceptor", "withdraw", {}))
    wrong.act("acceptor", "callback", {"satisfaction": "satisfied"})
    told.tell(("duty_chief", "reopen", WHY), ("dispatcher", "dispatch", {"department": "HW"}), *SCENES["to_close"][-4:])
    told.act("duty_chief", "close", {"condition_met": True, "reply": "已再次处置"})
    told.act("acceptor", "callback", {"satisfaction": "satisfied"})
    assert told.snapshot.flags["satisfaction"] == "satisfied"


def reported_by(who: str | Viewer) -> Story:
    """Return a case that ``who`` reported on the public page, closed."""
    told = Story()
    told.act(who, "report", {"source": "web", "category": MANHOLE, "condition": OPEN_COVER, "point": REPORT["point"]})
    told.tell(*SCENES["to_close"][1:])
    told.act("duty_chief", "close", {"condition_met": True, "reply": "已办结"})
    return told


NO_ACCOUNT = Viewer(None, "", (held("citizen"),))


def test_who_reported_by_account_rates_what_came_of_it_and_nobody_else_does() -> None:
    told = reported_by("citizen")
    for other in (Viewer(77, "another", (held("citizen"),)), NO_ACCOUNT):
        with pytest.raises(NotAllowed, match="for who reported the case"):
            told.act(other, "rate", {"satisfaction": "not"})
    assert told.act("citizen", "rate", {"satisfaction": "not"}).post == "citizen"
    assert told.tasks() == ["dissatisfied duty_chief"]


def test_somebody_without_an_account_reports_through_a_public_source_and_is_nobodys_reporter() -> None:
    told = reported_by(NO_ACCOUNT)
    assert "reporter_user" not in told.snapshot.values
    with pytest.raises(InvalidInput, match="“Leader” is not for your posts"):
        Story().act(NO_ACCOUNT, "report", REPORT | {"source": "leader"})
    with pytest.raises(NotAllowed, match="for who reported the case"):
        told.act(NO_ACCOUNT, "rate", {"satisfaction": "not"})


def test_a_case_is_rated_once_in_time_and_again_only_after_it_was_reopened() -> None:
    told = reported_by("citizen")
    with pytest.raises(Conflict, match="not possible now"):
        told.copy().later(days=8).act("system", "rate", {"satisfaction": "not"})
    told.act("system", "rate", {"satisfaction": "not"})
    with pytest.raises(Conflict, match="rated or called back"):
        told.act("system", "rate", {"satisfaction": "satisfied"})
    told.act("duty_chief", "reopen", WHY)
    assert not {"rated", "satisfaction"} & set(told.snapshot.flags)


@pytest.mark.parametrize("source", ["leader", "iot", "collector", "hotline", "transfer_12345"])
def test_the_public_reports_through_no_source_of_the_staff(source: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not for your posts to name; choose one of: WeChat, Citizen app, Web$"):
        Story().act("citizen", "report", REPORT | {"source": source})


def test_a_source_that_names_posts_is_theirs_alone() -> None:
    Story().act("acceptor", "report", HOTLINE)
    Story().act("system", "report", HOTLINE)
    with pytest.raises(InvalidInput) as refusal:
        Story().act("collector", "report", HOTLINE)
    assert [fault.field for fault in refusal.value.faults] == ["source"]


@pytest.mark.parametrize("source", ["leader", "media", "web", "iot", "hotline"])
def test_a_collector_dodges_no_photos_by_another_source(source: str) -> None:
    """Whoever named a leader's note needed none."""
    with pytest.raises(InvalidInput, match=r"is not for your posts to name; choose one of: Collector, Census$"):
        Story().act("collector", "report", REPORT | {"source": source, "photos": []})
    with pytest.raises(InvalidInput, match="not for your posts"):
        Story().act("collector", "self_report", SOLVED | {"source": source})
    with pytest.raises(InvalidInput, match="at least 2 photos"):
        Story().act("collector", "report", REPORT | {"source": "census", "photos": []})


@pytest.mark.parametrize(
    ("action", "posts", "sources"),
    [
        ("report", {"collector"}, ["collector", "census"]),
        ("report", {"citizen"}, ["wechat", "app", "web"]),
        ("report", {"dispatcher"}, []),
        ("self_report", {"collector", "acceptor"}, ["collector", "census"]),
    ],
)
def test_a_form_offers_the_sources_of_the_posts_that_may_act(action: str, posts: set[str], sources: list[str]) -> None:
    assert sources_for(table(), table().actions[action], posts) == sources
    assert sources_for(table(), table().actions["report"], {"acceptor"})[0] == "hotline"


def test_who_holds_several_posts_reports_in_the_one_that_the_source_is_for() -> None:
    assert Story().act(everybody(), "report", HOTLINE).post == "acceptor"
    assert Story().act(everybody(), "report", REPORT).post == "collector"


def test_a_source_that_says_so_is_open_to_the_public() -> None:
    text = default_text().replace(
        "{zh: 物联感知, en: Sensor, point: true, by: [acceptor]}",
        "{zh: 物联感知, en: Sensor, point: true, by: [citizen]}",
    )
    Story(read_table(text)).act("citizen", "report", REPORT | {"source": "iot"})
    with pytest.raises(InvalidInput):
        Story(read_table(text)).act("acceptor", "report", REPORT | {"source": "iot"})


def test_who_could_never_decide_is_not_told_whether_anything_waits() -> None:
    for scene in ("in_disposal", "extension asked"):
        with pytest.raises(NotAllowed, match="belongs to: Duty chief, Dispatcher"):
            story(scene).act("citizen", "approve_extension")


def test_only_the_assigned_handler_works() -> None:
    another = only("handler", "/1/")
    with pytest.raises(NotAllowed):
        story("handed on").act(another, "finish_work")
    assert story("in_disposal").act(another, "note", WHY).post == "handler"


def test_only_the_assigned_collector_answers() -> None:
    another = only("collector")
    for scene, action in {"verifying": "verify_back", "checking": "check_back"}.items():
        with pytest.raises(NotAllowed):
            story(scene).act(another, action, {"result": "unable"})
    told = story("feedback").tell(("system", "send_check", {}))
    assert told.act(another, "check_back", {"result": "pass"}).post == "collector", (
        "where nobody is assigned, anybody may"
    )


def test_a_deputy_acts_for_the_absent_and_the_event_says_so() -> None:
    deputy = only("collector", deputy_for=2)
    outcome = story("verifying").act(deputy, "verify_back", {"result": "exists"})
    assert (outcome.post, outcome.deputy_for) == ("collector", 2)


def test_a_deputy_finishes_what_was_given_to_the_deputy_meanwhile() -> None:
    """The roster names the deputy while somebody is away; the deputy holds the post only in that person's place."""
    deputy = Viewer(9, "deputy", only("collector", deputy_for=2).posts)
    told = story("reported").tell(("acceptor", "send_verify", {"collector": 9}))
    assert told.act(deputy, "verify_back", {"result": "exists"}).after.state == "reported"


def test_only_an_overseeing_post_acts_in_a_jurisdiction_below() -> None:
    above = {"jurisdiction": ELSEWHERE, "below": frozenset({CODE})}
    told = story("filed")
    assert told.act(only("leader", **above), "urge").post == "leader"
    assert told.act(only("inspector", **above), "supervise", ORDERS).post == "inspector"
    for post, action in {"dispatcher": "urge", "duty_chief": "supervise"}.items():
        with pytest.raises(NotAllowed):
            story("filed").act(only(post, **above), action, ORDERS if action == "supervise" else {})
    with pytest.raises(NotAllowed):
        story("filed").act(only("leader", jurisdiction=ELSEWHERE), "urge")


def test_a_report_for_a_city_below_is_taken_from_the_centre_above() -> None:
    above = {"jurisdiction": ELSEWHERE, "below": frozenset({CODE})}
    assert Story().act(only("acceptor", **above), "report", HOTLINE).post == "acceptor"
    with pytest.raises(NotAllowed):
        Story().act(only("acceptor", jurisdiction=ELSEWHERE), "report", HOTLINE)
    with pytest.raises(NotAllowed):
        story("reported").act(only("acceptor", **above), "accept")


def test_a_citizen_may_not_touch_even_the_own_case() -> None:
    told = Story().tell(("citizen", "report", HOTLINE | {"source": "web"}))
    for action in table().actions:
        if action not in {"report", "self_report"}:
            with pytest.raises((NotAllowed, Conflict)):
                told.act("citizen", action)


def test_one_person_who_holds_every_post_carries_a_case_through() -> None:
    one, county = everybody(), town(only_one_person=True)
    told = Story(city=county)
    for action, inputs in (
        ("report", REPORT), ("send_verify", {}), ("verify_back", {"result": "exists"}), ("accept", {}), ("file", {}),
        ("consult", {"departments": ["HW"], **WHY}), ("conclude", WHY), ("dispatch", {"department": "HW"}), ("sign", {}),
        ("redispatch", {"handler": HANDLER}), ("apply_extension", WHY), ("approve_extension", {}),
        ("apply_defer", ASKS_WAIT), ("approve_defer", {}), ("approve_defer", {}), ("resume", {}), ("feedback", {}),
        ("send_check", {}), ("check_back", {"result": "not_pass"}), ("rework", WHY), ("feedback", {}),
        ("send_check", {}), ("check_back", {"result": "pass"}), ("close", {"condition_met": True}),
    ):  # fmt: skip
        # The roster of the town names person 2; the one person of the county is whoever is asked.
        told.act(Viewer(told.snapshot.values.get("collector") or 1, "one", one.posts), action, inputs)
    assert told.snapshot.state == "closed"


def test_the_one_person_of_a_county_cancels_alone_where_nobody_else_could() -> None:
    one = everybody()
    told = story("filed", city=town(only_one_person=True))
    told.act(one, "cancel", WHY)
    assert told.act(one, "approve_cancel").after.state == "cancelled"


def test_a_second_person_cancels() -> None:
    told = story("cancel asked")
    with pytest.raises(NotAllowed, match="second person"):
        told.act("duty_chief", "approve_cancel")
    assert told.act(COUNTY_CHIEF, "approve_cancel").after.state == "cancelled"


# --- the domain page's rule for returned cases

FORWARD_FROM_RETURN = {"dispatch", "dispatch_multi", "reject_return", "consult"}
FORWARD_FROM_SENDING_BACK = {"send_verify", "accept", "reject", "merge"}


def test_who_receives_a_return_takes_no_step_of_the_other_side() -> None:
    """After a department's return the dispatcher finds it a department again; nothing leads towards closing."""
    told = story("returned")
    leads = {
        action.code
        for action in told.table.from_state("returned")
        if any(permit.post == "dispatcher" for permit in action.by) and any(t.state for t in action.to)
    }
    assert leads == FORWARD_FROM_RETURN
    for action in ("feedback", "send_check", "close", "sign", "redispatch"):
        with pytest.raises(Conflict):
            story("returned").act(everybody(), action)


def test_who_receives_a_case_sent_back_cannot_close_it_the_short_way() -> None:
    """After a dispatcher's return the acceptor cannot close the case, not even by telephone."""
    told = story("sent back", table(fast_classes=(MANHOLE,)))
    for inputs in ({"solved": True}, {"department": "HW"}):
        with pytest.raises(Conflict, match="step by step"):
            told.act("acceptor", "fast_track", inputs)
    leads = {
        action.code
        for action in told.table.from_state("reported")
        if any(permit.post == "acceptor" and permit.state in {"", "reported"} for permit in action.by)
        and any(t.state for t in action.to)
    }
    assert leads - {"fast_track"} == FORWARD_FROM_SENDING_BACK


# --- what an action needs, one by one

NEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "report": ("", {"source": "hotline", "category": MANHOLE}),
    "self_report": ("", {name: SOLVED[name] for name in ("source", "category", "point", "photos")}),
    "verify_back": ("verifying", {"result": "exists"}),
    "reject": ("reported", ANSWER),
    "merge": ("reported", {"master": MASTER}),
    "cancel": ("filed", WHY),
    "reject_cancel": ("cancel asked", WHY),
    "dispatch": ("filed", {"department": "HW"}),
    "dispatch_multi": ("filed", TO_TWO),
    "co_feedback": ("in_disposal by two", WHY),
    "return_to_supervision": ("filed", BACK),
    "return": ("in_disposal", BACK),
    "reject_return": ("returned", WHY),
    "apply_extension": ("in_disposal", WHY),
    "reject_extension": ("extension asked", WHY),
    "apply_defer": ("in_disposal", ASKS_WAIT),
    "reject_defer": ("deferral asked", WHY),
    "apply_suspend": ("in_disposal", ASKS_WAIT),
    "reject_suspend": ("suspension asked", WHY),
    "apply_authorise": ("in_disposal", WHY),
    "reject_authorise": ("authorisation asked", WHY),
    "consult": ("filed", {"departments": ["HW"], **WHY}),
    "conclude": ("consulting", WHY),
    "supervise": ("filed", ORDERS),
    "reply_supervision": ("supervised", WHY),
    "instruct": ("filed", WHY),
    "reject_feedback": ("feedback", WHY),
    "check_back": ("checking", {"result": "pass"}),
    "rework": ("to_close", WHY),
    "close": ("to_close", {"condition_met": True}),
    "force_close": ("to_close", WHY),
    "reject_force_close": ("force asked", WHY),
    "fast_track": ("reported", {"department": "HW"}),
    "transfer": ("filed", {"target": "省平台"}),
    "transfer_back": ("external", WHY),
    "return_from_outside": ("external", WHY),
    "callback": ("closed", {"satisfaction": "satisfied"}),
    "rate": ("closed", {"satisfaction": "satisfied"}),
    "reopen": ("closed", WHY),
    "appeal": ("closed overdue", WHY),
    "rule": ("appeal asked", {"ruling": "upheld", **WHY}),
    "note": ("filed", WHY),
    "attach": ("filed", {"photos": REPORT["photos"]}),
    "split": ("filed", {"category": MANHOLE, "description": "x"}),
    "unmerge": ("merged", WHY),
}
ONE_OF: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "redispatch": ("in_disposal", {"department": "HW-1", "handler": HANDLER}, {}),
    "mark": ("filed", {"important": True, "typical": True}, {}),
    "amend": ("filed", {"category": OTHER_CLASS, "condition": OPEN_COVER, "point": REPORT["point"], "address": "x",
                        "description": "x", "part_code": "3301020101000001"}, WHY),
}  # fmt: skip
NOTHING_NEEDED = {
    "send_verify", "accept", "file", "approve_cancel", "sign", "finish_work", "approve_extension", "approve_defer",
    "approve_suspend", "approve_authorise", "urge", "feedback", "send_check", "approve_force_close", "resume",
    "withdraw", *BY_ITSELF,
}  # fmt: skip
FAST = table(fast_classes=(MANHOLE,))


def actor_of(action: str, scene: str) -> Viewer:
    """Return somebody who may take ``action`` in ``scene``."""
    if action == "co_feedback":
        return person("municipal_clerk")
    if scene == "cancel asked":
        return person("leader")
    return Viewer(HANDLER if scene == "handed on" else 2, "all", everybody().posts)


MISSING = [
    pytest.param(action, name, value, id=f"{action} {name} {told}")
    for action, (_scene, inputs) in NEEDED.items()
    for name in inputs
    for value, told in ((None, "left out"), ("", "empty"), ("   ", "blank"))
    if value != "   " or name == "opinion"  # blanks are a value of no other kind
]


@pytest.mark.parametrize(("action", "name", "missing"), MISSING)
def test_an_action_is_refused_without_what_it_needs(action: str, name: str, missing: str | None) -> None:
    scene, inputs = NEEDED[action]
    with pytest.raises(InvalidInput) as refusal:
        story(scene, FAST).act(actor_of(action, scene), action, inputs | {name: missing})
    assert [fault.field for fault in refusal.value.faults] == [name]


@pytest.mark.parametrize("action", [*NEEDED, *ONE_OF])
def test_what_is_needed_is_enough(action: str) -> None:
    if action in NEEDED:
        scene, inputs = NEEDED[action]
        story(scene, FAST).act(actor_of(action, scene), action, inputs)
        return
    scene, choices, always = ONE_OF[action]
    for name, value in choices.items():
        if name != "condition":
            story(scene).act(actor_of(action, scene), action, {name: value, **always})
    with pytest.raises(InvalidInput, match="at least one of"):
        story(scene).act(actor_of(action, scene), action, always)


def test_all_needs_are_written_out() -> None:
    assert {*NEEDED, *ONE_OF, *NOTHING_NEEDED} == set(table().actions)
    for action in NOTHING_NEEDED - {"file"}:
        assert not any(need.required for need in table().actions[action].needs.values())


@pytest.mark.parametrize("action", table().actions)
def test_what_an_action_does_not_ask_for_is_refused(action: str) -> None:
    scene = next((scene for scene, code, _inputs, _posts in WHO if code == action), REACHED.get(action, "closed"))
    who = person("system") if action in {*BY_ITSELF, "rate"} else actor_of(action, scene)
    with pytest.raises(InvalidInput) as refusal:
        story(scene).act(who, action, {"colour": "red"})
    assert "colour" in {fault.field for fault in refusal.value.faults}


@pytest.mark.parametrize(
    ("source", "photos", "point"),
    [
        ("collector", 2, True), ("hotline", 0, False), ("transfer_12345", 0, False), ("wechat", 0, False),
        ("app", 0, False), ("web", 0, False), ("video_ai", 1, True), ("iot", 0, True), ("vehicle", 1, True),
        ("drone", 1, True), ("leader", 0, False), ("media", 0, False), ("inspection", 0, False), ("census", 2, True),
        ("enforcement", 0, False),
    ],
)  # fmt: skip
def test_photos_and_point_by_source(source: str, photos: int, point: bool) -> None:
    who = "acceptor" if "acceptor" in table().sources[source].by else "collector"
    enough = {"source": source, "category": MANHOLE, "photos": REPORT["photos"][:photos], "point": REPORT["point"]}
    assert Story().act(who, "report", enough).after.state == "reported"
    if photos:
        with pytest.raises(InvalidInput, match="photos"):
            Story().act(who, "report", enough | {"photos": REPORT["photos"][: photos - 1]})
    without = {name: value for name, value in enough.items() if name != "point"}
    if point:
        with pytest.raises(InvalidInput, match="point"):
            Story().act(who, "report", without)
    else:
        Story().act(who, "report", without)
    Story().act("system", "report", {"source": source, "category": MANHOLE})


def test_all_sources_are_written_out() -> None:
    assert len(table().sources) == 15
    public = {code for code, source in table().sources.items() if source.public}
    assert public == {"hotline", "transfer_12345", "wechat", "app", "web"}


def test_what_the_collector_solved_is_shown_before_and_after() -> None:
    for kinds in (("before", "before"), ("after", "after"), ("before",)):
        photos = [{"kind": kind, "sha256": f"{number}" * 64} for number, kind in enumerate(kinds)]
        with pytest.raises(InvalidInput, match="photos"):
            Story().act("collector", "self_report", SOLVED | {"photos": photos})


@pytest.mark.parametrize(
    ("scene", "who", "action", "inputs"),
    [
        pytest.param("reported", "acceptor", "reject", ANSWER, id="rejecting"),
        pytest.param("to_close", "duty_chief", "close", {"condition_met": True}, id="closing"),
        pytest.param("reported", "acceptor", "fast_track", {"solved": True}, id="solving by telephone"),
    ],
)
def test_the_public_gets_a_reply(scene: str, who: str, action: str, inputs: Mapping[str, Any]) -> None:
    for report, asks in ((REPORT, False), (PUBLIC, True)):
        told = Story().tell(("acceptor" if asks else "collector", "report", report), *SCENES[scene][1:])
        if asks:
            with pytest.raises(InvalidInput, match="reply"):
                told.act(who, action, inputs)
            told.act(who, action, inputs, **REPLY)
        else:
            told.act(who, action, inputs)


def test_closing_without_the_closing_condition_is_refused() -> None:
    with pytest.raises(InvalidInput, match="must be confirmed"):
        story("to_close").act("duty_chief", "close", {"condition_met": False})


def test_filing_asks_for_a_condition_unless_it_is_known() -> None:
    report = {name: value for name, value in REPORT.items() if name != "condition"}
    told = Story().tell(("collector", "report", report), ("acceptor", "accept", {}))
    with pytest.raises(InvalidInput, match="condition"):
        told.act("duty_chief", "file")
    assert told.act("duty_chief", "file", {"condition": OPEN_COVER}).after.values["condition"] == OPEN_COVER


@pytest.mark.parametrize("action", ["rework", "reopen"])
def test_what_a_department_gets_after_all_needs_a_condition(action: str) -> None:
    """A collector who solved it, or an acceptor on the telephone, had to choose none."""
    solved = {name: value for name, value in SOLVED.items() if name != "condition"}
    told = Story().tell(("collector", "self_report", solved))
    if action == "reopen":
        told.act("duty_chief", "close", {"condition_met": True})
    with pytest.raises(InvalidInput, match="condition"):
        told.act("duty_chief", action, WHY)
    told.act("duty_chief", action, WHY | {"condition": OPEN_COVER})
    assert told.act("dispatcher", "dispatch", {"department": "HW"}).after.clocks["disposal"].total == 2 * HOUR
    assert "self_disposed" not in told.snapshot.flags


def test_the_short_way_asks_for_a_condition_unless_it_is_known_or_needless() -> None:
    report = {name: value for name, value in REPORT.items() if name != "condition"}
    with pytest.raises(InvalidInput, match="condition"):
        Story(FAST).tell(("collector", "report", report)).act("acceptor", "fast_track", {"department": "HW"})
    solved = Story(FAST).tell(("collector", "report", report)).act("acceptor", "fast_track", {"solved": True})
    assert solved.after.state == "closed"


def test_a_new_class_brings_its_own_condition() -> None:
    told = story("accepted").tell(("duty_chief", "file", {"category": OTHER_CLASS}))
    assert told.snapshot.values["condition"].startswith(f"{OTHER_CLASS}#")
    chosen = f"{OTHER_CLASS}#cov_loose"
    told = story("accepted").tell(("duty_chief", "file", {"category": OTHER_CLASS, "condition": chosen}))
    assert told.snapshot.values["condition"] == chosen
    with pytest.raises(InvalidInput, match="another class"):
        story("accepted").act("duty_chief", "file", {"condition": chosen})


# --- guards, one by one


def returned_often() -> Story:
    told = story("filed", table(return_share=1.0))
    for _ in range(2):
        told.tell(("dispatcher", "dispatch", {"department": "HW"}), ("dept_clerk", "return", BACK))
    return told


def extended_twice() -> Story:
    told = story("in_disposal")
    for _ in range(2):
        told.tell(("dept_clerk", "apply_extension", WHY), ("dispatcher", "approve_extension", {}))
    return told


REFUSED = {
    "a class that may not be reported here": (
        Story, "collector", "report", REPORT, "no stalls here tonight"
    ),
    "a return that the dispatcher has ruled out": (
        lambda: story("filed").tell(("dispatcher", "dispatch", {"department": "HW", "no_return": True})),
        "dept_clerk", "return", BACK, "apply for authorisation",
    ),
    "a return after a consultation": (
        lambda: story("concluded").tell(("dispatcher", "dispatch", {"department": "HW"})),
        "dept_clerk", "return", BACK, "apply for authorisation",
    ),
    "a return too late": (lambda: story("dispatched").later(minutes=61), "dept_clerk", "return", BACK, "is over"),
    "an extension after the deadline": (
        lambda: story("in_disposal").later(days=3), "dept_clerk", "apply_extension", WHY, "before the deadline"
    ),
    "a third extension": (extended_twice, "dept_clerk", "apply_extension", WHY, "2 times"),
    "an application while the same one waits": (
        lambda: story("extension asked"), "dept_leader", "apply_extension", WHY, "already waits"
    ),
    "a second suspension": (
        lambda: story("suspended").tell(("dept_clerk", "resume", {})), "dept_clerk", "apply_suspend", ASKS_WAIT,
        "already granted",
    ),
    "a decision that nobody asked for": (
        lambda: story("in_disposal"), "dispatcher", "approve_extension", {}, "no application"
    ),
    "a reply that nobody asked for": (
        lambda: story("in_disposal"), "dept_clerk", "reply_supervision", WHY, "no supervision order"
    ),
    "closing after a failed check": (
        lambda: story("check failed"), "duty_chief", "close", {"condition_met": True}, "let it be reworked"
    ),
    "the short way for any class": (
        lambda: story("reported"), "acceptor", "fast_track", {"department": "HW"}, "not on the city's list"
    ),
    "reopening too late": (
        lambda: story("closed").later(days=8), "duty_chief", "reopen", WHY, "within 7 days"
    ),
    "reopening twice": (
        lambda: story("closed").tell(("duty_chief", "reopen", WHY), *SCENES["closed"][3:]), "duty_chief", "reopen", WHY, "1 times"
    ),
    "reopening while an appeal waits": (
        lambda: story("appeal asked"), "duty_chief", "reopen", WHY, "waits for a decision"
    ),
    "an appeal of a case that was on time": (lambda: story("closed"), "dept_clerk", "appeal", WHY, "disposed of on time"),
    "a second appeal": (
        lambda: story("appeal passed on").tell(("evaluator", "rule", {"ruling": "dismissed", **WHY})),
        "dept_clerk", "appeal", WHY, "appealed once",
    ),
    "archiving too early": (lambda: story("closed").later(days=6), "system", "archive", {}, "after 7 days"),
    "archiving while an appeal waits": (
        lambda: story("appeal asked").later(days=9), "system", "archive", {}, "waits for a decision"
    ),
    "resuming by itself before the day": (lambda: story("deferred"), "system", "resume", {}, "has not come yet"),
    "checking what one has solved oneself": (
        lambda: story("", table(self_report_checked=True)).tell(("collector", "self_report", SOLVED)),
        "collector", "check_back", {"result": "pass"}, "somebody else",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("scene", "who", "action", "inputs", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_a_guard_refuses(scene: Any, who: str, action: str, inputs: Mapping[str, Any], why: str) -> None:
    told = scene()
    if action == "report":
        told.facts = Facts(restricted="no stalls here tonight")
    before = told.snapshot
    with pytest.raises(Conflict, match=why) as refusal:
        told.act(who, action, inputs)
    assert refusal.value.details["action"] == action
    assert told.snapshot is before


PASSED = {
    "a return within the hour": (lambda: story("dispatched").later(minutes=59), "dept_clerk", "return", BACK),
    "a second return within the time left": (
        lambda: returned_often().tell(("dispatcher", "dispatch", {"department": "HW"})), "dept_clerk", "return", BACK
    ),
    "an extension at the last instant": (
        lambda: at_due("in_disposal"), "dept_clerk", "apply_extension", WHY
    ),
    "another application while one waits": (
        lambda: story("extension asked"), "dept_clerk", "apply_defer", ASKS_WAIT
    ),
    "a second deferral": (
        lambda: story("deferred").tell(("dept_clerk", "resume", {})), "dept_clerk", "apply_defer", ASKS_WAIT
    ),
    "a suspension after one that was refused": (
        lambda: story("suspension passed on").tell(("leader", "reject_suspend", WHY)), "dept_clerk", "apply_suspend", ASKS_WAIT
    ),
    "the short way for a class on the list": (
        lambda: story("reported", FAST), "acceptor", "fast_track", {"department": "HW"}
    ),
    "reopening on the last day": (lambda: story("closed").later(days=6, hours=23), "duty_chief", "reopen", WHY),
    "archiving after the window": (lambda: story("closed").later(days=7, seconds=1), "system", "archive", {}),
    "resuming by itself on the day": (lambda: story("deferred").later(days=30), "system", "resume", {}),
    "a department resuming before the day": (lambda: story("deferred"), "dept_clerk", "resume", {}),
    "another collector checking": (
        lambda: story("", table(self_report_checked=True)).tell(("collector", "self_report", SOLVED)),
        only("collector"), "check_back", {"result": "pass"},
    ),
    "the only collector checking": (
        lambda: story("", table(self_report_checked=True), town(only_one_person=True)).tell(("collector", "self_report", SOLVED)),
        "collector", "check_back", {"result": "pass"},
    ),
}  # fmt: skip


def at_due(scene: str) -> Story:
    told = story(scene)
    clock = told.clock("disposal")
    due = due_at(clock, told.city.calendar(clock.calendar))
    assert due is not None
    told.now = due
    return told


@pytest.mark.parametrize(("scene", "who", "action", "inputs"), PASSED.values(), ids=PASSED.keys())
def test_a_guard_lets_pass(scene: Any, who: str, action: str, inputs: Mapping[str, Any]) -> None:
    scene().act(who, action, inputs)


# --- the disposal clock through returns, extensions, reworks and amendments

LIMIT = 4 * HOUR
"""Of the broken cover: four working hours of 08–12 and 14–18."""


def left(told: Story) -> timedelta:
    """Return how much of its limit the disposal clock has left."""
    clock = told.clock("disposal")
    return clock.total - used(clock, told.city.calendar(clock.calendar), told.now)


def test_the_same_department_resumes_the_time_it_had_left() -> None:
    told = story("in_disposal").later(minutes=30)
    told.act("dept_clerk", "return", BACK)
    before = left(told)
    assert before < LIMIT
    told.later(hours=1).act("dispatcher", "dispatch", {"department": "HW"})
    assert left(told) == before - MINUTE, "only the minute since the dispatch has run"


def test_a_unit_that_had_it_and_its_department_count_as_one() -> None:
    told = story("in_disposal").tell(("dept_clerk", "redispatch", {"department": "HW-1"})).later(minutes=30)
    told.act("dept_clerk", "return", BACK)
    before = left(told)
    told.act("dispatcher", "dispatch", {"department": "HW"})
    assert left(told) == before - MINUTE


def test_another_department_gets_the_full_limit() -> None:
    told = story("in_disposal").later(minutes=30)
    told.act("dept_clerk", "return", BACK)
    told.later(hours=1).act("dispatcher", "dispatch", {"department": "SZ"})
    assert left(told) == LIMIT - MINUTE


def test_a_refused_return_goes_on_with_the_time_left() -> None:
    told = story("returned").later(minutes=40)
    before = left(told)
    told.act("dispatcher", "reject_return", WHY)
    assert left(told) == before - MINUTE


def test_a_refused_feedback_goes_on_with_the_time_left() -> None:
    told = story("feedback")
    before = left(told)
    told.later(days=2).act("dispatcher", "reject_feedback", WHY)
    assert left(told) == before - MINUTE


def test_each_extension_adds_one_limit_to_the_deadline() -> None:
    told = story("in_disposal")
    for times in (1, 2):
        told.act("dept_clerk", "apply_extension", WHY)
        told.act("dispatcher", "approve_extension")
        assert told.clock("disposal").total == LIMIT * (1 + times)
        assert told.snapshot.flags["extended"] == times


def test_refused_extensions_do_not_count() -> None:
    told = story("in_disposal")
    for _ in range(3):
        told.tell(("dept_clerk", "apply_extension", WHY), ("dispatcher", "reject_extension", WHY))
    assert told.clock("disposal").total == LIMIT
    told.tell(("dept_clerk", "apply_extension", WHY), ("dispatcher", "approve_extension", {}))
    assert told.snapshot.flags["extended"] == 1


def test_what_was_asked_in_time_may_be_granted_later() -> None:
    told = at_due("in_disposal").tell(("dept_clerk", "apply_extension", WHY)).later(days=1)
    told.act("dispatcher", "approve_extension")
    assert told.clock("disposal").total == 2 * LIMIT


def test_a_rework_gets_half_the_limit_and_the_first_result_stands() -> None:
    told = story("check failed")
    assert told.snapshot.values["disposed_on_time"] is True
    told.act("duty_chief", "rework", WHY)
    clock = told.clock("disposal")
    assert clock.total == LIMIT / 2
    assert clock.basis == f"{BROKEN_COVER} × 0.5"
    told.later(days=5).act("dept_clerk", "feedback")
    assert told.snapshot.values["disposed_on_time"] is True
    assert "was_overdue" not in told.snapshot.flags


def test_a_late_disposal_stays_late_after_a_timely_rework() -> None:
    told = story("in_disposal").later(days=5).tell(
        ("dept_clerk", "feedback", {}), ("acceptor", "send_check", {}), ("collector", "check_back", {"result": "not_pass"}),
        ("duty_chief", "rework", WHY), ("dept_clerk", "feedback", {}), ("dispatcher", "reject_feedback", WHY),
        ("dept_clerk", "feedback", {}),
    )  # fmt: skip
    assert told.snapshot.values["disposed_on_time"] is False
    assert told.snapshot.flags["was_overdue"] is True


def test_the_first_result_outlives_a_refused_feedback_of_the_rework() -> None:
    told = story("check failed").tell(
        ("duty_chief", "rework", WHY), ("dept_clerk", "feedback", {}), ("dispatcher", "reject_feedback", WHY)
    )
    assert told.snapshot.values["disposed_on_time"] is True
    told.later(days=9).act("dept_clerk", "feedback")
    assert told.snapshot.values["disposed_on_time"] is True


def test_a_refused_feedback_was_no_end_of_the_disposal() -> None:
    told = story("feedback").tell(("dispatcher", "reject_feedback", WHY))
    assert "disposed_on_time" not in told.snapshot.values
    told.later(days=5).act("dept_clerk", "feedback")
    assert told.snapshot.values["disposed_on_time"] is False
    assert told.snapshot.flags["was_overdue"] is True
    told.act("dispatcher", "reject_feedback", WHY)
    assert "was_overdue" not in told.snapshot.flags


def test_a_case_closed_by_force_while_overdue_was_overdue() -> None:
    told = (
        story("in_disposal")
        .later(days=5)
        .tell(("duty_chief", "force_close", WHY), ("leader", "approve_force_close", {}))
    )
    assert told.snapshot.values["disposed_on_time"] is False


@pytest.mark.parametrize(
    ("scene", "stage", "on"),
    [
        pytest.param(
            "verifying", "accept", ("collector", "verify_back", {"result": "unable"}), id="while it is verified"
        ),
        pytest.param("returned", "disposal", ("dispatcher", "reject_return", WHY), id="while it is returned"),
        pytest.param("deferred", "disposal", ("dept_clerk", "resume", {}), id="while it is deferred"),
        pytest.param("suspended", "disposal", ("dept_clerk", "resume", {}), id="while it is suspended"),
        pytest.param("consulting", "dispatch", ("dispatcher", "conclude", WHY), id="while others are consulted"),
        pytest.param(
            "feedback", "disposal", ("dispatcher", "reject_feedback", WHY), id="while the feedback is looked at"
        ),
    ],
)
def test_a_clock_stands_still(scene: str, stage: str, on: Step) -> None:
    told = story(scene)
    calendar = told.city.calendar(told.clock(stage).calendar)
    before = used(told.clock(stage), calendar, told.now)
    told.later(days=10)
    assert used(told.clock(stage), calendar, told.now) == before
    told.act(*on)
    assert used(told.clock(stage), calendar, told.now - MINUTE) == before


def test_no_clock_of_ours_runs_while_others_handle_it() -> None:
    told = story("external").later(days=20)
    assert [stage for stage, clock in told.snapshot.clocks.items() if clock.since] == ["external"]
    told = story("external without a deadline")
    assert not any(clock.since for clock in told.snapshot.clocks.values())
    told = story("returned").tell(
        ("dispatcher", "consult", {"departments": ["SZ"], **WHY}), ("dispatcher", "conclude", WHY),
        ("dispatcher", "transfer", {"target": "省平台"}),
    )  # fmt: skip
    assert told.clock("disposal").stopped, "it is others' work now"
    assert "department" not in told.snapshot.values


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(("dispatcher", "urge", {}), id="urging"),
        pytest.param(("leader", "supervise", ORDERS), id="supervising"),
        pytest.param(("dept_clerk", "redispatch", TO_HANDLER), id="handing on"),
        pytest.param(("leader", "instruct", WHY), id="instructing"),
        pytest.param(("dept_clerk", "apply_extension", WHY), id="applying"),
        pytest.param(("dept_clerk", "note", WHY), id="noting"),
    ],
)
def test_a_clock_runs_on(act: Step) -> None:
    told = story("in_disposal")
    before = told.clock("disposal")
    told.act(*act)
    assert told.clock("disposal") is before


def test_signing_pauses_nothing() -> None:
    told = story("dispatched")
    before = told.clock("disposal")
    told.act("dept_clerk", "sign")
    assert told.clock("disposal") is before


def test_amending_the_condition_gives_its_limit_and_keeps_what_ran() -> None:
    told = story("in_disposal").later(minutes=30)
    ran = told.clock("disposal")
    told.act("dispatcher", "amend", {"condition": OPEN_COVER, **WHY})
    clock = told.clock("disposal")
    assert (clock.total, clock.calendar, clock.basis) == (2 * HOUR, "", OPEN_COVER)
    assert (clock.runs, clock.since) == (ran.runs, ran.since)


def test_a_new_limit_starts_without_what_was_granted_for_the_old_one() -> None:
    """Twice four hours on top made ten hours of an emergency of two."""
    told = extended_twice()
    assert told.clock("disposal").extra_s == 2 * LIMIT.total_seconds()
    told.act("dispatcher", "amend", {"condition": OPEN_COVER, **WHY})
    assert told.clock("disposal").total == 2 * HOUR
    assert told.snapshot.flags["extended"] == 2, "a case is extended twice at most, whatever its limit"


def test_amending_before_the_dispatch_touches_no_clock() -> None:
    told = story("filed").tell(("dispatcher", "amend", {"condition": OPEN_COVER, **WHY}))
    assert "disposal" not in told.snapshot.clocks
    told.act("dispatcher", "dispatch", {"department": "HW"})
    assert told.clock("disposal").total == 2 * HOUR


def test_reopening_gives_a_full_limit_at_the_next_dispatch() -> None:
    told = story("closed").tell(("duty_chief", "reopen", WHY), ("dispatcher", "dispatch", {"department": "HW"}))
    assert left(told) == LIMIT - MINUTE
    assert "closed_at" not in told.snapshot.values


# --- taking an act back


def withdrawn(scene: str, who: str, action: str, inputs: Mapping[str, Any]) -> tuple[Story, Snapshot]:
    told = story(scene, FAST)
    before = told.snapshot
    told.act(who, action, inputs)
    return told, before


WITHDRAWN = [
    row for row in ROWS if table().actions[row.action].withdrawable and row.who != "system" and not row.settings
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in WITHDRAWN])
def test_an_act_taken_back_leaves_everything_as_it_was(row: Row) -> None:
    told, before = withdrawn(row.scene, row.who, row.action, row.inputs)
    seq, count = told.snapshot.seq, told.snapshot.task_count
    told.act(row.who, "withdraw")
    after = told.snapshot
    for part in ("state", "values", "flags", "clocks", "applications", "tasks"):
        assert getattr(after, part) == getattr(before, part), part
    assert (after.seq, after.task_count, after.last) == (seq + 1, count, None)
    with pytest.raises(Conflict, match="cannot be taken back"):
        told.act(row.who, "withdraw")


def test_what_can_be_taken_back() -> None:
    kept = {code for code, action in table().actions.items() if not action.withdrawable}
    assert kept == {
        "report", "self_report", "approve_cancel", "reject_cancel", "co_feedback", "approve_extension",
        "reject_extension", "approve_defer", "reject_defer", "approve_suspend", "reject_suspend", "approve_authorise",
        "reject_authorise", "urge", "supervise", "reply_supervision", "instruct", "mark",
        "approve_force_close", "reject_force_close", "transfer_back", "return_from_outside", "reopen",
        "rule", "archive", "resume", "amend", "note", "attach", "withdraw", "split", "unmerge",
        "pass_on", "recalculate", "rate", "support",
    }  # fmt: skip


def test_notes_in_between_do_not_hinder_taking_back() -> None:
    told, before = withdrawn("filed", "dispatcher", "dispatch", {"department": "HW"})
    told.tell(("dept_clerk", "note", WHY), ("leader", "attach", {"photos": REPORT["photos"]}))
    told.act("dispatcher", "withdraw")
    assert told.snapshot.state == "filed"
    assert told.snapshot.clocks == before.clocks


@pytest.mark.parametrize(
    ("told", "who", "why"),
    [
        pytest.param(lambda: story("in_disposal"), "dispatcher", "“Sign”, was somebody else's", id="after another's act"),
        pytest.param(lambda: story("in_disposal"), "dept_leader", "“Sign”, was somebody else's", id="another's act"),
        pytest.param(lambda: story("in_disposal").later(minutes=30), "dept_clerk", "too long ago", id="too late"),
        pytest.param(
            lambda: story("in_disposal").tell(("dept_clerk", "withdraw", {})), "dept_clerk", "cannot be taken back", id="after a withdrawal"
        ),
        pytest.param(
            lambda: story("dispatched").tell(("system", "urge", {})), "dispatcher", "cannot be taken back", id="after an urge"
        ),
        pytest.param(lambda: story("reported"), "collector", "cannot be taken back", id="a report"),
    ],
)  # fmt: skip
def test_an_act_that_cannot_be_taken_back(told: Any, who: str, why: str) -> None:
    with pytest.raises(Conflict, match=why):
        told().act(who, "withdraw")


def test_an_act_can_be_taken_back_in_the_last_minute() -> None:
    told = story("in_disposal").later(minutes=29)
    assert told.act("dept_clerk", "withdraw").after.state == "dispatched"


def test_a_dispatch_taken_back_and_done_again_starts_the_clock_at_the_second() -> None:
    told = story("dispatched").tell(("dispatcher", "withdraw", {}))
    assert "disposal" not in told.snapshot.clocks
    assert told.clock("dispatch").since is not None
    now = told.now
    told.act("dispatcher", "dispatch", {"department": "SZ"})
    assert told.clock("disposal").since == now


# --- merged and split cases


def test_a_merged_case_has_no_clock_and_no_task_of_its_own_and_names_its_master() -> None:
    told = story("merged")
    assert told.snapshot.values["master"] == MASTER
    assert told.tasks() == []
    assert not any(clock.since for clock in told.snapshot.clocks.values())
    assert told.snapshot.values["reporter_user"] == PEOPLE["collector"], "the reporter is kept for the callback"
    told.act("acceptor", "unmerge", WHY)
    assert "master" not in told.snapshot.values


def test_splitting_tells_what_the_second_case_is() -> None:
    outcome = story("filed").act("dispatcher", "split", {"category": OTHER_CLASS, "description": "另一处", **WHY})
    assert outcome.spawned == {"category": OTHER_CLASS, "description": "另一处"}
    assert outcome.changes.state == "filed"


# --- applications


def test_another_decision_lets_applications_fall_that_nobody_could_decide_on() -> None:
    told = story("extension asked").tell(
        ("dept_clerk", "apply_authorise", WHY), ("dept_clerk", "apply_defer", ASKS_WAIT),
        ("dispatcher", "approve_defer", {}), ("leader", "approve_defer", {}),
    )  # fmt: skip
    assert told.snapshot.state == "deferred"
    assert told.snapshot.applications == {}
    assert "extension_pending" not in told.snapshot.flags
    assert told.tasks() == ["deferred dept_clerk HW"]


FORCE: Step = ("duty_chief", "force_close", WHY)
CANCEL: Step = ("duty_chief", "cancel", WHY)
FALLING: dict[str, tuple[str, Step, tuple[Step, ...]]] = {
    "an extension, when a suspension is granted": (
        "extension asked", ("dept_clerk", "apply_suspend", ASKS_WAIT),
        (("dispatcher", "approve_suspend", {}), ("leader", "approve_suspend", {})),
    ),
    "a deferral, when a suspension is granted": (
        "deferral asked", ("dept_clerk", "apply_suspend", ASKS_WAIT),
        (("dispatcher", "approve_suspend", {}), ("leader", "approve_suspend", {})),
    ),
    "an authorisation, when a suspension is granted": (
        "authorisation asked", ("dept_clerk", "apply_suspend", ASKS_WAIT),
        (("dispatcher", "approve_suspend", {}), ("leader", "approve_suspend", {})),
    ),
    "a suspension, when a deferral is granted": (
        "suspension asked", ("dept_clerk", "apply_defer", ASKS_WAIT),
        (("dispatcher", "approve_defer", {}), ("leader", "approve_defer", {})),
    ),
    "a forced closing, at a consultation": (
        "returned", FORCE, (("dispatcher", "consult", {"departments": ["SZ"], **WHY}),)
    ),
    "a forced closing, at a rework": ("check failed", FORCE, (("duty_chief", "rework", WHY),)),
    "a forced closing, at a refused feedback": ("feedback", FORCE, (("dispatcher", "reject_feedback", WHY),)),
    "a cancellation, at the feedback": ("in_disposal", CANCEL, (("dept_clerk", "feedback", {}),)),
    "a cancellation, at the feedback from outside": ("external", CANCEL, (("dispatcher", "transfer_back", WHY),)),
    "an authorisation, at the feedback": (
        "authorisation asked", ("dispatcher", "urge", {}), (("dept_clerk", "feedback", {}),)
    ),
    "a deferral, at a return": ("deferral asked", ("dispatcher", "urge", {}), (("dept_clerk", "return", BACK),)),
}  # fmt: skip


@pytest.mark.parametrize(("scene", "asks", "acts"), FALLING.values(), ids=FALLING.keys())
def test_an_application_falls(scene: str, asks: Step, acts: tuple[Step, ...]) -> None:
    told = story(scene).tell(asks)
    assert told.snapshot.applications
    told.tell(*acts)
    assert told.snapshot.applications == {}
    assert not [task for task in told.tasks() if task.startswith("decide:")]


def test_a_refused_or_passed_on_deferral_leaves_the_others() -> None:
    told = story("extension asked").tell(("dept_clerk", "apply_defer", ASKS_WAIT), ("dispatcher", "approve_defer", {}))
    assert set(told.snapshot.applications) == {"extension", "defer"}
    told.act("duty_chief", "reject_defer", WHY)
    assert set(told.snapshot.applications) == {"extension"}


def test_what_was_agreed_is_kept_until_it_is_over() -> None:
    told = story("suspended")
    assert told.snapshot.values["resume_on"] == UNTIL
    assert told.snapshot.values["granted"] == {"suspend": 1}
    told.act("dept_clerk", "resume")
    assert "resume_on" not in told.snapshot.values


def test_an_authorisation_hands_the_case_to_the_other_department() -> None:
    told = story("handed on").tell(("dept_clerk", "apply_authorise", {"department": "SZ", **WHY}))
    told.act("dispatcher", "approve_authorise")
    assert told.snapshot.values["department"] == "SZ"
    assert "handler" not in told.snapshot.values
    told.act("municipal_clerk", "feedback")


@pytest.mark.parametrize("days", [0, 367])
def test_a_pause_ends_within_a_year(days: int) -> None:
    for action in ("apply_defer", "apply_suspend"):
        told = story("in_disposal")
        with pytest.raises(InvalidInput, match="must lie ahead"):
            told.act("dept_clerk", action, ASKS_WAIT | {"until": told.now + timedelta(days=days)})


def test_what_waits_for_a_decision_falls_when_the_case_is_closed() -> None:
    told = story("force asked").tell(("duty_chief", "close", {"condition_met": True}))
    assert told.snapshot.applications == {}
    assert told.tasks() == []


# --- tables of other cities


def test_a_table_may_tell_a_post_of_the_whole_city() -> None:
    loop = edited("tells: [{post: dept_leader, each: departments}]", "tells: [{post: leader}]")
    outcome = story("filed", loop).act("dispatcher", "consult", {"departments": ["HW"], **WHY})
    assert [(task.post, task.department) for task in outcome.told] == [("leader", "")]


def test_a_table_may_let_a_citizen_speak_on_the_own_case_only() -> None:
    loop = edited(
        "  instruct:\n    zh: 批示\n    en: Instruct\n    from: any\n    by: [leader]",
        "  instruct:\n    zh: 批示\n    en: Instruct\n    from: any\n    by: [leader, citizen]",
    )
    own = Story(loop).tell(("citizen", "report", HOTLINE | {"source": "web"}))
    assert own.act("citizen", "instruct", WHY).post == "citizen"
    with pytest.raises(NotAllowed):
        story("reported", loop).act("citizen", "instruct", WHY)


def test_a_table_that_files_without_a_condition_is_stopped_at_the_clock() -> None:
    loop = edited(
        "{type: condition, required_unless_known: true}, opinion: {type: text}}\n    writes: [category, condition]",
        "{type: condition}, opinion: {type: text}}\n    writes: [category, condition]",
    )
    report = {name: value for name, value in REPORT.items() if name != "condition"}
    told = Story(loop).tell(("collector", "report", report), ("acceptor", "accept", {}), ("duty_chief", "file", {}))
    with pytest.raises(InvalidInput, match="Choose a filing condition first"):
        told.act("dispatcher", "dispatch", {"department": "HW"})


def test_nobody_is_sent_where_nobody_would_find_the_task() -> None:
    """In a duty grid the task is in its collectors' sight; in none it has to be somebody's."""
    empty = replace(town(), on_duty_person=None)
    told = story("reported", city=empty)
    assert told.act("acceptor", "send_verify").after.values.get("collector") is None
    told = Story(city=empty)
    told.facts = Facts()
    told.tell(("acceptor", "report", HOTLINE))
    with pytest.raises(InvalidInput, match="name somebody"):
        told.act("acceptor", "send_verify")
    assert told.act("acceptor", "send_verify", {"collector": 9}).after.values["collector"] == 9


def edited(old: str, new: str) -> Table:
    text = default_text()
    assert text.count(old) == 1
    return read_table(text.replace(old, new))


# --- tasks and notices


def test_a_supervision_task_is_due_when_the_reply_is_and_outlives_the_state() -> None:
    told = story("supervised")
    assert [task.due for task in told.snapshot.tasks.values() if task.kind == "supervision"] == [UNTIL]
    told.tell(("dept_clerk", "feedback", {}), ("acceptor", "send_check", {}))
    assert "supervision dept_clerk HW" in told.tasks()
    told.act("dept_clerk", "reply_supervision", WHY)
    assert told.tasks() == ["checking collector 2"]


def test_a_collector_who_is_supervised_can_reply() -> None:
    told = story("checking").tell(("leader", "supervise", ORDERS))
    assert told.act("collector", "reply_supervision", WHY).after.flags.get("supervision_reply") is None


def test_nothing_is_left_to_do_for_an_archived_case() -> None:
    told = story("closed").tell(("duty_chief", "note", WHY))
    told = story("to_close").tell(("leader", "supervise", ORDERS), ("duty_chief", "close", {"condition_met": True}))
    assert told.tasks() == ["supervision duty_chief"]
    told.later(days=8).act("system", "archive")
    assert told.tasks() == []


def test_numbers_of_tasks_are_never_given_twice() -> None:
    told = Story()
    seen: set[int] = set()
    for who, action, inputs in SCENES["closed"]:
        outcome = told.act(who, action, inputs)
        assert not seen & set(outcome.changes.opened)
        seen |= set(outcome.changes.opened)
    assert sorted(seen) == list(range(1, told.snapshot.task_count + 1))


@pytest.mark.parametrize(
    ("scene", "act", "told"),
    [
        pytest.param("handed on", ("dispatcher", "urge", {}), {("dept_clerk", "HW"), ("handler", "HW")}, id="those who hold it"),
        pytest.param("in_disposal by two", ("leader", "instruct", WHY), {("dept_clerk", "HW"), ("dept_clerk", "SZ")}, id="co-handlers too"),
        pytest.param("filed", ("dispatcher", "consult", {"departments": ["HW", "SZ"], **WHY}), {("dept_leader", "HW"), ("dept_leader", "SZ")}, id="the leaders consulted"),
        pytest.param("filed", ("dispatcher", "note", WHY), set(), id="nobody of a note"),
    ],
)  # fmt: skip
def test_who_is_told(scene: str, act: Step, told: set[tuple[str, str]]) -> None:
    outcome = story(scene).act(*act)
    assert {(task.post, task.department) for task in outcome.told} == told


# --- what is written of a case


def test_a_report_keeps_who_when_and_where() -> None:
    values = story("reported").snapshot.values
    assert values["reported_at"] == NOW
    assert values["reporter_user"] == PEOPLE["collector"]
    assert (values["lon"], values["lat"], values["duty_grid"]) == (120.005, 30.005, "D-01")


def test_a_similar_open_case_is_marked() -> None:
    told = Story()
    told.facts = Facts(similar=True)
    assert told.act("collector", "report", REPORT).after.flags == {"similar": True}


def test_what_was_solved_outside_keeps_no_department_and_no_deadline_of_ours() -> None:
    told = story("external")
    assert told.clock("external").until == UNTIL
    assert told.snapshot.values["target"] == "省平台"
    told.act("dispatcher", "return_from_outside", WHY)
    assert "target" not in told.snapshot.values


def test_the_engine_changes_nothing_it_was_given() -> None:
    told = story("in_disposal by two")
    before = told.snapshot
    frozen = before.to_json()
    told.act("municipal_clerk", "co_feedback", WHY)
    assert before.to_json() == frozen
    assert told.snapshot is not before
