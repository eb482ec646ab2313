"""Scenes: how far a case has come, told step by step. Together they show every state and every action of the loop's table.

A step says who takes which action, how long after the step before it, and with which inputs. The gap is written as

* ``"8m"``: minutes of the centre's open time,
* ``"0.5"``: that part of the case's disposal limit, by the clock that it runs on,
* ``"2d"``: days round the clock,
* ``"@0.3"``: behind the scene's anchor, that part of the time open to handling from the anchor to the city's present.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Blank(StrEnum):
    """A value of an input that is known only when the scene is played."""

    CONDITION = "condition"  # the filing condition of the report
    DEPARTMENT = "department"  # whose duty the class is
    OTHER = "other"  # another department
    OTHERS = "others"  # a list of it
    UNIT = "unit"  # the unit of the department that has a handler
    HANDLER = "handler"  # who that is
    MASTER = "master"  # the number of the case that is the same problem
    OTHER_CLASS = "other_class"
    ANSWER = "answer"  # what the citizen is told; nothing where no citizen asked


@dataclass(frozen=True, slots=True)
class Ahead:
    """An instant so many days after the step, or after the city's present."""

    days: float
    of: Literal["step", "present"] = "step"


@dataclass(frozen=True, slots=True)
class Shots:
    """One photo of each kind."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One action. ``by`` is a post, or ``reporter`` (whoever reports), ``other_clerk`` (of the co-handling department),
    ``same`` (who acted last) or ``system``.
    """

    by: str
    action: str
    gap: str
    inputs: Mapping[str, Any]


Light = Literal["green", "yellow", "red", "double_red"]

MOSTLY_GREEN: tuple[Light, ...] = (
    "green", "yellow", "green", "red", "green", "green", "yellow", "double_red", "green", "green",
)  # fmt: skip
"""One in five is overdue, as in a city that keeps its times and still has something on its wall of red lights."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How a case came to where it stands.

    Args:
        name: Of the scene.
        weight: How often it is played, relative to the others.
        steps: From the report on.
        anchor: Place of the step whose instant is fixed; counted from the end if negative.
        clock: The table's clock that began at the anchor and tells the light; ``""`` where no light burns.
        lights: The lights to show in turn.
        ago: Without a clock: how many days ago the anchor was, at least and at most.
        origins: Sources of the report; any of the mix where none is named.
        needs: What the class must be of: a department with a ``handler``, one whose handler is an ``officer``, or a thing that
            takes ``repair``.
    """

    name: str
    weight: float
    steps: tuple[Step, ...]
    anchor: int = -1
    clock: str = ""
    lights: tuple[Light, ...] = MOSTLY_GREEN
    ago: tuple[float, float] = (0.3, 3.0)
    origins: tuple[str, ...] = ()
    needs: Literal["", "handler", "officer", "repair"] = ""


def _do(by: str, action: str, gap: str = "5m", **inputs: Any) -> Step:
    return Step(by, action, gap, inputs)


