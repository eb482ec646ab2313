"""What programs ask before they report something: whether it is there already. For the staff."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from cityloop.cases import schemas
from cityloop.cases.api import CITY, city_asked, viewer_of
from cityloop.cases.queries.duplicates import probable
from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules import check_position, convert
from cityloop.kernel.errors import NotAllowed
from cityloop.kernel.translation import _, noop

router = Router()


class DuplicatesQuery(schemas.LocateQuery):
    category: schemas.Code = Field(
        description=noop("Class, as scheme/type/code."), examples=["gb47678_2026/part/01001"]
    )
    part_code: schemas.Text = Field("", description=noop("Code of the part that is reported."))
    limit: int = Field(5, ge=1, le=20, description=noop("Cases at most."))


class Probable(schemas.Out):
    """A case that probably tells of the same thing."""

    number: str
    category: schemas.Coded
    state: schemas.State
    distance_m: int = Field(description=noop("Metres between the two places."))
    score: float = Field(description=noop("Probability that both tell of one thing, 0 to 1."))
    why: str = Field(description=noop("What speaks for it, in words."))
    is_open: bool = Field(description=noop("Whether something can be merged into it."))
    reported_at: datetime
    address: str
    description: str


class Duplicates(schemas.Out):
    items: list[Probable] = Field(description=noop("The most probable first; empty where nothing is likely."))


@router.get(
    "/duplicates",
    response=Duplicates,
    tags=[CITY],
    operation_id="find_duplicates",
    summary=noop("Cases that are probably the same thing"),
    description=noop(
        "Before something is reported: open cases, and those just closed, within the radius of the city's table, of the same "
        "class or of a related one, by their probability. For the staff; 403 for one of the public."
    ),
)
def find_duplicates(request: HttpRequest, query: Query[DuplicatesQuery]) -> Any:
    viewer, city = viewer_of(request), city_asked(request, query.jurisdiction)
    if city.code not in viewer.works_in:
        raise NotAllowed(_("This is for the staff of the city."))
    check_position(query.lon, query.lat, "lon")
    found = probable(
        city.code,
        point=convert(query.lon, query.lat, query.system, CoordinateSystem.CGCS2000),
        category=query.category,
        at=city.city.now(),
        part_code=query.part_code,
        viewer=viewer,
        limit=query.limit,
    )
    return {"items": found}
