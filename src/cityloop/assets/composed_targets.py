"""Duty, management, evaluation and extension grids as something that a file can become: a table of unit grids, or polygons around them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import shapely
from django.db import connection

from cityloop.assets.actions.importing.recording import record
from cityloop.assets.area_lines import Line, Told, changes, notes_of, told_by
from cityloop.assets.choices import Fate
from cityloop.assets.models import ImportRun, StagedRow
from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.rules.imports.mapping import column_of, is_like
from cityloop.assets.rules.imports.rows import Found
from cityloop.assets.targets import Target, Work
from cityloop.geography.actions.drawing import DUTY
from cityloop.geography.actions.placing import Placed, place_areas, tables_of
from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.geography.queries.composed import areas, inner_points
from cityloop.geography.rules.shapes import POLYGON
from cityloop.kernel.errors import Conflict, Fault
from cityloop.kernel.translation import _, how_said, lazy

UNIT_GRID = Field("unit_grid", lazy("Unit grid"), ("BGID", "BGCode", "单元网格代码", "单元网格编码", "所在单元网格代码", "所属单元网格", "单元网格", "dywgdm", "dywgbm", "dywg"), FieldKind.CODE, most=20, looks=is_like(r"\d{15}"))  # fmt: skip
BODY = Field("body", lazy("Responsible body"), ("责任单位", "责任主体", "管理单位", "养护单位", "zrdw", "zrzt"))
RATINGS = {f"{word}{end}": one for one in Rating for word in (one.value, one.value.lower()) for end in ("", "类", "型")}
RATING = Field(
    "rating",
    lazy("Type"),
    ("评价网格类型", "网格类型", "类型", "类别", "wglx", "lx"),
    FieldKind.CHOICE,
    choices=RATINGS,
)
PURPOSES = {
    "环卫": Purpose.SANITATION, "环境卫生": Purpose.SANITATION, "绿化": Purpose.GREENING, "园林绿化": Purpose.GREENING, "执法": Purpose.ENFORCEMENT,
    "综合执法": Purpose.ENFORCEMENT, "社会治理": Purpose.COMMUNITY, "党建": Purpose.COMMUNITY, "其他": Purpose.OTHER, "其它": Purpose.OTHER,
    **{one.value: one for one in Purpose},
}  # fmt: skip
PURPOSE = Field(
    "purpose", lazy("Purpose"), ("用途", "扩展网格类型", "网格类型", "yt", "kzlx"), FieldKind.CHOICE, choices=PURPOSES
)


def _fields(word: str, initials: str, *further: Field) -> tuple[Field, ...]:
    """Return the fields of a kind, by what files call it."""
    coded = (
        f"{word}网格代码",
        f"{word}网格编码",
        f"{word}网格编号",
        f"{initials}wgdm",
        f"{initials}wgbm",
        "区域代码",
        "网格代码",
        "网格编码",
        "代码",
        "编码",
        "dm",
        "bm",
    )
    named = (f"{word}网格名称", f"{word}网格名", f"{initials}wgmc", f"{word}网格", "区域名称", "网格名称", "名称", "mc")
    return UNIT_GRID, Field("code", lazy("Code"), coded, FieldKind.CODE, most=20, is_needed=True), Field("name", lazy("Name"), named), *further  # fmt: skip


def _lines(work: Work) -> list[Line]:
    rows = StagedRow.objects.filter(run_id=work.run_id, is_good=True).order_by("number")
    with_shapes = "unit_grid" not in work.mapping
    return [
        Line(row.number, row.values, shapely.from_wkb(bytes(row.geometry.wkb)) if with_shapes and row.geometry else None)
        for row in rows.iterator(chunk_size=2000)
    ]  # fmt: skip


def _placed(kind: str, work: Work, *, write: bool) -> tuple[Told, Placed, set[str], Mapping[str, Any]]:
    """Return what the file comes to, what becomes of it, what it does not hold, and where unit grids lie."""
    columns = {name: column_of(recipe) for name, recipe in work.mapping.items()}
    spots = inner_points(work.jurisdiction, work.valid_from)
    held = {one.code: one for one in areas(work.jurisdiction, work.valid_from, kind)}
    told = told_by(kind, _lines(work), division=work.jurisdiction, spots=spots, held=held, columns=columns)
    # A file of the sweepers' grids says nothing of those of the gardeners.
    scope = {plan.purpose for plan in told.plans}
    named = {*StagedRow.objects.filter(run_id=work.run_id).values_list("values__code", flat=True)}
    missing = {code for code, area in held.items() if code not in named and area.purpose in scope}
    placed = place_areas(
        kind,
        told.plans,
        jurisdiction=work.jurisdiction,
        valid_from=work.valid_from,
        ending=sorted(missing) if work.options.get("replace") else (),
        write=write,
    )
    _leave_out(told, placed, columns)
    return told, placed, missing, spots


def _leave_out(told: Told, placed: Placed, columns: Mapping[str, str]) -> None:
    """Refuse the rows of areas that cannot be drawn: the first tells all that is wrong, the others the first of it."""
    by_area: dict[str, list[Fault]] = {}
    for one in placed.wrong:
        by_area.setdefault(one.area, []).append(one.fault)
    name = columns.get("code", "code")
    for code, faults in by_area.items():
        first, *others = told.lines.pop(code)
        pairs = [*((first, one) for one in faults), *((line, faults[0]) for line in others)]
        told.found += [
            Found(line.number, name, "said", {"why": how_said(one.why)}, one.value or code, False, None, None)
            for line, one in pairs
        ]
    told.plans = [one for one in told.plans if one.code not in by_area]


# The rows of a table are seen on the map where their unit grids lie.
PLACED = """
UPDATE assets_stagedrow s SET geometry = g.geometry FROM geography_unitgrid g
WHERE s.run_id = %s AND g.code = s.values->>'unit_grid' AND g.jurisdiction = %s
    AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s)
