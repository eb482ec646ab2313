"""Every way in which a schema of the API can refuse has words that say what to change."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from pydantic import BaseModel, ValidationError

from cityloop.cases import schemas
from cityloop.exchange import schemas as exchange
from cityloop.kernel.patterns import BEGINNING, PATTERN_WORDS
from cityloop.site.faults import UNFORESEEN, fault_of, why

NASTY: tuple[Any, ...] = (
    None, "", "x", "x" * 600, "a\x00", "\ud800", -1, 0, 201, 10**30, "9" * 20, "1" * 5000, 1.5, float("nan"), "inf", True,
    [], ["x"], [1], [""], ["a\x00"], ["x" * 600], ["\ud800"], {}, b"\xff", 12345, "2026-07-01",
    {"a": {"b": {"c": {"d": {"e": {"f": {"g": {}}}}}}}},
)  # fmt: skip


def taken() -> Iterator[type[BaseModel]]:
    """All that the API takes."""
    waiting = [schemas.In, exchange.In]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        yield model


def refusals(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    tries = [{name: value} for name in model.model_fields for value in NASTY]
    for tried in (*tries, {"nobody_knows": 1}, {}, *NASTY):
        try:
            model.model_validate(tried)
        except ValidationError as exc:
            for error in exc.errors():
                yield {"ctx": {}, **error}


def test_every_refusal_of_a_schema_has_words() -> None:
    with translation.override("en"):
        told = {error["type"]: fault_of(error).why for model in taken() for error in refusals(model)}
    assert len(told) > 20
    assert not {"", UNFORESEEN} & set(told.values())


def test_every_pattern_has_words() -> None:
    """A pattern in a schema without words would be found by a stranger first."""
    patterns = {error["ctx"]["pattern"] for model in taken() for error in refusals(model) if "pattern" in error["ctx"]}
    assert patterns == set(PATTERN_WORDS)


@pytest.mark.parametrize(
    ("kind", "ctx", "words"),
    [
        ("string_too_long", {"max_length": 96}, "is too long: at most 96 characters"),
        ("string_too_short", {"min_length": 1}, "is too short: at least 1 characters"),
        ("greater_than_equal", {"ge": 1}, "must be at least 1"),
        ("less_than_equal", {"le": 200}, "must be at most 200"),
        ("less_than", {"lt": 9}, "must be less than 9"),
        ("too_long", {"max_length": 100}, "has too many entries: at most 100"),
        ("enum", {"expected": "'waiting', 'paused' or 'void'"}, "must be one of: waiting, paused, void"),
        ("literal_error", {"expected": "'due_at'"}, "must be one of: due_at"),
        ("string_pattern_mismatch", {"pattern": BEGINNING}, "must be at most 19 digits, and nothing else"),
        ("extra_forbidden", {}, "is unknown here: check its spelling, or leave it out"),
        ("int_parsing", {}, "must be a whole number"),
        ("int_parsing_size", {}, "is too large a number"),
        ("finite_number", {}, "must be a number"),
        ("nested_too_deep", {}, "is nested too deep"),
    ],
)
def test_the_words_say_what_to_change(kind: str, ctx: dict[str, Any], words: str) -> None:
    with translation.override("en"):
        assert why(kind, ctx) == words


def test_an_error_that_nobody_foresaw_is_a_refusal_all_the_same() -> None:
    with translation.override("en"):
        assert why("invalid_key", {}) == why("string_pattern_mismatch", {"pattern": "x"}) == UNFORESEEN


def test_a_plus_is_written_for_where_it_stands() -> None:
    with translation.override("en"):
        assert why("datetime_unwritten", {}, is_in_address=True).endswith("T09:00:00%2B08:00")
        assert why("datetime_unwritten", {}).endswith("T09:00:00+08:00")


def test_a_time_that_there_is_not_is_not_told_as_badly_written() -> None:
    with translation.override("en"):
        assert why("datetime_beyond_years", {}) == "must lie in the years 1 to 9999"
        assert "hours from 00 to 23" in why("datetime_no_such_time", {})


def test_a_fault_names_its_place_without_the_machinery() -> None:
    fault = fault_of({"type": "int_parsing", "loc": ("query", "kind", 0), "ctx": {}, "input": "x" * 500})
    assert (fault.field, fault.value) == ("kind.0", "x" * 80)
    fault = fault_of(
        {"type": "extra_forbidden", "loc": ("body", "payload", "at"), "ctx": {}, "input": {"a": [None, True]}}
    )
    assert fault.value == '{"a": [null, true]}'
    assert fault_of({"type": "model_type", "loc": ("body", "payload"), "ctx": {}, "input": []}).field == "body"
