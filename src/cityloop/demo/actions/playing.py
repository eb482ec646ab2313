"""Scenes are played by the people of the city, each act through the one door, all in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from cityloop.cases import actions as cases
from cityloop.cases.choices import Via
from cityloop.cases.queries import loop_city, table_in_force
from cityloop.demo.actions.crew import Crew, beside
from cityloop.demo.actions.picturing import Photographer
from cityloop.demo.actions.planning import Story
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.mix import TROUBLES
from cityloop.demo.rules.pictures import shot_of
from cityloop.demo.rules.reports import Report
from cityloop.demo.rules.scenes import Ahead, Blank, Shots, Step
from cityloop.demo.rules.staff import handler_units
from cityloop.demo.rules.texts import caller
from cityloop.kernel.errors import CityError, Conflict
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City, system_viewer, viewer_of
from cityloop.organisation.rules.staffing import Viewer

ANSWER = "您反映的问题已处理，感谢您对城市管理工作的支持。"


@dataclass(slots=True)
class Running:
    """A story while it is played: its case's number, in whose hands the case is, who acted last."""

    plan: Story
    department: str
    number: str = ""
    collector: int = 0
    last: Viewer | None = None
    said: dict[str, Any] = field(default_factory=dict)


class Player:
    """Plays stories in a city whose time is ``present``."""

    def __init__(self, city: City, *, seed: int, present: datetime, pictures: Photographer) -> None:
        self.city, self.seed, self.present, self.pictures = city, seed, present, pictures
        self.loop = loop_city(city.code)
        self.table = table_in_force(city.code)
        self.crew = Crew(city, self.loop)
        self.running: dict[str, Running] = {}

    def play(self, stories: Sequence[Story]) -> int:
        """Take every act of ``stories`` in the order of time; return how many there were."""
        acts = sorted((at, number, place) for number, one in enumerate(stories) for place, at in enumerate(one.times))
        for at, number, place in acts:
            story = stories[number]
            running = self.running.setdefault(story.name, Running(story, story.department))
            self._act(running, place, at)
        return len(acts)

    def _act(self, story: Running, place: int, at: datetime) -> None:
        step = story.plan.scene.steps[place]
        key = uuid5(NAMESPACE_OID, f"cityloop/demo/{self.seed}/{story.plan.name}/{place}")
        actor = self._actor(story, step, at)
        inputs = self._inputs(story, step, key, at)
        try:
            if not story.number:
                done = cases.report(
                    self.city.code, inputs, actor=actor, key=key, via=Via.DEMO, now=at, action=step.action
                )
                story.number = done.number
            else:
                cases.perform(story.number, step.action, inputs, actor=actor, key=key, via=Via.DEMO, now=at)
        except CityError as exc:
            raise Conflict(
                _("The demo city cannot play “%(scene)s” at “%(action)s”: %(why)s")
                % {"scene": story.plan.name, "action": step.action, "why": exc.message}
            ) from exc
        story.last = actor
        story.said |= {name: value for name, value in inputs.items() if name in {"department", "handler"}}
        self._follow(story, step, at)

    def _follow(self, story: Running, step: Step, at: datetime) -> None:
        """Note in whose hands the case is now."""
        if step.action in {"dispatch", "dispatch_multi", "redispatch", "approve_authorise"}:
            story.department = story.said["department"]
        if step.action in {"send_verify", "send_check"}:
            story.collector = self.crew.on_duty(story.plan.place.duty_grid, at)

    # --- who acts

    def _actor(self, story: Running, step: Step, at: datetime) -> Viewer:
        if step.by == "same":
            assert story.last is not None
            return story.last
        if step.by == "system" or (step.by == "reporter" and story.plan.report.source == "video_ai"):
            return system_viewer("demo", self.city.code)
        return viewer_of(self._person(story, step, at), at)

    def _person(self, story: Running, step: Step, at: datetime) -> int:
        match step.by:
            case "reporter":
                return self.crew.reporter(story.plan.report.source, story.plan.place.duty_grid, at)
            case "collector":
                return story.collector or self.crew.on_duty(story.plan.place.duty_grid, at)
            case "handler":
                return int(story.said["handler"])
            case "dept_clerk" | "dept_leader":
                return self.crew.in_department(step.by, story.department, at)
            case "other_clerk":
                return self.crew.in_department("dept_clerk", beside(story.department), at)
            case post:
                return self.crew.in_centre(post, at)

    # --- what is said

    def _inputs(self, story: Running, step: Step, key: UUID, at: datetime) -> dict[str, Any]:
        given = {name: self._value(story, value, at) for name, value in step.inputs.items()}
        if isinstance(shots := step.inputs.get("photos"), Shots):
            given["photos"] = self._photos(story, shots, key, mended=step.inputs.get("result") != "not_pass")
        if step.action in {"report", "self_report"}:
            given = self._report_inputs(story, key, at) | given
        return {name: value for name, value in given.items() if value is not None}

    def _photos(self, story: Running, shots: Shots, key: UUID, *, mended: bool = True) -> list[dict[str, str]]:
        category = story.plan.report.category
        case = (story.plan.master or story.plan).name  # whoever reports the same thing stands in the same street
        return [
            {"kind": kind, "sha256": self.pictures(case, shot_of(category, kind, mended=mended), f"{key}/{kind}")}
            for kind in shots.kinds
        ]

    def _value(self, story: Running, value: Any, at: datetime) -> Any:
        if isinstance(value, Ahead):
            begins = at if value.of == "step" else self.present
            return (begins + timedelta(days=value.days)).isoformat()
        if isinstance(value, Blank):
            return self._filled(story, value)
        return value

    def _filled(self, story: Running, blank: Blank) -> Any:
        match blank:
            case Blank.CONDITION:
                return story.plan.report.condition
            case Blank.DEPARTMENT:
                return story.department
            case Blank.OTHER:
                return beside(story.department)
            case Blank.OTHERS:
                return [beside(story.department)]
            case Blank.UNIT:
                return handler_units(story.department)[0]
            case Blank.HANDLER:
                return self.crew.in_department("handler", handler_units(story.department)[0], self.present)
            case Blank.MASTER:
                return self.running[story.plan.master.name].number if story.plan.master else None
            case Blank.OTHER_CLASS:
                return next(one.category for one in TROUBLES if one.category != story.plan.report.category)
            case Blank.ANSWER:
                return ANSWER if self.table.sources[story.plan.report.source].public else None

    def _report_inputs(self, story: Running, key: UUID, at: datetime) -> dict[str, Any]:
        report = story.plan.report
        is_public = self.table.sources[report.source].public
        inputs = report_inputs(report, is_public=is_public, key=key, at=at, source=self._caller(story))
        if report.source == "collector":
            inputs["photos"] = self._photos(story, Shots(("close", "wide")), key)
        return inputs

    def _caller(self, story: Running) -> Random:
        return chance(self.seed, "reporter", story.plan.name)


def report_inputs(report: Report, *, is_public: bool, key: UUID, at: datetime, source: Random) -> dict[str, Any]:
    """Return what a report says, without its photos.

    Args:
        is_public: Whether a citizen speaks, who is asked for name and phone.
        key: Of the act; the outside system's number follows from it.
        source: Draws who the citizen is.
    """
    inputs: dict[str, Any] = {
        "source": report.source,
        "category": report.category,
        "point": {"lon": report.lon, "lat": report.lat, "system": "wgs84"},
        "address": report.address,
        "description": report.description,
    }
    if is_public and report.source != "collector":
        inputs["reporter"] = caller(report.description, source)
    if report.source == "transfer_12345":
        inputs["external_number"] = f"12345-{key.hex[:10]}"
        inputs["external_due"] = (at + timedelta(days=5)).isoformat()
    return inputs