PUBLIC = ("hotline", "wechat", "transfer_12345", "web")
REPORT = (_do("reporter", "report"),)
ACCEPTED = (*REPORT, _do("acceptor", "accept", "6m"))
FILED = (*ACCEPTED, _do("duty_chief", "file", "9m", condition=Blank.CONDITION))
SENT = (*FILED, _do("dispatcher", "dispatch", "7m", department=Blank.DEPARTMENT))
SIGNED = (*SENT, _do("dept_clerk", "sign", "12m"))
WORKING = (*SENT, _do("dept_clerk", "sign", "@0.1"))
FED_BACK = (
    *SIGNED,
    _do("dept_clerk", "feedback", "0.5", photos=Shots(("before", "after")), opinion="已处置完毕，请核查。"),
)
LATE = (
    *SIGNED,
    _do("dept_clerk", "feedback", "1.4", photos=Shots(("before", "after")), opinion="已处置完毕，因故超期。"),
)
TO_CHECK = _do("acceptor", "send_check", "8m")
PASSED = _do("collector", "check_back", "35m", result="pass", photos=Shots(("check",)), opinion="现场已处置到位。")
FAILED = _do("collector", "check_back", "35m", result="not_pass", photos=Shots(("check",)), opinion="现场仍有残留。")
UNABLE = _do("collector", "check_back", "35m", result="unable", opinion="现场围挡施工，无法核查。")
CHECKED = (*FED_BACK, TO_CHECK, PASSED)
CLOSE = _do("duty_chief", "close", "9m", condition_met=True, reply=Blank.ANSWER)
CLOSED = (*CHECKED, CLOSE)
MULTI = (
    *FILED,
    _do(
        "dispatcher",
        "dispatch_multi",
        "7m",
        department=Blank.DEPARTMENT,
        co_departments=Blank.OTHERS,
        opinion="请协同处置。",
    ),
)
RETURNED = (
    *SENT,
    _do(
        "dept_clerk",
        "return",
        "25m",
        reason="not_ours",
        opinion="经现场查看，不属我单位管养范围。",
        photos=Shots(("evidence",)),
    ),
)
OUTSIDE = (
    *FILED,
    _do(
        "dispatcher",
        "transfer",
        "7m",
        target="区域协同平台",
        external_number="XT-0001",
        external_due=Ahead(2.0),
        opinion="权属单位在辖区外。",
    ),
)
CONSULTING = (*FILED, _do("dispatcher", "consult", "10m", departments=Blank.OTHERS, opinion="权属不清，请共同研究。"))

