"""What the API says of reasons: why this department, why this deadline, and what may be done now."""

from datetime import datetime
from typing import Any

from pydantic import Field

from cityloop.cases.schemas.cases import Clock
from cityloop.cases.schemas.parts import Coded, Out, Person
from cityloop.kernel.translation import noop


class RunnerUp(Out):
    rule: int = Field(description=noop("Number of a rule that holds too; 0: the default order."))
    department: str
    name: str
    words: str


class Suggestion(Out):
    department: str = Field(description=noop("Code of the department; empty where nothing gives one."))
    name: str
    co_departments: list[str]
    co_names: list[str]
    version: int = Field(description=noop("Version of the city's routing rules; 0: the city has none."))
    rule: int = Field(description=noop("Number of the rule that decides; 0: none fits, the default order decides."))
    by: str = Field(
        description=noop("`rule`; or what the default order went by: `owner`, `area`, `duty`, `street`; or `none`.")
    )
    reason: str = Field(description=noop("Why, in a sentence."))
    gave_way: list[int] = Field(description=noop("Numbers of more general rules that hold too."))
    runners_up: list[RunnerUp] = Field(description=noop("Other departments, the most specific first."))
    returned_by: str = Field(
        description=noop("The department by name, where it has returned this case before; else empty.")
    )


class Explanation(Out):
    stage: str
    basis: str = Field(description=noop("What the limit comes from: a filing condition, or the stage itself."))
    text: str = Field(
        description=noop("The limit as it is written there, or in words; after a rework its share of it.")
    )
    calendar: str = Field(description=noop("The working calendar; empty: round the clock."))
    calendar_version: int
    earlier_versions: list[int] = Field(
        description=noop("Versions of the calendar by which the clock was counted before a change of the calendar.")
    )
    limit_s: int
    extra_s: int = Field(description=noop("Seconds approved on top."))
    until: datetime | None = Field(description=noop("The date that is the limit, where one is."))
    running: bool
    stopped: bool
    spans: list[tuple[datetime, datetime]] = Field(
        description=noop(
            "Open time in which it ran, in order: it is due where these lengths add up to limit_s + extra_s."
        )
    )
    pauses: list[tuple[datetime, datetime | None]] = Field(description=noop("When it stood still; null: still does."))
    due: datetime | None


class Extension(Out):
    """What was approved on top of a limit."""

    seq: int = Field(description=noop("Number of the event that granted it."))
    seconds: int = Field(description=noop("Seconds of open time."))
    at: datetime
    action: Coded
    by: Person | None
    post: Coded = Field(description=noop("The post in which it was done."))


class ClockReason(Out):
    line: Clock
    explanation: Explanation
    extensions: list[Extension] = Field(
        description=noop("What was approved on top of the limit that it has now, in order; they add up to extra_s.")
    )


class Clocks(Out):
    now: datetime = Field(description=noop("The city's time, which lights and seconds left refer to."))
    items: list[ClockReason]


class Choice(Coded):
    allowed: bool = Field(description=noop("Whether you may do it now, given the inputs that it needs."))
    why_not: str | None = Field(description=noop("Why not, for people; null where you may."))
    input_schema: dict[str, Any] = Field(
        description=noop(
            "JSON Schema of its inputs, from this city's table; where you may do it, with what it requires of this case now."
        )
    )


class Choices(Out):
    number: str
    seq: int
    items: list[Choice]
