"""The loop's doors for programs: parse, fetch, take one action, answer. ``site.api`` says who asks and shapes refusals."""

import re
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja import Query, Router, Status

from cityloop.cases import actions, queries, schemas
from cityloop.cases.actions import Performed
from cityloop.cases.actions.facts import elsewhere
from cityloop.cases.actions.facts import locate as locate_in
from cityloop.cases.actions.looking import look_at_case, look_at_timeline
from cityloop.cases.choices import Via
from cityloop.cases.queries.case_detail import fingerprint
from cityloop.cases.queries.case_list import Wanted, case_page
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.clock_lines import clock_reasons
from cityloop.cases.queries.found import find
from cityloop.cases.queries.loop_page import loop_drawing
from cityloop.cases.queries.menus import category_lines, schema_now, table_menu
from cityloop.cases.queries.my_tasks import WantedTasks, task_page
from cityloop.cases.queries.possible import possible_actions
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.suggestions import suggest
from cityloop.cases.queries.words import Words
from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules import check_position, convert
from cityloop.kernel.errors import Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.homes import home_asked
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import is_held
from cityloop.kernel.translation import _, language, noop
from cityloop.organisation.rules.staffing import Viewer

CASES, WORK, CITY = "Cases", "Work", "City"

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
"""Python would also take braces, underlines and ``urn:uuid:``."""

router = Router()


# --- acting


@router.post(
    "/cases",
    response={201: schemas.Done, 200: schemas.Done},
    tags=[CASES],
    operation_id="report",
    summary=noop("Report a case"),
    description=noop(
        "Makes a case. It belongs to the innermost city that contains its point, and is readable at once. "
        "201 with `Location` and `ETag`; 200 where the same request had been done before."
    ),
)
def report(request: HttpRequest, response: HttpResponse, payload: schemas.NewCase) -> Status[schemas.Done]:
    viewer = viewer_of(request)
    done = actions.report(
        home_asked(homes(viewer), payload.jurisdiction),
        payload.inputs,
        actor=viewer,
        key=_key(request, payload.key),
        via=Via.API,
        action=payload.action,
    )
    response["Location"] = f"{request.path}/{done.number}"
    return Status(200 if done.repeated else 201, _done(done, response))


@router.post(
    "/cases/{number}/actions/{action}",
    response=schemas.Done,
    tags=[CASES],
    operation_id="act",
    summary=noop("Take an action on a case"),
    description=noop(
        "Takes any action of the table that the case runs under; those of CityLoop's own table are described one by one below. "
        "With `If-Match` it is refused (412) if somebody acted since."
    ),
)
def act(request: HttpRequest, response: HttpResponse, number: str, action: str, payload: schemas.Act) -> schemas.Done:
    done = actions.perform(
        number,
        action,
        payload.inputs,
        actor=viewer_of(request),
        key=_key(request, payload.key),
        via=Via.API,
        expected_seq=_expected_seq(request),
    )
    return _done(done, response)


def _done(done: Performed, response: HttpResponse) -> schemas.Done:
    response["ETag"] = f'"{done.seq}"'
    return schemas.Done(
        number=done.number,
        seq=done.seq,
        action=done.action,
        state=done.state,
        at=done.at,
        repeated=done.repeated,
        child=done.child or None,
    )


def _key(request: HttpRequest, in_body: UUID | None) -> UUID:
    """Return the idempotency key: the body's, the header's, or a new one that nobody will send again.

    A header that is there and empty is refused: the web server empties one that is not ASCII, and whoever sent a key
    counts on it.
    """
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return in_body or uuid7()
    header = header.strip('" ')
    if UUID_TEXT.fullmatch(header) is None:
        raise InvalidInput(
            _("The header Idempotency-Key must be a UUID."),
            faults=[Fault("Idempotency-Key", _("must be a UUID"), header[:80])],
        )
    key = UUID(header)
    if in_body not in {None, key}:
        raise InvalidInput(
            _("Two idempotency keys were sent that differ. Send one, in the body or as a header."),
            faults=[Fault("key", _("differs from the header Idempotency-Key"), str(in_body))],
        )
    return key


