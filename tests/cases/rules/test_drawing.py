from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.queries.tables import default_table
from cityloop.cases.rules.drawing import HEADER, Line, Plan, Point, Way, draw, lay_out
from cityloop.cases.rules.moves import START, moves
from cityloop.cases.rules.table import Label, Table

SVG = "{http://www.w3.org/2000/svg}"
Piece = tuple[Point, Point]


def pieces(line: Line) -> Iterator[Piece]:
    """Yield the straight pieces of a line, each from its upper left end."""
    for start, end in pairwise(line.points):
        yield min(start, end), max(start, end)


def lie_on_each_other(one: Piece, other: Piece) -> bool:
    (x1, y1), (x2, y2) = one
    (x3, y3), (x4, y4) = other
    if x1 == x2 == x3 == x4:
        return max(y1, y3) < min(y2, y4)
    return y1 == y2 == y3 == y4 and max(x1, x3) < min(x2, x4)


def faults(table: Table, plan: Plan) -> Iterator[str]:
    """Yield what would make the drawing of ``table`` unreadable or wrong."""
    if [line.move for line in plan.lines] != moves(table):
        yield "not every move has its line"
    for line in plan.lines:
        source, target = plan.cards[line.move.source], plan.cards[line.move.target]
        (x, y), (end_x, end_y) = line.points[0], line.points[-1]
        row = source.row_top(line.move.action)
        if x not in {source.left, source.right} or not row < y < row + 24:
            yield f"{line.move} does not begin at its row"
        if end_x not in {target.left, target.right} or not target.top < end_y < target.top + HEADER:
            yield f"{line.move} does not end at its state"
        for (x1, y1), (x2, y2) in pieces(line):
            if (x1 == x2) == (y1 == y2):
                yield f"{line.move} has a piece that is neither upright nor level"
            for card in plan.cards.values():
                if x1 < card.right and x2 > card.left and y1 < card.bottom and y2 > card.top:
                    yield f"{line.move} crosses the card of {card.code!r}"
            if not (x1 > -1 and x2 <= plan.right and plan.top <= y1 and y2 <= plan.bottom):
                yield f"{line.move} leaves the drawing"
    for one, other in combinations(plan.lines, 2):
        is_same_row = (one.move.source, one.move.action) == (other.move.source, other.move.action)
        if one.move.target == other.move.target or is_same_row:
            continue
        if any(lie_on_each_other(a, b) for a in pieces(one) for b in pieces(other)):
            yield f"{one.move} and {other.move} share a piece"
    for one_card, other_card in combinations(plan.cards.values(), 2):
        if (
            one_card.column == other_card.column
            and one_card.top < other_card.bottom
            and other_card.top < one_card.bottom
        ):
            yield f"{one_card.code!r} and {other_card.code!r} cover each other"


def with_steps(steps: list[str]) -> Table:
    table = default_table()
    states = {
        code: state.model_copy(update={"step": step})
        for (code, state), step in zip(table.states.items(), steps, strict=True)
    }
    return table.model_copy(update={"states": states})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_default_loop_can_be_read(language: str) -> None:
    assert list(faults(default_table(), lay_out(default_table(), language))) == []


any_steps = st.lists(
    st.sampled_from(list(default_table().steps)),
    min_size=len(default_table().states),
    max_size=len(default_table().states),
)


@given(steps=any_steps)
def test_any_arrangement_of_the_states_can_be_read(steps: list[str]) -> None:
    table = with_steps(steps)
    assert list(faults(table, lay_out(table, "zh"))) == []


def test_rails_that_share_a_gutter_differ_in_colour() -> None:
    plan = lay_out(default_table(), "zh")
    upright = [
        (x1, plan.colours[line.move.target], line.move.target)
        for line in plan.lines
        for (x1, y1), (x2, y2) in pieces(line)
        if x1 == x2
    ]
    void = {code for code, state in default_table().states.items() if state.kind == "void"}
    for (x, colour, target), (other_x, other_colour, other) in combinations(upright, 2):
        beside = target != other and abs(x - other_x) < 60 and not {target, other} & void
        assert not (beside and colour == other_colour), (target, other)