SCENES = (
    # --- collection
    Scene("reported", 8, REPORT, clock="accept"),
    Scene("reported_by_citizen", 4, REPORT, clock="accept", origins=PUBLIC),
    Scene("verifying", 6, (*REPORT, _do("acceptor", "send_verify", "4m")), clock="verify", origins=PUBLIC),
    Scene(
        "verified", 2, (
            *REPORT, _do("acceptor", "send_verify", "4m"),
            _do("collector", "verify_back", "15m", result="exists", photos=Shots(("verify",)), opinion="情况属实。"),
        ), clock="accept", origins=PUBLIC,
    ),
    Scene("acceptance_withdrawn", 1, (*ACCEPTED, _do("same", "withdraw", "2m", opinion="误操作，重新受理。")), clock="accept"),
    Scene(
        "unmerged", 1, (
            *REPORT, _do("acceptor", "merge", "6m", master=Blank.MASTER, opinion="同一问题。"),
            _do("acceptor", "unmerge", "20m", opinion="核对后为两处问题。"),
        ), clock="accept",
    ),
    Scene(
        "sent_back_to_acceptance", 1,
        (*FILED, _do("dispatcher", "return_to_supervision", "8m", back_to="reported", reason="wrong_place", opinion="位置描述不清。")),
        clock="accept",
    ),
    # --- filing
    Scene("accepted", 7, ACCEPTED, clock="file"),
    Scene(
        "sent_back_to_filing", 1,
        (*FILED, _do("dispatcher", "return_to_supervision", "8m", back_to="accepted", reason="wrong_class", opinion="分类有误。")),
        clock="file",
    ),
    Scene(
        "split", 1,
        (*ACCEPTED, _do("acceptor", "split", "4m", category=Blank.OTHER_CLASS, description="同址另有一处问题。", opinion="一件两事。")),
        clock="file", lights=("green",),
    ),
    # --- dispatch
    Scene("filed", 8, FILED, clock="dispatch"),
    Scene("reopened", 2, (*CLOSED, _do("duty_chief", "reopen", "1d", opinion="问题反复，重新处置。")), clock="dispatch"),
    Scene("consulted", 1, (*CONSULTING, _do("dispatcher", "conclude", "90m", opinion="会商确定由主管单位处置，不得回退。")), clock="dispatch"),
    Scene("back_from_outside", 1, (*OUTSIDE, _do("dispatcher", "return_from_outside", "1d", opinion="对方退回：属本市管理。")), clock="dispatch", needs="repair"),
    Scene("consulting", 2, CONSULTING),
    Scene("consulting_on_return", 1, (*RETURNED, _do("dispatcher", "consult", "10m", departments=Blank.OTHERS, opinion="多次回退，提请会商。")), needs="repair"),
    Scene("returned", 5, RETURNED, clock="dispatch", needs="repair"),
    Scene("external", 4, OUTSIDE, ago=(0.5, 3.2), needs="repair"),
    # --- disposal
    Scene("dispatched", 10, SENT, clock="disposal"),
    Scene("dispatched_to_several", 3, MULTI, clock="disposal"),
    Scene("dispatched_again", 2, (*RETURNED, _do("dispatcher", "dispatch", "9m", department=Blank.OTHER, opinion="按权属改派。")), clock="disposal", needs="repair"),
    Scene("in_disposal", 20, WORKING, anchor=3, clock="disposal"),
    Scene("with_handler", 7, (*WORKING, _do("dept_clerk", "redispatch", "@0.15", department=Blank.UNIT, handler=Blank.HANDLER, opinion="请尽快到场。")), anchor=3, clock="disposal", needs="handler"),
    Scene("with_officer", 3, (*WORKING, _do("dept_clerk", "redispatch", "@0.15", department=Blank.UNIT, handler=Blank.HANDLER, opinion="请到场劝导。")), anchor=3, clock="disposal", needs="officer"),
    Scene(
        "work_finished", 3, (
            *WORKING, _do("dept_clerk", "redispatch", "@0.15", department=Blank.UNIT, handler=Blank.HANDLER),
            _do("handler", "finish_work", "@0.7", photos=Shots(("before", "after")), opinion="现场处置完成。"),
        ), anchor=3, clock="disposal", needs="handler",
    ),
    Scene("co_handler_done", 2, (*MULTI, _do("dept_clerk", "sign", "@0.1"), _do("other_clerk", "co_feedback", "@0.6", opinion="协办部分已完成。")), anchor=3, clock="disposal"),
    Scene("extension_applied", 3, (*WORKING, _do("dept_clerk", "apply_extension", "@0.5", opinion="材料尚未到货，申请延期。")), anchor=3, clock="disposal", lights=("green", "yellow"), needs="repair"),
    Scene(
        "extended", 2, (
            *WORKING, _do("dept_clerk", "apply_extension", "@0.4", opinion="雨天无法施工，申请延期。"),
            _do("dispatcher", "approve_extension", "@0.45", opinion="同意。"),
        ), anchor=3, clock="disposal", lights=("yellow", "red"), needs="repair",
    ),
    Scene(
        "extension_of_a_handler", 1, (
            *WORKING, _do("dept_clerk", "redispatch", "@0.1", department=Blank.UNIT, handler=Blank.HANDLER),
            _do("handler", "apply_extension", "@0.4", opinion="工作量大，申请延期。"),
            _do("dispatcher", "approve_extension", "@0.45"), _do("duty_chief", "approve_extension", "@0.5", opinion="同意。"),
        ), anchor=3, clock="disposal", lights=("yellow",), needs="handler",
    ),
    Scene(
        "refused_thrice", 1, (
            *WORKING,
            _do("dept_clerk", "apply_extension", "@0.2", opinion="人手不足，申请延期。"),
            _do("dispatcher", "reject_extension", "@0.25", opinion="理由不充分。"),
            _do("dept_clerk", "apply_defer", "@0.3", reason="weather", until=Ahead(3.0), opinion="申请缓办。"),
            _do("dispatcher", "reject_defer", "@0.35", opinion="天气不影响处置。"),
            _do("dept_clerk", "apply_suspend", "@0.4", reason="funds", until=Ahead(30.0), opinion="申请挂账。"),
            _do("dispatcher", "reject_suspend", "@0.45", opinion="不符合挂账条件。"),
            _do("dept_clerk", "apply_authorise", "@0.5", department=Blank.OTHER, opinion="申请授权他单位处置。"),
            _do("dispatcher", "reject_authorise", "@0.55", opinion="请自行处置。"),
        ), anchor=3, clock="disposal", lights=("yellow",), needs="repair",
    ),
    Scene(
        "authorised", 1, (
            *WORKING, _do("dept_clerk", "apply_authorise", "@0.3", department=Blank.OTHER, opinion="申请授权产权单位处置。"),
            _do("dispatcher", "approve_authorise", "@0.35", opinion="同意授权。"),
        ), anchor=3, clock="disposal", lights=("green",), needs="repair",
    ),
    Scene(
        "resumed", 1, (
            *SIGNED, _do("dept_clerk", "apply_defer", "20m", reason="weather", until=Ahead(1.5), opinion="连续降雨，申请缓办。"),
            _do("dispatcher", "approve_defer", "10m"), _do("duty_chief", "approve_defer", "10m", opinion="同意。"),
            _do("system", "resume", "2d"),
        ), ago=(0.1, 0.4), needs="repair",
    ),
    Scene("urged", 4, (*WORKING, _do("dispatcher", "urge", "@0.8", opinion="时限将至，请抓紧处置。")), anchor=3, clock="disposal", lights=("yellow", "red")),
    Scene(
        "supervised", 3, (
            *WORKING,
            _do("inspector", "supervise", "@0.8", level=2, supervision="overdue", reply_by=Ahead(1.2, "present"), opinion="超期未办，请说明原因。"),
        ), anchor=3, clock="disposal", lights=("red", "double_red"),
    ),
    Scene(
        "supervision_answered", 1, (
            *WORKING,
            _do("duty_chief", "supervise", "@0.6", level=1, supervision="important", reply_by=Ahead(1.0), opinion="重点路段，请加快处置。"),
            _do("dept_clerk", "reply_supervision", "@0.8", opinion="已增派人员，今日完成。"),
        ), anchor=3, clock="disposal", lights=("red",),
    ),
    Scene(
        "instructed", 1, (
            *WORKING, _do("leader", "instruct", "@0.5", opinion="举一反三，开展周边排查。"), _do("leader", "mark", "@0.55", important=True),
        ), anchor=3, clock="disposal", lights=("green",),
    ),
    Scene("reworked", 4, (*FED_BACK, TO_CHECK, FAILED, _do("duty_chief", "rework", "8m", opinion="核查未通过，返工。")), clock="disposal"),
    Scene("return_refused", 1, (*RETURNED, _do("dispatcher", "reject_return", "8m", opinion="属你单位职责，请处置。")), clock="disposal", lights=("green",), needs="repair"),
    Scene("feedback_refused", 1, (*FED_BACK, _do("dispatcher", "reject_feedback", "10m", opinion="缺少处置后照片。")), clock="disposal", lights=("green",)),
    Scene(
        "amended", 1, (
            *WORKING, _do("dispatcher", "amend", "@0.3", address="经核对，位于路口东北角", opinion="位置更正。"),
            _do("dept_clerk", "note", "@0.4", opinion="已联系现场人员。"), _do("dept_clerk", "attach", "@0.45", photos=Shots(("wide",))),
        ), anchor=3, clock="disposal", lights=("green",),
    ),
    Scene(
        "deferred", 4, (
            *SIGNED, _do("dept_clerk", "apply_defer", "30m", reason="weather", until=Ahead(4.0, "present"), opinion="连日降雨，暂不具备施工条件。"),
            _do("dispatcher", "approve_defer", "15m"), _do("duty_chief", "approve_defer", "20m", opinion="同意缓办。"),
        ), needs="repair",
    ),
    Scene(
        "suspended", 3, (
            *SIGNED, _do("dept_clerk", "apply_suspend", "30m", reason="plan", until=Ahead(90.0, "present"), opinion="列入道路改造计划后一并处置。"),
            _do("dispatcher", "approve_suspend", "15m"), _do("leader", "approve_suspend", "45m", opinion="同意，列入问题库。"),
        ), needs="repair",
    ),
    Scene("cancelling", 1, (*WORKING, _do("duty_chief", "cancel", "@0.5", opinion="重复立案，申请作废。")), anchor=3, clock="disposal", lights=("green",)),
    Scene(
        "kept", 1, (
            *WORKING, _do("duty_chief", "cancel", "@0.5", opinion="疑为重复，申请作废。"), _do("leader", "reject_cancel", "@0.6", opinion="两处不同，不予作废。"),
        ), anchor=3, clock="disposal", lights=("yellow",),
    ),
    # --- feedback and check
    Scene("feedback", 8, FED_BACK, clock="send_check"),
    Scene("fed_back_from_outside", 2, (*OUTSIDE, _do("dispatcher", "transfer_back", "1d", opinion="对方已处置。", photos=Shots(("after",)))), clock="send_check", needs="repair"),
    Scene("checking", 8, (*FED_BACK, TO_CHECK), clock="check"),
    Scene("to_close", 7, CHECKED, clock="close"),
    Scene("check_failed", 2, (*FED_BACK, TO_CHECK, FAILED), clock="close", lights=("green", "red")),
    Scene("solved_on_the_spot", 3, (_do("collector", "self_report", photos=Shots(("before", "after"))),), clock="close", origins=("collector",)),
    Scene("forcing", 1, (*FED_BACK, TO_CHECK, UNABLE, _do("duty_chief", "force_close", "30m", opinion="无法核查，申请强制结案。")), needs="repair"),
    Scene(
        "force_refused", 1, (
            *FED_BACK, TO_CHECK, UNABLE, _do("duty_chief", "force_close", "30m", opinion="无法核查，申请强制结案。"),
            _do("leader", "reject_force_close", "1d", opinion="待围挡拆除后再核查。"),
        ), needs="repair",
    ),
    # --- ends
    Scene("rejected", 3, (*REPORT, _do("acceptor", "reject", "8m", reason="outside_scope", opinion="小区内部事务，不属管理范围。", reply=Blank.ANSWER)), ago=(0.3, 6.0)),
    Scene("not_filed", 1, (*ACCEPTED, _do("duty_chief", "reject", "10m", reason="no_condition", opinion="未达到立案条件。", reply=Blank.ANSWER)), ago=(0.3, 6.0)),
    Scene("cancelled", 2, (*FILED, _do("duty_chief", "cancel", "10m", opinion="误报。"), _do("leader", "approve_cancel", "40m", opinion="同意作废。")), ago=(0.3, 6.0)),
    Scene("merged", 4, (*REPORT, _do("acceptor", "merge", "8m", master=Blank.MASTER, opinion="同一问题，并入在办案卷。"))),
    Scene(
        "forced_closed", 2, (
            *FED_BACK, TO_CHECK, UNABLE, _do("duty_chief", "force_close", "30m", opinion="无法核查，申请强制结案。"),
            _do("leader", "approve_force_close", "60m", opinion="同意。"),
        ), ago=(0.3, 5.0), needs="repair",
    ),
    Scene(
        "solved_by_phone", 2,
        (*REPORT, _do("acceptor", "fast_track", "6m", solved=True, opinion="电话联系商户，当场整改。", reply=Blank.ANSWER)),
        ago=(0.3, 6.0), origins=("hotline",),
    ),
    Scene("callback_due", 5, CLOSED, ago=(0.1, 2.0), origins=PUBLIC),
    Scene("called_back", 4, (*CLOSED, _do("acceptor", "callback", "1d", satisfaction="satisfied", opinion="市民表示满意。")), ago=(0.3, 4.0), origins=PUBLIC),
    Scene("appealed", 2, (*LATE, TO_CHECK, PASSED, CLOSE, _do("dept_clerk", "appeal", "1d", opinion="道路封闭施工致超期，申请免责。")), ago=(0.3, 3.0), needs="repair"),
    Scene(
        "appeal_to_rule_on", 2, (
            *LATE, TO_CHECK, PASSED, CLOSE, _do("dept_clerk", "appeal", "1d", opinion="道路封闭施工致超期，申请免责。"),
            _do("dispatcher", "rule", "1d", ruling="upheld", opinion="情况属实，请考评裁定。"),
        ), ago=(0.3, 2.0), needs="repair",
    ),
    Scene(
        "appeal_upheld", 1, (
            *LATE, TO_CHECK, PASSED, CLOSE, _do("dept_clerk", "appeal", "1d", opinion="道路封闭施工致超期，申请免责。"),
            _do("dispatcher", "rule", "2d", ruling="upheld", opinion="情况属实。"),
            _do("evaluator", "rule", "180m", ruling="upheld", opinion="申诉成立，统计免责。"),
        ), ago=(0.3, 2.0), needs="repair",
    ),
    Scene("archived", 4, (*CLOSED, _do("system", "archive", "8d")), ago=(0.1, 3.0)),
)  # fmt: skip
"""Lines run on: each scene is read as one row of a table."""

MASTERS = ("in_disposal", "dispatched", "with_handler")
"""Scenes whose cases stay open and so can take a duplicate in."""
