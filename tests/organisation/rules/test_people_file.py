from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cityloop.kernel.sheets import Row
from cityloop.organisation.rules.people_file import HEADINGS, PeopleFile, read_day, read_people, read_time

KINDS = {"环卫": "sanitation", "sanitation": "sanitation"}
POSTS = {"受理员": "acceptor", "acceptor": "acceptor"}


def sheet(name: str, *lines: Sequence[str]) -> dict[str, list[Row]]:
    rows = [Row(name, number, dict(zip(HEADINGS[name], line, strict=False))) for number, line in enumerate(lines, 2)]
    return {name: rows}


def read(sheets: dict[str, list[Row]]) -> PeopleFile:
    return read_people(sheets, kinds=KINDS, posts=POSTS, zone=ZoneInfo("Asia/Shanghai"))


def faults(sheets: dict[str, list[Row]]) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.value) for fault in read(sheets).faults]


def test_good_lines_are_read() -> None:
    file = read(sheet("岗位", ["ZhangSan", "受理员", "", "", "2026年7月1日", "2026/12/31"]))
    line = file.posts[0]
    assert (line.account, line.post) == ("zhangsan", "acceptor")
    assert (line.first_day, line.day_after) == (date(2026, 7, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    "text", ["13800000000", "+86 138-0000-0000", "(0512) 6522 1234", "0512-65221234 转 802", "65221234"]
)
def test_phone_numbers_stay_as_people_write_them(text: str) -> None:
    file = read(sheet("人员", ["a", "甲", text]))
    assert (file.faults, file.people[0].phone) == ((), text)


@pytest.mark.parametrize("text", ["12", "138000", "1" * 16, "call me", "++8613800000000", "13800000000 ask for Li"])
def test_what_is_no_phone_number_is_named(text: str) -> None:
    assert faults(sheet("人员", ["a", "甲", text])) == [(2, "手机号", text)]


def test_times_are_those_of_the_city() -> None:
    line = read(sheet("值班", ["a", "受理员", "", "2026-07-01 20:00", "2026-07-01 24:00"])).duties[0]
    assert line.starts_at == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert line.ends_at == datetime(2026, 7, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        pytest.param(sheet("部门", ["", "名", "环卫"]), [(2, "部门编码", "")], id="an empty cell"),
        pytest.param(sheet("部门", ["HW", "名", "环委"]), [(2, "部门类别", "环委")], id="an unknown kind"),
        pytest.param(
            sheet("部门", ["A", "甲", "环卫"], ["A", "乙", "环卫"]), [(3, "部门编码", "A")], id="a department twice"
        ),
        pytest.param(
            sheet("部门", ["A", "甲", "环卫", "B"], ["B", "乙", "环卫", "A"]),
            [(2, "上级部门编码", "B"), (3, "上级部门编码", "A")],
            id="two that are part of each other",
        ),
        pytest.param(
            sheet("人员", ["a", "甲"], ["A", "乙"]), [(3, "账号", "A")], id="an account twice, in another case"
        ),
        pytest.param(sheet("人员", ["a", "甲", "12"]), [(2, "手机号", "12")], id="a phone number that is none"),
        pytest.param(sheet("岗位", ["a", "局长"]), [(2, "岗位", "局长")], id="an unknown post"),
        pytest.param(
            sheet("岗位", ["a", "受理员", "", "", "2026-7-32"]), [(2, "起始日期", "2026-7-32")], id="no such day"
        ),
        pytest.param(
            sheet("岗位", ["a", "受理员", "", "", "2026-07-02", "2026-07-01"]),
            [(2, "截止日期", "2026-07-01")],
            id="an end before the start",
        ),
        pytest.param(
            sheet("值班", ["a", "受理员", "", "2026-07-01 8点", "2026-07-01 20:00"]),
            [(2, "开始时间", "2026-07-01 8点")],
            id="no time",
        ),
        pytest.param(
            sheet("值班", ["a", "受理员", "", "2026-07-01 08:00", "2026-07-01 08:00"]),
            [(2, "结束时间", "2026-07-01 08:00")],
            id="a turn of no length",
        ),
        pytest.param(
            sheet("值班", ["", "局长", "", "x", ""]),
            [(2, "账号", ""), (2, "结束时间", ""), (2, "开始时间", "x"), (2, "岗位", "局长")],
            id="every bad cell of a line",
        ),
    ],
)
def test_every_bad_cell_is_named(sheets: dict[str, list[Row]], expected: list[tuple[int, str, str]]) -> None:
    assert faults(sheets) == expected


def test_a_missing_column_is_named_once() -> None:
    rows = [Row("人员", number, {"姓名": "甲"}) for number in (2, 3)]
    assert [str(fault.column) for fault in read({"人员": rows}).faults] == ["账号"]
    assert read({"人员": rows}).people == ()


def test_departments_stand_after_those_above_them() -> None:
    file = read(sheet("部门", ["C", "丙", "环卫", "B"], ["B", "乙", "环卫", "A"], ["A", "甲", "环卫", "Z"]))
    assert [line.code for line in file.departments] == ["A", "B", "C"]


@pytest.mark.parametrize("text", ["2026-07-01", "2026/7/1", "20260701", "2026年7月1日"])
def test_a_day_as_people_write_it(text: str) -> None:
    assert read_day(text) == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["", "2026711", "26-07-01", "2026-13-01", "一日", "2026-07-01 08:00"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # what it says is nobody's business; people read the cell's fault
        read_day(text)


@pytest.mark.parametrize(
    ("text", "hour"), [("2026-07-01 8:30", 8), ("2026-07-01T08:30", 8), ("2026/7/1 08：30:00", 8), ("20260701", 0)]
)
def test_a_time_as_people_write_it(text: str, hour: int) -> None:
    assert read_time(text) == datetime(2026, 7, 1, hour, 30 if hour else 0)  # noqa: DTZ001  # wall time
