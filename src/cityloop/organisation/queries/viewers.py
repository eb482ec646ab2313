"""What a person holds, kept in the process for as long as nothing of it has changed."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from cityloop.kernel.clock import machine_now
from cityloop.kernel.sql import prepared_cursor
from cityloop.kernel.versions import remember
from cityloop.organisation import models
from cityloop.organisation.queries.cities import absence_fact, appointment_fact, city, duty_fact
from cityloop.organisation.rules.staffing import (
    NOBODY,
    AbsenceFact,
    AppointmentFact,
    DutyFact,
    StaffFile,
    Viewer,
    descendants,
)

MOST_KEPT = 20_000
"""How many people a process remembers; those asked for longest ago go first."""

Versions = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A person's file, the versions it was read under, and the time for which its turns of duty were read."""

    versions: Versions
    file: StaffFile
    since: datetime
    until: datetime


_files: OrderedDict[int, _Kept] = OrderedDict()
_keeping = threading.Lock()


def viewer_of(user: models.User | int | None, at: datetime) -> Viewer:
    """Return what ``user`` (an account or its id) holds at ``at``: one small query as long as nothing has changed.

    Somebody not signed in, or whose account is gone, is ``NOBODY``; a barred account holds no post.
    """
    user_id = user if user is None or isinstance(user, int) else user.pk
    if user_id is None:
        return NOBODY
    versions = _versions_for(user_id)
    kept = _files.get(user_id)
    if kept is None or kept.versions != versions or not kept.since <= at < kept.until:
        kept = _read(user_id, versions, at)
        if kept is None:
            return NOBODY
        _keep(user_id, kept)
    return kept.file.viewer(at)


def steady_until(user_id: int, at: datetime) -> datetime:
    """Return until when somebody holds what ``viewer_of`` just said they hold at ``at``, if nothing is entered meanwhile: no query."""
    kept = _files.get(user_id)
    if kept is None or not kept.since <= at < kept.until:
        return at
    return min(kept.until, kept.file.steady_until(at) or kept.until)


def viewer_now(user_id: int | None) -> Viewer:
    """Return what somebody holds now, by the clock of their city where it has one of its own."""
    now = machine_now()
    viewer = viewer_of(user_id, now)
    homes = {held.jurisdiction for held in viewer.posts}
    if len(homes) == 1:
        clock = city(homes.pop()).clock
        if clock is not None:
            return viewer_of(user_id, clock.at(now))
    return viewer


def system_viewer(name: str, jurisdiction: str) -> Viewer:
    """Return a part of the system that works in ``jurisdiction`` (``""``: in all) and sees everything there."""
    return Viewer(None, name, jurisdictions=frozenset({jurisdiction}), is_system=True)


def _keep(user_id: int, kept: _Kept) -> None:
    with _keeping:
        _files[user_id] = kept
        _files.move_to_end(user_id)
        if len(_files) > MOST_KEPT:
            _files.popitem(last=False)


def _versions_for(user_id: int) -> Versions:
    """Return the versions of all that decides about a person: the shared one, and those of the cities they work in.

    Which cities these are is asked anew each time: a first appointment in another city changes the set.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT jurisdiction, version FROM kernel_configversion WHERE jurisdiction = ''"
            " OR jurisdiction IN (SELECT jurisdiction FROM organisation_appointment WHERE user_id = %s)"
            " ORDER BY jurisdiction",
            [user_id],
        )
        found = cursor.fetchall()
    remember(dict(found))
    return tuple(found)


def _read(user_id: int, versions: Versions, at: datetime) -> _Kept | None:
    user = models.User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    since, until = at - timedelta(days=1), at + timedelta(days=7)
    absences = _absences(user_id)
    watched = {user_id} | {absence.user_id for absence in absences}
    parents = {
        code: above or ""
        for code, above in models.Jurisdiction.objects.order_by("code").values_list("code", "parent_id")
    }
    appointments = _appointments(watched)
    if user.is_superuser:
        appointments += _of_the_installation(user_id, parents)
    places = {fact.jurisdiction for fact in appointments}
    file = StaffFile(
        user_id=user_id,
        name=str(user),
        is_active=user.is_active,
        appointments=tuple(appointments),
        absences=tuple(absences),
        duties=tuple(_duties(watched, since, until)),
        zones=_zones(places),
        below={place: descendants(parents, place) for place in places},
    )
    return _Kept(versions, file, since, until)


def _appointments(user_ids: Iterable[int]) -> list[AppointmentFact]:
    rows = list(
        models.Appointment.objects.filter(user_id__in=user_ids).select_related("department").order_by("user_id", "id")
    )
    sights = {
        (post.jurisdiction, post.code): post.sight
        for post in models.Post.objects.filter(
            Q(jurisdiction="") | Q(jurisdiction__in={row.jurisdiction for row in rows}),
            code__in={row.post for row in rows},
        ).order_by("id")
    }
    # A city's own row for a post comes before the one that all cities share.
    return [
        appointment_fact(row, sights.get((row.jurisdiction, row.post)) or sights.get(("", row.post), ""))
        for row in rows
    ]


def _of_the_installation(user_id: int, parents: dict[str, str]) -> list[AppointmentFact]:
    """Return what an installation's administrator holds by right: the system's administration of every top city."""
    tops = [code for code, above in parents.items() if not above]
    return [AppointmentFact(user_id, "sysadmin", code, None, "", "", date.min, None) for code in tops]


def _absences(user_id: int) -> list[AbsenceFact]:
    return [absence_fact(row) for row in models.Absence.objects.filter(deputy_id=user_id).order_by("starts_at", "id")]


def _duties(user_ids: Iterable[int], since: datetime, until: datetime) -> list[DutyFact]:
    rows = models.Duty.objects.filter(user_id__in=user_ids, starts_at__lt=until, ends_at__gt=since)
    return [duty_fact(row) for row in rows.order_by("starts_at", "id")]


def _zones(places: Iterable[str]) -> dict[str, ZoneInfo]:
    rows = models.Jurisdiction.objects.filter(code__in=places).order_by("code").values_list("code", "time_zone")
    return {code: ZoneInfo(zone) for code, zone in rows}
