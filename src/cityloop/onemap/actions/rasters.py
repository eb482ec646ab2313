"""Pictures of the ground: they come, are made into tiles in the background, are changed and deleted."""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput
from cityloop.kernel.translation import _, how_said
from cityloop.kernel.years import check_years
from cityloop.onemap import files
from cityloop.onemap.choices import RasterKind, RasterState
from cityloop.onemap.hashing import digest_of
from cityloop.onemap.models import Basemap, Raster
from cityloop.onemap.queries.kept_grounds import RASTER_TILES
from cityloop.onemap.rasters.maker import NotUsable, Progress, make_cog

logger = logging.getLogger(__name__)

LOST = timedelta(minutes=3)
"""A picture that is worked on and has given no sign of life for so long was lost with its worker."""

BEAT_S = 1.0
STEPS = {"reading": (0, 60), "overviews": (60, 80), "writing": (80, 98)}
"""From which to which share each step brings it, in hundredths."""

FORGOTTEN_AFTER = timedelta(days=30)

OPEN = frozenset({RasterState.WAITING, RasterState.WORKING})
Box = tuple[float, float, float, float]


def add_raster(
    file_id: UUID,
    jurisdiction: str,
    *,
    name: str,
    size: int,
    sha256: str,
    told: dict[str, Any],
    city_box: Box | None,
    actor_id: int | None,
    now: datetime | None = None,
    in_background: bool = True,
) -> Raster:
    """Enter a picture whose file lies in the store under ``file_id``, and have it made into tiles.

    Args:
        told: ``title``, ``kind``, ``taken_on``, ``valid_from``, ``valid_to``, ``is_public``, ``crs``, as a form gives them.
        city_box: Where the city lies, in degrees: what lies elsewhere is asked about.

    Raises:
        InvalidInput: A field is wrong.
    """
    at = now or machine_now()
    fields = checked(told)
    with transaction.atomic():
        raster = Raster.objects.create(
            id=file_id,
            jurisdiction=jurisdiction,
            asked_at=at,
            asked_by=actor_id,
            file_name=name[:255],
            file_bytes=size,
            file_sha256=sha256,
            city_box=city_box,
            crs=str(told.get("crs") or "").strip()[:80],
            order=next_order(jurisdiction),
            **fields,
        )
        if in_background:
            transaction.on_commit(lambda: _defer(raster.id))
    return raster


def next_order(jurisdiction: str) -> int:
    """Return the place behind all others of a city."""
    orders = (
        model.objects.filter(jurisdiction=jurisdiction).aggregate(most=Max("order"))["most"] or 0
        for model in (Raster, Basemap)
    )
    return max(orders) + 1


