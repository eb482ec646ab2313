"""What the API takes, checked. Every text here is a message id: the document speaks the reader's language."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from cityloop.cases.choices import Kind
from cityloop.cases.queries.keyset import MOST
from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.instants import NoInstant, instant_of
from cityloop.kernel.patterns import BEGINNING, CODE, TEXT
from cityloop.kernel.translation import noop
from cityloop.standards.choices import ObjectType

DEEPEST = 6
"""Inputs of an action hold at most lists of objects; nobody needs to nest deeper, and a bomb of brackets must not pass."""


def _shallow(inputs: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [inputs]
    for _depth in range(DEEPEST):
        level = [
            part for value in level for part in (value.values() if isinstance(value, dict) else value)
            if isinstance(part, (dict, list))
        ]  # fmt: skip
        if not level:
            return inputs
    raise PydanticCustomError("nested_too_deep", "nested too deep")


def _rfc_3339(text: Any) -> datetime:
    try:
        return instant_of(text)
    except NoInstant as exc:
        raise PydanticCustomError(f"datetime_{exc.kind}", "no instant by RFC 3339") from exc


Text = Annotated[str, StringConstraints(max_length=100, pattern=TEXT)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=96, pattern=CODE)]
Instant = Annotated[AwareDatetime, BeforeValidator(_rfc_3339)]
Inputs = Annotated[
    dict[str, Any],
    AfterValidator(_shallow),
    Field(description=noop("What the action needs: its schema is given by `GET …/actions` and described below.")),
]
Key = Annotated[
    UUID | None,
    Field(
        description=noop(
            "Idempotency key, also taken from the header `Idempotency-Key`. Sent again with the same key, a request is "
            "answered as before and nothing is done twice. Without one, sending twice acts twice."
        )
    ),
]


class In(BaseModel):
    """What is taken: nothing unknown, nothing ignored."""

    model_config = ConfigDict(extra="forbid")


class NewCase(In):
    key: Key = None
    action: Code = Field("report", description=noop("The action of the table that makes the case."))
    jurisdiction: Code | None = Field(
        None, description=noop("Code of your city; may be left out where you hold posts in one city only.")
    )
    inputs: Inputs


class Act(In):
    key: Key = None
    inputs: Inputs = Field(default_factory=dict)


class Paged(In):
    limit: int = Field(50, ge=1, le=MOST, description=noop("How many at most."))
    cursor: str = Field(
        "", max_length=500, description=noop("`next` of the page before; without it the first page is given.")
    )


class CaseQuery(Paged):
    """Which cases, in which order."""

    order: Literal["reported_at", "due_at"] = Field(
        "reported_at", description=noop("`reported_at`: newest first. `due_at`: what is open, soonest first.")
    )
    mine: bool = Field(False, description=noop("Only what you reported yourself."))
    jurisdiction: Text = Field(
        "", description=noop("Code of a city; without it the cities of your posts and those below them.")
    )
    state: list[Code] = Field([], description=noop("State of the table; may be given several times."))
    kind: list[Kind] = Field([], description=noop("Kind of state; may be given several times."))
    source: list[Code] = Field([], description=noop("Source; may be given several times."))
    category: list[Code] = Field([], description=noop("Class, as scheme/type/code; may be given several times."))
    department: list[Code] = Field(
        [], description=noop("Code of the responsible department; may be given several times.")
    )
    district: Text = Field("", description=noop("Code of a district, 6 digits."))
    street: Text = Field("", description=noop("Code of a street, 9 digits."))
    community: Text = Field("", description=noop("Code of a community, 12 digits."))
    unit_grid: Text = Field("", description=noop("Code of a unit grid, 15 digits."))
    duty_grid: Text = Field("", description=noop("Code of a duty grid."))
    reported_from: Instant | None = Field(None, description=noop("Reported at this time or later."))
    reported_to: Instant | None = Field(None, description=noop("Reported before this time."))
    due_before: Instant | None = Field(None, description=noop("Open, and due before this time."))
    external_number: Text = Field("", description=noop("Number in the system that the case came from."))
    number: Annotated[str, StringConstraints(pattern=BEGINNING)] = Field(
        "", description=noop("How the case number begins: city 6 digits, day 8, counter 5.")
    )


class TaskQuery(Paged):
    """Which of your tasks."""

    kind: list[Code] = Field([], description=noop("Kind of task; may be given several times."))
    state: list[Code] = Field([], description=noop("State of the table; may be given several times."))
    category: list[Code] = Field([], description=noop("Class, as scheme/type/code; may be given several times."))
    community: Text = Field("", description=noop("Code of a community, 12 digits."))
    street: Text = Field("", description=noop("Code of a street, 9 digits."))
    unit_grid: Text = Field("", description=noop("Code of a unit grid, 15 digits."))
    due_before: Instant | None = Field(None, description=noop("Due before this time."))


class ActionsQuery(In):
    all: bool = Field(False, description=noop("Also the actions of other states."))


class CityQuery(In):
    jurisdiction: Text = Field(
        "", description=noop("Code of a city; may be left out where you hold posts in one city only.")
    )


class CategoriesQuery(CityQuery):
    type: ObjectType | None = Field(None, description=noop("Only parts or only events."))
    timing_zone: Text = Field("", description=noop("Limits of this timing zone; empty: those that hold in all."))


class LocateQuery(CityQuery):
    lon: float = Field(description=noop("Longitude in degrees."), examples=[120.005])
    lat: float = Field(description=noop("Latitude in degrees."), examples=[30.005])
    system: CoordinateSystem = Field(description=noop("What the numbers mean: systems differ by up to 1.4 km."))
