"""Areas are drawn by choosing unit grids: whole, of one piece where they must be, each grid once, the past kept."""

from datetime import date

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography import queries
from cityloop.geography.actions import dividing, drafting, publishing
from cityloop.geography.actions.composing import AreaPlan, draw_area, end_area
from cityloop.geography.actions.writing import NewGrid, write_grids
from cityloop.geography.models import DraftGrid, GridArea
from cityloop.geography.queries import composed
from cityloop.geography.rules.composing import is_area_code, issued_code, pieces_of
from cityloop.geography.rules.shapes import column
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, NotFound
from geography.conftest import CITY, COMMUNITY, DAY, box

LATER, LATEST = date(2026, 7, 1), date(2026, 8, 1)


# --- rules


@pytest.mark.parametrize(
    ("unit_grids", "used", "code"),
    [
        pytest.param(["990101001001001"], [], "M99010100100101", id="in one community"),
        pytest.param(["990101001001001", "990101001002001"], ["M99010100101"], "M99010100102", id="in one street"),
        pytest.param(["990101001001001", "990101002001001"], ["M99010100101"], "M99010101", id="a street's number is not the city's"),
        pytest.param(["990101001001001", "990101001002001"], ["M99010100199"], "M990101001100", id="the hundredth"),
    ],
)  # fmt: skip
def test_a_code_names_the_smallest_region_around_and_is_never_given_again(
    unit_grids: list[str], used: list[str], code: str
) -> None:
    assert issued_code("management", unit_grids, used) == code


