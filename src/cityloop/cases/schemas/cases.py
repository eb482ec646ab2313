"""What the API says of a case: its line in a list, its page, what happened to it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from cityloop.cases.schemas.parts import Coded, Due, Lamp, Location, Out, Person, State
from cityloop.kernel.translation import noop


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
