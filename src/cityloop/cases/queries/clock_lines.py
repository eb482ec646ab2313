"""The clocks of a case: how they stand, and why each is due when it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

from cityloop.cases.choices import Light
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import events_of, names_in
from cityloop.cases.queries.loop_page import limit_words
from cityloop.cases.queries.privacy import actor_name, is_of_the_public
from cityloop.cases.queries.words import Coded, PersonName, Words
from cityloop.cases.rules.clocks import TIMES_SHARE, Clock, due_at, explain, used
from cityloop.cases.rules.dues import Due, dues, light
from cityloop.cases.rules.history import changes_from_json
from cityloop.kernel.translation import _
from cityloop.standards.choices import TimeUnit
from cityloop.standards.rules import TimeLimit

Status = Literal["running", "paused", "stopped"]


@dataclass(frozen=True, slots=True)
class ClockLine:
    """How a clock stands now. Seconds are of open time, those of its calendar; ``left_s`` is negative once it is late."""

    clock: Coded
    status: Status
    limit_s: int | None
    used_s: int
    left_s: int | None
    due_at: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class Extension:
    """What was approved on top of a limit: ``seconds`` of open time, by which event, by whom and in which post."""

    seq: int
    seconds: int
    at: datetime
    action: Coded
    by: PersonName | None
    post: Coded


@dataclass(frozen=True, slots=True)
class ClockReason:
    """Why a clock is due when it is, as data: see ``rules.clocks.explain``. ``text`` is in the reader's words there."""

    line: ClockLine
    explanation: Mapping[str, Any]
    extensions: list[Extension]


def clock_lines(found: Found, words: Words) -> list[ClockLine]:
    """Return the case's clocks in the order of its table."""
    running = dues(found.loop, found.snapshot, found.city)
    clocks = found.snapshot.clocks
    return [_line(stage, clocks[stage], running, found, words) for stage in found.loop.clocks if stage in clocks]


def clock_reasons(found: Found, words: Words) -> list[ClockReason]:
    """Return the case's clocks, each with what makes up its deadline; none for one of the public.

    No query where nothing was approved on top of any limit, else one for the events and one for names.
    """
    if is_of_the_public(found):
        return []
    reasons, extended = [], _extensions(found, words)
    for line in clock_lines(found, words):
        stage = line.clock.code
        clock = found.snapshot.clocks[stage]
        told = explain(stage, clock, found.city.calendar(clock.calendar, clock.version))
        reasons.append(ClockReason(line, told | {"text": _limit_text(clock)}, extended.get(stage, [])))
    return reasons


def _limit_text(clock: Clock) -> str:
    """Return the limit as it was written, in the reader's words where it is an amount and a unit."""
    if clock.until is not None:
        return clock.text
    amount, _space, unit = clock.text.partition(" ")
    text = clock.text
    if unit in TimeUnit.values and amount.isdecimal():
        text = limit_words(TimeLimit(int(amount), unit))
    elif not text:  # of a clock that began before the limit's words were kept
        hours, minutes = divmod(clock.limit_s // 60, 60)
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    share = clock.basis.partition(TIMES_SHARE)[2]
    return f"{text}{TIMES_SHARE}{share}" if share else text


def _extensions(found: Found, words: Words) -> dict[str, list[Extension]]:
    """Return by stage what was approved on top of the limit that its clock has now."""
    clocks = found.snapshot.clocks
    if not any(clock.extra_s for clock in clocks.values()):
        return {}
    rows = events_of(found)
    names = names_in(found, {row.person for row in rows})
    granted: dict[str, list[Extension]] = {}
    extra: dict[str, tuple[datetime | None, int]] = {}
    for row in rows:
        for stage, clock in changes_from_json(row.to_state, orjson.loads(row.body)).clocks.items():
            began, before = extra.get(stage, (None, 0))
            lines = granted.setdefault(stage, [])
            if clock is None or clock.began != began:
                lines.clear()
                before = 0
            now = 0 if clock is None else clock.extra_s
            while lines and sum(line.seconds for line in lines) > now:
                lines.pop()  # taken back, or the limit is another one
            if now > before:
                by = actor_name(found.loop, row.post, row.person, names, knows=False)
                action, post = words.action(row.action), words.post(row.post)
                lines.append(Extension(row.seq, now - before, row.at, action, by, post))
            extra[stage] = (clock.began if clock else None, now)
    return granted


def _line(stage: str, clock: Clock, running: Mapping[str, Due], found: Found, words: Words) -> ClockLine:
    calendar = found.city.calendar(clock.calendar, clock.version)
    spent = used(clock, calendar, found.now)
    status: Status = "stopped" if clock.stopped else "paused" if clock.since is None else "running"
    shines = {"stopped": Light.NONE, "paused": Light.PAUSED}.get(status)
    if shines is None:
        shines = light(running[stage], found.now)
    return ClockLine(
        words.clock(stage),
        status,
        None if clock.until else int(clock.total.total_seconds()),
        int(spent.total_seconds()),
        _left_s(clock, spent, found.now),
        due_at(clock, calendar),
        shines,
    )


def _left_s(clock: Clock, spent: timedelta, now: datetime) -> int | None:
    if clock.stopped:
        return None
    left = clock.total - spent if clock.until is None else clock.until - now
    return int(left.total_seconds())
