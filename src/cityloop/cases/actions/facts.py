"""What the engine cannot know by itself: where a point lies, what lies near, what a case was before."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from cityloop.cases import models
from cityloop.cases.actions import statements
from cityloop.cases.choices import OPEN_KINDS, Via
from cityloop.cases.queries.before import before_last
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.coordinates import box_around
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.rules.files import FileFact, Files
from cityloop.cases.rules.inputs import SHA256_DIGITS
from cityloop.cases.rules.parties import NO_FACTS, Facts
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import PHOTOS_MOST, Action, Table
from cityloop.geography import queries as geography
from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules import Located, convert, looks_swapped
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotAllowed, NotFound
from cityloop.kernel.sql import prepared_cursor
from cityloop.kernel.translation import _
from cityloop.media import queries as media
from cityloop.media.choices import State
from cityloop.organisation.rules.staffing import Viewer

FREE = frozenset({Via.SYSTEM, Via.REPLAYED, Via.DEMO})
"""Doors through which acts come whose files nobody need have sent here."""

PLACE = ("unit_grid", "duty_grid", "community", "street", "district", "timing_zone")


def gather_for_new(
    jurisdiction: str,
    inputs: Mapping[str, Any],
    actor: Viewer,
    now: datetime | None,
    extra: Mapping[str, Any] | None,
) -> tuple[Facts, LoopCity, datetime]:
    """Return the facts for a new case but for its files, the city that it belongs to, and the city's time.

    Raises:
        NotAllowed: It lies in a city in which ``actor`` holds no post.
    """
    city = loop_city(jurisdiction)
    at = now or city.city.now()
    point = _position(inputs.get("point"))
    located = None if point is None else locate(city, *point, at)
    if located is not None and located.jurisdiction != city.code:
        city = _city_of(located, city)
        if not actor.is_system and city.code not in actor.jurisdictions:
            raise NotAllowed(elsewhere(), faults=[Fault("point", _("lies in another city"), _shown(located))])
        at = now or city.city.now()
    category = inputs.get("category")
    category = category if isinstance(category, str) and category in city.categories else ""
    if located is None:
        return Facts(restricted=_restricted(city, category, None, at), extra=extra), city, at
    radius_m = table(city.code, version_in_force(city.code, city.city.versions, at)).settings.duplicate_radius_m
    return (
        Facts(
            located=place_values(located),
            restricted=_restricted(city, category, located, at),
            similar=_similar(city.code, category, located.lon, located.lat, radius_m),
            extra=extra,
        ),
        city,
        at,
    )


def gather(
    row: models.Case,
    loop: Table,
    snapshot: Snapshot,
    action: Action | None,
    inputs: Mapping[str, Any],
    actor: Viewer,
    city: LoopCity,
) -> Facts:
    """Return the facts for ``action`` on an existing case but for its files."""
    if action is None:
        return NO_FACTS
    if action.restores:
        return Facts(previous=before_last(row.id, loop, snapshot))
    located = None
    if "point" in action.needs and (point := _position(inputs.get("point"))) is not None:
        found = locate(city, *point, city.city.now())
        if found.jurisdiction != city.code:
            raise InvalidInput(
                _("This point lies in another jurisdiction. A case keeps its own; report a new one there."),
                faults=[Fault("point", _("lies in another jurisdiction"), _shown(found))],
            )
        # Of the old place nothing stays: the new one may lie in no grid.
        located = dict.fromkeys(name for name in PLACE if name in snapshot.values) | place_values(found)
    master = _master(row, inputs["master"], actor) if "master" in action.needs and inputs.get("master") else ""
    return Facts(located=located, master=master, extra={"number": row.number} if master else None)


def files_of(
    action: Action | None, inputs: Mapping[str, Any], actor: Viewer, city: str, via: str, case: UUID | None = None
) -> Files | None:
    """Return which files the act may name: what the actor has sent, and what hangs on the case. One query, none without files.

    A file lies in the city that it was sent to: one where its sender holds a post. The case may lie in another, the innermost
    one that contains its point; so files are looked for in the case's city and in those of the actor's posts.

    None where anything goes: in acts of the system, and in a case told as history.
    """
    if action is None or not action.files or actor.is_system or via in FREE:
        return None
    digests = {digest for name in action.files for digest in _digests(inputs.get(name))}
    if not digests:
        return {}
    homes = {city, *(held.jurisdiction for held in actor.posts)}
    there = None if case is None else models.Attachment.objects.filter(case_id=case)
    found = media.usable(digests, actor.user_id or 0, homes, there)
    # Where two cities keep the same content the case's own comes last, and stays.
    found.sort(key=lambda one: one.jurisdiction == city)
    return {one.sha256: FileFact(one.kind, one.state == State.ERASED, one.jurisdiction) for one in found}


def _digests(photos: Any) -> Iterator[str]:
    """Yield what may be digests; what is none is left for the table's check to refuse."""
    if isinstance(photos, list):
        for photo in photos[:PHOTOS_MOST]:
            digest = photo.get("sha256") if isinstance(photo, Mapping) else None
            if isinstance(digest, str) and digest.isalnum() and len(digest) == SHA256_DIGITS:
                yield digest


