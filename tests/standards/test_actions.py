"""Seed, revision and import of catalogues."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from cityloop.kernel.errors import Conflict, InvalidInput, NotFound, TooLarge
from cityloop.kernel.sheets import Sheet, read_sheets, write_sheets
from cityloop.standards import actions, documents, models, package, queries
from cityloop.standards.actions import Loaded
from cityloop.standards.rules import Catalogue, TimeLimit

NEW, MIDDLE, OLD = "gb47678_2026", "gb30428_2013", "cjt214_2007"
COVER = f"{NEW}/part/01001"
DAY = date(2026, 7, 1)


def wipe(scheme: str) -> None:
    """Take a scheme and all that hangs on it out of the tables."""
    models.Correspondence.objects.filter(scheme=scheme).delete()
    models.Correspondence.objects.filter(other_scheme=scheme).delete()
    for model in (models.Category, models.BigClass):
        model._default_manager.filter(scheme=scheme).delete()
    models.Scheme.objects.filter(code=scheme).delete()


# Seed


def test_the_package_is_loaded_once(loaded: Loaded) -> None:
    carried = package.package()
    rows = (carried.schemes, carried.department_kinds, carried.big_classes, carried.categories, carried.correspondences)
    assert loaded == Loaded(added=sum(map(len, rows)))
    assert actions.load_package_data() == Loaded(unchanged=loaded.added)
    assert models.Category.objects.count() == 734


@pytest.mark.usefixtures("loaded")
def test_the_command_loads_and_says_so() -> None:
    wipe(OLD)
    out = io.StringIO()
    call_command("load_standards", stdout=out)
    assert re.search(r"[1-9]\d* added, 0 changed, [1-9]\d* as they were, 0 kept", out.getvalue())
    assert len(queries.catalogue(OLD, DAY)) == 134


@pytest.mark.usefixtures("loaded")
def test_an_edited_row_outlives_the_next_load() -> None:
    models.Category.objects.filter(scheme=NEW, type="part", code="01001").update(name_zh="自来水井盖")
    assert actions.load_package_data().kept == 1
    assert queries.catalogue(NEW, DAY)[COVER].name_zh == "自来水井盖"


@pytest.mark.usefixtures("loaded")
def test_an_untouched_row_follows_a_newer_package(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = with_class(COVER, name_zh="给水井盖", conditions=package.package().categories[0].conditions[:2])
    monkeypatch.setattr(package, "package", lambda: newer)
    assert actions.load_package_data().changed == 1
    cover = queries.catalogue(NEW, DAY)[COVER]
    assert cover.name_zh == "给水井盖"
    assert [one.id for one in cover.conditions] == ["cov_open", "cov_break"]
    assert actions.load_package_data().changed == 0


def with_class(key: str, **changed: Any) -> Catalogue:
    carried = package.package()
    return replace(
        carried, categories=tuple(replace(one, **changed) if one.key == key else one for one in carried.categories)
    )


# Revision


@pytest.mark.usefixtures("loaded")
def test_a_new_name_is_a_new_edition_and_the_code_stays() -> None:
    cover = queries.catalogue(NEW, DAY)[COVER]
    first, *others = cover.conditions
    stricter = replace(first, limit=TimeLimit(1, "urgent_hour", "紧急1小时"))
    actions.revise(replace(cover, name_zh="给水井盖", conditions=(stricter, *others)), from_day=date(2027, 1, 1))
    before, after = (queries.catalogue(NEW, day)[COVER] for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (before.name_zh, before.default_condition.limit.amount) == ("供水井盖", 2)
    assert (after.name_zh, after.default_condition.limit) == ("给水井盖", TimeLimit(1, "urgent_hour", "紧急1小时"))
    assert after.default_condition.key == before.default_condition.key
    assert actions.load_package_data().kept == 1  # the end that the first edition got is an edit


@pytest.mark.usefixtures("loaded")
def test_an_edition_cannot_begin_before_the_last_one() -> None:
    cover = queries.catalogue(NEW, DAY)[COVER]
    actions.revise(replace(cover, name_zh="给水井盖"), from_day=date(2027, 1, 1))
    for day in (date(2027, 1, 1), date(2026, 6, 1)):
        with pytest.raises(Conflict, match="has an edition from that day"):
            actions.revise(cover, from_day=day)
    with pytest.raises(NotFound):
        actions.revise(replace(cover, code="01998"), from_day=DAY)


# Import


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("form", documents.FORMATS)
@pytest.mark.parametrize("scheme", [NEW, MIDDLE, OLD])
def test_a_catalogue_that_left_comes_back_the_same(scheme: str, form: str) -> None:
    before, data = queries.stored(scheme), queries.export_catalogue(scheme, form)
    wipe(scheme)
    assert not queries.stored(scheme).categories
    done = actions.import_catalogue(data, form)
    assert not done.faults
    assert queries.stored(scheme) == before
    assert content(queries.export_catalogue(scheme, form), form) == content(data, form)
    again = actions.import_catalogue(data, form).loaded
    assert (again.added, again.changed) == (0, 0)


def content(data: bytes, form: str) -> object:
    """A workbook carries the minute it was made in; its sheets are what counts."""
    return data if form == "yaml" else read_sheets(data)


@pytest.mark.usefixtures("loaded")
def test_a_workbook_with_the_names_of_the_columns_is_read() -> None:
    data = sheets_of(NEW)
    data["Classes"][0][data["Classes"][0].index("Chinese name")] = "name_zh"
    data["conditions"] = data.pop("Filing conditions")
    assert not actions.import_catalogue(workbook(data), "xlsx").faults


Table = list[list[Any]]


@cache
def exported(scheme: str, form: str) -> bytes:
    """What the package's catalogue looks like as a file; the tests spoil copies of it."""
    return queries.export_catalogue(scheme, form)


