"""Routing rules as rows: what is written reads back, and each cell that cannot be read is told with its reason."""

import pytest
from hypothesis import given

from cases.rules.test_routing import COVER, HEAP, WASTE, some_rules
from cityloop.cases.rules.routing import Rule
from cityloop.cases.rules.routing_sheet import HEADINGS, Names, differences, read_hours, read_rules, sheet_of
from cityloop.kernel.sheets import Row, text_of

NAMES = Names(
    {"HW": "环卫中心", "SZ": "市政所", "GS": "水务", "S2": "水务"},
    {WASTE: "暴露垃圾", HEAP: "乱堆放", COVER: "供水井盖", "s/event/06": "市容环境"},
    {"street": {"990101001": "城东街道"}, "community": {}, "grid": {"D-01": "一号网格"}},
    {"web": "网站", "collector": "监督员上报"},
)


def row(**cells: str) -> Row:
    return Row("派遣规则", 2, cells)


@given(rule=some_rules)
def test_what_is_written_reads_back(rule: Rule) -> None:
    [cells] = sheet_of([rule], NAMES).rows
    found, faults = read_rules([Row("r", 2, dict(zip(HEADINGS, map(text_of, cells), strict=True)))], NAMES)
    assert not faults
    assert found == [rule]


def test_codes_names_and_both_are_understood() -> None:
    found, faults = read_rules(
        [
            row(
                主办部门="环卫中心",
                类别="event/06011、乱堆放; event/06 市容",
                区域层级="街道",
                区域="城东街道",
                来源="web 网站",
            )
        ],
        NAMES,
    )
    assert not faults
    [rule] = found
    assert (rule.n, rule.department, rule.classes) == (1, "HW", (WASTE, HEAP, "s/event/06"))
    assert (rule.level, rule.areas, rule.sources) == ("street", ("990101001",), ("web",))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"主办部门": ""}, "主办部门"),
        ({"主办部门": "水务"}, "主办部门"),
        ({"类别": "没有"}, "类别"),
        ({"区域": "城东街道"}, "区域层级"),
        ({"区域层级": "村"}, "区域层级"),
        ({"时段": "8点到9点"}, "时段"),
        ({"星期": "周一"}, "星期"),
        ({"季节": "05-32~06-01"}, "季节"),
        ({"优先级": "10"}, "优先级"),
        ({"编号": "-1"}, "编号"),
        ({"词语": "长" * 41}, "词语"),
        ({"备注": "长" * 201}, "备注"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_column(cells: dict[str, str], column: str) -> None:
    found, faults = read_rules([row(**({"主办部门": "HW"} | cells))], NAMES)
    assert not found
    assert column in {fault.column for fault in faults}


def test_a_number_stands_once_and_a_blank_one_is_given() -> None:
    found, faults = read_rules([row(编号="3", 主办部门="HW"), row(编号="3", 主办部门="SZ"), row(主办部门="SZ")], NAMES)
    assert [(one.n, one.department) for one in found] == [(3, "HW"), (4, "SZ")]
    assert [fault.column for fault in faults] == ["编号"]


@pytest.mark.parametrize(
    ("text", "hours"), [("18:00-06:00", (1080, 360)), ("8:30～24:00", (510, 1440)), ("7：00至9：00", (420, 540))]
)
def test_hours_are_read_as_people_write_them(text: str, hours: tuple[int, int]) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize("text", ["", "8-9", "24:00-06:00", "08:00-08:00", "00:00-24:00", "08:61-09:00", "08:00"])
def test_what_is_no_span_of_the_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span of the day"):
        read_hours(text)


def test_differences_are_told_by_number() -> None:
    one, two, three = Rule(1, "HW"), Rule(2, "SZ"), Rule(2, "HW")
    assert differences([one, two], [three, Rule(4, "HW")]) == [(one, None), (two, three), (None, Rule(4, "HW"))]
