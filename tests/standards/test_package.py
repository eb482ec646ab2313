"""What the package carries: counts, pitfalls, and how a fault in a file is told."""

import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from cityloop.kernel.errors import InvalidInput
from cityloop.standards import package
from cityloop.standards.choices import Scheme, TimeUnit
from cityloop.standards.queries import extension_examples, package_catalogue
from cityloop.standards.rules import category_key, split_category_key, split_condition_key
from cityloop.standards.rules.codes import PART_DIGITS

SHARED = Path(__file__).parents[3] / "shared" / "domain" / "codes.yaml"
NEW, MIDDLE, OLD = "gb47678_2026", "gb30428_2013", "cjt214_2007"
CATALOGUE = package_catalogue()


def test_each_scheme_has_the_classes_that_could_be_identified() -> None:
    assert Counter((one.scheme, one.type) for one in CATALOGUE.values()) == {
        (NEW, "part"): 153,
        (NEW, "event"): 250,
        (MIDDLE, "part"): 119,  # of 121 published
        (MIDDLE, "event"): 78,  # of 83 published
        (OLD, "part"): 85,
        (OLD, "event"): 49,
    }


def test_schemes_are_the_closed_list_and_their_digits_those_of_the_codes() -> None:
    schemes = package.package().schemes
    assert [one.code for one in schemes] == Scheme.values
    assert {one.code: one.part_digits for one in schemes} == PART_DIGITS
    assert {one.code: one.matter_digits for one in schemes} == {NEW: 11, MIDDLE: 0, OLD: 0}


def test_one_scheme_is_in_force_on_any_day_since_2007() -> None:
    newest_first = package.package().schemes
    assert newest_first[0].in_force_to is None
    for newer, older in pairwise(newest_first):
        assert older.in_force_to == newer.in_force_from


def test_every_class_is_whole() -> None:
    kinds = {kind.id for kind in package.package().department_kinds}
    for key, one in CATALOGUE.items():
        assert split_category_key(key) == (one.scheme, one.type, one.code)
        assert one.code.startswith(one.big_code)
        assert one.name_zh
        assert one.name_en
        assert one.big_name_zh
        assert one.dept_kind in kinds
        assert one.default_condition is one.conditions[0]
        assert bool(one.geometry) == (one.type == "part")


def test_every_condition_has_texts_and_a_limit_that_reads() -> None:
    for one in CATALOGUE.values():
        for condition in one.conditions:
            assert split_condition_key(condition.key) == (one.key, condition.id)
            assert all((condition.text_zh, condition.text_en, condition.closing_zh, condition.closing_en))
            assert condition.limit.unit in TimeUnit.values
            assert condition.basis in {"city", "analogy"}


def test_every_part_class_has_its_matter_of_the_same_number() -> None:
    parts = [one for one in CATALOGUE.values() if one.scheme == NEW and one.type == "part"]
    for part in parts:
        matter = CATALOGUE[category_key(NEW, "event", part.code)]
        assert matter.name_zh == part.name_zh + "异常"
        assert matter.part_key == part.key
        assert [(one.id, one.limit) for one in matter.conditions] == [(one.id, one.limit) for one in part.conditions]
    assert sum(1 for one in CATALOGUE.values() if one.part_code) == 153


def test_the_season_of_a_condition_is_kept() -> None:
    assert [one.season for one in CATALOGUE[f"{NEW}/part/04002"].conditions if one.id == "missing_plant"] == [
        "planting"
    ]


# The pitfalls of the field


def test_part_and_matter_of_one_number_are_two_classes() -> None:
    assert CATALOGUE[f"{NEW}/part/01001"].name_zh == "供水井盖"
    assert CATALOGUE[f"{NEW}/event/01001"].name_zh == "供水井盖异常"


def test_big_classes_of_events_changed_places_between_schemes() -> None:
    names = {(one.scheme, one.code): one.name_zh for one in package.package().big_classes if one.type == "event"}
    assert (names[OLD, "04"], names[OLD, "05"]) == ("突发事件", "街面秩序")
    assert (names[MIDDLE, "04"], names[MIDDLE, "05"], names[MIDDLE, "06"]) == ("街面秩序", "突发事件", "其他事件")
    assert [names[NEW, code] for code in ("06", "07", "08", "09", "10")] == [
        "市容环境类", "宣传广告类", "施工管理类", "街面秩序类", "其他事项类",
    ]  # fmt: skip