def sheets_of(scheme: str) -> dict[str, Table]:
    """Return the workbook's tables, headings first, cut to the first three classes of four conditions each."""
    tables = {}
    for name, rows in read_sheets(exported(scheme, "xlsx")).items():
        headings = list(rows[0].cells)
        tables[name] = [headings, *([row[heading] for heading in headings] for row in rows)]
    for name, rows_kept in (("Classes", 3), ("Filing conditions", 12), ("Correspondences", 2)):
        del tables[name][1 + rows_kept :]
    return tables


def workbook(tables: dict[str, Table]) -> bytes:
    return write_sheets(Sheet(name, table[0], table[1:]) for name, table in tables.items())


def spoil(tables: dict[str, Table], sheet: str, row: int, column: str, value: str) -> None:
    """Write ``value`` into a cell; ``row`` as Excel counts it."""
    tables[sheet][row - 1][tables[sheet][0].index(column)] = value


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "why"),
    [
        pytest.param("Classes", 3, "Code", "1x", "has 5 digits", id="code"),
        pytest.param("Classes", 3, "Code", "01016", "leaves this number unused", id="unused code"),
        pytest.param("Classes", 3, "Code", "44001", "no big class", id="big class"),
        pytest.param("Classes", 3, "Code", "", "may not be blank", id="blank code"),
        pytest.param("Classes", 3, "Code", "01001", "stands here twice; the first one is row 2", id="twice"),
        pytest.param("Classes", 3, "Scheme", "gb1", "Use one of: gb47678_2026", id="scheme"),
        pytest.param("Classes", 3, "Type", "thing", "Use one of: part, event", id="type"),
        pytest.param("Classes", 3, "Kind of department", "waterworks", "Use one of:", id="kind"),
        pytest.param("Classes", 3, "Geometry", "", "points, lines or polygons", id="geometry"),
        pytest.param("Classes", 3, "Valid from", "soon", "A date such as", id="date"),
        pytest.param("Classes", 3, "Valid to", "1970-01-01", "after the beginning", id="end before beginning"),
        pytest.param("Classes", 3, "Valid from", "0001-01-01", "between 1970 and 2199", id="year 1"),
        pytest.param("Classes", 3, "Chinese name", "井" * 101, "At most 100 characters", id="long"),
        pytest.param("Classes", 3, "Class of the part", "01001", "Only a matter", id="part of a part"),
        pytest.param("Filing conditions", 6, "Limit", "soon", "whole number from 1", id="amount"),
        pytest.param("Filing conditions", 6, "Limit", "", "whole number from 1", id="unit without amount"),
        pytest.param("Filing conditions", 6, "Unit", "hours", "Use one of: urgent_hour", id="unit"),
        pytest.param("Filing conditions", 6, "Condition", "C 1", "Small letters", id="condition code"),
        pytest.param(
            "Filing conditions", 7, "Condition", "cov_open", "has a condition of that code", id="same condition"
        ),
        pytest.param("Filing conditions", 6, "Closing condition, Chinese", "", "may not be blank", id="no closing"),
        pytest.param("Big classes", 6, "Code", "5", "has 2 digits", id="big class code"),
        pytest.param("Correspondences", 2, "Code there", "9999", "no class of this code", id="correspondence"),
        pytest.param("Schemes", 2, "Digits of a part code", "16", "12 more", id="digits"),
        pytest.param("Kinds of departments", 2, "Code", "A b", "Small letters", id="kind code"),
    ],
)
def test_a_bad_cell_is_told_with_its_place_and_nothing_is_done(
    sheet: str, row: int, column: str, value: str, why: str
) -> None:
    tables, before = sheets_of(NEW), queries.stored()
    spoil(tables, sheet, row, column, value)
    with pytest.raises(InvalidInput, match="Nothing was imported") as refused:
        actions.import_catalogue(workbook(tables), "xlsx")
    fault = next(one for one in refused.value.faults if one.field.startswith(f"{sheet}/{row}/"))
    assert (fault.field, fault.value) == (f"{sheet}/{row}/{column}", value)
    assert why in fault.why
    assert queries.stored() == before


