"""Parts that an import changes or ends, and their way back: each with its row in the parts' own history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import shapely

from cityloop.assets import models
from cityloop.assets.actions.changing import COLUMNS, Cause, _note, _write
from cityloop.assets.choices import Fate, Origin, PartState
from cityloop.assets.queries.values import values_of
from cityloop.assets.rules.values import as_position, difference, kind_of
from cityloop.assets.targets import Work
from cityloop.kernel.clock import machine_now
from cityloop.organisation.queries import city

AT_ONCE = 500
PLAIN = (
    "name", "state", "supervisor", "supervisor_name", "owner", "owner_name", "keeper", "keeper_name", "source", "accuracy", "remark",
)  # fmt: skip
EXTRAS = ("set_location", "on_tactile_path", "shape", "material")
PLACED = ("unit_grid", "street", "community")


def change(work: Work) -> int:
    """Bring the parts that the file tells otherwise to what it tells; return how many."""
    staged = models.StagedRow.objects.filter(run_id=work.run_id, is_good=True, fate=Fate.CHANGED).order_by("number")
    done = 0
    for rows in batches(staged.iterator(chunk_size=AT_ONCE)):
        wanted = {row.was: _after(row, work) for row in rows}
        done += _write_all(work, wanted, Fate.CHANGED, Origin.IMPORT)
    return done


def end(work: Work, ids: Sequence[int]) -> int:
    """Take parts out that the file does not hold any more."""
    return sum(_write_all(work, _ended(some, work.valid_from), Fate.GONE, Origin.IMPORT) for some in batches(ids))


def retire(work: Work, ids: Sequence[int]) -> None:
    """Take parts out that an import brought and that something names: their rows and codes stay, with the city's day of now as their end."""
    for some in batches(ids):
        _write_all(work, _ended(some, city(work.jurisdiction).today()), None, Origin.UNDO)


def _ended(ids: Sequence[int], on: date) -> dict[int, dict[str, Any]]:
    held = models.Part.objects.filter(pk__in=ids).order_by("id").values_list("id", "valid_from")
    return {
        key: {"state": PartState.REMOVED.value, "valid_to": max(on, begun + timedelta(days=1)).isoformat()}
        for key, begun in held
    }


def take_back(work: Work, _fate: str, before: Mapping[int, Any]) -> None:
    """Let parts be again what they were."""
    for some in batches(before):
        _write_all(work, {key: before[key] for key in some}, None, Origin.UNDO)


def batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of ``AT_ONCE`` at most."""
    waiting: list[Any] = []
    for one in items:
        waiting.append(one)
        if len(waiting) == AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _after(row: models.StagedRow, work: Work) -> dict[str, Any]:
    """Return what a row tells of its part: only what the file has, and what follows from the place."""
    told = row.values
    assert row.geometry is not None
    shape = shapely.from_wkb(bytes(row.geometry.wkb))
    after: dict[str, Any] = {name: told.get(name, "") for name in PLAIN if name in work.mapping}
    after |= {name: told.get(name, "") for name in PLACED} | {"position": as_position(shape)}
    if "state" in after:
        after["state"] = after["state"] or PartState.INTACT.value
    if any(name in work.mapping for name in EXTRAS):
        extras = {name: told[name] for name in EXTRAS if told.get(name)}
        if "on_tactile_path" in extras:
            extras["on_tactile_path"] = True
        after["extras"] = extras or None
    return after


def _write_all(work: Work, wanted: Mapping[int, Mapping[str, Any]], fate: Fate | None, origin: Origin) -> int:
    """Write values by the ids of parts, with their history; list them under ``fate``, unless it is None."""
    cause = Cause(machine_now(), work.valid_from, work.options.get("by"), origin, str(work.run_id))
    rows = models.Part.objects.select_for_update().filter(pk__in=wanted).order_by("id")
    written = []
    for row in rows:
        before, after = difference(values_of(row), wanted[row.pk])
        if after:
            _write(row, after, cause)
            written.append((row, kind_of(before, after), before, after))
    changed = [row for row, *_rest in written]
    models.Part.objects.bulk_update(changed, COLUMNS, batch_size=AT_ONCE)
    _note(written, cause)
    if fate and written:
        models.ImportChange.objects.create(
            run_id=work.run_id,
            table="assets_part",
            fate=fate,
            rows=[row.pk for row in changed],
            stamps=[row.revision for row in changed],
            before=[before for _row, _kind, before, _after in written],
        )
    return len(written)