def test_sudden_incidents_of_2013_stay_without_a_matter_of_2026() -> None:
    incidents = [CATALOGUE[f"{MIDDLE}/event/050{number}"] for number in range(1, 7)]
    assert all(NEW not in one.related for one in incidents)
    assert [one.related[OLD] for one in incidents] == [("0402",), ("0403",), ("0404",), ("0405",), ("0401",), ("0406",)]


@pytest.mark.parametrize("kind", ["part", "event"])
def test_numbers_that_the_standard_leaves_unused_are_used_by_nobody(kind: str) -> None:
    unused = package.package().schemes[0].unused[kind]
    assert unused
    assert not {category_key(NEW, kind, code) for code in unused} & set(CATALOGUE)


def test_unused_numbers_are_those_that_the_standard_skips() -> None:
    unused = package.package().schemes[0].unused
    assert unused["part"] == ("01016", "05001", "05004", "05005", "05006", "05007", "05008")
    assert set(unused["event"]) - set(unused["part"]) == {"06031", "07005", "09007"}


def test_the_pole_of_2007_became_five_classes() -> None:
    pole = CATALOGUE[f"{OLD}/part/0117"]
    assert pole.name_zh == "立杆"
    assert pole.related == {
        NEW: ("01030", "01031", "01032", "01033", "01034"),
        MIDDLE: ("0130", "0131", "0132", "0133", "0134"),
    }
    assert {one.id for one in pole.conditions} == {"tilt", "tilt_danger", "damage", "dirty", "abandoned"}
    assert CATALOGUE[f"{NEW}/part/01034"].related[OLD] == ("0117",)


def test_codes_of_2013_that_were_not_identified_are_not_invented() -> None:
    for key in ("part/0116", "part/0505", "event/0407"):
        assert f"{MIDDLE}/{key}" not in CATALOGUE


def test_relations_hold_both_ways() -> None:
    for one in CATALOGUE.values():
        for scheme, codes in one.related.items():
            for code in codes:
                assert one.code in CATALOGUE[category_key(scheme, one.type, code)].related[one.scheme]


def test_inferred_codes_say_so() -> None:
    assert CATALOGUE[f"{MIDDLE}/part/0101"].code_basis == "seen"
    assert CATALOGUE[f"{MIDDLE}/part/0105"].code_basis == "inferred"
    assert CATALOGUE[f"{NEW}/part/01005"].code_basis == "seen"


def test_examples_of_own_classes_follow_the_extension_rule_and_are_no_classes() -> None:
    examples = extension_examples()
    assert len(examples) == 25
    for one in examples:
        assert int(one.code[2:]) > 70
        assert category_key(one.scheme, one.type, one.code) not in CATALOGUE


@pytest.mark.skipif(not SHARED.exists(), reason="the domain notes are not at hand")
def test_the_package_says_what_the_domain_notes_say() -> None:
    notes = yaml.load(SHARED.read_bytes(), yaml.CSafeLoader)
    templates = notes["condition_templates"]
    assert len(notes["entries"]) == 265
    for entry in notes["entries"]:
        for scheme, code in entry["codes"].items():
            if code is None:
                assert scheme not in _own(entry).related
                continue
            one = CATALOGUE[category_key(scheme, entry["type"], code)]
            if (scheme, code) == (OLD, "0117"):
                continue
            assert (one.name_zh, one.name_en, one.dept_kind) == (
                entry["small_zh"], entry["small_en"], entry["dept_kind"],
            )  # fmt: skip
            assert (one.geometry, one.accuracy) == (entry.get("geometry", ""), entry.get("accuracy", ""))
            assert list(one.aliases_zh) == entry.get("aliases_zh", [])
            for condition, noted in zip(one.conditions, entry["conditions"], strict=True):
                texts = templates.get(noted["key"], noted)
                assert (condition.id, condition.basis) == (noted["key"], noted["basis"])
                assert (condition.limit.amount, condition.limit.unit) == tuple(noted["limit"].values())
                assert (condition.text_zh, condition.text_en) == (texts["filing_zh"], texts["filing_en"])
                assert (condition.closing_zh, condition.closing_en) == (texts["closing_zh"], texts["closing_en"])


def _own(entry: dict[str, object]) -> object:
    return CATALOGUE[f"{entry['scheme']}/{entry['type']}/{entry['big_code']}{entry['small_code']}"]


# Faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(package.DATA, tmp_path / "data")
    return tmp_path / "data"


def test_the_files_read_from_disk_are_the_package(folder: Path) -> None:
    assert package.read_package(folder) == package.package()


