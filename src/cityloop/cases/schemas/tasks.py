"""What the API says of work and places."""

from datetime import datetime

from pydantic import Field

from cityloop.cases.schemas.parts import Coded, Due, Lamp, Location, Out, Person, Point, State
from cityloop.kernel.translation import noop


class TaskLine(Out):
    number: str = Field(description=noop("Case number, 19 digits."))
    jurisdiction: str
    n: int
    task: Coded
    post: Coded
    department: Coded | None
    person: Person | None = Field(description=noop("Null: whoever holds the post."))
    opened_at: datetime
    due_at: Due
    light: Lamp
    state: State
    category: Coded
    location: Location
    unit_grid: str
    seq: int


class TaskPage(Out):
    items: list[TaskLine]
    next: str | None = Field(description=noop("Cursor of the next page; null on the last one."))


class Located(Out):
    """Where a point lies; each code is empty where there is none."""

    location: Point = Field(description=noop("The point in WGS 84."))
    unit_grid: str
    duty_grid: str
    community: str
    street: str
    district: str
    jurisdiction: str = Field(description=noop("Code of the city that a case here belongs to."))
    timing_zone: str