def test_states_actions_and_lines_carry_their_codes() -> None:
    drawn = ET.fromstring(draw(default_table(), "zh"))
    groups = list(drawn.iter(f"{SVG}g"))
    assert {g.get("data-state") for g in groups if g.get("data-state") is not None} == {START, *default_table().states}
    lines = [(g.get("data-action"), g.get("data-from"), g.get("data-to")) for g in groups if g.get("data-action")]
    assert sorted(lines) == sorted((m.action, m.source, m.target) for m in moves(default_table()))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "立案 (值班长/system): 待立案 → 待派遣"),
        ("en", "File (Duty chief/system): To file → To dispatch"),
    ],
)
def test_a_line_tells_its_move_to_who_points_at_it(language: str, sentence: str) -> None:
    drawn = ET.fromstring(draw(default_table(), language))
    assert sentence in {title.text for title in drawn.iter(f"{SVG}title")}


def test_a_card_says_who_must_act_by_which_clock() -> None:
    drawn = ET.fromstring(draw(default_table(), "en"))
    (card,) = [g for g in drawn.iter(f"{SVG}g") if g.get("data-state") == "verifying"]
    texts = [text.text for text in card.iter(f"{SVG}text")]
    assert texts[:3] == ["Verifying", "Collector", "running: Verify  standing: Accept"]


def test_the_drawing_needs_nothing_from_elsewhere() -> None:
    """A page shows it inline under a policy that allows neither scripts nor inline styles."""
    drawn = ET.fromstring(draw(default_table(), "zh"))
    assert {element.tag.removeprefix(SVG) for element in drawn.iter()} == {"svg", "title", "rect", "text", "g", "path"}
    forbidden = {"href", "style", "class", "id"}
    assert not [
        name for element in drawn.iter() for name in element.attrib if name in forbidden or name.startswith("on")
    ]


def test_names_are_text_and_never_markup() -> None:
    table = default_table()
    hostile = '<script>alert("1")</script>&amp;'
    filed = table.states["filed"].model_copy(update={"zh": hostile})
    table = table.model_copy(
        update={"states": {**table.states, "filed": filed}, "title": Label(zh='" onload="alert(1)', en="x")}
    )
    drawn = ET.fromstring(draw(table, "zh"))
    assert hostile in {text.text for text in drawn.iter(f"{SVG}text")}
    assert drawn.get("aria-label") == '" onload="alert(1)'
    assert drawn.get("onload") is None


def test_the_same_table_gives_the_same_drawing() -> None:
    assert draw(default_table(), "zh") == draw(default_table(), "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_action_of_our_table_is_cut(language: str) -> None:
    written = [text.text or "" for text in ET.fromstring(draw(default_table(), language)).iter(f"{SVG}text")]
    assert [text for text in written if text.endswith("…")] == []


def test_posts_that_find_no_room_are_counted() -> None:
    drawn = draw(default_table(), "en")
    assert "Department clerk +" in drawn or "system +" in drawn
    assert lay_out(default_table(), "en").cards[START].right <= 320  # what a phone shows without scrolling


def test_the_way_of_a_case_is_stronger_its_place_marked_and_all_else_steps_back() -> None:
    gone = frozenset({(START, "report", "reported"), ("reported", "accept", "accepted")})
    picture = ET.fromstring(draw(default_table(), "en", Way("accepted", gone)))
    lines = {(one.get("data-from"), one.get("data-action"), one.get("data-to")): one for one in picture.iter(f"{SVG}g")}
    strong = {key for key, one in lines.items() if one.get("data-gone")}
    assert strong == gone
    widths = {key: float(one.find(f"{SVG}path").get("stroke-width")) for key, one in lines.items() if key[1]}  # type: ignore[union-attr, arg-type]
    assert {key for key, width in widths.items() if width > 2} == gone
    assert all(one.get("opacity") for key, one in lines.items() if key[1] and key not in gone)
    cards = {one.get("data-state"): one for one in picture.iter(f"{SVG}g") if one.get("data-state") is not None}
    assert [code for code, one in cards.items() if one.get("data-here")] == ["accepted"]
    assert {code for code, one in cards.items() if not one.get("opacity")} == {START, "reported", "accepted"}


def test_without_a_case_nothing_steps_back() -> None:
    assert "opacity" not in draw(default_table(), "en")