def locate(city: LoopCity, lon: float, lat: float, at: datetime) -> Located:
    """Return where a point lies.

    Raises:
        InvalidInput: Outside the city; the message says so, and whether the axes look swapped.
    """
    located = geography.locate(lon, lat, city.city.day_of(at))
    if located is not None:
        return located
    day = city.city.day_of(at)
    swapped = looks_swapped(lon, lat, geography.extent(city.code, day))
    why = (
        _("This point lies outside the city; lon and lat look swapped.")
        if swapped
        else _("This point lies outside the city. Check its coordinates and their system.")
    )
    raise InvalidInput(why, faults=[Fault("point", why, f"{lon}, {lat}")])


def elsewhere() -> str:
    """Return what somebody is told whose point lies in a city that they may not know of: not which one, but what to do."""
    return _(
        "This point lies in the area of another city. It is reported there, by somebody who holds a post of that city:"
        " pass it on to them, or check the point's coordinates and their system."
    )


def _shown(located: Located) -> str:
    return f"{located.lon}, {located.lat}"


def place_values(located: Located) -> dict[str, Any]:
    """Return the case's values that follow from where it lies."""
    values: dict[str, Any] = {"lon": located.lon, "lat": located.lat}
    for name in PLACE:
        if code := getattr(located, name):
            values[name] = code
    return values


def _position(point: Any) -> tuple[float, float] | None:
    """Return lon and lat in WGS 84; what is not a point at all is left for the table's check to refuse."""
    if not isinstance(point, Mapping):
        return None
    lon, lat, system = (point.get(part) for part in ("lon", "lat", "system"))
    if not _is_degree(lon, 180) or not _is_degree(lat, 90) or system not in CoordinateSystem.values:
        return None
    lon, lat = convert(float(lon), float(lat), system, "cgcs2000")
    return round(lon, 7), round(lat, 7)  # a centimetre: nobody measures finer, and JSON stays short


def _is_degree(value: Any, most: float) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= most


def _city_of(located: Located, asked: LoopCity) -> LoopCity:
    """Return the city that a place belongs to; an area of no city counts as outside."""
    try:
        return loop_city(located.jurisdiction)
    except NotFound as exc:
        raise InvalidInput(
            _("This point lies in an area that belongs to no city here. Check its coordinates and their system."),
            faults=[Fault("point", _("outside the city"), _shown(located))],
            city=asked.code,
        ) from exc


def _restricted(city: LoopCity, category: str, located: Located | None, at: datetime) -> str:
    """Return why the class is not reported here and now; without a place only what holds for the whole city counts."""
    if not city.has_restrictions:
        return ""
    local = at.astimezone(city.city.time_zone).strftime("%H:%M:%S")
    with prepared_cursor() as cursor:
        cursor.execute(
            statements.RESTRICTED,
            {
                "jurisdiction": city.code,
                "category": category,
                "now": at,
                "local": local,
                "lon": located.lon if located else None,
                "lat": located.lat if located else None,
            },
        )
        found = cursor.fetchone()
    return _("this class is not reported here and now: %(reason)s") % {"reason": found[0]} if found else ""


def _similar(jurisdiction: str, category: str, lon: float, lat: float, radius_m: float) -> bool:
    west, south, east, north = box_around(lon, lat, radius_m)
    with prepared_cursor() as cursor:
        cursor.execute(
            statements.SIMILAR,
            {
                "jurisdiction": jurisdiction,
                "category": category,
                "west": west,
                "south": south,
                "east": east,
                "north": north,
                "lon": lon,
                "lat": lat,
                "radius_m": radius_m,
            },
        )
        [found] = cursor.fetchone()
    return bool(found)


def _master(row: models.Case, number: Any, actor: Viewer) -> str:
    """Return the id of the case to merge into: visible, open, of the same jurisdiction, itself no duplicate.

    It is locked too: else two cases merged into each other at the same moment would both be gone.
    """
    wanted = (
        models.Case.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(number=number, jurisdiction=row.jurisdiction)
        .only("id", "kind")
    )
    master = wanted.first() if isinstance(number, str) and number.isalnum() else None
    if master is None or master.id == row.id:
        raise InvalidInput(
            _("There is no other case with this number here."),
            faults=[Fault("master", _("must be the number of another case"), str(number)[:40])],
        )
    if master.kind not in OPEN_KINDS:
        raise Conflict(_("A case can only be merged into an open one."), master=str(number))
    return str(master.id)
