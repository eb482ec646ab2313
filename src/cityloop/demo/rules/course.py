"""The course of a case that is over: when each step was taken, by people who are mostly quick and sometimes late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cityloop.demo.rules.chance import pick
from cityloop.demo.rules.timing import Limit
from cityloop.organisation.rules.calendar import Calendar

DAY_BEGINS, DAY_ENDS = 8, 20
"""Hours between which the centre's seats are taken."""

BEFORE_DISPOSAL: Mapping[str, tuple[float, float]] = {"accept": (1, 14), "file": (3, 26), "dispatch": (1, 14)}
AFTER_DISPOSAL: Mapping[str, tuple[float, float]] = {"send_check": (2, 24), "check_back": (8, 40), "close": (2, 24)}
"""How many minutes each step takes, at least and at most; one in twenty takes three times as long."""

SLOW = 0.05
SLOWER = 3.0

RETURNED = {False: 0.012, True: 0.045}
EXTENDED = {False: 0.008, True: 0.05}
"""How often a department returns a case, or asks for more time; the second where material and fair weather are needed."""

REWORKED = 0.035
CALLED_BACK = 0.85
SATISFACTION: Mapping[str, float] = {"satisfied": 84, "basically": 12, "not": 4}
"""How often a check fails; how many citizens are reached, and what they say.

Source:
    Rework of 2 to 6 in 100, as on the project's page of scale (5.4).
"""

URGED_FROM = 0.9
"""Which part of its limit a disposal has to take that it was urged on the way."""


def disposal_share(source: Random) -> float:
    """Draw which part of its limit a disposal takes: most well within it, about six in a hundred beyond.

    Source:
        On-time disposal of 76 to 97 in 100, as on the project's page of scale (5.4).
    """
    return min(2.5, source.lognormvariate(-0.8, 0.51))


class Act(NamedTuple):
    """One step of a past case: who took it (a post, ``""`` for the system) and what was said with it."""

    action: str
    at: datetime
    post: str = ""
    inputs: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Course:
    """By what the steps of one case are timed, and what decides about detours.

    Args:
        limit: Of the disposal.
        shift: When the centre's seats are taken.
        zone: The city's.
        department: Code of the one that disposes of it.
        needs_repair: Whether it takes material and fair weather: such cases are returned and put off more often.
        is_public: Whether a citizen is called back.
    """

    limit: Limit
    shift: Calendar
    zone: ZoneInfo
    department: str
    needs_repair: bool = False
    is_public: bool = False

    def acts(self, reported_at: datetime, source: Random) -> list[Act]:
        """Return what was done from the report on, in the order of time: whole seconds.

        Args:
            reported_at: UTC.
            source: Draws how quick people were, and which way the case went.
        """
        done: list[Act] = []
        at = reported_at
        for action, spread in BEFORE_DISPOSAL.items():
            at = self._later(at, spread, source)
            done.append(Act(action, at, inputs={"department": self.department} if action == "dispatch" else {}))
        share = disposal_share(source)
        if source.random() < RETURNED[self.needs_repair]:
            at = self._open(at, timedelta(minutes=source.uniform(5, 25)))
            done.append(
                Act("return", at, "dept_clerk", {"reason": "not_ours", "opinion": "经现场查看，不属我单位管养范围。"})
            )
            at = self._later(at, (1, 14), source)
            done.append(Act("reject_return", at, "dispatcher", {"opinion": "经核对属你单位职责，请处置。"}))
        else:
            done.append(Act("sign", self._open(at, self.limit.amount * share * source.uniform(0.02, 0.12))))
        done += self._disposed(at, share, source)
        done += self._checked(done[-1].at, source)
        if self.is_public and source.random() < CALLED_BACK:
            at = self.shift.add(done[-1].at + timedelta(days=source.uniform(0.1, 1.2)), timedelta(minutes=5))
            said = pick(source, SATISFACTION)
            done.append(Act("callback", at, "acceptor", {"satisfaction": said}))
        return [act._replace(at=act.at.replace(microsecond=0)) for act in done]

    def _disposed(self, begun: datetime, share: float, source: Random) -> list[Act]:
        """Return what happened while it was disposed of: an extension perhaps, urging where it took long, the feedback."""
        if source.random() < EXTENDED[self.needs_repair]:
            asked = self._open(begun, self.limit.amount * source.uniform(0.35, 0.7))
            granted = self._later(asked, (5, 40), source)
            fed_back = self._open(granted, self.limit.amount * source.uniform(0.2, 1.0))
            return [
                Act("apply_extension", asked, "dept_clerk", {"opinion": "材料尚未到货，申请延期。"}),
                Act("approve_extension", granted, "dispatcher", {"opinion": "同意。"}),
                Act("feedback", fed_back),
            ]
        fed_back = self._open(begun, self.limit.amount * share)
        urged = self._open(begun, self.limit.amount * share * source.uniform(0.8, 0.95))
        return [*([Act("urge", urged)] if share > URGED_FROM else []), Act("feedback", fed_back)]

    def _checked(self, at: datetime, source: Random) -> list[Act]:
        """Return how it was checked and closed, a rework between where the first check found it undone."""
        done = []
        for is_again in (False, True):
            for action in ("send_check", "check_back"):
                at = self._later(at, AFTER_DISPOSAL[action], source)
                done.append(Act(action, at))
            if is_again or source.random() >= REWORKED:
                break
            done[-1] = done[-1]._replace(inputs={"result": "not_pass"})
            at = self._later(at, AFTER_DISPOSAL["close"], source)
            done.append(Act("rework", at, "duty_chief", {"opinion": "核查未通过，请返工。"}))
            at = self._open(at, self.limit.amount * source.uniform(0.1, 0.6))
            done.append(Act("feedback", at))
        done[-1] = done[-1]._replace(inputs={"result": "pass"})
        at = self._later(at, AFTER_DISPOSAL["close"], source)
        return [*done, Act("close", at, inputs={"condition_met": True})]

    def _later(self, at: datetime, spread: tuple[float, float], source: Random) -> datetime:
        return _later(at, _minutes(spread, source), self.shift, self.zone)

    def _open(self, at: datetime, wait: timedelta) -> datetime:
        """Return ``at`` and ``wait`` of the disposal's time later, never before ``at``."""
        return max(at, self.limit.calendar.add(at, wait))


def _minutes(spread: tuple[float, float], source: Random) -> timedelta:
    minutes = source.uniform(*spread) * (SLOWER if source.random() < SLOW else 1.0)
    return timedelta(seconds=round(60 * minutes))


def _later(at: datetime, wait: timedelta, shift: Calendar, zone: ZoneInfo) -> datetime:
    """Return ``at`` and ``wait`` of open time later; within the day no calendar is asked, which takes longer than all else."""
    local = at.astimezone(zone)
    then = local + wait
    if local.hour >= DAY_BEGINS and then.hour < DAY_ENDS and then.date() == local.date():
        return at + wait
    return shift.add(at, wait)
