"""Why a clock is due when it is, in sentences: what a person reads aloud who is asked for the deadline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from cityloop.cases.queries.clock_lines import ClockReason, Extension
from cityloop.cases.queries.told import light_words, person_words
from cityloop.cases.queries.wording import Wording, duration
from cityloop.cases.rules.clocks import TIMES_SHARE
from cityloop.cases.rules.reckoning import Pause, Span, Stretch, reckon
from cityloop.kernel.translation import _, lazy, listed

DAYS = (lazy("Mon"), lazy("Tue"), lazy("Wed"), lazy("Thu"), lazy("Fri"), lazy("Sat"), lazy("Sun"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the calculation.

    Args:
        kind: ``limit``, ``share``, ``extra``, ``total``, ``calendar``, ``run``, ``pause``, ``due`` or ``now``.
        amount: What it adds, or the result; "" where the sentence says all.
        sum: All open time up to the end of the line.
        is_ahead: It lies in the future.
    """

    kind: str
    words: str
    amount: str = ""
    sum: str = ""
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A clock's deadline as a calculation; ``answer`` says it in one sentence."""

    stage: str
    name: str
    light: str
    light_name: str
    answer: str
    lines: list[Line]


def reckoning(reason: ClockReason, wording: Wording, calendars: Mapping[str, str], now: datetime) -> Reckoning:
    """Return a clock's deadline as a calculation.

    Args:
        calendars: What the city calls its calendars, by code.
        now: The city's time.
    """
    line = reason.line
    return Reckoning(
        stage=line.clock.code,
        name=line.clock.name,
        light=line.light,
        light_name=light_words(line.light),
        answer=_answer(reason, wording),
        lines=list(_lines(reason, wording, calendars, now)),
    )


def near(at: datetime, wording: Wording, now: datetime) -> str:
    """Return a time as people say it: ``today 14:05``, ``Fri 11-20 14:05``, with the year where it is another one."""
    if wording.on_paper:
        return wording.when(at)[:-3]
    there, here = (one.astimezone(wording.words.city.city.time_zone) for one in (at, now))
    return f"{_day(there, here)} {there:%H:%M}"


def _day(there: datetime, here: datetime) -> str:
    return _near_day(there, here) or (f"{there:%m-%d}" if there.year == here.year else f"{there:%Y-%m-%d}")


def _near_day(there: datetime, here: datetime) -> str:
    today, one = here.date(), timedelta(days=1)
    named = {today: _("today"), today - one: _("yesterday"), today + one: _("tomorrow")}
    return named.get(there.date(), "")


def _answer(reason: ClockReason, wording: Wording) -> str:
    line = reason.line
    if line.status == "paused" and line.due_at is None:
        left = duration(max(line.left_s or 0, 0))
        return _("It stands still with %(left)s left; when it is due is known once it goes on.") % {"left": left}
    if line.status == "stopped":
        over = line.used_s - (line.limit_s or line.used_s)
        used = {"used": duration(line.used_s), "over": duration(over)}
        if over > 0:
            return _("It was stopped after %(used)s, %(over)s too late.") % used
        return _("It was stopped after %(used)s, in time.") % used
    return _("It is due on %(time)s.") % {"time": wording.when(line.due_at)} if line.due_at else ""


def _lines(reason: ClockReason, wording: Wording, calendars: Mapping[str, str], now: datetime) -> Iterator[Line]:
    line, told = reason.line, reason.explanation
    if told["until"] is not None:
        yield Line("limit", _("The time was agreed for this case: %(time)s") % {"time": wording.when(told["until"])})
        yield from _now(reason, wording, now)
        return
    yield from _limit(reason, wording)
    for granted in reason.extensions:
        yield Line("extra", _extension(granted, wording, now), f"+ {duration(granted.seconds)}")
    if told["extra_s"]:
        yield Line("total", _("Together"), f"= {duration(told['limit_s'] + told['extra_s'])}")
    yield Line("calendar", _calendar(reason, calendars))
    for one in reckon(told, wording.words.city.city.time_zone):
        if isinstance(one, Pause):
            yield Line("pause", _pause(one, wording, now), _("does not count"))
        else:
            yield _run(one, wording, now)
    if line.due_at is not None and line.status != "stopped":
        yield Line("due", _("There the time is used up, so it is due"), near(line.due_at, wording, now))
    yield from _now(reason, wording, now)


