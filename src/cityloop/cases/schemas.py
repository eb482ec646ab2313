"""What the API takes and gives, checked and described. Every text here is a message id: the document speaks the reader's language."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from cityloop.cases.choices import Kind, Light
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


def _geojson(position: Any) -> Any:
    return {"type": "Point", "coordinates": position} if isinstance(position, tuple) else position


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


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Coded(Out):
    code: str
    name: str


class State(Coded):
    kind: Kind = Field(description=noop("The only thing about a state that programs need to ask."))


class Person(Out):
    id: int | None = Field(description=noop("Null where you may not know who it is; the name is shortened then."))
    name: str


class Point(Out):
    """A position as GeoJSON: longitude, latitude in degrees, WGS 84."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


Location = Annotated[
    Point | None, BeforeValidator(_geojson), Field(validation_alias="position", description=noop("Null: not known."))
]
Due = Annotated[datetime | None, Field(description=noop("Null: due at no known time."))]
Lamp = Annotated[
    Light,
    Field(
        description=noop(
            "green; yellow: little time is left; red: late; double_red: later than its whole limit; "
            "paused: the clock stands still; none: nothing is due."
        )
    ),
]


class Done(Out):
    """What became of a request to act."""

    number: str = Field(description=noop("Case number, 19 digits."))
    seq: int = Field(description=noop("Number of the event in its case; give it back as `If-Match`."))
    action: str
    state: str = Field(description=noop("State of the case after this act."))
    at: datetime
    repeated: bool = Field(description=noop("The same request had been done before; nothing was written now."))
    child: str | None = Field(description=noop("Number of the case that a split made."))


class CaseLine(Out):
    number: str
    jurisdiction: str
    state: State
    light: Lamp
    source: Coded
    category: Coded
    condition: Coded | None = Field(description=noop("Filing condition; null before one is chosen."))
    department: Coded | None = Field(description=noop("The responsible department; null before dispatch."))
    location: Location
    unit_grid: str
    duty_grid: str
    community: str
    street: str
    district: str
    external_number: str
    reported_at: datetime
    due_at: Due
    closed_at: datetime | None
    seq: int


class CasePage(Out):
    items: list[CaseLine]
    next: str | None = Field(description=noop("Cursor of the next page; null on the last one."))


class Clock(Out):
    clock: Coded
    status: Literal["running", "paused", "stopped"]
    limit_s: int | None = Field(
        description=noop("Seconds of open time, what was approved on top included; null where a date is the limit.")
    )
    used_s: int = Field(description=noop("Seconds of open time that it has run."))
    left_s: int | None = Field(
        description=noop("Seconds of open time left, negative once it is late; null once it has stopped.")
    )
    due_at: Due
    light: Lamp


class Flag(Out):
    flag: Coded
    value: bool | int | str


class CaseTask(Out):
    n: int
    task: Coded
    post: Coded
    department: Coded | None
    person: Person | None = Field(description=noop("Null: whoever holds the post."))
    due_at: Due
    light: Lamp


class Application(Out):
    application: Coded
    by: Person | None
    post: Coded
    waits_for: list[Coded] = Field(description=noop("The posts whose turn it is to decide."))


class Place(Out):
    location: Location
    address: str | None
    unit_grid: str
    duty_grid: str
    community: Coded | None
    street: Coded | None
    district: Coded | None
    timing_zone: str


class Reporter(Out):
    name: str | None
    phone: str | None
    masked: bool = Field(description=noop("Whether your posts let you see a part only."))


class Reuse(Out):
    same: bool = Field(description=noop("The very same file; else one that looks alike."))
    number: str | None = Field(
        description=noop("Case on which the earlier one hangs; null where it hangs on none that you may see.")
    )


class File(Out):
    """A file that an event names."""

    seq: int = Field(description=noop("Number of the event that names it."))
    kind: str = Field(description=noop("What it is of: `close`, `after` and so on."))
    sha256: str
    id: UUID | None = Field(description=noop("Null where it is not here: the case was told as history."))
    media: str | None = Field(description=noop("`photo`, `video` or `sound`."))
    state: str = Field(description=noop("`waiting`, `ready`, `broken`, `erased`; `absent`: it is not here."))
    why: str | None = Field(description=noop("Why it is broken or was erased."))
    type: str | None = Field(description=noop("Media type of the original."))
    bytes: int | None
    width: int | None = Field(description=noop("Pixels as it is shown; null for sound."))
    height: int | None
    seconds: float | None = Field(description=noop("Running time; null for a photo."))
    location: Location = Field(
        description=noop(
            "Where it was taken, by its camera; of what one of the public sent, only for those who may know who reported."
        )
    )
    taken: str | None = Field(
        description=noop("When it was taken, by its camera; without an offset where the camera gave none.")
    )
    links: dict[str, str] | None = Field(
        description=noop(
            "Paths that hold for an hour, by variant: `public`, `large`, `small`, and for posts that speak with who "
            "reported, or whoever sent it, `original`."
        )
    )
    alike: Reuse | None = Field(description=noop("Whether the city had this file, or a photo like it, before."))
    erased_at: datetime | None


