"""Which scenes are played, with which cases, and when each step is taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from cityloop.cases.queries import loop_city, table_in_force
from cityloop.demo.actions.past import Surroundings
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.mix import REPAIRED_BY, TROUBLES
from cityloop.demo.rules.reports import Report, Town, any_trouble
from cityloop.demo.rules.scenes import MASTERS, SCENES, Blank, Scene
from cityloop.demo.rules.staff import OFFICERS, handler_units
from cityloop.demo.rules.timing import DISPOSAL, Clocks, Limit, step_times
from cityloop.geography.rules import Located
from cityloop.organisation.rules.calendar import CONTINUOUS

LONGEST = timedelta(hours=16)
"""Open cases are of classes with at most this limit, but for repairs: one that is twice overdue is then some days old."""


@dataclass(frozen=True, slots=True)
class Story:
    """One case to be played: the scene, what is reported, where it lies, an instant for each step, whose duty it is.

    ``master`` is the story whose case it is merged into, where it is.
    """

    name: str
    scene: Scene
    report: Report
    place: Located
    times: tuple[datetime, ...]
    department: str
    master: "Story | None" = None


class Planner:
    """Plans stories of the city around it, for the instant ``present``."""

    def __init__(self, around: Surroundings, town: Town, *, seed: int, present: datetime) -> None:
        self.around, self.town, self.seed, self.present = around, town, seed, present
        self.city = around.city
        self.loop = loop_city(self.city.code)
        self.table = table_in_force(self.city.code)

    def plan(self, count: int) -> list[Story]:
        """Return the stories of ``count`` cases or so: every scene at least once, the others by their weights."""
        whole = sum(scene.weight for scene in SCENES)
        stories = [
            self._story(scene, number)
            for scene in SCENES
            for number in range(max(1, round(scene.weight * count / whole)))
        ]
        masters = sorted((one for one in stories if one.scene.name in MASTERS), key=lambda one: one.times[0])
        return [self._with_master(one, masters) if _is_merged(one.scene) else one for one in stories]

    def _story(self, scene: Scene, number: int) -> Story:
        name = f"{scene.name}/{number}"
        source = chance(self.seed, "story", name)
        report = next(one for one in self._reports(scene, source) if self._fits(scene, one))
        [place] = self.around.located([report])
        light = scene.lights[number % len(scene.lights)]
        times = step_times(scene, light, self.present, self._clocks(report, place), source)
        return Story(name, scene, report, place, tuple(times), self.around.department(report))

    def _reports(self, scene: Scene, source: Random) -> Iterator[Report]:
        while True:
            origin = source.choice(scene.origins) if scene.origins else ""
            yield self.town.report(any_trouble(source), self.present, source, origin=origin)

    def _fits(self, scene: Scene, report: Report) -> bool:
        """Whether a scene can be about such a report."""
        limit = self.city.limit_of(report.condition)
        if scene.needs == "repair":
            # Not what is counted round the clock: who gives it back or asks for more time comes too late by the morning.
            return self.city.categories[report.category].dept_kind in REPAIRED_BY and not limit.is_continuous
        if limit.duration(self.city.calendar("office").workday) > LONGEST:
            return False
        if scene.needs not in {"handler", "officer"}:
            return True
        units = handler_units(self.around.department(report))
        return bool(units) and (units[0] in OFFICERS) == (scene.needs == "officer")

    def _with_master(self, story: Story, masters: Sequence[Story]) -> Story:
        """Return ``story`` as another report of what an earlier one tells of."""
        source = chance(self.seed, "master", story.name)
        earlier = [one for one in masters if one.times[0] < story.times[0]]
        master = source.choice(earlier or masters[:1])
        trouble = next(one for one in TROUBLES if one.category == master.report.category)
        again = self.town.again(master.report, trouble, story.report.at, source)
        report = replace(again, source=story.report.source)
        later = max(timedelta(), master.times[0] + timedelta(minutes=3) - story.times[0])
        times = tuple(min(at + later, self.present) for at in story.times)
        [place] = self.around.located([report])
        return Story(story.name, story.scene, report, place, times, master.department, master)

    def _clocks(self, report: Report, place: Located) -> Clocks:
        stages = {DISPOSAL: Limit(*self.around.limit(report, place.timing_zone))}
        for code, limit in self.table.stage_limits.items():
            is_continuous, seconds = self.loop.open_seconds(limit, self.table.clocks[code].calendar)
            calendar = CONTINUOUS if is_continuous else self.city.calendar(self.table.clocks[code].calendar)
            stages[code] = Limit(calendar, timedelta(seconds=seconds))
        return Clocks(self.city.calendar("shift"), stages)


def _is_merged(scene: Scene) -> bool:
    return any(Blank.MASTER in step.inputs.values() for step in scene.steps)