def _limit(reason: ClockReason, wording: Wording) -> Iterator[Line]:
    told = reason.explanation
    text, _times, share = told["text"].partition(TIMES_SHARE)
    basis = told["basis"].partition(TIMES_SHARE)[0]
    # A stage's own limit is named after it: no condition is looked for under that name.
    condition = None if basis == reason.line.clock.code else wording.words.condition(basis)
    known = condition is not None and condition.name != condition.code
    if known and condition:
        words = _("Limit of the filing condition “%(condition)s”: %(limit)s")
        said = words % {"condition": condition.name, "limit": text}
    else:
        said = _("Limit of the stage “%(stage)s”: %(limit)s") % {"stage": reason.line.clock.name, "limit": text}
    if share:
        yield Line("limit", said)
        yield Line("share", _("Of it, for a rework, the share of %(share)s") % {"share": share}, _open(told["limit_s"]))
    else:
        yield Line("limit", said, _open(told["limit_s"]))


def _open(seconds: int) -> str:
    return f"= {duration(seconds)}"


def _extension(one: Extension, wording: Wording, now: datetime) -> str:
    who = " · ".join(part for part in (person_words(one.by), one.post.name) if part)
    return _("%(action)s: %(who)s, %(time)s") % {
        "action": one.action.name,
        "who": who,
        "time": near(one.at, wording, now),
    }


def _calendar(reason: ClockReason, calendars: Mapping[str, str]) -> str:
    told = reason.explanation
    if not told["calendar"]:
        return _("It runs round the clock")
    name = calendars.get(told["calendar"], told["calendar"])
    words = _("Only open time counts, by the calendar “%(calendar)s”, version %(version)d") % {
        "calendar": name,
        "version": told["calendar_version"],
    }
    if told["earlier_versions"]:
        before = listed(str(version) for version in told["earlier_versions"])
        words += _(" (before: %(versions)s)") % {"versions": before}
    return words


def _run(stretch: Stretch, wording: Wording, now: datetime) -> Line:
    zone = wording.words.city.city.time_zone
    first, last = stretch.spans[0][0].astimezone(zone), stretch.spans[-1][1].astimezone(zone)
    here = now.astimezone(zone)
    is_near = bool(_near_day(first, here)) and not wording.on_paper
    day = _day(first, here) if is_near or not wording.on_paper else f"{first:%Y-%m-%d}"
    if first.date() == last.date():
        hours = listed(_hours(span, zone) for span in stretch.spans)
        weekday = "" if is_near else f"{DAYS[first.weekday()]} "
        words = f"{weekday}{day} {hours}"
    else:
        words = f"{near(stretch.spans[0][0], wording, now)} – {near(stretch.spans[-1][1], wording, now)}"
    return Line(
        "run", words, f"+ {duration(stretch.seconds)}", duration(stretch.sum_s), is_ahead=stretch.spans[0][0] >= now
    )


def _hours(span: Span, zone: tzinfo) -> str:
    start, end = (at.astimezone(zone) for at in span)
    return f"{start:%H:%M}–{end:%H:%M}"


def _pause(pause: Pause, wording: Wording, now: datetime) -> str:
    start = near(pause.start, wording, now)
    if pause.end is None:
        return _("Paused since %(start)s") % {"start": start}
    return _("Paused from %(start)s to %(end)s") % {"start": start, "end": near(pause.end, wording, now)}


def _now(reason: ClockReason, wording: Wording, now: datetime) -> Iterator[Line]:
    line = reason.line
    if line.left_s is None:
        return
    time = near(now, wording, now)
    if line.left_s < 0:
        words = _("Now, %(time)s, %(used)s are used: late by") % {"time": time, "used": duration(line.used_s)}
    else:
        words = _("Now, %(time)s, %(used)s are used: left are") % {"time": time, "used": duration(line.used_s)}
    yield Line("now", words, duration(abs(line.left_s)))
