"""The stage clocks of a case drawn to scale, as an SVG: open time solid, closed hours thin, pauses hatched, deadlines marked.

Across it lies the life of the case, whose acts are numbered below as on the line of its flow. Lengths across are shares of
the width (so that it fits a desk and a phone alike), downwards pixels. The colours are a page's, by class; the attributes
are for whoever shows the drawing without one.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from html import escape
from typing import NamedTuple

Span = tuple[datetime, datetime]

ROW = 34
BAR = 12
TOP = 20
FOOT = 34
MOST_SPANS = 150
"""Open spans of one clock that are drawn one by one; beyond, each run is one bar: they would be hairlines."""

CLOSE = 3.6
"""Acts closer than this share of the width (in percent) get one number together."""

EDGE = 7.0
"""Texts nearer to an edge than this (in percent) are written away from it."""

STEPS = tuple(
    timedelta(hours=hours)
    for hours in (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 14, 24 * 30, 24 * 91, 24 * 182, 24 * 365)
)
MOST_TICKS = 6

INK, FAINT, EDGE_INK, ON, LATE, PAUSED = "#1b2430", "#566275", "#e3e8ef", "#1f5fbf", "#c5303a", "#6b7785"


class Bar(NamedTuple):
    """One clock.

    Args:
        says: Its name and how it stands, above its bar.
        runs: When it ran, closed hours included, up to now.
        spans: The open time in them.
        pauses: When it stood still, up to now.
        due: Where it is due, if known.
    """

    says: str
    runs: Sequence[Span]
    spans: Sequence[Span]
    pauses: Sequence[Span]
    due: datetime | None
    is_running: bool = False


class Mark(NamedTuple):
    """An act: its number on the flow, and when it was."""

    number: int
    at: datetime


def draw_stages(
    bars: Sequence[Bar], marks: Sequence[Mark], *, now: datetime, zone: tzinfo, title: str, now_words: str
) -> str:
    """Return the drawing.

    Args:
        now: The city's time; what lies behind it is to come.
        zone: The city's, for the hours and days along the top.
    """
    begin, end = _bounds(bars, marks, now)
    return "\n".join(_svg(bars, marks, Scale(begin, end), now, zone, title, now_words))


class Scale(NamedTuple):
    """Instants to percent of the width."""

    begin: datetime
    end: datetime

    def at(self, moment: datetime) -> float:
        share = (moment - self.begin) / (self.end - self.begin)
        return 100 * min(max(share, 0), 1)


def _bounds(bars: Sequence[Bar], marks: Sequence[Mark], now: datetime) -> Span:
    """Return from when to when the drawing goes: from the first act to the last, or to what a running clock is due at."""
    moments = [mark.at for mark in marks] + [end for bar in bars for _start, end in (*bar.runs, *bar.pauses)]
    running = [bar.due for bar in bars if bar.is_running and bar.due is not None]
    begin = min(moments, default=now)
    end = max([*moments, *running], default=now)
    return begin, max(end, begin + timedelta(minutes=1))


def _svg(
    bars: Sequence[Bar], marks: Sequence[Mark], scale: Scale, now: datetime, zone: tzinfo, title: str, now_words: str
) -> Iterator[str]:
    height = TOP + ROW * len(bars) + FOOT
    floor = TOP + ROW * len(bars)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="stages" role="img" aria-label="{escape(title)}" width="100%" height="{height}">'
    yield f"<title>{escape(title)}</title>"
    yield (
        '<defs><pattern id="stood" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect class="stage-line" width="2" height="6" fill="{PAUSED}"/></pattern></defs>'
    )
    for at, words in _ticks(scale, zone):
        x = scale.at(at)
        yield f'<line class="stage-grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="{TOP - 4}" y2="{floor}" stroke="{EDGE_INK}"/>'
        yield _text(x, 11, words)
    if scale.begin < now < scale.end:
        x = scale.at(now)
        yield f'<line class="stage-now" x1="{x:.2f}%" x2="{x:.2f}%" y1="{TOP - 4}" y2="{floor}" stroke="{INK}"/>'
        yield _text(x, floor + 28, now_words, "stage-now-words")
    for number, bar in enumerate(bars):
        yield from _bar(bar, TOP + ROW * number, scale, now)
    yield from _marks(marks, floor, scale)
    yield "</svg>"


def _bar(bar: Bar, top: float, scale: Scale, now: datetime) -> Iterator[str]:
    yield f"<g><title>{escape(bar.says)}</title>"
    yield f'<text x="0" y="{top + 13}" font-size="12" class="stage-name" fill="{INK}">{escape(bar.says)}</text>'
    y = top + 18
    for run in bar.runs:
        yield _rect(run, y + BAR / 2 - 1, 2, scale, "stage-run", ON)
    spans = bar.spans if len(bar.spans) <= MOST_SPANS else bar.runs
    for span in spans:
        for part, kind, colour in _parted(span, bar.due):
            yield _rect(part, y, BAR, scale, kind, colour)
    for pause in bar.pauses:
        yield _rect(pause, y, BAR, scale, "stage-pause", "url(#stood)")
    if bar.is_running and bar.due is not None and bar.due > now:
        yield _rect((now, bar.due), y + BAR / 2 - 1, 2, scale, "stage-ahead", FAINT)
    if bar.due is not None and scale.begin <= bar.due <= scale.end:
        x = scale.at(bar.due)
        yield f'<line class="stage-due" x1="{x:.2f}%" x2="{x:.2f}%" y1="{y - 3}" y2="{y + BAR + 3}" stroke="{LATE}" stroke-width="2"/>'
    yield "</g>"


def _parted(span: Span, due: datetime | None) -> Iterator[tuple[Span, str, str]]:
    """Yield what of a span lies before the deadline, and what after it."""
    start, end = span
    if due is None or end <= due:
        yield span, "stage-on", ON
    elif start >= due:
        yield span, "stage-late", LATE
    else:
        yield (start, due), "stage-on", ON
        yield (due, end), "stage-late", LATE


def _rect(span: Span, y: float, height: float, scale: Scale, kind: str, colour: str) -> str:
    """Draw a span; the shortest is still to be seen."""
    x = scale.at(span[0])
    width = max(scale.at(span[1]) - x, 0.3)
    return f'<rect class="{kind}" x="{min(x, 99.7):.2f}%" y="{y:g}" width="{width:.2f}%" height="{height:g}" fill="{colour}"/>'


def _ticks(scale: Scale, zone: tzinfo) -> Iterator[tuple[datetime, str]]:
    """Yield round hours or days, a handful of them."""
    length = scale.end - scale.begin
    step = next((one for one in STEPS if length / one <= MOST_TICKS), STEPS[-1])
    start = scale.begin.astimezone(zone)
    at = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= scale.end:
        if at >= scale.begin:
            yield at, _tick(at, step)
        at += step


def _tick(at: datetime, step: timedelta) -> str:
    if step > timedelta(days=30):
        return f"{at:%Y-%m}"
    return f"{at:%m-%d}" if step >= timedelta(days=1) or at.hour == at.minute == 0 else f"{at:%H:%M}"


def _marks(marks: Sequence[Mark], floor: float, scale: Scale) -> Iterator[str]:
    for group in _grouped(marks, scale):
        x = scale.at(group[0].at)
        words = str(group[0].number) if len(group) == 1 else f"{group[0].number}–{group[-1].number}"
        for mark in group:
            one = scale.at(mark.at)
            yield f'<line class="stage-act" x1="{one:.2f}%" x2="{one:.2f}%" y1="{floor}" y2="{floor + 5}" stroke="{INK}"/>'
        yield _text(x, floor + 16, words, "stage-number")


def _grouped(marks: Iterable[Mark], scale: Scale) -> Iterator[list[Mark]]:
    held: list[Mark] = []
    for mark in sorted(marks, key=lambda one: (one.at, one.number)):
        room = CLOSE if len(held) < 2 else 2 * CLOSE  # "3–12" is wider than "3"
        if held and scale.at(mark.at) - scale.at(held[0].at) >= room:
            yield held
            held = []
        held.append(mark)
    if held:
        yield held


def _text(x: float, y: float, words: str, kind: str = "stage-tick") -> str:
    anchor = "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"
    return f'<text class="{kind}" x="{x:.2f}%" y="{y:g}" font-size="10" text-anchor="{anchor}" fill="{FAINT}">{escape(words)}</text>'
