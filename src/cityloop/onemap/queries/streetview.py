"""What is asked of street view: the picture nearest to a place, one picture with those beside it, the imports and what they found.

Rights are given in by whoever asks, as the cities whose staff the viewer belongs to, and stand inside each statement.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.onemap.choices import StreetState
from cityloop.onemap.models import StreetPicture, StreetRun, StreetView
from cityloop.onemap.rules.squares import Squares
from cityloop.onemap.rules.streetview import NEXT_M, REACH_M, Near, Shot, Spot, bearing, metres, shown_of

# The pictures around a point, each city's as they hold on its own day. “&&” leads to the index of the positions; metres are reckoned
# from the degrees by the rule, since there are few.
AROUND = """
SELECT r.id, ST_X(r.geometry), ST_Y(r.geometry), r.valid_from
FROM onemap_streetview r
JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    ON city.code = r.jurisdiction AND r.valid_from <= city.today AND (r.valid_to IS NULL OR r.valid_to > city.today)
WHERE r.geometry && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), %(dx)s, %(dy)s)
ORDER BY r.geometry <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), r.id LIMIT 300
"""

# The pictures of the same drive that stand within reach of one of them.
BESIDE = """
SELECT r.id, r.number, ST_X(r.geometry), ST_Y(r.geometry)
FROM onemap_streetview r
WHERE r.run_id = %(run)s AND r.id <> %(id)s
    AND r.geometry && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), %(dx)s, %(dy)s)
ORDER BY abs(r.number - %(number)s), r.id LIMIT 60
"""

MOST_BESIDE = 4

WORKING = (StreetState.CHECKING, StreetState.APPLYING, StreetState.UNDOING)
"""States in which somebody works on an import, or should."""

FORM_WAITS = timedelta(days=1)
"""So long a file that came lies until its form comes; then it is checked as it stands."""

__all__ = [
    "WORKING", "Beside", "StreetPicture", "StreetRun", "View", "beside", "digests_of", "files_named", "find_run", "is_kept", "lost_runs", "nearest",
    "picture", "pictures_of", "reasons_of", "run_of", "run_with", "runs_of", "view_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A picture at its place."""

    id: int
    jurisdiction: str
    run_id: UUID
    number: int
    shot: Shot
    taken_at: datetime | None
    day: date
    sha256: str
    file_id: UUID
    squares: Squares | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Where one can go from a picture: how far, and in which direction."""

    id: int
    metres: float
    bearing_deg: float
    is_next: bool


def nearest(lon: float, lat: float, days: Sequence[tuple[str, date]]) -> View | None:
    """Return the picture that shows a place: of those within ``REACH_M`` the newest of the nearest; two statements.

    Args:
        lon, lat: Degrees, CGCS2000 or WGS 84.
        days: The cities whose pictures may be seen, each with the day on whose map is looked.
    """
    if not days:
        return None
    dx, dy = _around(lat, REACH_M)
    values: dict[str, Any] = {
        "lon": lon, "lat": lat, "dx": dx, "dy": dy, "cities": [code for code, _day in days], "days": [day for _code, day in days],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(AROUND, values)
        near = [Near(pk, metres((lon, lat), (x, y)), day) for pk, x, y, day in cursor.fetchall()]
    chosen = shown_of(near)
    return view_of(chosen.id, [code for code, _day in days]) if chosen else None


def _around(lat: float, reach_m: float) -> tuple[float, float]:
    """Return how many degrees each way lie within reach, rather more than less."""
    east = metres((0.0, lat), (0.001, lat)) * 1000
    return reach_m / max(east, 1.0) * 1.01, reach_m / 110_000


def view_of(view_id: int, cities: Collection[str]) -> View | None:
    """Return a picture of one of ``cities``; None where there is none. One statement."""
    row = StreetView.objects.filter(pk=view_id, jurisdiction__in=cities).first()
    if row is None:
        return None
    taken = row.taken_at.isoformat() if row.taken_at else ""
    shot = Shot(
        row.kind, row.geometry.x, row.geometry.y, row.width, row.height, taken, row.heading_deg, row.pitch_deg, row.roll_deg
    )  # fmt: skip
    squares = Squares.of(row.squares) if row.squares else None
    return View(
        row.pk, row.jurisdiction, row.run_id, row.number, shot, row.taken_at, row.valid_from, row.sha256, row.file_id, squares
    )  # fmt: skip


def beside(view: View) -> list[Beside]:
    """Return where one can go from a picture: the next and the one before, and others of its drive near by, none in the direction of
    one that is nearer along the drive. One statement.
    """
    (lon, lat), (dx, dy) = view.shot.spot, _around(view.shot.lat, NEXT_M)
    values: dict[str, Any] = {
        "run": view.run_id,
        "id": view.id,
        "number": view.number,
        "lon": lon,
        "lat": lat,
        "dx": dx,
        "dy": dy,
    }
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, values)
        rows = cursor.fetchall()
    found: list[Beside] = []
    for pk, number, x, y in rows:
        there: Spot = (x, y)
        far = metres((lon, lat), there)
        if not 0.5 <= far <= NEXT_M:
            continue
        course = bearing((lon, lat), there)
        if all(_apart(course, one.bearing_deg) > 45 for one in found):
            found.append(Beside(pk, round(far, 1), course, number > view.number))
    return found[:MOST_BESIDE]


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def is_kept(jurisdiction: str, file_id: UUID) -> bool:
    """Tell whether any picture of a city names this file."""
    return StreetView.objects.filter(jurisdiction=jurisdiction, file_id=file_id).exists()


def files_named(places: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of some files, named by city and digest, that are pictures of street view: one statement."""
    rows = StreetView.objects.filter(
        jurisdiction__in={city for city, _digest in places}, sha256__in={digest for _city, digest in places}
    )
    return {*rows.order_by("id").values_list("jurisdiction", "sha256")} & set(places)


