"""Parts as something that a file can become, in the schemes of 2026, 2013 and 2007."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import connection

from cityloop.assets import surroundings
from cityloop.assets.actions.counting import next_codes
from cityloop.assets.actions.importing import part_changes
from cityloop.assets.choices import Accuracy, DataSource, PartState
from cityloop.assets.naming import named
from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.rules.imports.mapping import is_like
from cityloop.assets.rules.imports.parts import (
    DEPARTMENTS,
    Lies,
    PartsKnown,
    judge_class_shapes,
    judge_codes,
    judge_days,
    judge_departments,
    judge_places,
)
from cityloop.assets.rules.imports.rows import Rows
from cityloop.assets.targets import Target, Work
from cityloop.geography.rules.shapes import LINE, POINT, POLYGON
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.queries import City, city
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import Category
from cityloop.standards.rules.codes import PART_DIGITS

KINDS = {"point": frozenset({POINT}), "line": frozenset({LINE}), "polygon": frozenset({POLYGON})}
ROADSIDE = "02"
"""The big class of traffic facilities: what belongs to it stands by a road."""

ROAD_M = 100.0
STATES = {
    "完好": PartState.INTACT, "破损": PartState.DAMAGED, "丢失": PartState.LOST, "废弃": PartState.ABANDONED, "移除": PartState.REMOVED,
    "正常": PartState.INTACT, "损坏": PartState.DAMAGED, "良好": PartState.INTACT, "good": PartState.INTACT, "fair": PartState.INTACT,
    "poor": PartState.DAMAGED, "dead": PartState.ABANDONED, **{state.value: state for state in PartState},
}  # fmt: skip


SOURCES = {
    "实测": DataSource.MEASURED, "地形图": DataSource.TOPOGRAPHIC, "基础地理数据": DataSource.BASE_DATA, "其他": DataSource.OTHER,
    "其它": DataSource.OTHER, **{source.value: source for source in DataSource},
}  # fmt: skip


def unit(name: str, title: Any, *words: str) -> Field:
    return Field(name, title, words, FieldKind.CODE)


FIELDS = (
    Field("code", _("Part code"), ("ObjID", "部件编码", "部件标识码", "部件代码", "标识码", "bjbm", "bjbsm", "partid", "objcode", "编码", "bsm"), FieldKind.CODE, most=40, looks=is_like(r"\d{16,17}")),
    Field("class_code", _("Class"), ("小类代码", "小类编码", "小类", "部件类型", "部件类别", "小类名称", "设施类型", "设施类别", "设施种类", "类别", "xldm", "xl", "bjlx", "bjlb", "classcode", "class"), FieldKind.CODE, most=60, for_table=False),
    Field("name", _("Name"), ("ObjName", "部件名称", "名称", "bjmc", "mc", "partname", "common", "title")),
    Field("state", _("State"), ("ObjState", "部件状态", "状态", "bjzt", "zt", "condition", "status"), FieldKind.CHOICE, choices=STATES, default=PartState.INTACT.value),
    unit("supervisor", _("Supervisor"), "DeptCode1", "主管部门代码", "主管部门编码", "主管部门", "zgbmdm", "zgbm"),
    Field("supervisor_name", _("Supervisor, by name"), ("DeptName1", "主管部门名称", "zgbmmc")),
    unit("owner", _("Owner"), "DeptCode2", "权属单位代码", "权属单位编码", "权属单位", "权属部门代码", "qsdwdm", "qsdw", "ownercode"),
    Field("owner_name", _("Owner, by name"), ("DeptName2", "权属单位名称", "qsdwmc")),
    unit("keeper", _("Keeper"), "DeptCode3", "养护单位代码", "养护单位编码", "养护单位", "养护部门代码", "yhdwdm", "yhdw", "maintainer", "keepercode"),
    Field("keeper_name", _("Keeper, by name"), ("DeptName3", "养护单位名称", "yhdwmc")),
    Field("unit_grid", _("Unit grid"), ("BGID", "单元网格代码", "所在单元网格代码", "所在单元网格", "所属单元网格", "单元网格", "网格编码", "网格代码", "dywgdm", "dywg", "wgbm", "gridcode", "grid"), FieldKind.CODE, most=20, looks=is_like(r"\d{15}")),
    Field("street", _("Street"), ("街道代码", "所属街道代码", "jddm", "streetcode"), FieldKind.CODE, most=12),
    Field("community", _("Community"), ("社区代码", "所属社区代码", "sqdm", "communitycode"), FieldKind.CODE, most=12),
    Field("valid_from", _("First surveyed"), ("ORDate", "初始日期", "普查日期", "安装日期", "csrq", "pcrq", "inventorydate", "surveyed"), FieldKind.DAY),
    Field("changed_on", _("Changed on"), ("CHDate", "变更日期", "bgrq"), FieldKind.DAY),
    Field("source", _("Data source"), ("DataSource", "数据来源", "sjly"), FieldKind.CHOICE, choices=SOURCES),
    Field("accuracy", _("Accuracy of the position"), ("定位精度", "精度等级", "accuracy", "dwjd"), FieldKind.CHOICE, choices={one.value: one for one in Accuracy}),
    Field("set_location", _("Where it is set"), ("SetLocation", "设置位置", "szwz"), most=60, for_table=False),
    Field("on_tactile_path", _("On a tactile path"), ("OnTactilePath", "是否在盲道上", "sfmd"), FieldKind.FLAG, for_table=False),
    Field("shape", _("Shape"), ("Shape", "形状", "xz"), most=30, for_table=False),
    Field("material", _("Material"), ("Material", "材质", "cz"), most=30, for_table=False),
    Field("remark", _("Remark"), ("Note", "备注", "bz", "remarks", "memo"), most=1000),
)  # fmt: skip
EXTRAS_MADE = """nullif(jsonb_strip_nulls(jsonb_build_object(
    'set_location', s.values->'set_location', 'shape', s.values->'shape', 'material', s.values->'material',
    'on_tactile_path', (s.values->>'on_tactile_path')::boolean
)), '{}'::jsonb)"""


def _classes(home: City, on: date, scheme: str) -> list[Category]:
    of_day = home.categories_on(max(on, home.today()), scheme)
    return [one for one in of_day.values() if one.type == ObjectType.PART]


def _class_words(used: Sequence[Category]) -> dict[str, str]:
    """Return the codes of classes by every word for them; where two share a word, the first has it."""
    words: dict[str, str] = {}
    for one in used:
        for word in (one.name_zh, one.name_en, *one.aliases_zh):
            words.setdefault(word, one.code)
    return words | {one.code: one.code for one in used}


def _department_words(home: City) -> dict[str, str]:
    known = home.departments.values()
    return {one.name: one.code for one in known} | {one.code: one.code for one in known}


def words_of(jurisdiction: str, on: date) -> Mapping[str, Collection[str]]:
    """Return the words that a city has for classes and departments, by field."""
    home = city(jurisdiction)
    return {
        "class_code": _class_words(_classes(home, on, home.scheme)),
        **dict.fromkeys(DEPARTMENTS, _department_words(home)),
    }


class Known:
    """What parts are held against in one import."""

    def __init__(self, work: Work) -> None:
        home = city(work.jurisdiction)
        self.scheme = work.options.get("scheme") or home.scheme
        used = _classes(home, work.valid_from, self.scheme)
        self.rules = PartsKnown(
            division=work.jurisdiction,
            digits=PART_DIGITS[self.scheme],
            classes=_class_words(used),
            kinds={one.code: KINDS[one.geometry] for one in used if one.geometry in KINDS},
            departments=_department_words(home),
            by_road=frozenset(one.code for one in used if one.big_code == ROADSIDE),
        )
        self.road_m = float(work.options.get("road_m", ROAD_M))
        self.meter = surroundings.road_meter(work.jurisdiction, work.valid_from) if self.road_m > 0 else None


def judge(rows: Rows, work: Work) -> None:
    """Ask codes, classes, departments and places of a batch."""
    known: Known = work.known
    judge_codes(rows, known.rules)
    judge_departments(rows, known.rules)
    judge_places(rows, _lies(rows, known), known.road_m)
    judge_days(rows)
    judge_class_shapes(rows, shapely.get_type_id(rows.shapes), known.rules)


def _lies(rows: Rows, known: Known) -> Lies:
    count = len(rows.numbers)
    nothing = np.full(count, "", dtype=object)
    road_m = np.full(count, np.nan)
    if known.meter is not None:
        by_road = known.rules.by_road
        asked = np.flatnonzero(rows.good & np.array([code in by_road for code in rows.texts["class_code"]], dtype=bool))
        if len(asked):
            road_m[asked] = known.meter(rows.lons[asked], rows.lats[asked])
    if rows.area is None:
        return Lies(nothing, nothing, nothing, road_m)
    return Lies(rows.area.column("unit_grid"), rows.area.column("community"), rows.area.column("street"), road_m)


CLASSES = """
SELECT coalesce(nullif(left(values->>'unit_grid', 6), ''), %(jurisdiction)s) AS division, values->>'class_code' AS class, count(*)
FROM assets_stagedrow WHERE run_id = %(run)s AND is_good AND fate = 'a' AND key = '' GROUP BY 1, 2 ORDER BY 1, 2
"""

NUMBERED = """
UPDATE assets_stagedrow s SET key = %(prefix)s || lpad((%(first)s + given.nth)::text, 6, '0'), fate = 'n'
FROM (
    SELECT id, row_number() OVER (ORDER BY number) - 1 AS nth FROM assets_stagedrow
    WHERE run_id = %(run)s AND is_good AND fate = 'a' AND key = '' AND values->>'class_code' = %(class)s
        AND coalesce(nullif(left(values->>'unit_grid', 6), ''), %(jurisdiction)s) = %(division)s
) AS given WHERE s.id = given.id
"""


def number(work: Work) -> None:
    """Give codes to rows that came without one: each class counts on from its last part, without gaps."""
    given = {"run": work.run_id, "jurisdiction": work.jurisdiction}
    with connection.cursor() as cursor:
        cursor.execute(CLASSES, given)
        for division, class_code, count in cursor.fetchall():
            codes = next_codes(work.jurisdiction, division, class_code, work.known.scheme, count)
            prefix, first = codes[0][:-6], int(codes[0][-6:])
            cursor.execute(
                NUMBERED, given | {"division": division, "class": class_code, "prefix": prefix, "first": first}
            )


def always(work: Work) -> Mapping[str, Any]:
    return {"scheme": work.known.scheme}


PARTS = Target(
    name="parts",
    title=_("Parts"),
    order=10,
    fields=FIELDS,
    kinds=frozenset({POINT, LINE, POLYGON}),
    table="assets_part",
    key="code",
    several=False,
    in_place=True,
    tolerance_m=0.5,
    kind_field="class_code",
    scope_field="class_code",
    words_of=words_of,
    prepare=Known,
    judge=judge,
    always=always,
    finish=number,
    derived={"extras": EXTRAS_MADE},
    stamp="t.revision::bigint",
    change=part_changes.change,
    end=part_changes.end,
    take_back=part_changes.take_back,
    named=named,
    retire=part_changes.retire,
    layer="parts",
)
