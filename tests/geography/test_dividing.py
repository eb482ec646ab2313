"""A city is divided, changed by hand, and published: what held before ends, what people keep goes on."""

import json
from datetime import date
from io import StringIO

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from cityloop.geography import queries
from cityloop.geography.actions import DutyGridPlan, dividing, drafting, make_duty_grids, publishing
from cityloop.geography.actions.writing import NewGrid, write_grids
from cityloop.geography.models import DraftGrid, DraftStep, GridDraft, GridOrigin, UnitGrid
from cityloop.geography.rules.division import Wish
from cityloop.geography.rules.shapes import column
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput
from geography.conftest import CITY, COMMUNITY, DAY, box

pytestmark = pytest.mark.django_db

LATER = date(2026, 7, 1)
LATEST = date(2026, 8, 1)
WISH = Wish(built_m2=300_000, open_m2=300_000)


def divided() -> int:
    draft = dividing.ask_for_draft(CITY, WISH, by="")
    dividing.run_draft(draft)
    return draft


def held(on: date) -> dict[str, shapely.Geometry]:
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=CITY).order_by("code").values_list("code", "geometry")
    return {code: shapely.from_wkb(bytes(shape.wkb)) for code, shape in rows}


@pytest.fixture
def squares(one_community: str) -> list[str]:
    codes = [f"{COMMUNITY}{number:03}" for number in range(1, 7)]
    boxes = [box(x, y, x + 5, y + 5) for y in (5, 0) for x in (0, 5, 10)]
    west, south, east, north = shapely.total_bounds(column(boxes)).tolist()
    assert east > west
    assert north > south
    rounded = [shapely.transform(one, lambda at: np.round(at, 9)) for one in boxes]
    write_grids(
        [
            NewGrid(code, CITY, shape, zone_name)
            for code, shape, zone_name in zip(codes, rounded, "甲乙丙丁戊己", strict=True)
        ],
        DAY,
    )
    return codes


def keys(draft: int) -> dict[str, int]:
    step = GridDraft.objects.get(pk=draft).step
    return dict(DraftGrid.objects.filter(draft=draft).at_step(step).order_by("pk").values_list("code", "pk"))


def test_a_divided_city_is_published_from_a_day_on(one_community: str) -> None:
    draft = divided()
    row = GridDraft.objects.get(pk=draft)
    assert (row.failure, row.progress) == ("", 1.0)
    assert row.figures["gap_m2"] < 10
    assert not held(LATER)
    done = publishing.publish_draft(draft, LATER, machine_now())
    now = held(LATER)
    assert (done.same, done.changed, done.new, done.ended) == (0, 0, len(now), 0)
    assert [code[12:] for code in now] == [f"{number:03}" for number in range(1, len(now) + 1)]
    assert shapely.coverage_is_valid(column([shapely.get_parts(one)[0] for one in now.values()]))
    with pytest.raises(Conflict):
        publishing.publish_draft(draft, LATEST, machine_now())


def test_a_moved_border_makes_a_new_version_and_the_past_stays(squares: list[str]) -> None:
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", tuple(squares))], DAY)
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    corner, there = (116.005, 39.005), (116.0055, 39.0057)
    assert drafting.move_corner(draft, 0, corner, there) == 1
    done = publishing.publish_draft(draft, LATER, machine_now())
    assert (done.same, done.changed, done.new, done.ended) == (2, 4, 0, 0)
    assert held(DAY)[squares[0]].area != held(LATER)[squares[0]].area
    assert queries.duty_grids(CITY, LATER)[0].unit_grids == tuple(squares)
    assert UnitGrid.objects.valid_on(LATER).get(code=squares[0]).name == "甲"


def test_a_split_and_a_merger_keep_their_history_and_reuse_no_code(squares: list[str]) -> None:
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", tuple(squares))], DAY)
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    known = keys(draft)
    drafting.split_grid(draft, 0, known[squares[4]], [(116.006, 38.999), (116.006, 39.006)])
    drafting.merge_grids(draft, 1, [known[squares[0]], known[squares[3]]])
    publishing.publish_draft(draft, LATER, machine_now())
    now = held(LATER)
    gone = {squares[0], squares[3]}
    assert gone.isdisjoint(now)
    assert {f"{COMMUNITY}007", f"{COMMUNITY}008"} <= set(now)
    merged = next(code for code, shape in now.items() if shape.area > 4e-5)
    assert set(GridOrigin.objects.filter(grid__code=merged).values_list("origin__code", flat=True)) == gone
    assert queries.duty_grids(CITY, LATER)[0].unit_grids == tuple(now)
    again = dividing.draft_of_grids(CITY, LATER, by="")
    publishing.publish_draft(again, LATEST, machine_now())
    assert held(LATEST).keys() == now.keys()


