"""The quality figures of a division as a person reads them: each beside what it was before, and whether it became better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cityloop.geography.rules.division import STEPS
from cityloop.kernel.translation import _

Told = Callable[[Mapping[str, Any]], str]

FINE_M2 = 50.0
"""Ground not covered, or covered twice, up to which it is the rounding at the city's edge."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure: its title, now and before in words (before may be ``""``), what it means, and which way it went.

    ``trend``: ``better``, ``worse`` or ``""``.
    """

    title: str
    now: str
    before: str
    hint: str
    trend: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One class of areas: its name, how many grids now and before, and how long the bars are, of 100."""

    label: str
    now: int
    before: int | None
    length: float
    length_before: float


def figure_lines(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[FigureLine]:
    """Return the figures of a division beside those of the grids that hold, if any."""
    was = before or {}

    def line(
        title: str, hint: str, told: Told, good: int = 0, value: Callable[[Mapping[str, Any]], float] | None = None
    ) -> FigureLine:
        change = value(now) - value(was) if value and was else 0.0
        trend = "" if abs(change) < 1e-9 else "better" if change * good > 0 else "worse"
        return FigureLine(title, told(now), told(was) if was else "", hint, trend)

    made = [
        line(_("Unit grids"), _("how many"), lambda one: f"{one['grids']:,}"),
        line(_("Middle area in town"), _("half of the grids are smaller; about 10,000 m² is aimed at"), lambda one: metres2(one["built_m2"])),
        line(_("Middle area"), _("of all grids"), lambda one: metres2(one["area_m2"][2])),
        line(_("Largest"), _("the largest grid"), lambda one: metres2(one["area_m2"][4])),
        line(
            _("Buildings cut"), _("by borders inside a community; none is aimed at"), lambda one: f"{one['cut_buildings']:,}", -1,
            lambda one: one["cut_buildings"],
        ),
        line(
            _("Along roads, water, walls"), _("share of the borders that people can see on the ground"), lambda one: f"{one['along']:.0%}", 1,
            lambda one: round(one["along"], 2),
        ),
        line(
            _("Compactness"), _("1 is a circle, 0.79 a square, 0.5 four times as long as wide"), lambda one: f"{one['compact']:.2f}", 1,
            lambda one: round(one["compact"], 2),
        ),
    ]  # fmt: skip
    if now.get("parts"):
        made.append(
            line(
                _("Balance of parts"), _("spread of the parts of a grid by their mean; 0 is the same in each"),
                lambda one: f"{one['load_spread']:.2f}", -1, lambda one: round(one["load_spread"], 2),
            )
        )  # fmt: skip
        made.append(
            line(
                _("Most parts"), _("in one grid, as a multiple of the mean"), lambda one: f"× {one['load_most']:.1f}", -1,
                lambda one: round(one["load_most"], 1),
            )
        )  # fmt: skip
    made.append(
        line(
            _("Cover"), _("ground that no grid covers, or two do"), _cover, -1,
            lambda one: max(0.0, one["gap_m2"] - FINE_M2) + max(0.0, one["overlap_m2"] - FINE_M2),
        )
    )  # fmt: skip
    return made


def metres2(area: float) -> str:
    """Return an area as people say it: m² up to a square kilometre, km² above."""
    if area >= 1_000_000:
        return f"{area / 1_000_000:,.2f} km²"
    return f"{area:,.0f} m²"


def bars(now: Sequence[int], before: Sequence[int] | None) -> list[Bar]:
    """Return the distribution of areas as bars, each class beside what it was."""
    most = max([*now, *(before or ()), 1])
    names = [_short(one) for one in STEPS]
    labels = [
        f"< {names[0]}",
        *(f"{low}–{high}" for low, high in pairwise(names)),
        f"≥ {names[-1]}",
    ]
    return [
        Bar(
            label,
            count,
            None if before is None else before[place],
            100 * count / most,
            0 if before is None else 100 * before[place] / most,
        )
        for place, (label, count) in enumerate(zip(labels, now, strict=True))
    ]


def classes_of(areas: Sequence[float]) -> list[int]:
    """Return how many areas lie below each of ``STEPS`` and above the last."""
    counts = [0] * (len(STEPS) + 1)
    for area in areas:
        counts[sum(area >= step for step in STEPS)] += 1
    return counts


def _short(area: int) -> str:
    return f"{area / 1000:g}k"


def _cover(one: Mapping[str, Any]) -> str:
    gap, overlap = one["gap_m2"], one["overlap_m2"]
    if gap <= FINE_M2 and overlap <= FINE_M2:
        return _("whole, without overlap")
    return _("%(gap)s missing, %(overlap)s double") % {"gap": metres2(gap), "overlap": metres2(overlap)}
