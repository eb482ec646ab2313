"""Chance that comes out the same for the same seed, whatever else was drawn before."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


def chance(seed: int | str, *subject: object) -> Random:
    """Return a source of chance for one subject alone: what is drawn for others does not move it."""
    return Random("/".join(map(str, (seed, *subject))))  # noqa: S311 (nothing here is secret)


def pick(source: Random, weights: Mapping[Thing, float]) -> Thing:
    """Draw one of ``weights``, each as likely as its weight."""
    [drawn] = source.choices(list(weights), list(weights.values()))
    return drawn
