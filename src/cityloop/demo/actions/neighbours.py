"""The people and places of a living city, as its simulation asks for them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.queries import loop_city, table_in_force
from cityloop.cases.queries.standing import Standing, standing
from cityloop.cases.rules.clocks import ROUND_THE_CLOCK, Clock
from cityloop.demo import models
from cityloop.demo.actions.crew import Crew, beside
from cityloop.demo.actions.past import Surroundings
from cityloop.demo.actions.picturing import Photographer
from cityloop.demo.actions.playing import ANSWER, report_inputs
from cityloop.demo.rules import ground
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import lay_out
from cityloop.demo.rules.habits import Situation
from cityloop.demo.rules.marks import MadeOf
from cityloop.demo.rules.mix import REPAIRED_BY
from cityloop.demo.rules.pictures import shot_of
from cityloop.demo.rules.reports import Report, Town, reports_between, town
from cityloop.demo.rules.scenes import Ahead, Blank, Shots, Step
from cityloop.demo.rules.staff import handler_units
from cityloop.demo.rules.storms import LASTS, storm_reports
from cityloop.demo.rules.timing import DISPOSAL, Clocks, Limit
from cityloop.geography.queries import Locator
from cityloop.geography.rules import Located
from cityloop.kernel.clock import machine_now
from cityloop.organisation.queries import City, city, system_viewer, viewer_of
from cityloop.organisation.rules.calendar import CONTINUOUS
from cityloop.organisation.rules.staffing import Viewer

STORM_ECHO = timedelta(hours=6)
"""So long after a storm the last who tell of it have spoken."""

SPARE = Limit(CONTINUOUS, timedelta(hours=8))
"""By what a step is timed that counts by the disposal, in a case that has no such clock."""


class Neighbours:
    """Answers for one demo city, as it is configured now."""

    def __init__(self, code: str, made_of: MadeOf) -> None:
        self.code, self.seed, self.made_of = code, made_of.seed, made_of
        self.city = city(code)
        self.loop = loop_city(code)
        self.crew = Crew(self.city, self.loop)
        self.table = table_in_force(code)

    @cached_property
    def town(self) -> Town:
        """The city as the place of reports, with the classes of today."""
        found = _town(self.seed, self.made_of.is_small, self.code)
        return replace(found, classes=self.city.categories)

    @cached_property
    def around(self) -> Surroundings:
        return Surroundings(self.city, _locator(self.code, self.city.today(), self.city.versions))

    @cached_property
    def pictures(self) -> Photographer:
        return _photographer(self.code, self.seed, self.made_of.streets, self.sender)

    @property
    def sender(self) -> int:
        """Whose account photos are kept for that belong to nobody in particular."""
        return self.city.holders("collector")[0]

    # --- what happens

    def reports(self, since: datetime, until: datetime) -> Iterator[Report]:
        """Yield what is reported after ``since`` and up to ``until``, storms included; each day's in the order of time."""
        first = self.city.day_of(since)
        for number in range((self.city.day_of(until) - first).days + 1):
            for one in _day(self.code, self.made_of, first + timedelta(days=number), self.city):
                if since < one.at <= until:
                    yield one
        storms = models.Storm.objects.filter(jurisdiction=self.code, at__gt=since - LASTS - STORM_ECHO, at__lte=until)
        for at in storms.order_by("at").values_list("at", flat=True):
            yield from (
                one for one in storm_reports(self.town, self.seed, at, self.made_of.a_day) if since < one.at <= until
            )

    def located(self, report: Report) -> Located:
        [place] = self.around.located([report])
        return place

    # --- how a case stands

    def situation(self, case: Standing, problem: str) -> Situation:
        """Return how a case stands, as its people see it."""
        values, flags = case.snapshot.values, case.snapshot.flags
        department = str(values.get("department") or "")
        source = str(values.get("source", ""))
        disposal = case.snapshot.clocks.get(DISPOSAL)
        return Situation(
            state=case.state,
            source=source,
            is_public=source in self.table.sources and self.table.sources[source].public,
            needs_repair=self._kind(str(values.get("category", ""))) in REPAIRED_BY,
            has_handlers=bool(department) and bool(handler_units(department)),
            handler=bool(values.get("handler")),
            at_work=bool(values.get("handler_at_work")),
            flags=flags,
            applications=case.snapshot.applications,
            master=self._master(case.number, problem) if case.state == "reported" and problem else "",
            is_late=disposal is not None and self._is_late(disposal, case),
            has_department=bool(department),
        )

    def _kind(self, category: str) -> str:
        known = self.city.categories.get(category)
        return known.dept_kind if known else ""

    def _is_late(self, clock: Clock, case: Standing) -> bool:
        at = case.snapshot.at
        if clock.since is None or at is None or clock.until is not None:
            return False
        passed: timedelta = self._calendar(clock).between(clock.since, at)
        return passed > clock.total

    def _master(self, number: str, problem: str) -> str:
        """Return the number of the first open case that tells of the same problem."""
        rows = models.Turn.objects.filter(jurisdiction=self.code, problem=problem, number__lt=number)
        found = standing(list(rows.order_by("number").values_list("number", flat=True)))
        return next(
            (one for one, case in sorted(found.items()) if self.table.states[case.state].kind in OPEN_KINDS), ""
        )

    def clocks(self, case: Standing) -> Clocks:
        """Return what the steps of a case are timed by."""
        clock = case.snapshot.clocks.get(DISPOSAL)
        limit = SPARE if clock is None or clock.until is not None else Limit(self._calendar(clock), clock.total)
        return Clocks(self.city.calendar("shift"), {DISPOSAL: limit})

    def _calendar(self, clock: Clock) -> Any:
        known = self.loop.calendar(clock.calendar, clock.version)
        return CONTINUOUS if known is ROUND_THE_CLOCK else known

    # --- who acts, and what they say

    def actor(self, step: Step, case: Standing, at: datetime, besides: Collection[int] = ()) -> Viewer:
        """Return who takes a step; of those in the centre rather somebody else than ``besides``."""
        return viewer_of(self._person(step.by, case, at, besides), at)

    def _person(self, by: str, case: Standing, at: datetime, besides: Collection[int]) -> int:
        values = case.snapshot.values
        match by:
            case "collector" | "handler" if isinstance(values.get(by), int):
                return int(values[by])
            case "collector":
                return self.crew.on_duty(str(values.get("duty_grid", "")), at)
            case "dept_clerk" | "dept_leader" | "handler":
                return self.crew.in_department(by, str(values["department"]), at)
            case post:
                return self.crew.in_centre(post, at, besides)

    def reporter(self, report: Report, place: Located, at: datetime) -> Viewer:
        if report.source == "video_ai":
            return system_viewer("demo", self.code)
        return viewer_of(self.crew.reporter(report.source, place.duty_grid, at), at)

    def report_inputs(self, report: Report, key: UUID) -> dict[str, Any]:
        """Return what is sent with a report; citizens with a phone mostly send a photo too."""
        is_public = self.table.sources[report.source].public
        source = chance(self.seed, "reporter", key)
        inputs = report_inputs(report, is_public=is_public, key=key, at=report.at, source=source)
        if report.source == "collector":
            inputs["photos"] = self._photos(report.problem, report.category, ("close", "wide"), str(key))
        elif report.source == "wechat" and source.random() < 0.7:
            inputs["photos"] = self._photos(report.problem, report.category, ("close",), str(key))
        return inputs

    def inputs(self, step: Step, case: Standing, master: str, at: datetime) -> dict[str, Any]:
        """Return what somebody says and shows with a step.

        Args:
            master: Number of the case that tells of the same.
        """
        category = str(case.snapshot.values["category"])
        given = {name: self._value(value, case, master, at) for name, value in step.inputs.items()}
        if isinstance(shots := step.inputs.get("photos"), Shots):
            mended = step.inputs.get("result") != "not_pass"
            given["photos"] = self._photos(case.number, category, shots.kinds, f"{case.seq}", mended=mended)
        return {name: value for name, value in given.items() if value is not None}

    def _photos(
        self, subject: str, category: str, kinds: tuple[str, ...], moment: str, *, mended: bool = True
    ) -> list[dict[str, str]]:
        return [
            {"kind": kind, "sha256": self.pictures(subject, shot_of(category, kind, mended=mended), f"{moment}/{kind}")}
            for kind in kinds
        ]

    def _value(self, value: Any, case: Standing, master: str, at: datetime) -> Any:
        if isinstance(value, Ahead):
            return (at + timedelta(days=value.days)).isoformat()
        return self._filled(value, case, master, at) if isinstance(value, Blank) else value

    def _filled(self, blank: Blank, case: Standing, master: str, at: datetime) -> Any:
        values = case.snapshot.values
        match blank:
            case Blank.CONDITION:
                return values.get("condition") or self._condition(str(values["category"]), case.number)
            case Blank.DEPARTMENT:
                return self._duty(values)
            case Blank.OTHER:
                return beside(str(values.get("department") or self._duty(values)))
            case Blank.OTHERS:
                return [beside(self._duty(values))]
            case Blank.UNIT:
                return self._unit(values)
            case Blank.HANDLER:
                return self.crew.in_department("handler", self._unit(values), at)
            case Blank.MASTER:
                return master
            case Blank.ANSWER:
                return ANSWER if self.table.sources[str(values["source"])].public else None
        raise AssertionError(blank)

    def _condition(self, category: str, number: str) -> str:
        return chance(self.seed, "condition", number).choice(self.city.categories[category].conditions).key

    def _duty(self, values: Mapping[str, Any]) -> str:
        return self.around.department_of(str(values["category"]), str(values.get("community", "")))

    def _unit(self, values: Mapping[str, Any]) -> str:
        units = handler_units(str(values["department"]))
        return chance(self.seed, "unit", values.get("lon")).choice(units)