class Case(Out):
    """All about a case."""

    number: str
    jurisdiction: str
    seq: int = Field(description=noop("Number of its last event."))
    head: str = Field(
        description=noop("Hash of its last event, hexadecimal: the head of the chain. Empty for one of the public.")
    )
    table_version: int = Field(
        description=noop("Version of the city's table that it runs under; 0 and below: editions of CityLoop's own.")
    )
    via: str
    state: State
    light: Lamp
    due_at: Due
    reported_at: datetime
    closed_at: datetime | None
    source: Coded
    category: Coded
    condition: Coded | None
    closing: str = Field(description=noop("What has to be so before it may be closed."))
    description: str | None
    place: Place
    part_code: str
    department: Coded | None
    co_departments: list[Coded]
    handler: Person | None
    collector: Person | None
    reported_by: Person | None = Field(description=noop("The account that reported it; null: a system."))
    reporter: Reporter | None = Field(description=noop("Who called, as they said."))
    external_number: str
    external_due_at: Due
    master: str | None = Field(
        description=noop("Number of the case that it was merged into; null where there is none that you may see.")
    )
    split_from: str | None = Field(
        description=noop("Number of the case that it was split from; null where there is none that you may see.")
    )
    split_into: list[str] = Field(
        description=noop("Numbers of the cases that were split from it, as far as you see them.")
    )
    flags: list[Flag]
    clocks: list[Clock]
    tasks: list[CaseTask]
    applications: list[Application]
    files: list[File] = Field(description=noop("The files that its events name, in order."))
    values: dict[str, Any] = Field(description=noop("What the city's table keeps besides."))


class Spent(Out):
    clock: Coded
    used_s: int
    limit_s: int | None


class Event(Out):
    seq: int
    action: Coded
    at: datetime
    by: Person | None = Field(description=noop("Null: a system, or for one of the public somebody of the staff."))
    post: Coded = Field(description=noop("The post in which it was done."))
    deputy_for: Person | None = Field(description=noop("For whom, where a deputy acted."))
    via: str
    from_state: State | None
    to_state: State
    stayed_s: int | None = Field(description=noop("Seconds that the case had been in the state before, all hours."))
    spent: list[Spent] = Field(description=noop("Seconds of open time that each running clock had used by then."))
    why: str = Field(
        description=noop(
            "What made the system act by a clock: a share of its limit, a changed calendar. Of a dispatch: what the routing rules suggested."
        )
    )
    inputs: dict[str, Any] = Field(description=noop("What was given, texts apart."))
    texts: dict[str, str | None] = Field(description=noop("Texts by field; null where erased."))
    files: list[File]
    cases: list[str] = Field(
        description=noop("Numbers of cases that this act made, or that it made this one from, as far as you see them.")
    )


class Timeline(Out):
    items: list[Event]


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


class Condition(Out):
    key: str
    text: str
    closing: str
    limit_text: str
    amount: int
    unit: str


class Category(Out):
    key: str
    type: str
    code: str
    name: str
    big_code: str
    big_name: str
    dept_kind: str
    geometry: str
    conditions: list[Condition]


class Categories(Out):
    items: list[Category]


class Source(Coded):
    public: bool
    by: list[str] = Field(description=noop("Posts that may name it when they report."))
    photos: int = Field(description=noop("How many photos a report through it needs."))
    needs_point: bool


class FlagKind(Coded):
    type: str


class TableState(Coded):
    kind: Kind
    step: str
    is_final: bool


class TableAction(Coded):
    number: int = Field(description=noop("Its row in the national description of the loop; 0: none."))
    creates: bool
    leads_from: list[str] = Field(validation_alias="from")
    leads_to: list[str] = Field(validation_alias="to", description=noop("Empty: the state stays."))
    by: list[str] = Field(description=noop("Posts that may take it, those that decide included."))
    input_schema: dict[str, Any] = Field(validation_alias="schema")


class LoopTable(Out):
    jurisdiction: str
    version: int
    code: str
    title: str
    sources: list[Source]
    posts: list[Coded]
    steps: list[Coded]
    clocks: list[Coded]
    flags: list[FlagKind]
    applications: list[Coded]
    states: list[TableState]
    actions: list[TableAction]
