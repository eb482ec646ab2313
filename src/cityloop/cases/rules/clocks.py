"""Clocks: how long a stage may take, when it stands still, when it is due, and why.

A clock is a list of running intervals, a limit and a calendar. The deadline is never stored as a fact and never edited:
it is the instant at which the running intervals have used the limit up, a closed form over the calendar.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

UNTIL = "until"
"""The unit of a clock that ends at a given instant, such as the deadline of an outside system."""


TIMES_SHARE = " × "
"""Between the basis of a clock and the share of its limit that a rework gets."""


class Calendar(Protocol):
    """What a clock asks of a working calendar (``organisation.rules.calendar``)."""

    code: str
    version: int

    def add(self, start: datetime, amount: timedelta) -> datetime: ...
    def add_both(self, start: datetime, less: timedelta, more: timedelta) -> tuple[datetime, datetime]: ...
    def between(self, start: datetime, end: datetime) -> timedelta: ...
    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]: ...


class Clock(NamedTuple):
    """One stage's clock. All instants are UTC; a named tuple, since thousands are made in a second.

    ``since`` is set while it runs; ``stopped`` says that it will not run again. ``limit_s`` and ``extra_s`` (what was
    approved on top) are seconds of open time. ``basis`` names what the limit comes from, ``text`` as it was written there.
    """

    calendar: str  # "" runs round the clock
    version: int
    limit_s: int
    extra_s: int
    runs: tuple[tuple[datetime, datetime], ...]
    since: datetime | None
    stopped: bool
    basis: str
    text: str
    until: datetime | None = None
    urged: int = 0  # how many of the table's ``urge_shares`` have been urged
    earlier: tuple[int, ...] = ()  # versions of the calendar that it was counted by before

    @property
    def began(self) -> datetime | None:
        """When it first ran: what tells this clock from another one of its stage."""
        return self.runs[0][0] if self.runs else self.since

    @property
    def total(self) -> timedelta:
        return timedelta(seconds=self.limit_s + self.extra_s)

    # Tuples put together by hand: ``_replace`` takes three times as long, and every transition moves two clocks.

    def hold(self, now: datetime) -> "Clock":
        """Return the clock standing still from ``now``."""
        if self.since is None:
            return self
        return Clock._make((*self[:4], (*self.runs, (self.since, now)), None, *self[6:]))

    def resume(self, now: datetime) -> "Clock":
        """Return the clock running again from ``now``."""
        return self if self.since is not None else Clock._make((*self[:5], now, False, *self[7:]))

    def stop(self, now: datetime) -> "Clock":
        """Return the clock stopped for good; one that stood still stopped when it was last running."""
        runs = self.runs if self.since is None else (*self.runs, (self.since, now))
        return Clock._make((*self[:4], runs, None, True, *self[7:]))

    def extend(self, seconds: int) -> "Clock":
        """Return the clock with ``seconds`` of open time on top of its limit."""
        return self._replace(extra_s=self.extra_s + seconds)

    def relimit(self, fresh: "Clock") -> "Clock":
        """Return the clock with the limit and calendar of ``fresh``, and what it has run so far.

        What was approved on top was approved for the old limit: it goes with it.
        """
        return fresh._replace(runs=self.runs, since=self.since, stopped=self.stopped, urged=self.urged)

    def recount(self, version: int) -> "Clock":
        """Return the clock counted by another version of its calendar: what it has run so far, too."""
        return self._replace(version=version, earlier=(*self.earlier, self.version))

    def marked_like(self, other: "Clock | None") -> "Clock":
        """Return the clock with what the system did meanwhile to ``other``: the same one, as it stood at another time."""
        if other is None or other.began != self.began or other.calendar != self.calendar:
            return self
        return self._replace(urged=max(self.urged, other.urged), version=other.version, earlier=other.earlier)

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"limit_s": self.limit_s, "basis": self.basis, "text": self.text}
        if self.calendar:
            data["calendar"] = self.calendar
            data["version"] = self.version
        if self.extra_s:
            data["extra_s"] = self.extra_s
        if self.runs:
            data["runs"] = self.runs
        if self.since is not None:
            data["since"] = self.since
        if self.stopped:
            data["stopped"] = True
        if self.until is not None:
            data["until"] = self.until
        if self.urged:
            data["urged"] = self.urged
        if self.earlier:
            data["earlier"] = self.earlier
        return data


def clock_from_json(data: Mapping[str, Any]) -> Clock:
    """Return the clock that ``Clock.to_json`` wrote, read back from JSON."""
    instant, runs = datetime.fromisoformat, data.get("runs")
    return Clock(
        data.get("calendar", ""),
        data.get("version", 0),
        data["limit_s"],
        data.get("extra_s", 0),
        tuple([(instant(start), instant(end)) for start, end in runs]) if runs else (),
        instant(data["since"]) if "since" in data else None,
        data.get("stopped", False),
        data["basis"],
        data["text"],
        instant(data["until"]) if "until" in data else None,
        data.get("urged", 0),
        tuple(data.get("earlier", ())),
    )


class RoundTheClock:
    """The calendar of clocks that never pause by themselves: nights, weekends and holidays count."""

    code = ""
    version = 0

    @staticmethod
    def add(start: datetime, amount: timedelta) -> datetime:
        return start + amount

    @staticmethod
    def add_both(start: datetime, less: timedelta, more: timedelta) -> tuple[datetime, datetime]:
        return start + less, start + more

    @staticmethod
    def between(start: datetime, end: datetime) -> timedelta:
        return end - start

    @staticmethod
    def spans(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        return [(start, end)]


ROUND_THE_CLOCK = RoundTheClock()


def instant_used_up(clock: Clock, calendar: Calendar, amount: timedelta) -> datetime | None:
    """Return the instant at which the clock has run for ``amount`` of open time.

    Returns:
        UTC instant; for a running clock it may lie in the future. ``None`` where a clock that stands still has not
        run that long: nobody can know when it will.
    """
    if clock.until is not None:
        return clock.until
    if not clock.runs:
        return None if clock.since is None else calendar.add(clock.since, amount)
    left = amount
    for start, end in clock.runs:
        ran = calendar.between(start, end)
        if ran >= left:
            return calendar.add(start, left)
        left -= ran
    return None if clock.since is None else calendar.add(clock.since, left)


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """Return when the clock is due; ``None`` while it stands still within its limit."""
    return instant_used_up(clock, calendar, clock.total)


def used(clock: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """Return the open time that the clock has run until ``now``."""
    total = timedelta()
    for start, end in clock.runs:
        total += calendar.between(start, end)
    if clock.since is not None and now > clock.since:
        total += calendar.between(clock.since, now)
    return total


def explain(stage: str, clock: Clock, calendar: Calendar) -> dict[str, Any]:
    """Return why the clock is due when it is, as data that a short script can evaluate to the same instant.

    The explanation says: ``spans`` are the stretches of open time in which the clock ran, in order; it is due where
    their lengths add up to ``limit_s`` + ``extra_s``. While the clock stands still short of that, ``due`` is null.
    ``pauses`` are the gaps between its runs.

    Returns:
        ``{"stage", "basis", "text", "calendar", "calendar_version", "earlier_versions": [1, …], "limit_s", "extra_s",
        "until", "spans": [[start, end], …], "pauses": [[from, to | null], …], "due"}``, instants UTC; ``earlier_versions``
        are those of the calendar that it was counted by before a change of the calendar moved it on.
    """
    due = due_at(clock, calendar)
    intervals = list(clock.runs)
    if clock.since is not None and due is not None:
        intervals.append((clock.since, max(due, clock.since)))
    spans = [] if clock.until else [span for start, end in intervals for span in calendar.spans(start, end)]
    starts = [start for start, _ in clock.runs[1:]] + ([clock.since] if clock.since and clock.runs else [])
    pauses: list[tuple[datetime, datetime | None]] = [
        (end, start) for (_, end), start in zip(clock.runs, starts, strict=False) if end != start
    ]
    if clock.since is None and clock.runs and not clock.stopped:
        pauses.append((clock.runs[-1][1], None))
    return {
        "stage": stage,
        "basis": clock.basis,
        "text": clock.text,
        "calendar": clock.calendar,
        "calendar_version": clock.version,
        "earlier_versions": list(clock.earlier),
        "limit_s": clock.limit_s,
        "extra_s": clock.extra_s,
        "until": clock.until,
        "running": clock.since is not None,
        "stopped": clock.stopped,
        "spans": spans,
        "pauses": pauses,
        "due": due,
    }
