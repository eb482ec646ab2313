"""One part, or some, changed: new, otherwise, elsewhere, gone; each change written beside the part in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction

from cityloop.assets import models
from cityloop.assets.actions.adding import lock_parts
from cityloop.assets.actions.counting import next_codes
from cityloop.assets.choices import ChangeKind, Origin, PartState
from cityloop.assets.queries.rights import refuse_unless_manager
from cityloop.assets.queries.values import values_of
from cityloop.assets.rules.values import (
    UNITS,
    as_position,
    difference,
    faults_in,
    faults_of_shape,
    fits,
    kind_of,
    shape_of,
    tidied,
    why_not_undone,
)
from cityloop.geography.queries import extent, locate
from cityloop.geography.rules.shapes import SRID
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, Outdated
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City, city
from cityloop.organisation.rules.staffing import Viewer
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import category_key

BATCH = 500


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changes parts, when, and how it came to that.

    Args:
        at: The machine's instant, for the record.
        day: The city's day from which on it is so.
        by: Whose account; None for the system.
        ref: What the origin calls it: the run of an import, a proposal, a survey.
    """

    at: datetime
    day: date
    by: int | None
    origin: Origin = Origin.HAND
    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a part is to be: only what is named is touched.

    Args:
        values: By the names of ``rules.values.TYPED``; ``position`` as WKT in degrees.
        revision: The part as whoever asks has seen it; None where that does not matter.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None
    is_gone: bool = False


def cause_of(viewer: Viewer, jurisdiction: str, at: datetime, **more: Any) -> Cause:
    """Return that somebody changes parts of a city at an instant of the machine's, on the city's own day."""
    return Cause(at, city(jurisdiction).today(), viewer.user_id, **more)


@transaction.atomic
def create_part(
    viewer: Viewer, jurisdiction: str, class_code: str, position: str, values: Mapping[str, Any], cause: Cause
) -> str:
    """Write a new part, give it the next number of its class, and return its code. Sent again with its ``cause.ref`` it is one.

    Args:
        position: WKT in degrees, WGS 84 or CGCS2000.
    Raises:
        NotAllowed: The viewer keeps no data in this city.
        InvalidInput: Something of it cannot be kept; ``faults`` name the fields.
        Conflict: The numbers of the class are used up.
    """
    refuse_unless_manager(viewer, jurisdiction)
    home = city(jurisdiction)
    given = tidied(fits(values))
    faults = [*class_faults(home, class_code), *faults_in(given, home.scheme, departments_of(home))]
    shape, more = read_position(position)
    faults += more
    if shape is not None and not more:
        place, more = placed(jurisdiction, shape, cause.day)
        faults += more
    if faults:
        raise refusal(faults)
    lock_parts(jurisdiction)
    if cause.ref:
        twice = models.PartChange.objects.filter(jurisdiction=jurisdiction, ref=cause.ref, kind=ChangeKind.NEW)
        if known := twice.order_by("id").values_list("code", flat=True).first():
            return str(known)
    code = next_codes(jurisdiction, place.pop("district") or jurisdiction, class_code, home.scheme)[0]
    given |= {"state": given.get("state") or PartState.INTACT.value}
    row = models.Part(
        jurisdiction=jurisdiction,
        code=code,
        scheme=home.scheme,
        valid_from=cause.day,
        geometry=_geometry(shape),
        **given,
        **place,
    )
    row.save(force_insert=True)
    after = {"position": as_position(shape), **{name: value for name, value in {**given, **place}.items() if value}}
    _note([(row, ChangeKind.NEW, {}, after)], cause)
    return code


def change_part(viewer: Viewer, jurisdiction: str, wanted: Wanted, cause: Cause) -> bool:
    """Change one part by hand; return whether anything of it became otherwise.

    Raises:
        NotAllowed: The viewer keeps no data in this city.
        NotFound: There is no such part.
        InvalidInput: Something cannot be kept.
        Outdated: Somebody changed it since ``wanted.revision``.
    """
    refuse_unless_manager(viewer, jurisdiction)
    return change_parts(jurisdiction, [wanted], cause) == 1


