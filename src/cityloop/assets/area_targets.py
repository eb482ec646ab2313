"""Regions and unit grids as something that a file can become: judged whole by the rules of the room of geography."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import shapely
from django.db import connection

from cityloop.assets.actions.importing.recording import record
from cityloop.assets.models import StagedRow
from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.rules.imports.mapping import is_like
from cityloop.assets.rules.imports.rows import Found
from cityloop.assets.targets import Target, Work
from cityloop.geography.actions import ImportOptions
from cityloop.geography.actions.bringing import TABLES, Written, bring, candidates
from cityloop.geography.choices import RegionLevel
from cityloop.geography.rules.candidates import Judged
from cityloop.geography.rules.shapes import POLYGON
from cityloop.kernel.sheets import RowFault
from cityloop.kernel.translation import how_said
from cityloop.kernel.translation import lazy as _

NAMES = ("名称", "mc", "title")
REGION_FIELDS = (
    Field("code", _("Code of the region"), ("区划代码", "行政区划代码", "社区代码", "街道代码", "xzqdm", "sqdm", "jddm", "regioncode", "代码", "dm"), FieldKind.CODE, most=20, is_needed=True, looks=is_like(r"\d{6}|\d{9}|\d{12}")),
    Field("name", _("Name"), (*NAMES, "社区名称", "街道名称", "区划名称", "xzqmc", "sqmc", "jdmc", "village", "district"), is_needed=True),
    Field("parent_code", _("Code of the parent region"), ("上级代码", "sjdm", "parent"), FieldKind.CODE, most=12),
)  # fmt: skip
GRID_FIELDS = (
    Field("code", _("Grid code"), ("BGID", "BGCode", "单元网格代码", "网格代码", "网格编码", "单元网格编码", "wgdm", "wgbm", "dywgdm", "gridcode"), FieldKind.CODE, most=20, is_needed=True, looks=is_like(r"\d{14,15}")),
    Field("name", _("Name"), (*NAMES, "网格名称", "wgmc", "gridname", "BGName")),
    Field("timing_zone", _("Timing zone"), ("时限区域", "timingzone", "zone"), most=20, default="normal"),
)  # fmt: skip


def _staged(work: Work) -> list[tuple[int, str, dict[str, str], Any]]:
    rows = StagedRow.objects.filter(run_id=work.run_id, is_good=True).order_by("number")
    return [
        (row.number, row.key, row.values, shapely.from_wkb(bytes(row.geometry.wkb)))
        for row in rows.iterator(chunk_size=2000)
        if row.geometry is not None
    ]


def _brought(kind: str, work: Work, *, write: bool) -> tuple[Judged, Any, list[Written]]:
    judged = Judged("", work.mapping)
    judged.rows = candidates(_staged(work), work.jurisdiction)
    options = ImportOptions(keep_good=True, supersede=True, tolerance_m2=float(work.options.get("tolerance_m2", 10.0)))
    level = RegionLevel(work.options.get("level") or RegionLevel.COMMUNITY)
    settled, written = bring(
        kind,
        judged,
        jurisdiction=work.jurisdiction,
        valid_from=work.valid_from,
        options=options,
        level=level,
        write=write,
    )
    return judged, settled, written


def judge_whole(kind: str) -> Callable[[Work, Callable[[Sequence[Any]], None]], None]:
    """Return what judges all rows of a kind together."""

    def judge(work: Work, tell: Callable[[Sequence[Any]], None]) -> None:
        judged, settled, _written = _brought(kind, work, write=False)
        tell(
            [_found(one, is_note=False) for one in judged.faults] + [_found(one, is_note=True) for one in judged.notes]
        )
        mine = StagedRow.objects.filter(run_id=work.run_id)
        mine.filter(number__in=[one.row for one in judged.faults]).update(is_good=False)
        mine.filter(key__in=settled.unchanged).update(fate="s")
        ended = len(settled.ended)
        if ended:
            codes = [row.code for row in settled.new]
            with connection.cursor() as cursor:
                table = "geography_region" if kind == "regions" else "geography_unitgrid"
                cursor.execute(f"SELECT code FROM {table} WHERE id = ANY(%s)", [list(settled.ended)])
                known = {code for (code,) in cursor.fetchall()}
            mine.filter(key__in=[code for code in codes if code in known]).update(fate="c")

    return judge


def _found(one: RowFault, *, is_note: bool) -> Found:
    return Found(one.row, one.column, "said", {"why": how_said(one.why)}, one.value, is_note, None, None)


def apply(kind: str) -> Callable[[Work], Mapping[str, int]]:
    """Return what writes all rows of a kind."""

    def write(work: Work) -> Mapping[str, int]:
        _judged, settled, written = _brought(kind, work, write=True)
        for one in written:
            record(work, one, TABLES[one.table])
        return {"added": len(settled.new) - len(settled.ended), "changed": len(settled.ended), "gone": 0}

    return write


def _target(kind: str, title: Any, order: int, fields: tuple[Field, ...], table: str, layer: str) -> Target:
    return Target(
        name=kind,
        title=title,
        order=order,
        fields=fields,
        kinds=frozenset({POLYGON}),
        table=table,
        key="code",
        judge_whole=judge_whole(kind),
        apply=apply(kind),
        tables={name: TABLES[name] for name in TABLES if name == table or (kind == "grids" and "member" in name)},
        layer=layer,
        inside=False,
    )


REGIONS = _target("regions", _("Regions"), 20, REGION_FIELDS, "geography_region", "regions")
GRIDS = _target("grids", _("Unit grids"), 30, GRID_FIELDS, "geography_unitgrid", "unit_grids")