@pytest.mark.usefixtures("loaded")
def test_good_rows_are_kept_where_the_caller_says_so() -> None:
    tables = sheets_of(NEW)
    spoil(tables, "Classes", 2, "Chinese name", "给水井盖")
    spoil(tables, "Classes", 3, "Chinese name", "排污井盖")
    spoil(tables, "Filing conditions", 6, "Limit", "0")  # a condition of 01002: the class is not half taken
    done = actions.import_catalogue(workbook(tables), "xlsx", keep_good=True)
    assert [str(one) for one in done.faults] == [
        "Filing conditions, row 6, Limit “0”: A limit is a whole number from 1 to 100,000."
    ]
    assert done.loaded.changed == 1
    catalogue = queries.catalogue(NEW, DAY)
    assert (catalogue[COVER].name_zh, catalogue[f"{NEW}/part/01002"].name_zh) == ("给水井盖", "污水井盖")


@pytest.mark.usefixtures("loaded")
def test_a_limit_may_be_given_in_words_alone() -> None:
    tables = sheets_of(NEW)
    for column, value in (("Limit", ""), ("Unit", ""), ("Limit as written", "紧急3小时")):
        spoil(tables, "Filing conditions", 2, column, value)
    actions.import_catalogue(workbook(tables), "xlsx")
    assert queries.catalogue(NEW, DAY)[COVER].default_condition.limit == TimeLimit(3, "urgent_hour", "紧急3小时")
    spoil(tables, "Filing conditions", 2, "Limit as written", "马上")
    with pytest.raises(InvalidInput, match=r"马上.*cannot be read as a limit"):
        actions.import_catalogue(workbook(tables), "xlsx")