@transaction.atomic
def change_parts(jurisdiction: str, wanted: Sequence[Wanted], cause: Cause) -> int:
    """Change parts of a city, all or none, each with its row of history; return how many became otherwise.

    Whoever calls has seen to it that this may be done.

    Raises:
        NotFound, InvalidInput, Outdated: As ``change_part``; ``faults`` name ``code.field``.
    """
    home = city(jurisdiction)
    lock_parts(jurisdiction)
    done = 0
    for start in range(0, len(wanted), BATCH):
        done += _change_some(home, wanted[start : start + BATCH], cause)
    return done


def undo_change(viewer: Viewer, jurisdiction: str, change_id: int, at: datetime) -> str:
    """Take one change of a part back, by one more change; return the part's code.

    Raises:
        NotAllowed, NotFound: As ``change_part``; there is no such change.
        Conflict: What it made is not so any more, or it is how the part came.
    """
    refuse_unless_manager(viewer, jurisdiction)
    with transaction.atomic():
        lock_parts(jurisdiction)
        change = models.PartChange.objects.filter(pk=change_id, jurisdiction=jurisdiction).first()
        row = models.Part.objects.filter(jurisdiction=jurisdiction, code=change.code).first() if change else None
        if change is None or row is None:
            raise NotFound(_("There is no such change."))
        if why := why_not_undone(values_of(row), change.before, change.after):
            raise Conflict(why)
        cause = cause_of(viewer, jurisdiction, at, origin=Origin.UNDO, ref=str(change.pk))
        _write(row, change.before, cause)
        row.save()
        _note([(row, kind_of(change.after, change.before), change.after, change.before)], cause)
    return row.code


# --- writing


def _change_some(home: City, wanted: Sequence[Wanted], cause: Cause) -> int:
    rows = {
        row.code: row
        for row in models.Part.objects.select_for_update()
        .filter(jurisdiction=home.code, code__in=[one.code for one in wanted])
        .order_by("id")
    }
    faults, written = list[Fault](), list[tuple[models.Part, ChangeKind, dict[str, Any], dict[str, Any]]]()
    for one in wanted:
        row = rows.get(one.code)
        if row is None:
            raise NotFound(_("The city has no part with the code %(code)s.") % {"code": one.code[:20]})
        if one.revision is not None and one.revision != row.revision:
            raise Outdated(
                _("Somebody changed this part meanwhile. Look at it as it is now, and change it again."),
                revision=row.revision,
            )
        before = values_of(row)
        after, wrong = _after(home, row, one, before, cause)
        faults += [
            Fault(f"{one.code}.{fault.field}" if len(wanted) > 1 else fault.field, fault.why, fault.value)
            for fault in wrong
        ]
        old, new = difference(before, after)
        if not wrong and new:
            _write(row, new, cause)
            written.append((row, kind_of(old, new), old, new))
    if faults:
        raise refusal(faults)
    changed = [row for row, *_rest in written]
    if changed:
        models.Part.objects.bulk_update(changed, COLUMNS, batch_size=BATCH)
        _note(written, cause)
    return len(changed)


COLUMNS = [
    "name", "state", "supervisor", "supervisor_name", "owner", "owner_name", "keeper", "keeper_name", "unit_grid", "street",
    "community", "geometry", "source", "accuracy", "remark", "extras", "changed_on", "revision", "valid_to",
]  # fmt: skip