def checked(told: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a picture as its row holds it.

    Raises:
        InvalidInput: A field is wrong; ``faults`` say which.
    """
    faults = []
    title = str(told.get("title") or "").strip()
    if not title or len(title) > 100:
        faults.append(Fault("title", _("name it, in 100 characters at most")))
    kind = str(told.get("kind") or "")
    if kind not in RasterKind.values:
        faults.append(Fault("kind", _("choose what it shows")))
    days: dict[str, date | None] = {}
    for name in ("taken_on", "valid_from", "valid_to"):
        given = told.get(name)
        try:
            day = given if isinstance(given, date) else date.fromisoformat(given) if given else None
            if day is not None:
                check_years(day)
            days[name] = day
        except (ValueError, TypeError, InvalidInput):
            faults.append(Fault(name, _("is no date")))
            continue
        if days[name] is None and name != "valid_to":
            faults.append(Fault(name, _("say a day")))
    first, last = days.get("valid_from"), days.get("valid_to")
    if first and last and last <= first:
        faults.append(Fault("valid_to", _("must come after the first day")))
    if faults:
        raise InvalidInput(_("Mend what is marked."), faults=faults)
    return {"title": title, "kind": kind, "is_public": bool(told.get("is_public")), **days}


def change_raster(raster: Raster, told: dict[str, Any]) -> None:
    """Change what is said of a picture.

    Raises:
        InvalidInput: A field is wrong.
    """
    Raster.objects.filter(pk=raster.pk).update(**checked({"kind": raster.kind, **told}))


def answer_system(raster: Raster, crs: str, *, in_background: bool = True) -> None:
    """Say in what system a picture lies, and have it made again.

    Raises:
        InvalidInput: None is named.
        Conflict: It does not ask.
    """
    if not crs.strip():
        raise InvalidInput(
            _("Name the coordinate system, for example EPSG:4547."), faults=[Fault("crs", _("is empty"))]
        )
    asks = Raster.objects.filter(pk=raster.pk, state__in=[RasterState.ASKING, RasterState.FAILED])
    told = {"failure": "", "failure_said": None, "started_at": None, "finished_at": None, "share": 0, "step": ""}
    if not asks.update(state=RasterState.WAITING, crs=crs.strip()[:80], beat_at=machine_now(), **told):
        raise Conflict(_("This picture does not ask for its coordinate system now."))
    if in_background:
        transaction.on_commit(lambda: _defer(raster.id))


def delete_raster(raster: Raster) -> None:
    """Take a picture away for good, with its files and its kept tiles; what is being made of it ends by itself."""
    with transaction.atomic():
        Raster.objects.filter(pk=raster.pk).delete()
        transaction.on_commit(lambda: _forget_files(raster.id))


def _forget_files(raster_id: UUID) -> None:
    for part in ("file", "cog"):
        files.store().delete(files.key_of(raster_id, part))
    files.forget_copy(files.key_of(raster_id, "cog"))
    RASTER_TILES.drop(str(raster_id))


def _defer(raster_id: UUID) -> None:
    from cityloop.onemap.tasks import make_raster

    make_raster.defer(raster_id=str(raster_id))


class _Deleted(Exception):
    """Somebody has deleted it meanwhile."""


def go_on_raster(
    raster_id: UUID, *, progress: Progress = lambda _step, _share: None, clock: Callable[[], datetime] = machine_now
) -> Raster | None:
    """Make a picture that waits into tiles, unless somebody is at it; what it refuses is kept as the reason of its failure."""
    with alone("onemap", f"raster {raster_id}") as is_alone:
        raster = Raster.objects.filter(pk=raster_id, state__in=OPEN).first()
        if not is_alone or raster is None:
            return raster
        Raster.objects.filter(pk=raster_id).update(
            state=RasterState.WORKING, started_at=clock(), beat_at=clock(), share=0, step="reading"
        )
        try:
            _make(raster, progress, clock)
        except _Deleted:
            _forget_files(raster_id)
            return None
        except NotUsable as exc:
            _failed(raster_id, RasterState.ASKING if exc.asks else RasterState.FAILED, exc.message, clock)
        except CityError as exc:
            _failed(raster_id, RasterState.FAILED, exc.message, clock)
        except Exception:
            _failed(raster_id, RasterState.FAILED, _("It broke off; the log says more."), clock)
            raise
    return Raster.objects.filter(pk=raster_id).first()


def _make(raster: Raster, progress: Progress, clock: Callable[[], datetime]) -> None:
    rows = Raster.objects.filter(pk=raster.pk)
    beaten = clock() - timedelta(days=1)

    def tell(step: str, share: float) -> None:
        nonlocal beaten
        progress(step, share)
        now = clock()
        if (now - beaten).total_seconds() < BEAT_S:
            return
        beaten, (first, last) = now, STEPS[step]
        if not rows.update(beat_at=now, step=step, share=round(first + (last - first) * share)):
            raise _Deleted

    store = files.store()
    with store.work_folder() as folder:
        key = files.key_of(raster.id)
        path = store.place(key)
        if path is None:
            path = folder / "file.tif"
            store.fetch(key, path)
        out = folder / "cog.tif"
        city = tuple(raster.city_box) if raster.city_box else None
        made = make_cog(path, out, name=raster.file_name, kind=raster.kind, crs=raster.crs, city=city, progress=tell)
        sha256, size = digest_of(out), out.stat().st_size
        store.put(files.key_of(raster.id, "cog"), out)
    if not rows.update(
        state=RasterState.READY, finished_at=clock(), share=100, step="", failure="", failure_said=None, found=dict(made.found),
        bounds=list(made.bounds), minzoom=made.minzoom, maxzoom=made.maxzoom, cog_bytes=size, cog_sha256=sha256,
    ):  # fmt: skip
        raise _Deleted
    store.delete(files.key_of(raster.id))  # the COG holds all that is shown; the office has the original


def _failed(raster_id: UUID, state: RasterState, words: str, clock: Callable[[], datetime]) -> None:
    Raster.objects.filter(pk=raster_id).update(
        state=state, failure=words[:500], failure_said=how_said(words), finished_at=clock(), step=""
    )


def resume_lost_rasters(*, now: datetime | None = None) -> int:
    """Have the pictures gone on with whose worker is gone; return how many."""
    at = now or machine_now()
    waiting = Raster.objects.filter(state=RasterState.WAITING, asked_at__lt=at - LOST)
    lost = Raster.objects.filter(state=RasterState.WORKING, beat_at__lt=at - LOST)
    found = [*waiting.values_list("id", flat=True), *lost.values_list("id", flat=True)]
    for raster_id in found:
        logger.warning("raster %s gave no sign of life: it is gone on with", raster_id)
        _defer(raster_id)
    return len(found)


def forget_failed_rasters(*, now: datetime | None = None) -> int:
    """Delete pictures that could not be used and that nobody has looked after for a month; return how many."""
    at = now or machine_now()
    old = Raster.objects.filter(
        state__in=[RasterState.ASKING, RasterState.FAILED], finished_at__lt=at - FORGOTTEN_AFTER
    )
    found = list(old)
    for raster in found:
        delete_raster(raster)
    return len(found)