@settings(max_examples=25)
@given(cells=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_pieces_are_what_can_be_walked_across_sides(cells: set[tuple[int, int]]) -> None:
    places = sorted(cells)
    found = pieces_of(column([box(x, y, x + 1, y + 1) for x, y in places])).tolist()
    whole = shapely.union_all([box(x, y, x + 1, y + 1).buffer(-1e-5, cap_style="square") for x, y in places])
    assert found[0] == 0
    for one, here in zip(places, found, strict=True):
        for other, there in zip(places, found, strict=True):
            if abs(one[0] - other[0]) + abs(one[1] - other[1]) == 1:
                assert here == there
    assert max(found) + 1 <= len(shapely.get_parts(whole))


@pytest.mark.parametrize(
    ("kind", "code", "is_one"),
    [
        ("management", f"M{COMMUNITY}01", True),
        ("management", f"M{CITY}001", True),
        ("duty", f"{COMMUNITY}01", True),
        ("duty", f"{COMMUNITY}001", False),
        ("duty", f"M{COMMUNITY}01", False),
        ("extension", f"X{CITY}1", False),
        ("extension", "X12345601", False),
        ("evaluation", f"E{CITY}０１", False),
        ("evaluation", "", False),
    ],
)
def test_a_code_of_an_area_is_its_letter_a_region_and_a_number(kind: str, code: str, is_one: bool) -> None:
    assert is_area_code(kind, code, CITY) is is_one


# --- on the database


@pytest.fixture
def grids(one_community: str) -> list[str]:
    """Six unit grids in two rows of three, numbered as one reads."""
    codes = [f"{COMMUNITY}{number:03}" for number in range(1, 7)]
    boxes = [box(x, y, x + 3, y + 5) for y in (5, 0) for x in (0, 3, 6)]
    write_grids([NewGrid(code, CITY, shape) for code, shape in zip(codes, boxes, strict=True)], DAY)
    return codes


def plan(kind: str, name: str, grids: list[str], code: str = "", **more: str) -> AreaPlan:
    return AreaPlan(kind, name, tuple(grids), code, **more)


def members(kind: str, on: date = DAY) -> dict[str, tuple[str, ...]]:
    return {one.name: tuple(code[12:] for code in one.unit_grids) for one in composed.areas(CITY, on, kind)}


def refused(kind: str, name: str, grids: list[str], code: str = "", **more: str) -> list[str]:
    with pytest.raises(InvalidInput) as said:
        draw_area(CITY, plan(kind, name, grids, code, **more), DAY)
    return [one.why for one in said.value.faults]


@pytest.mark.django_db
def test_management_grids_hang_together_and_take_from_each_other(grids: list[str]) -> None:
    assert "side by side" in refused("management", "散", [grids[0], grids[2]])[0]
    assert "side by side" in refused("management", "角", [grids[0], grids[4]])[0]
    code = draw_area(CITY, plan("management", "西", [grids[0], grids[1], grids[2]]), DAY)
    assert code == f"M{COMMUNITY}01"
    assert refused("management", "中", [grids[1]]) == [
        "would fall apart: choose so that its other unit grids still lie side by side"
    ]
    assert members("management") == {"西": ("001", "002", "003")}
    draw_area(CITY, plan("management", "东", [grids[2], grids[5]], body="绿化所"), LATER)
    assert members("management", LATER) == {"西": ("001", "002"), "东": ("003", "006")}
    assert members("management") == {"西": ("001", "002", "003")}
    draw_area(CITY, plan("management", "全", grids), LATEST)
    assert members("management", LATEST) == {"全": ("001", "002", "003", "004", "005", "006")}
    assert composed.without(CITY, LATER, composed.areas(CITY, LATER, "management")) == [grids[3], grids[4]]
    assert [one.unit_grids for one in composed.versions(CITY, "management", code)] == [3]


@pytest.mark.django_db
def test_an_evaluation_grid_is_made_of_whole_management_grids_and_follows_them(grids: list[str]) -> None:
    west = draw_area(CITY, plan("management", "西", [grids[0], grids[3]]), DAY)
    draw_area(CITY, plan("management", "中", [grids[1], grids[4]]), DAY)
    assert "type" in refused("evaluation", "评", grids[:2])[0]
    why = refused("evaluation", "评", [grids[0], grids[2]], rating="A")
    assert any("no management grid" in one for one in why)
    assert any("not all" in one for one in why)
    told = composed.choice(CITY, DAY, "evaluation", [grids[0], grids[2]])
    assert (told.codes, told.loose) == ((grids[0], grids[3]), (grids[2],))
    draw_area(CITY, plan("evaluation", "评", [grids[0], grids[3]], rating="A"), DAY)
    draw_area(CITY, plan("management", "西", [grids[0], grids[3], grids[1]], west), LATER)
    assert members("evaluation", LATER) == {"评": ("001", "002", "004")}
    with pytest.raises(Conflict):
        end_area(CITY, "management", west, LATER)
    end_area(CITY, "evaluation", composed.areas(CITY, LATER, "evaluation")[0].code, LATEST)
    end_area(CITY, "management", west, LATEST)
    assert members("evaluation", LATEST) == {}
    with pytest.raises(NotFound):
        end_area(CITY, "management", west, LATEST)


@pytest.mark.django_db
def test_extension_grids_of_different_purposes_lie_upon_each_other(grids: list[str]) -> None:
    clean = draw_area(CITY, plan("extension", "扫", grids[:2], purpose="sanitation"), DAY)
    draw_area(CITY, plan("extension", "绿", [grids[0], grids[2]], purpose="greening"), DAY)
    draw_area(CITY, plan("extension", "扫二", [grids[1]], purpose="sanitation"), DAY)
    assert members("extension") == {"扫": ("001",), "绿": ("001", "003"), "扫二": ("002",)}
    assert "another kind" in refused("extension", "扫", grids[:1], clean, purpose="greening")[0]


@pytest.mark.django_db
def test_duty_grids_are_drawn_and_ended_on_the_same_page(grids: list[str]) -> None:
    code = draw_area(CITY, plan("duty", "甲", grids[:2]), DAY)
    assert code == f"R{COMMUNITY}01"
    told = composed.choice(CITY, DAY, "duty", [grids[1], grids[5]])
    assert (told.pieces, told.taken) == (2, [(code, "甲", 1)])
    draw_area(CITY, plan("duty", "乙", [grids[1], grids[2]]), LATER)
    assert [one.unit_grids for one in queries.duty_grids(CITY, LATER)] == [(grids[0],), (grids[1], grids[2])]
    end_area(CITY, "duty", code, LATEST)
    assert [one.name for one in queries.duty_grids(CITY, LATEST)] == ["乙"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        plan("county", "x", [f"{COMMUNITY}001"]),
        plan("management", "", [f"{COMMUNITY}001"]),
        plan("management", "x", []),
        plan("management", "x", ["990101001001999"]),
        plan("extension", "x", [f"{COMMUNITY}001"]),
        plan("management", "x", [f"{COMMUNITY}001"], "M" * 21),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_left(grids: list[str], wrong: AreaPlan) -> None:
    with pytest.raises(CityError):
        draw_area(CITY, wrong, DAY)
    assert not GridArea.objects.exists()


@pytest.mark.django_db
def test_areas_keep_their_ground_when_a_division_is_published(grids: list[str]) -> None:
    draw_area(CITY, plan("management", "西", [grids[0], grids[3]]), DAY)
    draw_area(CITY, plan("extension", "扫", grids, purpose="sanitation"), DAY)
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    keys = dict(DraftGrid.objects.filter(draft=draft).order_by("pk").values_list("code", "pk"))
    drafting.merge_grids(draft, 0, [keys[grids[0]], keys[grids[3]]])
    publishing.publish_draft(draft, LATER, machine_now())
    assert members("management", LATER) == {"西": ("007",)}
    assert members("extension", LATER) == {"扫": ("002", "003", "005", "006", "007")}
    assert members("management") == {"西": ("001", "004")}


@pytest.mark.django_db
def test_an_evaluation_grid_ends_with_its_last_management_grid(grids: list[str]) -> None:
    draw_area(CITY, plan("management", "西", [grids[0], grids[3]]), DAY)
    draw_area(CITY, plan("evaluation", "评", [grids[0], grids[3]], rating="A"), DAY)
    draw_area(CITY, plan("management", "全", grids), LATER)
    assert members("evaluation") == {"评": ("001", "004")}
    assert composed.areas(CITY, LATER, "evaluation") == []
    assert set(GridArea.objects.filter(kind="evaluation").values_list("valid_to", flat=True)) == {LATER}


@pytest.mark.django_db
def test_a_duty_grid_that_lost_its_last_unit_grid_ends(grids: list[str]) -> None:
    draw_area(CITY, plan("duty", "甲", grids[:2]), DAY)
    draw_area(CITY, plan("duty", "乙", grids[:3]), LATER)
    assert [one.name for one in queries.duty_grids(CITY, LATER)] == ["乙"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["management", "duty"])
def test_what_is_drawn_before_a_published_division_holds_is_carried_on_to_it(grids: list[str], kind: str) -> None:
    old = draw_area(CITY, plan(kind, "旧", [grids[0], grids[3], grids[1]]), DAY)
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    keys = dict(DraftGrid.objects.filter(draft=draft).order_by("pk").values_list("code", "pk"))
    drafting.merge_grids(draft, 0, [keys[grids[0]], keys[grids[3]]])
    publishing.publish_draft(draft, LATEST, machine_now())
    assert members(kind, LATEST) == {"旧": ("002", "007")}
    draw_area(CITY, plan(kind, "新", [grids[0], grids[3]]), LATER)
    assert members(kind, LATER) == {"旧": ("002",), "新": ("001", "004")}
    assert members(kind, LATEST) == {"旧": ("002",), "新": ("007",)}
    draw_area(CITY, plan(kind, "旧", [grids[1], grids[2]], old), LATER)
    assert members(kind, LATEST) == {"旧": ("002", "003"), "新": ("007",)}
