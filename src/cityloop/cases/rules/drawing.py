"""The loop drawn from its table, as an SVG that needs nothing else: no script, no style sheet, no font of its own.

Each step of the loop is a column, each state a card in it, each action that moves a case a row of the card. From the row
a line leads to the state that the action reaches. All lines to one state run together into one *rail*, so that a
line can only lead to one place. Rails run upright in the gutters between the columns, and from gutter to gutter above the
cards (back) or below them (forward); no rail crosses a card, and no two rails share a piece.

A page may colour by ``data-state`` on the cards and ``data-action``, ``data-from``, ``data-to`` on the lines. With the ``Way`` of
a case its place is marked (``data-here``), the ways it has gone are drawn stronger and all others step back.
Lengths are in the units of the drawing (pixels at its natural size); y grows downwards.
"""

import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple, TypeVar

from cityloop.cases.choices import Kind
from cityloop.cases.rules.moves import START, Move, everywhere, moves, staying
from cityloop.cases.rules.table import State, Table
from cityloop.kernel.translation import _

Key = TypeVar("Key", bound=Hashable)
Point = tuple[float, float]
Side = Literal["left", "right"]
Corridor = Literal["above", "below"]

GRID = 24
HEADER = 2 * GRID
CARD_WIDTHS = 248, 292
"""The narrowest and the widest: between them the cards are as wide as the longest of their rows needs. A phone shows one."""

NOTE_HEIGHT = 14
SMALL = 10
TEXT_INSET = 10
BOLD = 1.1
"""How much wider bold type runs, about."""

TRACK = 9
CORRIDOR = 10
GUTTER_INSET = 10
CORNER = 5
MARGIN = 24

# Where lines leave and enter, within a row of the grid. All differ, so that two lines that meet in a gutter from its two
# sides never lie on each other.
LEAVES_AT: dict[Side, float] = {"right": 15, "left": 9}
ENTERS_AT: dict[Side, float] = {"left": 19, "right": 5}

FILLS = {
    Kind.WAITING: "#fff3d6",
    Kind.WORKING: "#dcebff",
    Kind.PAUSED: "#e6e6ee",
    Kind.CLOSED: "#dbf2e1",
    Kind.VOID: "#ececec",
}
RAILS = ("#1f5fbf", "#b3541e", "#1b7f5c", "#7a3fb0", "#a31f4b", "#4f6b00", "#006d86", "#8a6d00")
INK, FAINT, EDGE = "#1d2733", "#5b6673", "#aab4c0"
HERE = "#c5303a"
STEPPED_BACK = 0.3
FONT = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', system-ui, sans-serif"


class Way(NamedTuple):
    """Where a case stands, and the ways that it has gone: from, action, to (``""`` before its first act)."""

    here: str
    gone: frozenset[tuple[str, str, str]]

    def knows(self, state: str) -> bool:
        return state == self.here or any(state in {start, end} for start, _action, end in self.gone)


def draw(table: Table, language: str, way: Way | None = None) -> str:
    """Return the loop of ``table`` as an SVG document, its names in ``language``, which must be the active one.

    Args:
        way: That of a case, to be seen in it.
    """
    plan = lay_out(table, language)
    return "\n".join(_svg(table, language, plan, way))


# --- where everything lies


