"""A drawing of figures by day, as an SVG made on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

WIDTH, HEIGHT = 1240, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 12, 28
TICKS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and a value for each day."""

    name: str
    values: Sequence[int]


def line_drawing(title: str, days: Sequence[date], series: Sequence[Series]) -> str:
    """Return lines over days as an SVG: each has a class (``line-0`` …) and, of dashes, a look of its own; names in a key below.

    Args:
        days: At least two, in order.
    Raises:
        ValueError: A series has not one value for each day, or there are fewer than two days.
    """
    if len(days) < 2 or any(len(one.values) != len(days) for one in series):
        raise ValueError("a line needs two days and a value for each")
    step, ticks = _steps(max((value for one in series for value in one.values), default=0))
    top = step * ticks
    x = [LEFT + (WIDTH - LEFT - RIGHT) * n / (len(days) - 1) for n in range(len(days))]
    parts = [f'<svg class="days-line" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    for value in range(0, top + 1, step):
        y = _y(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
    weekly = range(len(days) - 1, -1, -7)
    parts += [f'<text x="{x[n]:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{days[n]:%m-%d}</text>' for n in weekly]
    for n, one in enumerate(series):
        points = " ".join(f"{at:.1f},{_y(value, top):.1f}" for at, value in zip(x, one.values, strict=True))
        parts.append(f'<polyline class="line-{n}" points="{points}"><title>{escape(one.name)}</title></polyline>')
    return "".join([*parts, "</svg>"])


def _y(value: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _steps(most: int) -> tuple[int, int]:
    """Return the step of an axis (1, 2, 5, 10, 20, 50 …) and how many of them, at most ``TICKS``, reach ``most``."""
    scale = 1
    while True:
        for factor in (1, 2, 5):
            step = scale * factor
            if step * TICKS >= most:
                return step, max(1, -(-most // step))
        scale *= 10
