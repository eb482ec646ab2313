"""Which column of a file holds what: proposed by its name, then by what stands in it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cityloop.assets.rules.imports.fields import Field
from cityloop.geography.rules.checks import Recipe
from cityloop.geography.rules.columns import plain

CONSTANT = "="
"""A mapping that begins with it is no column: what follows holds for every row."""

LEAST_FITTING = 0.8
"""So much of what stands in a column must look like a field for it to be proposed by its content alone."""


def propose(fields: Sequence[Field], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the column of each field that one is found for; no column twice.

    Args:
        fields: What is looked for, the most wanted first.
        columns: The file's.
        rows: Its first rows, texts by column.
    """
    found: dict[str, str] = {}
    for how in (_exactly, _nearly):
        for one in fields:
            if one.name not in found and (column := how(one, [c for c in columns if c not in found.values()])):
                found[one.name] = column
    for one in fields:
        if one.name not in found and one.looks:
            left = [(place, c) for place, c in enumerate(columns) if c not in found.values()]
            if column := _by_content(one, left, rows):
                found[one.name] = column
    return found


def _words(one: Field) -> list[str]:
    return [plain(word) for word in (one.name, *one.words)]


def _exactly(one: Field, columns: Sequence[str]) -> str:
    for word in _words(one):
        for column in columns:
            if plain(column) == word:
                return column
    return ""


def _nearly(one: Field, columns: Sequence[str]) -> str:
    """Return a column whose name holds a word of the field; short words and codes say nothing inside a longer one."""
    for word in _words(one):
        for column in columns:
            name = plain(column)
            long_enough = len(word) >= 4 or (len(word) >= 2 and not word.isascii())
            if long_enough and (name.startswith(word) or name.endswith(word)):
                return column
    return ""


def _by_content(one: Field, columns: Sequence[tuple[int, str]], rows: Sequence[Sequence[str]]) -> str:
    assert one.looks is not None
    for place, column in columns:
        texts = [row[place] for row in rows if row[place]]
        if texts and sum(map(one.looks, texts)) >= LEAST_FITTING * len(texts):
            return column
    return ""


def shape_of(columns: Sequence[str]) -> str:
    """Return what files with the same columns have in common: a digest of their names in order."""
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()


def column_of(recipe: str) -> str:
    """Return what a fault names as its column: the first that a recipe needs, or the recipe."""
    if recipe.startswith(CONSTANT):
        return recipe
    needed = Recipe(recipe).columns()
    return needed[0] if needed else recipe


def missing_columns(mapping: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """Return the columns that a mapping needs and the file has not."""
    return [
        column
        for recipe in mapping.values()
        if recipe and not recipe.startswith(CONSTANT)
        for column in Recipe(recipe).columns()
        if column not in columns
    ]


def texts_of(recipe: str, texts: Mapping[str, Any], numbers: Sequence[int]) -> list[str]:
    """Return ``(n,)`` the texts of a field for a batch.

    Args:
        recipe: A column, ``=`` and a text for all rows, or columns in braces (``geography.rules.checks.Recipe``).
        texts: ``(n,)`` texts by column.
        numbers: ``(n,)`` of the rows in the file.
    """
    if recipe.startswith(CONSTANT):
        return [recipe[len(CONSTANT) :]] * len(numbers)
    if "{" not in recipe:
        return list(texts[recipe]) if recipe else [""] * len(numbers)
    made = Recipe(recipe)
    needed = made.columns()
    return [made.of({name: texts[name][place] for name in needed}, number) for place, number in enumerate(numbers)]


def is_like(pattern: str) -> "Looks":
    """Return a test of texts by a pattern."""
    return Looks(pattern)


class Looks:
    """Whether a whole text fits a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def __call__(self, text: str) -> bool:
        return bool(self._pattern.fullmatch(text))