@dataclass(slots=True)
class Card:
    """A state and what can be done in it: ``rows`` the actions that move a case, with their posts; ``notes`` the others."""

    code: str
    column: int
    top: float
    rows: Mapping[str, tuple[str, ...]]
    notes: Sequence[str]
    width: float
    left: float = 0

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def notes_top(self) -> float:
        return self.top + HEADER + GRID * len(self.rows)

    @property
    def bottom(self) -> float:
        """Rounded up to the grid: the places where lines leave and enter count on it."""
        return self.notes_top + GRID * -(-len(self.notes) * NOTE_HEIGHT // GRID)

    def row_top(self, action: str) -> float:
        return self.top + HEADER + GRID * list(self.rows).index(action)

    def edge(self, side: Side) -> float:
        return self.left if side == "left" else self.right


@dataclass(frozen=True, slots=True)
class Route:
    """How a move runs: out of its card into a gutter, perhaps along a corridor to a second one, into the target's card."""

    move: Move
    leaves: Side
    enters: Side
    gutters: tuple[int, ...]
    corridor: Corridor


@dataclass(frozen=True, slots=True)
class Line:
    """A move as it is drawn, corner by corner."""

    move: Move
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The laid out loop: cards by state, lines, the colour of each state's rail, each step with its column's left edge, and bounds."""

    cards: Mapping[str, Card]
    lines: Sequence[Line]
    colours: Mapping[str, str]
    columns: Sequence[tuple[str, float]]
    top: float
    right: float
    bottom: float


def lay_out(table: Table, language: str) -> Plan:
    """Return where each card and each line of the drawing lies."""
    found = moves(table)
    steps = [code for code in table.steps if any(state.step == code for state in table.states.values())]
    cards = _cards(table, language, found, steps)
    routes = [_route(move, cards[move.source].column, cards[move.target].column) for move in found]
    corridors = _corridors(routes, floor=max(card.bottom for card in cards.values()))
    rails = _pack(_gutter_extents(routes, cards, corridors), gap=2 * CORNER)
    gutters = _place_columns(cards, rails, len(steps))
    lines = [Line(r.move, tuple(_points(r, cards, rails, gutters, corridors))) for r in routes]
    return Plan(
        cards=cards,
        lines=lines,
        colours=_colours(table, rails),
        columns=[(step, gutters[n + 1] - cards[START].width) for n, step in enumerate(steps)],
        top=min([0, *corridors.values()]),
        right=gutters[-1] + _gutter_width(rails, len(steps)),
        bottom=max([*corridors.values(), *(card.bottom for card in cards.values())]),
    )


def _cards(table: Table, language: str, found: Sequence[Move], steps: Sequence[str]) -> dict[str, Card]:
    cards: dict[str, Card] = {}
    tops = [0.0] * len(steps)
    columns = {START: 0} | {code: steps.index(state.step) for code, state in table.states.items()}
    width = _card_width(table, language, found)
    for code, column in columns.items():
        rows = {move.action: move.posts for move in found if move.source == code}
        names = [action.text(language) for action in staying(table, code)] if code else []
        card = Card(code, column, tops[column], rows, _wrapped(names, width - 2 * TEXT_INSET, SMALL), width)
        cards[code] = card
        tops[column] = card.bottom + GRID
    return cards


def _card_width(table: Table, language: str, found: Sequence[Move]) -> float:
    """Return how wide all cards are, so that most rows show their action and who may take it, whole."""
    narrowest, widest = CARD_WIDTHS
    rows = (
        _width(table.actions[move.action].text(language), 12) + _width(_posts(table, language, move.posts), SMALL)
        for move in found
    )
    return min(widest, max(narrowest, 3 * TEXT_INSET + max(rows, default=0)))


def _route(move: Move, source: int, target: int) -> Route:
    """Return the way from column ``source`` to column ``target``; gutter n lies before column n."""
    if source < target:
        return Route(move, "right", "left", _once(source + 1, target), "below")
    if source == target:
        return Route(move, "right", "right", (source + 1,), "above")
    return Route(move, "left", "right", _once(source, target + 1), "above")


def _once(first: int, last: int) -> tuple[int, ...]:
    return (first,) if first == last else (first, last)


def _corridors(routes: Iterable[Route], floor: float) -> dict[tuple[Corridor, str], float]:
    """Return the y of each rail that runs above or below the cards, by corridor and target."""
    placed: dict[tuple[Corridor, str], float] = {}
    sides: tuple[tuple[Corridor, float, float], ...] = (("above", 0, -CORRIDOR), ("below", floor, CORRIDOR))
    for corridor, border, step in sides:
        long = [(r.move.target, g) for r in routes if r.corridor == corridor and len(r.gutters) > 1 for g in r.gutters]
        tracks = _pack(_extents(long), gap=0)
        placed |= {(corridor, target): border + step * (track + 1.5) for target, track in tracks.items()}
    return placed


def _gutter_extents(
    routes: Iterable[Route], cards: Mapping[str, Card], corridors: Mapping[tuple[Corridor, str], float]
) -> dict[tuple[int, str], tuple[float, float]]:
    """Return from which to which y each rail uses each gutter, by gutter and target."""
    used: list[tuple[tuple[int, str], float]] = []
    for r in routes:
        leaves, enters = _leaves_at(r, cards), _enters_at(r, cards)
        first, last = (r.gutters[0], r.move.target), (r.gutters[-1], r.move.target)
        used += [(first, leaves), (last, enters)]
        if first != last:
            y = corridors[r.corridor, r.move.target]
            used += [(first, y), (last, y)]
    return _extents(used)


def _extents(used: Iterable[tuple[Key, float]]) -> dict[Key, tuple[float, float]]:
    extents: dict[Key, tuple[float, float]] = {}
    for key, value in used:
        low, high = extents.get(key, (value, value))
        extents[key] = (min(low, value), max(high, value))
    return extents


def _pack(extents: Mapping[Key, tuple[float, float]], gap: float) -> dict[Key, int]:
    """Return a track for each rail so that no two on one track come closer than ``gap``, with few tracks.

    Rails in different gutters (the first part of their key) do not meet, and share tracks freely.
    """
    packed: dict[Key, int] = {}
    ends: dict[tuple[object, int], float] = {}
    for key, (low, high) in sorted(extents.items(), key=lambda item: (item[1], str(item[0]))):
        room = key[0] if isinstance(key, tuple) else None
        track = 0
        while ends.get((room, track), low - gap - 1) >= low - gap:
            track += 1
        ends[room, track] = high
        packed[key] = track
    return packed


def _gutter_width(rails: Mapping[tuple[int, str], int], gutter: int) -> float:
    tracks = [track + 1 for (place, _target), track in rails.items() if place == gutter]
    return 2 * GUTTER_INSET + TRACK * max([0, *tracks])


def _place_columns(cards: Mapping[str, Card], rails: Mapping[tuple[int, str], int], columns: int) -> list[float]:
    """Give each card its left edge; return the left edge of each gutter, the one after the last column included."""
    gutters = [0.0]
    for column in range(columns):
        left = gutters[column] + _gutter_width(rails, column)
        for card in cards.values():
            if card.column == column:
                card.left = left
        gutters.append(left + cards[START].width)
    return gutters


def _colours(table: Table, rails: Iterable[tuple[int, str]]) -> dict[str, str]:
    """Give each state's rail a colour that no other rail in its gutters has, as long as there are colours; void is grey."""
    gutters_of: dict[str, set[int]] = {}
    for gutter, target in rails:
        gutters_of.setdefault(target, set()).add(gutter)
    colours: dict[str, str] = {}
    for target, gutters in gutters_of.items():
        if table.states[target].kind == Kind.VOID:
            colours[target] = FAINT
            continue
        beside = [colours[other] for other, theirs in gutters_of.items() if other in colours and gutters & theirs]
        colours[target] = min(RAILS, key=lambda colour: (beside.count(colour), list(colours.values()).count(colour)))
    return colours


def _leaves_at(r: Route, cards: Mapping[str, Card]) -> float:
    return cards[r.move.source].row_top(r.move.action) + LEAVES_AT[r.leaves]


def _enters_at(r: Route, cards: Mapping[str, Card]) -> float:
    return cards[r.move.target].top + ENTERS_AT[r.enters]


def _points(
    r: Route,
    cards: Mapping[str, Card],
    rails: Mapping[tuple[int, str], int],
    gutters: Sequence[float],
    corridors: Mapping[tuple[Corridor, str], float],
) -> Iterator[Point]:
    leaves, enters = _leaves_at(r, cards), _enters_at(r, cards)
    upright = [gutters[g] + GUTTER_INSET + TRACK * (rails[g, r.move.target] + 0.5) for g in r.gutters]
    yield cards[r.move.source].edge(r.leaves), leaves
    yield upright[0], leaves
    if len(upright) > 1:
        y = corridors[r.corridor, r.move.target]
        yield upright[0], y
        yield upright[1], y
    yield upright[-1], enters
    yield cards[r.move.target].edge(r.enters), enters


# --- how it is written


def _svg(table: Table, language: str, plan: Plan, way: Way | None) -> Iterator[str]:
    legend = _legend(table, language, plan)
    left, top = -MARGIN, plan.top - GRID - MARGIN
    width, height = plan.right + 2 * MARGIN, plan.bottom + GRID * (len(legend) + 2) + MARGIN - top
    title = escape(table.title.text(language))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" font-family="{FONT}" '
        f'viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}">'
    )
    yield f"<title>{title}</title>"
    yield f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    for step, x in plan.columns:
        yield _text(x, plan.top - GRID / 2, table.steps[step].text(language), bold=True, colour=FAINT)
    # Lines of several ways last, so that their dashes are not hidden where they share a rail; those gone over all others.
    for line in sorted(plan.lines, key=lambda line: (_is_gone(line.move, way), not line.move.is_certain)):
        yield from _line(table, language, line, plan.colours[line.move.target], way)
    for card in plan.cards.values():
        yield from _card(table, language, card, way)
    yield from (_arrow(line, plan.colours[line.move.target], way) for line in plan.lines)
    yield from legend
    yield "</svg>"