def digests_of(jurisdiction: str, sha256s: Collection[str]) -> set[str]:
    """Return which of these contents stand in the street view of a city already: one statement."""
    rows = StreetView.objects.filter(jurisdiction=jurisdiction, sha256__in=sha256s)
    return set(rows.values_list("sha256", flat=True))


# --- imports


def runs_of(cities: Collection[str]) -> QuerySet[StreetRun]:
    """Return the imports of these cities, the newest first."""
    return StreetRun.objects.filter(jurisdiction__in=cities).order_by("-id")


def run_of(run_id: UUID, cities: Collection[str]) -> StreetRun:
    """Return an import of one of these cities.

    Raises:
        NotFound: There is none.
    """
    run = runs_of(cities).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no such import."))
    return run


def find_run(run_id: UUID) -> StreetRun | None:
    """Return an import, for whoever works on it."""
    return StreetRun.objects.filter(pk=run_id).first()


def run_with(jurisdiction: str, sha256: str, actor_id: int | None) -> StreetRun | None:
    """Return the latest import that somebody began in a city with a zip of this content."""
    rows = StreetRun.objects.filter(jurisdiction=jurisdiction, file_sha256=sha256, asked_by=actor_id)
    return rows.order_by("-id").first()


def lost_runs(before: datetime) -> list[UUID]:
    """Return the imports that gave no sign of life since; those of folders, which their command alone reaches, only to be undone."""
    is_lost = Q(beat_at__lt=before) | Q(beat_at=None, asked_at__lt=before - FORM_WAITS)
    lost = StreetRun.objects.filter(is_lost, state__in=WORKING)
    lost = lost.exclude(file_sha256="", state__in=[StreetState.CHECKING, StreetState.APPLYING])
    return list(lost.order_by("asked_at", "id").values_list("id", flat=True))


def picture(pk: int) -> StreetPicture:
    """Return one picture of an import."""
    return StreetPicture.objects.get(pk=pk)


def pictures_of(run: StreetRun, *, reason: str = "", bad: bool | None = None) -> QuerySet[StreetPicture]:
    """Return what was found in the pictures of an import, in their order: all, the good or bad ones, or those with one reason or note."""
    rows = StreetPicture.objects.filter(run=run).order_by("number")
    if bad is not None:
        rows = rows.filter(is_good=not bad)
    if reason:
        rows = rows.filter(reason=reason) | rows.filter(notes__contains=[reason])
    return rows


def reasons_of(run: StreetRun) -> list[tuple[str, int, bool]]:
    """Return what was found how often: reason, count, whether it is only noted of a good picture."""
    bad = StreetPicture.objects.filter(run=run, is_good=False).values_list("reason").annotate(n=Count("pk"))
    found = [(reason, n, False) for reason, n in bad.order_by("-n", "reason")]
    notes: dict[str, int] = {}
    noted: QuerySet[StreetPicture, Any] = StreetPicture.objects.filter(run=run, is_good=True).exclude(notes=[])
    for names in noted.order_by("number").values_list("notes", flat=True).iterator():
        for name in names:
            notes[name] = notes.get(name, 0) + 1
    return found + [(name, n, True) for name, n in sorted(notes.items(), key=lambda one: (-one[1], one[0]))]
