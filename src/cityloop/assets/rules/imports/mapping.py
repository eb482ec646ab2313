"""Which column of a file holds what: proposed by its name, then by what stands in it."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cityloop.assets.rules.imports.fields import Field
from cityloop.geography.rules.checks import Recipe
from cityloop.geography.rules.columns import plain

CONSTANT = "="
"""A mapping that begins with it is no column: what follows holds for every row."""

BY_NAME = "_name"
"""What ends the name of a field that holds by a name what another holds by a code: ``owner_name``, ``owner``."""

SAYS_CODE = re.compile(r"代码|编码|code\d?$|dm$")
"""How a column is called that cannot hold names."""

LEAST_FITTING = 0.8
"""So much of what stands in a column must look like a field for it to be proposed by its content alone."""


def propose(
    fields: Sequence[Field],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the column of each field that one is found for; no column twice.

    Args:
        fields: What is looked for, the most wanted first.
        columns: The file's.
        rows: Its first rows, texts by column.
        words: The words that a field can have, by its name: a column that holds none of them goes to the field of the same thing by name.
    """
    found: dict[str, str] = {}
    names = {one.name for one in fields}
    for how in (_exactly, _nearly):
        for one in fields:
            if one.name not in found and (column := how(one, [c for c in columns if c not in found.values()])):
                found[one.name] = column
    for name, known in words.items():
        if name in found and f"{name}{BY_NAME}" in names and not SAYS_CODE.search(plain(found[name])):
            texts = {row[columns.index(found[name])] for row in rows} - {""}
            if texts and not texts & set(known):
                found.setdefault(f"{name}{BY_NAME}", found[name])
                del found[name]
    for one in fields:
        is_one_of_many = f"{one.name}{BY_NAME}" in names  # a department may be the owner as well as the keeper
        looks = words[one.name].__contains__ if one.name in words and not is_one_of_many else one.looks
        if one.name not in found and looks:
            left = [(place, c) for place, c in enumerate(columns) if c not in found.values()]
            if column := _by_content(looks, left, rows):
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


def _by_content(looks: Callable[[str], bool], columns: Sequence[tuple[int, str]], rows: Sequence[Sequence[str]]) -> str:
    return next((column for place, column in columns if _fits([row[place] for row in rows], looks)), "")


def _fits(texts: Sequence[str], looks: Callable[[str], bool]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and sum(map(looks, filled)) >= LEAST_FITTING * len(filled)


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


def texts_of(recipe: str, texts: Mapping[str, Any], ordinals: Sequence[int]) -> list[str]:
    """Return ``(n,)`` the texts of a field for a batch.

    Args:
        recipe: A column, ``=`` and a text for all rows, or columns in braces (``geography.rules.checks.Recipe``).
        texts: ``(n,)`` texts by column.
        ordinals: ``(n,)`` which rows of the file these are, from 1 without gaps.
    """
    if recipe.startswith(CONSTANT):
        return [recipe[len(CONSTANT) :]] * len(ordinals)
    if "{" not in recipe:
        return list(texts[recipe]) if recipe else [""] * len(ordinals)
    made = Recipe(recipe)
    needed = made.columns()
    return [made.of({name: texts[name][place] for name in needed}, number) for place, number in enumerate(ordinals)]


def is_like(pattern: str) -> "Looks":
    """Return a test of texts by a pattern."""
    return Looks(pattern)


class Looks:
    """Whether a whole text fits a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def __call__(self, text: str) -> bool:
        return bool(self._pattern.fullmatch(text))