@lru_cache(maxsize=1)
def _town(seed: int, is_small: bool, code: str) -> Town:
    """Return the town of a seed: some seconds and some tens of megabytes, so it is kept."""
    return town(seed, lay_out(seed, ground.SMALL if is_small else ground.FULL), city(code).categories)


@lru_cache(maxsize=1)
def _locator(code: str, day: date, versions: tuple[int, int]) -> Locator:  # noqa: ARG001  # the versions are a key of the cache
    return Locator.load(day, code)


@lru_cache(maxsize=1)
def _photographer(code: str, seed: int, streets: int, sender: int) -> Photographer:
    return Photographer(code, sender, seed=seed, streets=streets, now=machine_now())


_days: dict[tuple[str, MadeOf, date], list[Report]] = {}


def _day(code: str, made_of: MadeOf, day: date, place: City) -> list[Report]:
    """Return the reports of a day; the last days are kept."""
    key = (code, made_of, day)
    if key not in _days:
        while len(_days) > 2:
            del _days[next(iter(_days))]
        where = replace(_town(made_of.seed, made_of.is_small, code), classes=place.categories_on(day))
        drawn = reports_between(where, made_of.seed, first=day, last=day, a_day=made_of.a_day, zone=place.time_zone)
        _days[key] = list(drawn)
    return _days[key]