def _expected_seq(request: HttpRequest) -> int | None:
    """Return the event that the caller saw last, by ``If-Match``; None where any will do.

    Of an ETag the number before the hyphen counts: a light that turned yellow meanwhile is no reason to refuse an act.
    A weak tag is taken too, since proxies that compress make every tag weak. One that is there and empty is refused:
    the web server empties a header that is not ASCII, and whoever sent one counts on it.
    """
    header = request.META.get("HTTP_IF_MATCH", "*").strip()
    if header == "*":
        return None
    tag = header.removeprefix("W/").strip('"').partition("-")[0]
    if not tag.isascii() or not tag.isdigit() or len(tag) > 9:
        raise InvalidInput(
            _("If-Match must be the ETag of this case as it was given."),
            faults=[Fault("If-Match", _("is not an ETag of a case"), header[:80])],
        )
    return int(tag)


# --- cases


@router.get(
    "/cases",
    response=schemas.CasePage,
    tags=[CASES],
    operation_id="list_cases",
    summary=noop("List cases"),
    description=noop("The cases that you may see, a page at a time. Nothing is counted: ask `next` until it is null."),
)
def list_cases(request: HttpRequest, query: Query[schemas.CaseQuery]) -> Any:
    sides = query.model_dump(exclude={"order", "limit", "cursor"})
    wanted: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in sides.items()}
    return case_page(viewer_of(request), Wanted(**wanted), order=query.order, limit=query.limit, cursor=query.cursor)


@router.get(
    "/cases/{number}",
    response=schemas.Case,
    tags=[CASES],
    operation_id="get_case",
    summary=noop("All about a case"),
    description=noop(
        "With `If-None-Match` a desk may ask every few seconds: 304 until an event, a light or a name has changed. "
        "Seconds left count down from `due_at` meanwhile. Who reported it is shown in full to those only who speak with them, "
        "and each such look is logged. One of the public who reported it sees where it stands, what they said themselves and "
        "what the city's table shows them; the rest is empty."
    ),
)
def get_case(request: HttpRequest, response: HttpResponse, number: str) -> Any:
    found = find(number, viewer_of(request))
    return _unless_known(request, response, f'"{fingerprint(found)}"') or look_at_case(found, Via.API)


@router.get(
    "/cases/{number}/timeline",
    response=schemas.Timeline,
    tags=[CASES],
    operation_id="get_timeline",
    summary=noop("What happened to a case"),
    description=noop("Its events in order: who, in which post, what, when, with what, and how much time was used."),
)
def get_timeline(request: HttpRequest, number: str) -> Any:
    return {"items": look_at_timeline(find(number, viewer_of(request)), Via.API)}


@router.get(
    "/cases/{number}/clocks",
    response=schemas.Clocks,
    tags=[CASES],
    operation_id="get_clocks",
    summary=noop("Why a case is due when it is"),
    description=noop(
        "Each clock with the rule, the working spans, the pauses and the approvals that make up its deadline. "
        "Add up the lengths of `spans`: where they reach `limit_s` + `extra_s`, there is `due`."
    ),
)
def get_clocks(request: HttpRequest, number: str) -> Any:
    found = find(number, viewer_of(request))
    return {"now": found.now, "items": clock_reasons(found, Words(found.loop, found.city))}


@router.get(
    "/cases/{number}/actions",
    response=schemas.Choices,
    tags=[CASES],
    operation_id="list_actions",
    summary=noop("What you may do with a case now"),
    description=noop("Every action that leads from its state, with what it needs, and why not where you may not."),
)
def list_actions(request: HttpRequest, number: str, query: Query[schemas.ActionsQuery]) -> Any:
    viewer = viewer_of(request)
    found = find(number, viewer)
    words = Words(found.loop, found.city)
    items = [
        {
            "code": possible.action.code,
            "name": words.label(possible.action),
            "allowed": not possible.why_not,
            "why_not": possible.why_not or None,
            "input_schema": schema_now(found.row.jurisdiction, found.row.table_version, possible),
        }
        for possible in possible_actions(found, viewer, found.now, others=query.all)
    ]
    return {"number": number, "seq": found.row.seq, "items": items}


@router.get(
    "/cases/{number}/suggestion",
    response=schemas.Suggestion,
    tags=[CASES],
    operation_id="get_suggestion",
    summary=noop("Where a case should be dispatched to"),
    description=noop(
        "By the city's routing rules as they hold now, else by the default order: parts to their owner first and then by area, "
        "events by area first and then to the owner. `rule` 0: no rule fits."
    ),
)
def get_suggestion(request: HttpRequest, number: str) -> Any:
    found = find(number, viewer_of(request))
    if reads_as_public(found.loop, found.row.jurisdiction, found.viewer):
        raise NotAllowed(_("Only the staff are told where a case should go."))
    return suggest(found)


# --- work