def _is_gone(move: Move, way: Way | None) -> bool:
    return way is not None and (move.source, move.action, move.target) in way.gone


def _line(table: Table, language: str, line: Line, colour: str, way: Way | None) -> Iterator[str]:
    move = line.move
    is_gone = _is_gone(move, way)
    dashes = "" if move.is_certain or is_gone else ' stroke-dasharray="5 3"'
    marks = ' data-gone="true"' if is_gone else _stepped_back(way)
    yield (
        f'<g data-action="{escape(move.action)}" data-from="{escape(move.source)}" data-to="{escape(move.target)}"{marks}>'
        f"<title>{escape(_sentence(table, language, move))}</title>"
        f'<path d="{_rounded(line.points)}" fill="none" stroke="{colour}" stroke-width="{4 if is_gone else 1.5:g}"{dashes}/></g>'
    )


def _stepped_back(way: Way | None, *, known: bool = False) -> str:
    return "" if way is None or known else f' opacity="{STEPPED_BACK:g}"'


def _sentence(table: Table, language: str, move: Move) -> str:
    source = table.states[move.source].text(language) if move.source else _("new case")
    return _("%(action)s (%(posts)s): %(source)s → %(target)s") % {
        "action": table.actions[move.action].text(language),
        "posts": _posts(table, language, move.posts),
        "source": source,
        "target": table.states[move.target].text(language),
    }


