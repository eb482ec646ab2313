"""How probable it is that two reports tell of one thing.

The evidence is added up as the logarithm of odds, so that each side counts by itself and the sum is a probability. The
weights were fitted to the demo city of one seed and are measured on another (``bench duplicates``). People's positions are
worse than the demo's: distance counts for half of what the fit would give it, words for more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cityloop.cases.rules.bigrams import bigrams
from cityloop.standards.rules import Category

ClassLikeness = Literal["same", "related"]

SHOWN = 0.4
"""A score from which on a case is worth showing: at it nine of ten are found and nine of ten that are shown are right."""

AT_FIRST = 4.0
BY_DISTANCE = -8.0
"""At the radius; it goes by the square of the distance."""
BY_HOUR = -2.4
"""For each e-fold of hours apart: what happens is gone again soon."""
BY_HOUR_OF_A_PART = -1.2
"""A part stays broken until somebody mends it."""
BY_WORDS = 1.5
RELATED = -3.0
SAME_PART, OTHER_PART = 6.0, -6.0
CLOSED = -1.0
"""It was over before the later report: either it was not, or this is something new."""
UNKNOWN_WORDS = 0.3
"""The likeness of words of two reports of which one says nothing: that of any two of one class."""
LIKE_WORDS = 0.5


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a report: its class, when, in which words, of which part ("" where none is named)."""

    category: str
    at: datetime
    text: str = ""
    part_code: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two reports are.

    Args:
        score: Probability that they tell of one thing, 0 to 1.
        of_class: Whether the class is the same or a related one.
        distance_m: Between their places.
        seconds: From the first to the second; negative where the second came first.
        same_part: They name the same part.
        words: Likeness of their texts, 0 to 1; None where one says nothing.
    """

    score: float
    of_class: ClassLikeness
    distance_m: float
    seconds: float
    same_part: bool
    words: float | None


def related_classes(category: Category, classes: Mapping[str, Category]) -> frozenset[str]:
    """Return the keys of the other classes as which the same thing may be reported.

    Those of its big class, a part's beside that of its disorder, and what it was in another scheme.
    """
    kin = {
        one.key
        for one in classes.values()
        if (one.scheme, one.type, one.big_code) == (category.scheme, category.type, category.big_code)
        or one.part_key == category.key
        or one.code in category.related.get(one.scheme, ())
    }
    if category.part_key in classes:
        kin.add(category.part_key)
    return frozenset(kin - {category.key})


def likeness(
    first: Told, second: Told, *, distance_m: float, radius_m: float, is_part: bool, closed_at: datetime | None = None
) -> Likeness:
    """Return how probable it is that two reports of the same or of related classes tell of one thing.

    Args:
        first: The report that came first, or is looked for.
        second: The other one.
        distance_m: Between their places.
        radius_m: Within which cases are taken for duplicates, of the city's table.
        is_part: The class is one of parts, which do not move and are not gone by themselves.
        closed_at: When the case of the first one was over; None while it is open.
    """
    seconds = (second.at - first.at).total_seconds()
    of_class: ClassLikeness = "same" if first.category == second.category else "related"
    same_part = bool(first.part_code) and first.part_code == second.part_code
    words = text_likeness(first.text, second.text)
    odds = AT_FIRST
    odds += BY_DISTANCE * (0.0 if same_part else (distance_m / max(radius_m, 1.0)) ** 2)
    odds += (BY_HOUR_OF_A_PART if is_part else BY_HOUR) * math.log1p(abs(seconds) / 3600)
    odds += BY_WORDS * (UNKNOWN_WORDS if words is None else words)
    odds += 0.0 if of_class == "same" else RELATED
    odds += CLOSED if closed_at is not None and closed_at < second.at else 0.0
    if first.part_code and second.part_code:
        odds += SAME_PART if same_part else OTHER_PART
    return Likeness((1 + math.tanh(odds / 2)) / 2, of_class, distance_m, seconds, same_part, words)


def text_likeness(one: str, other: str) -> float | None:
    """Return the share of pairs of characters that two texts have in common (Dice); None where one has no pair."""
    mine, theirs = bigrams(one), bigrams(other)
    if not mine or not theirs:
        return None
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))