@router.get(
    "/tasks",
    response=schemas.TaskPage,
    tags=[WORK],
    operation_id="list_tasks",
    summary=noop("What you have to do"),
    description=noop(
        "The open tasks of your posts, your departments and duty grids, and those given to you by name; soonest first."
    ),
)
def list_tasks(request: HttpRequest, query: Query[schemas.TaskQuery]) -> Any:
    sides = query.model_dump(exclude={"limit", "cursor"})
    wanted: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in sides.items()}
    return task_page(viewer_of(request), WantedTasks(**wanted), limit=query.limit, cursor=query.cursor)


# --- the city


@router.get(
    "/table",
    response=schemas.LoopTable,
    tags=[CITY],
    operation_id="get_table",
    summary=noop("The table that the city runs by"),
    description=noop("States, actions and what each needs, with their names: what a menu or a form is drawn from."),
)
def get_table(request: HttpRequest, response: HttpResponse, query: Query[schemas.CityQuery]) -> Any:
    menu = table_menu(city_asked(request, query.jurisdiction))
    return _unless_known(request, response, f'"{menu["etag"]}"') or menu


@router.get(
    "/loop.svg",
    response=None,
    tags=[CITY],
    operation_id="get_loop",
    summary=noop("The loop, drawn from the city's table"),
    openapi_extra={"responses": {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}},
)
def get_loop(request: HttpRequest, query: Query[schemas.CityQuery]) -> HttpResponse:
    viewer = viewer_of(request)
    drawing, _name = loop_drawing(viewer, city_asked(request, query.jurisdiction).code)
    return HttpResponse(drawing, content_type="image/svg+xml")


@router.get(
    "/categories",
    response=schemas.Categories,
    tags=[CITY],
    operation_id="list_categories",
    summary=noop("The classes that the city uses"),
    description=noop("Each with its filing conditions, their limits and closing conditions, today."),
)
def list_categories(request: HttpRequest, response: HttpResponse, query: Query[schemas.CategoriesQuery]) -> Any:
    city = city_asked(request, query.jurisdiction)
    shared, own = city.city.versions
    etag = f'"{city.code}-{shared}-{own}-{city.day:%Y%m%d}-{language()}"'
    if known := _unless_known(request, response, etag):
        return known
    return {"items": list(category_lines(city, query.timing_zone, of_type=query.type or ""))}


@router.get(
    "/locate",
    response=schemas.Located,
    tags=[CITY],
    operation_id="locate",
    summary=noop("Where a point lies"),
    description=noop("Grid, community, street and district of a point today; 422 outside the city."),
)
def locate(request: HttpRequest, query: Query[schemas.LocateQuery]) -> Any:
    city = city_asked(request, query.jurisdiction)
    check_position(query.lon, query.lat, "lon")
    lon, lat = convert(query.lon, query.lat, query.system, CoordinateSystem.CGCS2000)
    located = locate_in(city, lon, lat, city.city.now())
    if located.jurisdiction not in {city.code, *viewer_of(request).jurisdictions}:
        raise InvalidInput(elsewhere(), faults=[Fault("point", _("lies in another city"), f"{query.lon}, {query.lat}")])
    names = ("unit_grid", "duty_grid", "community", "street", "district", "jurisdiction", "timing_zone")
    return {
        "location": {"type": "Point", "coordinates": (located.lon, located.lat)},
        **{name: getattr(located, name) for name in names},
    }


# --- what all of them ask


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who asks; ``site.api`` found it out before anything here ran."""
    viewer: Viewer = request.auth  # type: ignore[attr-defined] # what the authentication returned
    return viewer


def homes(viewer: Viewer) -> set[str]:
    """Return the cities in which they hold a post."""
    return {held.jurisdiction for held in viewer.posts}


def city_asked(request: HttpRequest, wanted: str) -> LoopCity:
    """Return a city that the caller may look at: of their posts, or below one of these.

    Raises:
        NotFound: It is none of these, whether it exists or not.
        NotAllowed, InvalidInput: As for ``kernel.homes``.
    """
    viewer = viewer_of(request)
    if wanted and wanted not in viewer.jurisdictions:
        raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": wanted[:40]})
    return queries.loop_city(wanted or home_asked(homes(viewer), None))


def _unless_known(request: HttpRequest, response: HttpResponse, etag: str) -> HttpResponse | None:
    """Return 304 where the caller has what ``etag`` stands for; else note it in ``response``."""
    if is_held(request, etag):
        return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": response["Cache-Control"]})
    response["ETag"] = etag
    return None