def _posts(table: Table, language: str, posts: Iterable[str]) -> str:
    names = (table.posts[post].text(language) if post in table.posts else _("system") for post in posts)
    return "/".join(names)


def _as_many(table: Table, language: str, posts: Iterable[str], room: float) -> str:
    """Return as many posts as there is room for, each with its whole name, and how many more there are: ``Dispatcher +2``."""
    held = list(posts)
    for count in range(len(held), 0, -1):
        text = _posts(table, language, held[:count]) + (f" +{len(held) - count}" if count < len(held) else "")
        if _width(text, SMALL) <= room:
            return text
    return f"+{len(held)}" if held else ""


def _rounded(points: Sequence[Point]) -> str:
    """Return the path through ``points``, its corners rounded: so a line that joins a rail shows which way it turns."""
    path = [_command("M", points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        path += [_command("L", _toward(corner, before, radius)), _command("Q", corner, _toward(corner, after, radius))]
    return " ".join([*path, _command("L", points[-1])])


def _command(letter: str, *points: Point) -> str:
    return letter + " ".join(f"{x:g} {y:g}" for x, y in points)


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])  # all pieces are upright or level


def _toward(start: Point, goal: Point, distance: float) -> Point:
    share = distance / (_length(start, goal) or 1)
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


def _arrow(line: Line, colour: str, way: Way | None) -> str:
    (before, _y), (x, y) = line.points[-2:]
    back = x + (6 if before > x else -6)
    marks = _stepped_back(way, known=_is_gone(line.move, way))
    return f'<path d="M{x:g} {y:g} L{back:g} {y - 3.5:g} L{back:g} {y + 3.5:g} Z" fill="{colour}"{marks}/>'


