"""What the people of the living city do next with a case, and how soon: by chance, from how the case stands.

The shares follow the project's page of scale (5.4): rework of 2 to 6 in 100, disposal on time in 76 to 97, and so on. A gap is
written as in ``scenes``: ``"8m"`` minutes of the centre's open time, ``"0.5"`` that part of the disposal limit, ``"2d"`` days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from cityloop.demo.rules.chance import pick
from cityloop.demo.rules.course import disposal_share
from cityloop.demo.rules.scenes import Ahead, Blank, Shots, Step

MINUTES: Mapping[str, tuple[float, float]] = {
    "accept": (1, 14), "file": (3, 26), "dispatch": (1, 14), "send_verify": (2, 9), "verify_back": (8, 28), "send_check": (2, 24),
    "check_back": (8, 70), "close": (2, 24), "decide": (5, 40), "answer": (30, 150),
}  # fmt: skip
"""How many minutes each step takes, at least and at most."""

SLOW, SLOWER = 0.05, 3.0
"""One in twenty takes three times as long: its light turns yellow or red."""

FORGOTTEN, FORGOTTEN_TIMES = 0.008, 14.0
"""Some are found again only hours later."""

REWORK = 0.032
REFUSED_FEEDBACK = 0.012
"""Together some four to five in a hundred are done again."""


@dataclass(frozen=True, slots=True)
class Situation:
    """How a case stands, as far as it matters for what is done next.

    Args:
        state: Of the loop's table.
        source: Through which it was reported; ``is_public`` says that a citizen waits for an answer.
        needs_repair: Whether it takes material and fair weather.
        has_handlers: Whether the department has somebody to send; ``handler``: somebody has been named;
            ``at_work``: they have not finished.
        flags: Of the case, as in the table; ``applications`` those that wait, with the level that decides next.
        master: Number of the open case that tells of the same problem; ``""`` for none.
        is_late: Whether its disposal is or was overdue.
        has_department: Whether it was ever dispatched.
    """

    state: str
    source: str = "collector"
    is_public: bool = False
    needs_repair: bool = False
    has_handlers: bool = False
    handler: bool = False
    at_work: bool = False
    flags: Mapping[str, Any] | None = None
    applications: Mapping[str, Mapping[str, Any]] | None = None
    master: str = ""
    is_late: bool = False
    has_department: bool = True

    def flag(self, name: str) -> Any:
        return (self.flags or {}).get(name)

    def count(self, name: str) -> int:
        return int(self.flag(name) or 0)


Habit = Callable[[Situation, Random], Step | None]


def next_step(case: Situation, source: Random) -> Step | None:
    """Return what is done next with a case, by whom and after which gap; None where nobody does anything.

    Args:
        case: How it stands.
        source: Chance of this case at this step.
    """
    if case.applications and (decided := _decision(case, source)):
        return decided
    habit = HABITS.get(case.state)
    return habit(case, source) if habit else None


def _minutes(name: str, source: Random) -> str:
    low, high = MINUTES[name]
    luck = source.random()
    times = FORGOTTEN_TIMES if luck < FORGOTTEN else SLOWER if luck < FORGOTTEN + SLOW else 1.0
    return f"{source.uniform(low, high) * times:.2f}m"


def _share(source: Random, low: float, high: float) -> str:
    return f"{source.uniform(low, high):.4f}"


def _do(by: str, action: str, gap: str, **inputs: Any) -> Step:
    return Step(by, action, gap, inputs)


# --- applications: who is asked decides

DECIDERS: Mapping[str, tuple[str, ...]] = {
    "extension": ("dispatcher", "duty_chief"), "defer": ("dispatcher", "duty_chief"), "suspend": ("dispatcher", "leader"),
    "authorise": ("dispatcher",), "cancel": ("leader",), "force_close": ("leader",), "appeal": ("dispatcher", "evaluator"),
}  # fmt: skip
GRANTED: Mapping[str, float] = {"extension": 0.78, "defer": 0.8, "suspend": 0.7, "cancel": 0.7, "force_close": 0.85}
YES = {"opinion": "同意。"}
NO = {"opinion": "理由不充分，请按期处置。"}


def _decision(case: Situation, source: Random) -> Step | None:
    for name, asked in (case.applications or {}).items():
        levels = DECIDERS.get(name)
        if levels is None or asked["level"] >= len(levels):
            continue
        by = levels[asked["level"]]
        if name == "appeal":
            ruling = "upheld" if asked["level"] or source.random() < 0.6 else "dismissed"
            return _do(by, "rule", f"{source.uniform(0.1, 1.5):.3f}d", ruling=ruling, opinion="已核实有关情况。")
        grants = source.random() < GRANTED.get(name, 0.8)
        action = f"{'approve' if grants else 'reject'}_{name}"
        return Step(by, action, _minutes("decide", source), YES if grants else NO)
    return None


# --- collection and filing


def _reported(case: Situation, source: Random) -> Step:
    if case.flag("verify_result") == "not_found":
        return _reject("acceptor", "not_found", "经核实，现场未发现所述问题。", _minutes("accept", source))
    if case.flag("verify_result") or case.count("sent_back"):
        return _do("acceptor", "accept", _minutes("accept", source))
    way = source.random()
    if case.master and way < 0.8:
        return _do(
            "acceptor", "merge", _minutes("accept", source), master=Blank.MASTER, opinion="同一问题，并入在办案卷。"
        )
    if (case.is_public and way < 0.4) or (case.source == "video_ai" and way < 0.2):
        return _do("acceptor", "send_verify", _minutes("send_verify", source))
    if case.source == "hotline" and way > 0.93:
        words = "电话联系当事人，当场整改。"
        return _do("acceptor", "fast_track", _minutes("accept", source), solved=True, opinion=words, reply=Blank.ANSWER)
    if way > (0.94 if case.is_public else 0.985):
        reason = pick(source, {"outside_scope": 4, "outside_area": 1, "not_found": 1})
        return _reject("acceptor", reason, "不符合受理条件。", _minutes("accept", source))
    return _do("acceptor", "accept", _minutes("accept", source))


def _reject(by: str, reason: str, opinion: str, gap: str) -> Step:
    return _do(by, "reject", gap, reason=reason, opinion=opinion, reply=Blank.ANSWER)


def _verifying(_case: Situation, source: Random) -> Step:
    gap = _minutes("verify_back", source)
    if source.random() < 0.88:
        return _do("collector", "verify_back", gap, result="exists", photos=Shots(("verify",)), opinion="情况属实。")
    return _do("collector", "verify_back", gap, result="not_found", opinion="现场未发现。")


def _accepted(_case: Situation, source: Random) -> Step:
    if source.random() < 0.01:
        return _reject("duty_chief", "no_condition", "未达到立案条件。", _minutes("file", source))
    return _do("duty_chief", "file", _minutes("file", source), condition=Blank.CONDITION)


# --- dispatch


def _filed(case: Situation, source: Random) -> Step:
    gap, way = _minutes("dispatch", source), source.random()
    if way < 0.006 and not case.count("sent_back") and not case.has_department:
        words = "位置描述不清，请核对。"
        return _do("dispatcher", "return_to_supervision", gap, back_to="reported", reason="wrong_place", opinion=words)
    if way < 0.012 and not case.flag("no_return"):
        return _do("dispatcher", "consult", gap, departments=Blank.OTHERS, opinion="权属不清，请共同研究。")
    if way < 0.022 and case.needs_repair and not case.has_department:
        return _do(
            "dispatcher", "transfer", gap, target="区域协同平台", external_due=Ahead(2.0), opinion="权属单位在辖区外。"
        )
    if way < 0.045:
        return _do(
            "dispatcher",
            "dispatch_multi",
            gap,
            department=Blank.DEPARTMENT,
            co_departments=Blank.OTHERS,
            opinion="请协同处置。",
        )
    return _do("dispatcher", "dispatch", gap, department=Blank.DEPARTMENT)


def _consulting(_case: Situation, source: Random) -> Step:
    return _do(
        "dispatcher", "conclude", f"{source.uniform(50, 160):.1f}m", opinion="会商确定由主管单位处置，不得回退。"
    )


def _returned(case: Situation, source: Random) -> Step:
    gap = _minutes("dispatch", source)
    if case.count("return_count") > 1 or source.random() < 0.3:
        return _do("dispatcher", "reject_return", gap, opinion="经核对属你单位职责，请处置。")
    return _do("dispatcher", "dispatch", gap, department=Blank.OTHER, opinion="按权属改派。")


def _external(_case: Situation, source: Random) -> Step:
    gap = f"{source.uniform(0.4, 2.2):.2f}d"
    if source.random() < 0.15:
        return _do("dispatcher", "return_from_outside", gap, opinion="对方退回：属本市管理。")
    return _do("dispatcher", "transfer_back", gap, opinion="对方已处置。", photos=Shots(("after",)))


# --- disposal


def _dispatched(case: Situation, source: Random) -> Step:
    returns = 0.05 if case.needs_repair else 0.013
    if not case.count("return_count") and not case.flag("no_return") and source.random() < returns:
        return _do(
            "dept_clerk",
            "return",
            f"{source.uniform(6, 35):.1f}m",
            reason="not_ours",
            opinion="经现场查看，不属我单位管养范围。",
            photos=Shots(("evidence",)),
        )
    return _do("dept_clerk", "sign", _share(source, 0.02, 0.12))


def _in_disposal(case: Situation, source: Random) -> Step:
    if case.flag("supervision_reply"):
        words = "已督促现场加快处置。"
        return _do("dept_clerk", "reply_supervision", _minutes("answer", source), opinion=words)
    if case.at_work:
        photos = Shots(("before", "after"))
        return _do("handler", "finish_work", _share(source, 0.15, 0.5), photos=photos, opinion="现场处置完成。")
    if case.is_late and not case.count("supervised") and source.random() < 0.25:
        return _do(
            "duty_chief",
            "supervise",
            f"{source.uniform(20, 90):.1f}m",
            level=1,
            supervision="overdue",
            reply_by=Ahead(0.5),
            opinion="处置超期，请说明原因并尽快办结。",
        )
    way = source.random()
    if case.has_handlers and not case.handler and way < 0.4:
        return _do(
            "dept_clerk", "redispatch", _share(source, 0.02, 0.1), department=Blank.UNIT, handler=Blank.HANDLER,
            opinion="请尽快到场处置。",
        )  # fmt: skip
    if case.needs_repair and not case.is_late and not case.count("extended") and way > 0.9:
        return _put_off(source, way)
    # Some of the limit has gone by: signing took a twelfth, whoever was sent more.
    left = max(0.03, disposal_share(source) - (0.35 if case.handler else 0.08))
    return _do(
        "dept_clerk", "feedback", f"{left:.4f}", photos=Shots(("before", "after")), opinion="已处置完毕，请核查。"
    )


def _put_off(source: Random, way: float) -> Step:
    """Ask for more time: mostly an extension, sometimes until the weather is better, rarely until there are funds."""
    gap = _share(source, 0.15, 0.5)
    if way > 0.992:
        return _do(
            "dept_clerk", "apply_suspend", gap, reason="plan", until=Ahead(60.0), opinion="列入道路改造计划后一并处置。"
        )
    if way > 0.976:
        until = Ahead(source.choice((1.0, 2.0, 3.0)))
        words = "连日降雨，暂不具备施工条件。"
        return _do("dept_clerk", "apply_defer", gap, reason="weather", until=until, opinion=words)
    return _do("dept_clerk", "apply_extension", gap, opinion="材料尚未到货，申请延期。")


# --- feedback, check, closing


def _feedback(case: Situation, source: Random) -> Step:
    if source.random() < REFUSED_FEEDBACK and case.has_department:
        return _do(
            "dispatcher", "reject_feedback", _minutes("send_check", source), opinion="处置照片不完整，请补充处置。"
        )
    return _do("acceptor", "send_check", _minutes("send_check", source))


def _checking(case: Situation, source: Random) -> Step:
    gap, way = _minutes("check_back", source), source.random()
    if way < REWORK and case.count("rework_count") < 2:
        photos = Shots(("check",))
        return _do("collector", "check_back", gap, result="not_pass", photos=photos, opinion="现场仍有残留。")
    if way > 0.994 and case.needs_repair:
        return _do("collector", "check_back", gap, result="unable", opinion="现场围挡施工，无法核查。")
    return _do("collector", "check_back", gap, result="pass", photos=Shots(("check",)), opinion="现场已处置到位。")


def _to_close(case: Situation, source: Random) -> Step:
    gap = _minutes("close", source)
    if case.flag("check_result") == "not_pass":
        return _do("duty_chief", "rework", gap, condition=Blank.CONDITION, opinion="核查未通过，请返工。")
    if case.flag("check_result") == "unable":
        return _do("duty_chief", "force_close", gap, opinion="无法核查，申请强制结案。")
    return _do("duty_chief", "close", gap, condition_met=True, reply=Blank.ANSWER)


def _closed(case: Situation, source: Random) -> Step | None:
    if case.flag("visit_required"):
        said = pick(source, {"satisfied": 84, "basically": 12, "not": 4})
        return _do("acceptor", "callback", f"{source.uniform(0.1, 1.2):.3f}d", satisfaction=said)
    if case.flag("satisfaction") == "not" and not case.count("reopened") and source.random() < 0.6:
        words = "市民反映问题反复，重新处置。"
        return _do("duty_chief", "reopen", _minutes("answer", source), condition=Blank.CONDITION, opinion=words)
    if case.flag("was_overdue") and not case.flag("appeal_status") and source.random() < 0.1:
        return _do("dept_clerk", "appeal", f"{source.uniform(0.2, 1.5):.3f}d", opinion="道路封闭施工致超期，申请免责。")
    return None


HABITS: Mapping[str, Habit] = {
    "reported": _reported, "verifying": _verifying, "accepted": _accepted, "filed": _filed, "consulting": _consulting,
    "returned": _returned, "external": _external, "dispatched": _dispatched, "in_disposal": _in_disposal, "feedback": _feedback,
    "checking": _checking, "to_close": _to_close, "closed": _closed,
}  # fmt: skip
"""By state. ``deferred`` and ``suspended`` end by the system; where a city's own table has another state, people decide."""