@pytest.mark.usefixtures("loaded")
def test_a_column_that_nobody_knows_is_not_passed_over() -> None:
    tables = sheets_of(NEW)
    tables["Classes"][0][tables["Classes"][0].index("Valid to")] = "Valid until"
    tables["Classes"][1][tables["Classes"][0].index("Valid until")] = "2027-01-01"
    with pytest.raises(InvalidInput, match=r"Valid until.*There is no such column"):
        actions.import_catalogue(workbook(tables), "xlsx")


@pytest.mark.usefixtures("loaded")
def test_a_class_without_conditions_and_a_condition_without_class_are_told() -> None:
    tables = sheets_of(NEW)
    table = tables["Filing conditions"]
    code = table[0].index("Code")
    for line in table[1:5]:
        line[code] = "01997"
    with pytest.raises(InvalidInput) as refused:
        actions.import_catalogue(workbook(tables), "xlsx")
    assert {(one.field, one.why) for one in refused.value.faults} == {
        ("Classes/2/Code", "This class has no filing condition; give it at least one."),
        *((f"Filing conditions/{row}/Code", "The file has no row for this class on that day.") for row in range(2, 6)),
    }


def edit(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The exported YAML, cut to its first five classes, after ``change`` has spoiled it."""
    document = yaml.load(exported(NEW, "yaml"), yaml.CSafeLoader)
    del document["classes"][5:], document["correspondences"][1:]
    change(document)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()


@pytest.mark.usefixtures("loaded")
def test_a_new_edition_comes_with_the_end_of_the_old_one() -> None:
    def overlapping(document: dict[str, Any]) -> None:
        document["classes"].append(document["classes"][0] | {"valid_from": date(2027, 1, 1), "name_zh": "给水井盖"})

    def ended(document: dict[str, Any]) -> None:
        overlapping(document)
        document["classes"][0]["valid_to"] = date(2027, 1, 1)

    with pytest.raises(InvalidInput, match="Another row of this code holds from 1970-01-01"):
        actions.import_catalogue(edit(overlapping), "yaml")
    loaded = actions.import_catalogue(edit(ended), "yaml").loaded
    assert (loaded.added, loaded.changed) == (1, 1)
    assert queries.catalogue(NEW, date(2026, 12, 31))[COVER].name_zh == "供水井盖"
    assert queries.catalogue(NEW, date(2027, 1, 1))[COVER].name_zh == "给水井盖"


@pytest.mark.usefixtures("loaded")
def test_a_fault_in_yaml_names_section_and_place() -> None:
    def spoiled(document: dict[str, Any]) -> None:
        document["classes"][0]["conditions"][1]["unit"] = "hours"
        document["classes"][4] = "nonsense"

    done = actions.import_catalogue(edit(spoiled), "yaml", keep_good=True)
    assert [(one.sheet, one.row, one.value) for one in done.faults] == [
        ("classes/01001/conditions", 2, "hours"),
        ("classes", 5, "nonsense"),
    ]


@pytest.mark.parametrize(
    ("data", "form", "why"),
    [
        pytest.param(b"a: [", "yaml", "not YAML: line 2", id="broken YAML"),
        pytest.param(b"\xff\xfe\x00", "yaml", "not YAML", id="no text"),
        pytest.param(b"- 1\n- 2\n", "yaml", "none of the sections", id="a list"),
        pytest.param(b"", "yaml", "none of the sections", id="empty"),
        pytest.param(b"classes", "xlsx", "not an Excel workbook", id="no workbook"),
        pytest.param(write_sheets([Sheet("Other", ["A"], [["1"]])]), "xlsx", "none of the sheets", id="other workbook"),
    ],
)
@pytest.mark.django_db
def test_a_file_of_another_kind_is_refused(data: bytes, form: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        actions.import_catalogue(data, form)


@pytest.mark.django_db
def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match="20 MB"):
        actions.import_catalogue(b" " * (documents.LARGEST_BYTES + 1), "yaml")
