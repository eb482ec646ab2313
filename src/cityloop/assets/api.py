"""Parts for programs: lists, one with its past, proposals sent and decided on."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cityloop.assets.actions.proposing import Proposed, decide, propose
from cityloop.assets.choices import Accuracy, ChangeKind, DataSource, Decision, PartState, Role
from cityloop.assets.queries.histories import changes_of, part_on, part_row
from cityloop.assets.queries.listing import part_page, search_of
from cityloop.assets.queries.proposals import proposal, proposal_page
from cityloop.assets.queries.values import values_of
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound
from cityloop.kernel.homes import home_asked
from cityloop.kernel.patterns import DIGITS, TEXT
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import City, city
from cityloop.organisation.rules.staffing import Viewer

PARTS = "Parts"

router = Router()

Digits = Annotated[str, StringConstraints(max_length=17, pattern=DIGITS)]
Word = Annotated[str, StringConstraints(max_length=500, pattern=TEXT)]
Sha256 = Annotated[str, StringConstraints(min_length=64, max_length=64, pattern=TEXT)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PartsQuery(In):
    jurisdiction: Digits | None = Field(
        None, description=noop("Code of your city; may be left out where you work in one only.")
    )
    words: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description=noop("A code or how it begins, or a word of the name or the class.")
    )
    class_code: Digits | Literal[""] = Field("", description=noop("Digits of the class."))
    state: PartState | Literal["", "wrong"] = Field("", description=noop("`wrong`: all that are not intact."))
    role: Role = Field(Role.KEEPER, description=noop("What the department has to do with the part."))
    department: Annotated[str, StringConstraints(max_length=40)] = ""
    unit_grid: Digits | Literal[""] = ""
    place: Digits | Literal[""] = Field("", description=noop("Code of a street (9 digits) or a community (12 digits)."))
    gone: bool = Field(False, description=noop("Whether parts that stand there no more are among them."))
    cursor: Annotated[str, StringConstraints(max_length=400)] = Field(
        "", description=noop("`next` of the page before.")
    )


class PartLineOut(Out):
    code: str
    class_code: str
    class_name: str
    name: str
    state: str
    keeper: str = Field(description=noop("Name of the unit that keeps it in order."))
    where: str = Field(description=noop("Street and community."))
    unit_grid: str
    valid_from: date
    valid_to: date | None = Field(
        description=noop("First day on which it stands there no more; null: it stands there.")
    )
    changed_on: date | None = Field(description=noop("Day of its last change; null: it was never changed."))
    location: dict[str, Any] = Field(description=noop("A point on it as GeoJSON, WGS 84."))


class Parts(Out):
    items: list[PartLineOut]
    next: str = Field(description=noop("Cursor of the next page; empty on the last."))


class Change(Out):
    revision: int
    kind: ChangeKind
    day: date
    at: datetime
    origin: str
    note: str
    before: dict[str, Any] = Field(description=noop("What was otherwise before; empty for a new part."))
    after: dict[str, Any]


class Part(Out):
    code: str
    jurisdiction: str
    scheme: str
    class_code: str
    revision: int = Field(description=noop("Counts its changes."))
    valid_from: date
    valid_to: date | None
    changed_on: date | None
    values: dict[str, Any] = Field(
        description=noop("Its attributes, `position` as WKT in degrees, WGS 84; with `on` as they were on that day.")
    )
    changes: list[Change] = Field(description=noop("The newest first."))


class PartQuery(In):
    on: date | None = Field(None, description=noop("A day of the past: the attributes are those of its end."))


class Attributes(In):
    """What a proposal says of a part; what is left out stays."""

    name: Annotated[str, StringConstraints(max_length=100, pattern=TEXT)] | None = None
    state: PartState | None = None
    supervisor: Annotated[str, StringConstraints(max_length=40)] | None = None
    owner: Annotated[str, StringConstraints(max_length=40)] | None = None
    keeper: Annotated[str, StringConstraints(max_length=40)] | None = None
    supervisor_name: Annotated[str, StringConstraints(max_length=100)] | None = None
    owner_name: Annotated[str, StringConstraints(max_length=100)] | None = None
    keeper_name: Annotated[str, StringConstraints(max_length=100)] | None = None
    source: DataSource | None = None
    accuracy: Accuracy | None = None
    remark: Annotated[str, StringConstraints(max_length=1000)] | None = None
    extras: dict[str, str | bool] | None = Field(None, description=noop("What only the part's scheme asks for."))


class NewProposal(In):
    key: UUID = Field(description=noop("Your own: the same proposal sent twice is one."))
    kind: ChangeKind
    jurisdiction: Digits | None = None
    code: Digits | Literal[""] = Field("", description=noop("Of the part; empty for a new one."))
    class_code: Digits | Literal[""] = Field("", description=noop("Of a new part."))
    values: Attributes = Field(default_factory=lambda: Attributes(extras=None))
    lon: Annotated[float, Field(ge=-180, le=180)] | None = Field(
        None, description=noop("Degrees, WGS 84; of a new or moved part.")
    )
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    words: Word = ""
    photos: Annotated[list[Sha256], Field(max_length=12)] = Field(
        default=[], description=noop("Digests of photos that you have sent (`POST /api/v1/media`).")
    )
    case: Digits | Literal[""] = Field("", description=noop("Number of the case that it came from."))


class ProposalOut(Out):
    id: UUID
    jurisdiction: str
    kind: ChangeKind
    code: str
    class_name: str
    words: str
    by: str
    at: datetime
    state: Decision
    reason: str
    decided_at: datetime | None = Field(description=noop("Null: nobody has decided."))


class Proposals(Out):
    items: list[ProposalOut] = Field(description=noop("The newest first."))
    next: str = Field(description=noop("Cursor of the next page; empty on the last."))


class ProposalsQuery(In):
    jurisdiction: Digits | None = None
    state: Decision = Decision.WAITING
    mine: bool = Field(False, description=noop("Only your own."))
    cursor: Annotated[str, StringConstraints(max_length=400)] = ""


class DecisionIn(In):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    accept: bool
    reason: Word = Field("", description=noop("Needed where they are sent back."))
    anyway: bool = Field(False, description=noop("You have seen what stands against it."))


class Decided(Out):
    id: UUID
    code: str = Field(description=noop("Of the part; empty where nothing was done."))
    why: str = Field(description=noop("Why it was not done; empty where it was."))


class DecidedAll(Out):
    items: list[Decided]


def viewer_of(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.auth  # type: ignore[attr-defined]  # what the authentication returned
    return viewer


def home_of(request: HttpRequest, asked: str | None) -> City:
    return city(home_asked(viewer_of(request).works_in, asked))


@router.get(
    "/parts",
    response=Parts,
    tags=[PARTS],
    operation_id="list_parts",
    summary=noop("Parts of a city, by code"),
    description=noop("Fifty at a time; nothing is counted. For the staff of the city."),
)
def list_parts(request: HttpRequest, query: Query[PartsQuery]) -> Any:
    asked = query.model_dump() | {"gone": "1" if query.gone else ""}
    page = part_page(viewer_of(request), home_of(request, query.jurisdiction), search_of(asked), query.cursor)
    return {"items": [_line(one) for one in page.items], "next": page.next}


def _line(one: Any) -> dict[str, Any]:
    lon, lat = (float(degree) for degree in one.spot.split(","))
    names = [name for name in PartLineOut.model_fields if name != "location"]
    return {name: getattr(one, name) for name in names} | {"location": {"type": "Point", "coordinates": [lon, lat]}}


@router.get(
    "/parts/{code}",
    response=Part,
    tags=[PARTS],
    operation_id="get_part",
    summary=noop("A part with its past"),
)
def get_part(request: HttpRequest, code: str, query: Query[PartQuery]) -> Any:
    row = part_row(viewer_of(request), code)
    values = values_of(row) if query.on is None else part_on(viewer_of(request), code, query.on)
    if values is None:
        raise NotFound(_("It did not stand there on that day."))
    columns = ("code", "jurisdiction", "scheme", "class_code", "revision", "valid_from", "valid_to", "changed_on")
    return {name: getattr(row, name) for name in columns} | {"values": values, "changes": changes_of(row)}


@router.get(
    "/part-proposals",
    response=Proposals,
    tags=[PARTS],
    operation_id="list_part_proposals",
    summary=noop("What the field proposes of parts"),
)
def list_proposals(request: HttpRequest, query: Query[ProposalsQuery]) -> Any:
    home = home_of(request, query.jurisdiction)
    return proposal_page(viewer_of(request), home, state=query.state, mine=query.mine, cursor=query.cursor)


@router.post(
    "/part-proposals",
    response={201: ProposalOut},
    tags=[PARTS],
    operation_id="propose_part_change",
    summary=noop("Propose that a part is new, moved, otherwise or gone"),
    description=noop("A data administrator of the city decides; until then the registry stays as it is."),
)
def send_proposal(request: HttpRequest, response: HttpResponse, payload: NewProposal) -> Status[Any]:
    viewer, home = viewer_of(request), home_of(request, payload.jurisdiction)
    position = "" if payload.lon is None or payload.lat is None else f"POINT ({payload.lon!r} {payload.lat!r})"
    told = Proposed(
        payload.kind, payload.key, code=payload.code, class_code=payload.class_code, position=position, words=payload.words,
        values=payload.values.model_dump(exclude_none=True, mode="json"), photos=payload.photos, case_number=payload.case,
    )  # fmt: skip
    made = propose(viewer, home.code, told, machine_now())
    response["Location"] = f"{request.path}/{made}"
    return Status(201, proposal(viewer, made))


@router.post(
    "/part-proposals/decide",
    response=DecidedAll,
    tags=[PARTS],
    operation_id="decide_part_proposals",
    summary=noop("Accept proposals, or send them back"),
    description=noop("For data administrators. Each by itself: of one that was not done the answer says why."),
)
def decide_proposals(request: HttpRequest, payload: DecisionIn) -> Any:
    done = decide(
        viewer_of(request),
        payload.ids,
        accepts=payload.accept,
        reason=payload.reason,
        at=machine_now(),
        anyway=payload.anyway,
    )
    return {"items": done}


@router.get(
    "/part-proposals/{proposal_id}",
    response=ProposalOut,
    tags=[PARTS],
    operation_id="get_part_proposal",
    summary=noop("What became of a proposal"),
)
def get_proposal(request: HttpRequest, proposal_id: UUID) -> Any:
    return proposal(viewer_of(request), proposal_id)
