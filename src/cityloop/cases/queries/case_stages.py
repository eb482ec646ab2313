"""The stage clocks of a case as they are drawn beside its flow."""

from collections.abc import Iterable
from datetime import datetime

from cityloop.cases.queries.clock_lines import ClockReason
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.timeline import EventLine
from cityloop.cases.queries.wording import duration
from cityloop.cases.rules.clocks import Clock
from cityloop.cases.rules.stages import Bar, Mark, Span, draw_stages
from cityloop.kernel.translation import _


def stages_drawing(found: Found, reasons: Iterable[ClockReason], lines: Iterable[EventLine]) -> str:
    """Return the drawing as an SVG; "" where no clock has run."""
    bars = [_bar(found, reason) for reason in reasons]
    if not bars:
        return ""
    return draw_stages(
        bars,
        [Mark(line.seq, line.at) for line in lines],
        now=found.now,
        zone=found.city.city.time_zone,
        title=_("The stage clocks to scale: ") + " · ".join(bar.says for bar in bars),
        now_words=_("at present"),
    )


def _bar(found: Found, reason: ClockReason) -> Bar:
    line, clock = reason.line, found.snapshot.clocks[reason.line.clock.code]
    calendar = found.city.calendar(clock.calendar, clock.version)
    runs = _runs(clock, found.now)
    spans = [span for start, end in runs for span in calendar.spans(start, end)]
    pauses = [(start, found.now if end is None else end) for start, end in reason.explanation["pauses"]]
    return Bar(
        says=_says(reason, is_continuous=not clock.calendar),
        runs=runs,
        spans=spans,
        pauses=[(start, end) for start, end in pauses if start < end],
        due=line.due_at,
        is_running=line.status == "running",
    )


def _runs(clock: Clock, now: datetime) -> list[Span]:
    runs = list(clock.runs)
    if clock.since is not None and clock.since < now:
        runs.append((clock.since, now))
    return runs


def _says(reason: ClockReason, *, is_continuous: bool) -> str:
    """Return what a stage took; where its clock stands still at night, in the hours that it ran, unlike the time left on the desks."""
    line = reason.line
    named = {"name": line.clock.name, "used": duration(line.used_s)}
    if not is_continuous:
        named["name"] = _("%(name)s (working time)") % named
    if line.limit_s is None:
        return _("%(name)s: %(used)s") % named
    named |= {"limit": duration(line.limit_s)}
    if line.used_s > line.limit_s:
        return _("%(name)s: %(used)s of %(limit)s, %(over)s too long") % (
            named | {"over": duration(line.used_s - line.limit_s)}
        )
    return _("%(name)s: %(used)s of %(limit)s") % named
