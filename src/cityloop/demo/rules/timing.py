"""When the steps of a scene happen: counted back from the city's present, so that its clock shows the light wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from cityloop.demo.rules.scenes import Light, Scene
from cityloop.organisation.rules.calendar import CONTINUOUS, Calendar

DISPOSAL = "disposal"

USED: Mapping[Light, tuple[float, float]] = {
    "green": (0.05, 0.6),
    "yellow": (0.83, 0.97),
    "red": (1.15, 1.8),
    "double_red": (2.3, 3.0),
}
"""Which part of its limit a clock has used while it shows a light. Yellow begins at four fifths (the table's
``yellow_share``); double red is a whole limit too late."""


class Limit(NamedTuple):
    """So much open time by a calendar."""

    calendar: Calendar
    amount: timedelta


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that one case runs on.

    Args:
        centre: When the centre's seats are taken.
        stages: The limit of each stage, that of its ``disposal`` among them.
    """

    centre: Calendar
    stages: Mapping[str, Limit]

    @property
    def handling(self) -> Calendar:
        """By what the disposal goes on: the calendar of its limit, or the centre's where that runs through the night."""
        calendar = self.stages[DISPOSAL].calendar
        return self.centre if calendar is CONTINUOUS else calendar


def back(calendar: Calendar, end: datetime, amount: timedelta) -> datetime:
    """Return the latest instant from which ``amount`` of open time passes until ``end``."""
    if not amount:
        return end
    reach = timedelta(days=1) + amount
    while calendar.between(end - reach, end) < amount:
        reach *= 2
    left = amount
    for start, stop in reversed(calendar.spans(end - reach, end)):
        if stop - start >= left:
            return stop - left
        left -= stop - start
    raise AssertionError("what was passed between two instants lies in the spans between them")


def step_times(scene: Scene, light: Light, present: datetime, clocks: Clocks, source: Random) -> list[datetime]:
    """Return an instant for each step of ``scene``, none later than ``present``, each a whole second.

    Args:
        scene: What happens.
        light: The light that its clock shows at ``present``; without a clock it means nothing.
        present: The city's time, an instant of the centre's open time.
        clocks: Those of the case.
        source: Draws how far the clock is, and how quick people are.
    """
    anchor = scene.anchor % len(scene.steps)
    if scene.clock:
        limit = clocks.stages[scene.clock]
        at = _in_open_time(back(limit.calendar, present, limit.amount * source.uniform(*USED[light])), clocks)
    else:
        at = _in_open_time(present - timedelta(days=source.uniform(*scene.ago)), clocks)
    times = [_whole(min(at, present))]
    for step in reversed(scene.steps[1 : anchor + 1]):
        times.insert(0, _whole(_before(times[0], step.gap, clocks, source.uniform(0.6, 1.5))))
    anchored, calendar = times[-1], clocks.handling
    passed = calendar.between(anchored, present)
    for step in scene.steps[anchor + 1 :]:
        times.append(max(times[-1], _whole(calendar.add(anchored, passed * float(step.gap.removeprefix("@"))))))
    return times


def _before(end: datetime, gap: str, clocks: Clocks, pace: float) -> datetime:
    """Return when the step before the one at ``end`` was taken, ``pace`` times the gap earlier."""
    if gap.endswith("m"):
        return back(clocks.centre, end, timedelta(minutes=float(gap[:-1])) * pace)
    if gap.endswith("d"):
        # Whole days are agreed or demanded, not a matter of pace; what was done then was done in open time.
        return back(clocks.centre, end - timedelta(days=float(gap[:-1])), timedelta(minutes=10) * pace)
    limit = clocks.stages[DISPOSAL]
    return _in_open_time(back(limit.calendar, end, limit.amount * float(gap)), clocks)


def later(since: datetime, gap: str, clocks: Clocks) -> datetime:
    """Return when a step is taken whose gap after ``since`` is written as in ``scenes``: a whole second, later than ``since``."""
    if gap.endswith("m"):
        at = clocks.centre.add(since, timedelta(minutes=float(gap[:-1])))
    elif gap.endswith("d"):
        at = clocks.centre.add(since + timedelta(days=float(gap[:-1])), timedelta(minutes=5))
    else:
        limit = clocks.stages[DISPOSAL]
        at = limit.calendar.add(since, limit.amount * float(gap))
    return max(_whole(at), _whole(since) + timedelta(seconds=1))


def _in_open_time(at: datetime, clocks: Clocks) -> datetime:
    """Return ``at``, or the last minutes of the centre's day before it: nobody dispatches a bicycle at four in the morning."""
    moment = timedelta(minutes=1)
    return at if clocks.centre.between(at - moment, at) else back(clocks.centre, at, 5 * moment)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