def test_what_was_done_can_be_undone_and_repeated(squares: list[str]) -> None:
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    before = keys(draft)
    drafting.merge_grids(draft, 0, [before[squares[0]], before[squares[1]]])
    merged = keys(draft)
    drafting.go_to_step(draft, 1, 0)
    assert keys(draft) == before
    drafting.go_to_step(draft, 0, 1)
    assert keys(draft) == merged
    drafting.go_to_step(draft, 1, 0)
    drafting.bend_border(draft, 0, (116.005, 39.005), (116.005, 39.01), (116.0052, 39.0075))
    with pytest.raises(Conflict):
        drafting.go_to_step(draft, 1, 2)
    assert DraftGrid.objects.filter(draft=draft).at_step(1).count() == 6


def test_two_who_change_one_draft_do_not_overwrite_each_other(squares: list[str]) -> None:
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    known = keys(draft)
    drafting.merge_grids(draft, 0, [known[squares[0]], known[squares[1]]])
    with pytest.raises(Conflict, match="meanwhile"):
        drafting.merge_grids(draft, 0, [known[squares[3]], known[squares[4]]])


def test_figures_are_counted_anew_after_each_change_and_come_back_with_it(squares: list[str]) -> None:
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    known = keys(draft)
    first = GridDraft.objects.get(pk=draft).figures
    assert first == GridDraft.objects.get(pk=draft).before
    drafting.merge_grids(draft, 0, [known[squares[0]], known[squares[1]]], "甲")
    drafting.split_grid(draft, 1, known[squares[4]], [(116.006, 38.999), (116.006, 39.006)], "乙")
    told = {one.number: (one.what, one.by, one.figures["grids"]) for one in DraftStep.objects.order_by("number")}
    assert told == {1: ("merge", "甲", 5), 2: ("split", "乙", 6)}
    assert DraftStep.objects.get(number=1).figures["inner_m"] < first["inner_m"]
    drafting.go_to_step(draft, 2, 1)
    drafting.merge_grids(draft, 1, [known[squares[3]], known[squares[4]]])
    assert DraftStep.objects.get(number=2).figures["grids"] == 4


def test_a_grid_of_several_pieces_is_separated_in_a_draft_and_told(one_community: str) -> None:
    pieces = shapely.multipolygons([box(0, 0, 2, 5), box(5, 0, 10, 5)])
    rest = [box(2, 0, 5, 5), box(0, 5, 10, 10)]
    write_grids([NewGrid(f"{COMMUNITY}{n:03}", CITY, shape) for n, shape in enumerate((pieces, *rest), 1)], DAY)
    draft = GridDraft.objects.get(pk=dividing.draft_of_grids(CITY, DAY, by=""))
    assert draft.separated == [f"{COMMUNITY}001"]
    plan = publishing.planned(draft, LATER)
    assert (plan.changed, plan.new, plan.ended, plan.same) == ([f"{COMMUNITY}001"], [f"{COMMUNITY}004"], [], 2)
    loose = DraftGrid.objects.get(draft=draft, code="")
    beside = DraftGrid.objects.get(draft=draft, code=f"{COMMUNITY}002")
    drafting.merge_grids(draft.pk, 0, [loose.pk, beside.pk])
    publishing.publish_draft(draft.pk, LATER, machine_now())
    assert {code[12:] for code in held(LATER)} == {"001", "002", "003"}


def test_grids_that_begin_later_are_not_overtaken(squares: list[str]) -> None:
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    with pytest.raises(Conflict, match="later day"):
        publishing.publish_draft(draft, DAY, machine_now())
    assert GridDraft.objects.get(pk=draft).published_at is None


def test_a_dropped_draft_is_empty_and_closed(squares: list[str]) -> None:
    draft = dividing.draft_of_grids(CITY, DAY, by="")
    drafting.drop_draft(draft, machine_now())
    assert not DraftGrid.objects.exists()
    with pytest.raises(Conflict):
        drafting.go_to_step(draft, 0, 0)


def test_a_city_without_communities_or_grids_says_so() -> None:
    with pytest.raises(InvalidInput, match="import them first"):
        dividing.ask_for_draft(CITY, WISH, by="")
    with pytest.raises(InvalidInput, match="no unit grids yet"):
        dividing.draft_of_grids(CITY, DAY, by="")


def test_the_command_divides_and_publishes(one_community: str) -> None:
    told = StringIO()
    asked = ["--jurisdiction", CITY, "--built", "300000", "--open", "300000", "--publish-from", "2026-07-01"]
    call_command("divide_grids", *asked, stdout=told)
    figures, words = told.getvalue().strip().splitlines()
    assert json.loads(figures)["grids"] == len(held(LATER))
    assert "are new" in words
    with pytest.raises(CommandError, match="later day"):
        call_command("divide_grids", *asked, stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("divide_grids", "--jurisdiction", CITY, "--built", "5", stdout=StringIO())