def _after(
    home: City, row: models.Part, one: Wanted, before: Mapping[str, Any], cause: Cause
) -> tuple[dict[str, Any], list[Fault]]:
    """Return what a part will be, as far as it is named, and what of that cannot be kept."""
    after = tidied(fits(one.values))
    # What stood there before stays allowed: a department that was closed is no reason to refuse a new remark.
    known = {*departments_of(home), *(before[name] for name in UNITS)}
    faults = faults_in(after, row.scheme, known)
    if position := one.values.get("position"):
        shape, wrong = read_position(str(position))
        if shape is not None and not wrong:
            place, wrong = placed(home.code, shape, cause.day)
            place.pop("district")
            after |= {"position": as_position(shape), **place}
        faults += wrong
    if one.is_gone:
        last = max(cause.day, row.valid_from + timedelta(days=1))  # it stood there for a day at least
        after |= {"state": PartState.REMOVED.value, "valid_to": last.isoformat()}
    elif after.get("state") == PartState.REMOVED and not before["valid_to"]:
        faults.append(Fault("state", _("Take the part out instead: a removed part has a last day."), "removed"))
    elif before["valid_to"] and after:
        faults.append(Fault("", _("This part is gone. Take that back first."), ""))
    return after, faults


def _write(row: models.Part, values: Mapping[str, Any], cause: Cause) -> None:
    for name, value in values.items():
        if name == "position":
            row.geometry = _geometry(shape_of(value))
        elif name == "valid_to":
            row.valid_to = date.fromisoformat(value) if value else None
        else:
            setattr(row, name, value)
    row.changed_on = max(cause.day, row.valid_from)
    row.revision += 1


def _note(
    written: Sequence[tuple[models.Part, ChangeKind, Mapping[str, Any], Mapping[str, Any]]], cause: Cause
) -> None:
    models.PartChange.objects.bulk_create(
        [
            models.PartChange(
                jurisdiction=row.jurisdiction, code=row.code, revision=row.revision, kind=kind, day=cause.day, at=cause.at,
                by=cause.by, origin=cause.origin, ref=cause.ref, note=cause.note[:500], before=dict(before), after=dict(after),
            )
            for row, kind, before, after in written
        ],
        batch_size=BATCH,
    )  # fmt: skip


# --- reading what was sent


def read_position(position: str) -> tuple[Any, list[Fault]]:
    """Return the shape that a text of WKT describes, and why it cannot be kept."""
    try:
        shape = shapely.from_wkt(position)
    except shapely.errors.GEOSException:
        shape = None
    if shape is None:
        return None, [Fault("position", _("is no position: choose a place on the map"), position[:80])]
    return shape, faults_of_shape(shape)


def placed(jurisdiction: str, shape: Any, on: date) -> tuple[dict[str, str], list[Fault]]:
    """Return in which unit grid, street, community and district a shape lies, by a point on it."""
    point = shape if shape.geom_type == "Point" else shapely.point_on_surface(shape)
    found = locate(point.x, point.y, on, jurisdiction=jurisdiction)
    if found is None:
        nowhere = dict.fromkeys(("unit_grid", "street", "community", "district"), "")
        try:
            extent(jurisdiction, on)
        except NotFound:
            return nowhere, []  # a city that has not drawn its borders yet
        return nowhere, [Fault("position", _("lies outside the city"), as_position(point))]
    return {
        "unit_grid": found.unit_grid,
        "street": found.street,
        "community": found.community,
        "district": found.district,
    }, []


def class_faults(home: City, class_code: str) -> list[Fault]:
    known = home.categories.get(category_key(home.scheme, ObjectType.PART, class_code)) if class_code else None
    return (
        [] if known else [Fault("class_code", _("the city has no class of parts with these digits"), class_code[:10])]
    )


def departments_of(home: City) -> set[str]:
    return {one.code for one in home.departments.values()}


def _geometry(shape: Any) -> GEOSGeometry:
    return GEOSGeometry(shapely.to_wkb(shapely.set_srid(shapely.force_2d(shape), SRID), hex=True, include_srid=True))


def refusal(faults: Sequence[Fault]) -> InvalidInput:
    return InvalidInput(_("This cannot be kept: %(first)s") % {"first": faults[0].told()}, faults=list(faults))