@pytest.mark.parametrize(
    ("file", "was", "becomes", "told"),
    [
        pytest.param(
            "parts.yaml", "limit: [2, urgent_hour]", "limit: [2, hours]",
            r"parts\.yaml/P-01001/condition 1: “hours” is not a unit of time", id="unknown unit",
        ),
        pytest.param(
            "parts.yaml", "limit: [2, urgent_hour]", "limit: 2",
            r"parts\.yaml/P-01001/condition 1: “limit” must be \[amount, unit\] \(“2”\)", id="limit without unit",
        ),
        pytest.param(
            "parts.yaml", "id: cov_open,", "id: cov_opne,",
            r"parts\.yaml/P-01001/condition 1: has no text.*\(“cov_opne”\)", id="no such template",
        ),
        pytest.param(
            "parts.yaml", "id: cov_break,", "id: cov_open,",
            r"parts\.yaml/P-01001: two conditions have one id \(“cov_open”\)", id="condition twice",
        ),
        pytest.param(
            "parts.yaml", "dept_kind: water_supply", "dept_kind: waterworks",
            r"parts\.yaml/P-01001: “dept_kind” is none of department_kinds\.yaml \(“waterworks”\)", id="no such kind",
        ),
        pytest.param(
            "parts.yaml", 'gb47678_2026: "01001"', "gb47678_2026: 1001",
            r"parts\.yaml/P-01001/codes: “gb47678_2026” must be a text \(“1001”\)", id="code as a number",
        ),
        pytest.param(
            "parts.yaml", 'gb47678_2026: "01001"', 'gb47678_2026: "1001"',
            r"parts\.yaml/P-01001: the code in gb47678_2026 must have 5 digits \(“1001”\)", id="code too short",
        ),
        pytest.param(
            "parts.yaml", 'gb47678_2026: "01001"', 'gb47678_2026: "01016"',
            r"parts\.yaml/P-01001: gb47678_2026 leaves this number unused.*\(“01016”\)", id="unused number",
        ),
        pytest.param(
            "parts.yaml", 'gb47678_2026: "01001"', 'gb47678_2026: "09001"',
            r"parts\.yaml/P-01001: gb47678_2026 has no big class for this code \(“09001”\)", id="no big class",
        ),
        pytest.param(
            "parts.yaml", 'gb47678_2026: "01002"', 'gb47678_2026: "01001"',
            r"parts\.yaml/P-01002: another entry has this code", id="code twice",
        ),
        pytest.param(
            "parts.yaml", "id: P-01002", "id: P-01001", r"parts\.yaml/P-01001: stands here twice", id="entry twice",
        ),
        pytest.param(
            "parts.yaml", "geometry: point", "geometry: dot",
            r"parts\.yaml/P-01001: “geometry” must be one of point, line, polygon \(“dot”\)", id="geometry",
        ),
        pytest.param(
            "parts.yaml", "aliases_zh:", "alias_zh:", r"parts\.yaml/P-01001: “alias_zh” is not known here", id="slip",
        ),
        pytest.param(
            "matters.yaml", 'zh: "私搭乱建", ', "", r"matters\.yaml/M-06001/name: “zh” must be a text", id="no name",
        ),
        pytest.param(
            "older_names.yaml", "0117", "0118", r"another entry has this code; if it was split later", id="split unnamed",
        ),
        pytest.param(
            "schemes.yaml", "identified: 119", "identified: 121",
            r"schemes\.yaml/gb30428_2013: says 121 part classes, the files hold 119", id="count",
        ),
        pytest.param("schemes.yaml", "2026-07-01", "soon", r"“in_force_from” must be a date", id="no date"),
        pytest.param("legacy.yaml", "- id: L-P-0501", "- id: [", r"legacy\.yaml/line \d+: this is not YAML", id="no YAML"),
        pytest.param(
            "big_classes.yaml", "scheme: gb47678_2026", "scheme: gb1",
            r"big_classes\.yaml/gb1 part 01: “scheme” must be one of", id="no such scheme",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_entry_and_reason(folder: Path, file: str, was: str, becomes: str, told: str) -> None:
    text = (folder / file).read_text()
    assert was in text
    (folder / file).write_text(text.replace(was, becomes, 1))
    with pytest.raises(InvalidInput, match=told):
        package.read_package(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    text = (folder / "parts.yaml").read_text()
    (folder / "parts.yaml").write_text(text.replace("dept_kind: water_supply", "dept_kind: none_such"))
    with pytest.raises(InvalidInput) as refused:
        package.read_package(folder)
    assert len(refused.value.faults) == text.count("dept_kind: water_supply") > 1


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "legacy.yaml").unlink()
    with pytest.raises(InvalidInput, match=r"legacy\.yaml/: the file is missing"):
        package.read_package(folder)