"""


def judge_whole(kind: str) -> Callable[[Work, Callable[[Sequence[Found]], None]], None]:
    """Return what judges all rows of a kind together."""

    def judge(work: Work, tell: Callable[[Sequence[Found]], None]) -> None:
        if "unit_grid" in work.mapping:
            with connection.cursor() as cursor:
                cursor.execute(PLACED, [work.run_id, work.jurisdiction, work.valid_from, work.valid_from])
        told, placed, missing, spots = _placed(kind, work, write=False)
        columns = {name: column_of(recipe) for name, recipe in work.mapping.items()}
        tell([*told.found, *notes_of(told, placed.before, placed.after, spots, columns)])
        bad = [one.number for one in told.found]
        StagedRow.objects.filter(run_id=work.run_id, number__in=bad).update(is_good=False)
        if not work.options.get("replace"):
            missing &= {*placed.after}
        _keep(work, changes(told, placed.before, placed.after, missing, spots))

    return judge


def _keep(work: Work, lines: Sequence[Mapping[str, Any]]) -> None:
    ImportRun.objects.filter(pk=work.run_id).update(compared=lines)


def counts(kind: str) -> Callable[[Work], Mapping[str, int]]:
    """Return what counts areas of a kind, where a row of the file is not one."""

    def count(work: Work) -> Mapping[str, int]:
        lines = ImportRun.objects.values_list("compared", flat=True).get(pk=work.run_id) or []
        told = _counted(lines)
        touched = {line["key"] for line in lines}
        good = StagedRow.objects.filter(run_id=work.run_id, is_good=True)
        named = {*good.values_list("values__code", flat=True)}
        held = {one.code for one in areas(work.jurisdiction, work.valid_from, kind)}
        return {**told, "same": len((named & held) - touched)}

    return count


def _counted(lines: Collection[Mapping[str, Any]]) -> dict[str, int]:
    names = {Fate.ADDED: "added", Fate.CHANGED: "changed", Fate.GONE: "gone"}
    return {name: sum(line["kind"] == fate for line in lines) for fate, name in names.items()}


def apply(kind: str) -> Callable[[Work], Mapping[str, int]]:
    """Return what writes all areas of a kind."""

    def write(work: Work) -> Mapping[str, int]:
        told, placed, missing, spots = _placed(kind, work, write=True)
        if told.found:
            raise Conflict(
                _("The data have changed since these rows were checked, and not all of them can be taken now: check them once more."),
                faults=[Fault(one.column, str(one.number), one.value) for one in told.found[:20]],
            )  # fmt: skip
        for one in placed.written:
            record(work, one, tables_of(kind)[one.table])
        lines = changes(told, placed.before, placed.after, missing if work.options.get("replace") else (), spots)
        _keep(work, lines)
        return _counted(lines)

    return write


def _target(kind: str, title: Any, order: int, fields: tuple[Field, ...]) -> Target:
    return Target(
        name=f"{kind}_grids",
        title=title,
        order=order,
        fields=fields,
        kinds=frozenset({POLYGON}),
        table=list(tables_of(kind))[-1],
        judge_whole=judge_whole(kind),
        apply=apply(kind),
        counts=counts(kind),
        tables=tables_of(kind),
        layer=f"{kind}_grids",
        inside=False,
        without_shape="unit_grid",
    )


COMPOSED = (
    _target(DUTY, lazy("Duty grids"), 31, _fields("责任", "zr")),
    _target(AreaKind.MANAGEMENT, lazy("Management grids"), 32, _fields("管理", "gl", BODY)),
    _target(AreaKind.EVALUATION, lazy("Evaluation grids"), 33, _fields("评价", "pj", RATING, BODY)),
    _target(AreaKind.EXTENSION, lazy("Extension grids"), 34, _fields("扩展", "kz", PURPOSE, BODY)),
)
