"""Pure rules of imports: texts become values, columns are found, doubles are seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.assets.rules.imports.doubles import near_pairs
from cityloop.assets.rules.imports.fields import Field, FieldKind, Wrong, value_of
from cityloop.assets.rules.imports.mapping import propose, texts_of
from cityloop.assets.rules.imports.reasons import told, told_of_all


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.DAY, "20260501", "2026-05-01"),
        (FieldKind.DAY, "2026/5/1", "2026-05-01"),
        (FieldKind.DAY, "2026年5月1日", "2026-05-01"),
        (FieldKind.DAY, "46143", "2026-05-01"),
        (FieldKind.DAY, "2026-02-30", Wrong("no_day")),
        (FieldKind.DAY, "1800-01-01", Wrong("day_beyond")),
        (FieldKind.NUMBER, "12.5 m", "12.5"),
        (FieldKind.NUMBER, "wide", Wrong("no_number")),
        (FieldKind.CODE, "12 34", "1234"),
        (FieldKind.FLAG, "是", "true"),
        (FieldKind.TEXT, "a\x00b", Wrong("bad_character")),
        (FieldKind.TEXT, "x" * 101, Wrong("too_long", {"most": 100})),
    ],
)
def test_a_text_becomes_a_value_or_says_why_not(kind: FieldKind, text: str, value: str | Wrong) -> None:
    assert value_of(Field("f", "F", kind=kind), text) == value


def test_columns_are_found_by_name_then_by_content() -> None:
    fields = (
        Field("code", "Code", ("ObjID", "部件编码", "bjbm")),
        Field("grid", "Grid", ("BGID",), looks=lambda text: len(text) == 15 and text.isdigit()),
        Field("name", "Name", ("名称", "mc")),
    )
    columns = ["OBJID", "甲", "部件名称"]
    assert propose(fields, columns, [["1", "4" * 15, "井盖"]]) == {"code": "OBJID", "name": "部件名称", "grid": "甲"}
    assert propose(fields, ["bjbm", "mc"], []) == {"code": "bjbm", "name": "mc"}


def test_a_mapping_may_say_one_thing_for_all_rows_or_put_pieces_together() -> None:
    texts = {"a": ["x", "y"], "no": ["1", "2"]}
    assert texts_of("=01001", texts, [1, 2]) == ["01001", "01001"]
    assert texts_of("{a}{no:03}", texts, [1, 2]) == ["x001", "y002"]
    assert texts_of("", texts, [1, 2]) == ["", ""]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 1)), min_size=2, max_size=40))
def test_doubles_are_all_pairs_of_a_kind_within_the_tolerance(places: list[tuple[int, int, int]]) -> None:
    lons = 114 + np.array([x for x, _y, _kind in places]) * 1e-6
    lats = 30 + np.array([y for _x, y, _kind in places]) * 1e-6
    kinds = np.array([kind for _x, _y, kind in places])
    found = set()
    for one, other, _metres in near_pairs(lons, lats, kinds, 1.0):
        found |= set(zip(one.tolist(), other.tolist(), strict=True))
    from cityloop.geography.rules.shapes import metres_per_degree

    east, north = metres_per_degree(float(lats.mean()))
    wanted = {
        (i, j)
        for i in range(len(places))
        for j in range(i + 1, len(places))
        if kinds[i] == kinds[j] and np.hypot((lons[i] - lons[j]) * east, (lats[i] - lats[j]) * north) <= 1.0
    }
    assert found == wanted


def test_what_a_column_holds_goes_before_how_it_is_called() -> None:
    fields = (
        Field("class_code", "Class", ("小类",)),
        Field("owner", "Owner", ("权属单位",)),
        Field("owner_name", "Owner, by name", ("权属单位名称",)),
        Field("keeper", "Keeper", ("养护单位",)),
    )
    known = {"class_code": {"上水井盖", "010101"}, "owner": {"市政处", "05"}, "keeper": {"市政处", "05"}}
    columns = ["权属单位", "养护单位", "东西"]
    rows = [["某电力公司", "市政处", "上水井盖"], ["某热力公司", "", "上水井盖"]]
    assert propose(fields, columns, rows, known) == {
        "owner_name": "权属单位",  # nobody that the city knows: it stands under its name
        "keeper": "养护单位",
        "class_code": "东西",
    }
    assert propose(fields, ["权属单位"], [["05"], [""]], known) == {"owner": "权属单位"}
    assert propose(fields, ["权属单位", "权属单位名称"], [["甲", "乙"]], known) == {"owner_name": "权属单位名称"}
    assert propose(fields, ["小类"], [["垃圾山"]], known) == {"class_code": "小类"}, "what is none is told row by row"


def test_what_many_rows_have_in_common_names_none_of_them() -> None:
    given = {"metres": "0.3", "row": 12}
    assert told("doubled_place", given) == "与第 12 行相距 0.3 米，疑为重复"
    assert told_of_all("doubled_place", given) == "与第 … 行相距 … 米，疑为重复"
    assert told_of_all("needed", {}) == told("needed", {})