def _card(table: Table, language: str, card: Card, way: Way | None) -> Iterator[str]:
    state = table.states.get(card.code)
    is_here = way is not None and way.here == card.code
    marks = ' data-here="true"' if is_here else _stepped_back(way, known=way is not None and way.knows(card.code))
    fill = FILLS[state.kind] if state else "#ffffff"
    box = f'x="{card.left:g}" y="{card.top:g}" width="{card.width:g}" rx="6" stroke="{EDGE}"'
    name = state.text(language) if state else _("New case")
    x, right = card.left + TEXT_INSET, card.right - TEXT_INSET
    yield f'<g data-state="{escape(card.code)}"{marks}>'
    yield f'<rect {box} height="{card.bottom - card.top:g}" fill="#ffffff"/>'
    if is_here:
        yield (
            f'<rect x="{card.left - 4:g}" y="{card.top - 4:g}" width="{card.width + 8:g}" height="{card.bottom - card.top + 8:g}" '
            f'rx="9" fill="none" stroke="{HERE}" stroke-width="4"/>'
        )
    yield f'<rect {box} height="{HEADER}" fill="{fill}"/>'
    yield _text(x, card.top + 20, name, size=14, bold=True)
    if state:
        room = card.width - 3 * TEXT_INSET - _width(name, 14) * BOLD
        who = _as_many(table, language, dict.fromkeys(task.post for task in state.tasks), room)
        yield _text(right, card.top + 20, who, size=SMALL, colour=FAINT, at_end=True)
        yield _text(x, card.top + 38, _clocks(table, language, state, card.width), size=SMALL, colour=FAINT)
    for code in card.rows:
        yield from _row(table, language, card, code)
    for number, note in enumerate(card.notes):
        yield _text(x, card.notes_top + NOTE_HEIGHT * (number + 0.8), note, size=SMALL, colour=FAINT)
    yield "</g>"


def _row(table: Table, language: str, card: Card, code: str) -> Iterator[str]:
    """Draw an action and who may take it: where both do not fit, the action keeps its name."""
    name = _clipped(table.actions[code].text(language), card.width - 2 * TEXT_INSET, 12)
    room = card.width - 3 * TEXT_INSET - _width(name, 12)
    who = _as_many(table, language, card.rows[code], room)
    y = card.row_top(code) + 16
    yield _text(card.left + TEXT_INSET, y, name, size=12)
    yield _text(card.right - TEXT_INSET, y, who, size=SMALL, colour=FAINT, at_end=True)


def _clocks(table: Table, language: str, state: State, width: float) -> str:
    parts = [
        text % {"clocks": " · ".join(clock.text(language) for code, clock in table.clocks.items() if code in codes)}
        for text, codes in ((_("running: %(clocks)s"), state.runs), (_("standing: %(clocks)s"), state.holds))
        if codes
    ]
    return _clipped("  ".join(parts), width - 2 * TEXT_INSET, SMALL)


def _legend(table: Table, language: str, plan: Plan) -> list[str]:
    general = [action.text(language) for action in everywhere(table)]
    lines = [
        *_wrapped([_("Possible in every open state: %(actions)s") % {"actions": " · ".join(general)}], plan.right, 12),
        _(
            "Small print in a card: what can be done there without moving the case. Dashed: the facts of the case decide."
        ),
    ]
    y = plan.bottom + GRID * 2
    written = [_text(0, y + GRID * n, text, size=12, colour=FAINT) for n, text in enumerate(lines)]
    x = 0.0
    y += GRID * len(lines)
    kinds = []
    for kind in Kind:
        label = str(kind.label)
        kinds.append(
            f'<rect x="{x:g}" y="{y - 10:g}" width="14" height="12" rx="3" fill="{FILLS[kind]}" stroke="{EDGE}"/>'
        )
        kinds.append(_text(x + 20, y, label, size=12, colour=FAINT))
        x += 20 + _width(label, 12) + 2 * TEXT_INSET
    return [*written, "".join(kinds)]


def _text(
    x: float, y: float, text: str, *, size: int = 13, bold: bool = False, colour: str = INK, at_end: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    anchor = ' text-anchor="end"' if at_end else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{anchor}>{escape(text)}</text>'


def _width(text: str, size: float) -> float:
    """Return about how wide ``text`` is: nobody can measure type without the font that the reader has."""
    return size * sum(1 if unicodedata.east_asian_width(char) in "WF" else 0.56 for char in text)


def _clipped(text: str, room: float, size: float) -> str:
    if _width(text, size) <= room:
        return text
    while text and _width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def _wrapped(names: Iterable[str], room: float, size: float) -> list[str]:
    """Return lines of ``names`` with dots between them, none wider than ``room``."""
    lines: list[str] = []
    for name in names:
        longer = f"{lines[-1]} · {name}" if lines else name
        if lines and _width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(_clipped(name, room, size))
    return lines
