"""What the engine asks of the world: who acts, in which city, and facts that it cannot know by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from cityloop.cases.rules.clocks import Calendar
from cityloop.cases.rules.files import Files
from cityloop.cases.rules.inputs import CityFacts
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.standards.rules import TimeLimit


class HeldPost(Protocol):
    """What the engine asks of a held post (``organisation.rules.staffing``)."""

    @property
    def post(self) -> str: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def department_path(self) -> str: ...
    @property
    def deputy_for(self) -> int | None: ...
    @property
    def below(self) -> frozenset[str]: ...


class Actor(Protocol):
    """Who acts (``organisation.rules.staffing.Viewer``)."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def posts(self) -> tuple[Any, ...]: ...
    @property
    def is_system(self) -> bool: ...


class City(CityFacts, Protocol):
    """What the engine asks of a city (``cases.queries.LoopCity``)."""

    @property
    def code(self) -> str: ...
    def calendar(self, code: str, version: int = 0) -> Calendar: ...
    def limit_of(self, condition: str, timing_zone: str, now: datetime) -> TimeLimit: ...
    def open_seconds(self, limit: TimeLimit, calendar: str) -> tuple[bool, int]: ...
    def on_duty(self, post: str, at: datetime, duty_grid: str) -> int | None: ...
    def others_hold(self, posts: tuple[str, ...], user_id: int | None) -> bool: ...


class Facts(NamedTuple):
    """What the engine cannot know by itself."""

    located: Mapping[str, Any] | None = None  # values that follow from the point: lon, lat, unit_grid, …
    restricted: str = ""  # why the class may not be reported here and now
    similar: bool = False  # an open case of the class lies near
    previous: Snapshot | None = None  # the case without the act to be withdrawn
    master: str = ""  # id of the case that this one is merged into, checked to be open
    extra: Mapping[str, Any] | None = None  # values known outside: number, split_from, …
    routing: Mapping[str, Any] | None = None  # where the routing rules would have sent it, and why
    files: Files | None = None  # which files the act may name; None: any, as in a case told as history


NO_FACTS = Facts()
