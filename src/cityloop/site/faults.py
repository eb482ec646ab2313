"""What a schema finds wrong, in our words: where, why, and what to send instead. No foreign text reaches a person."""

import re
from collections.abc import Mapping
from typing import Any

from cityloop.kernel.errors import Fault, shown
from cityloop.kernel.instants import why_no_instant
from cityloop.kernel.patterns import PATTERN_WORDS
from cityloop.kernel.translation import _, listed, noop

UNFORESEEN = noop("cannot be used: see /api/docs for what is expected")
"""For an error that no schema of ours gave when this was written: still a refusal, not a fault of ours."""


def fault_of(error: Mapping[str, Any]) -> Fault:
    """Return pydantic's ``error`` (``type``, ``loc``, ``ctx``, ``input``) without the names of the machinery."""
    place = [str(part) for part in error["loc"] if part not in {"payload", "query"}]
    value = "" if error["type"] == "missing" else shown(error["input"])
    is_in_address = "query" in error["loc"]
    return Fault(".".join(place) or "body", why(error["type"], error["ctx"], is_in_address=is_in_address), value)


def why(kind: str, ctx: Mapping[str, Any], *, is_in_address: bool = False) -> str:
    """Return what a schema's error means and what to change.

    Args:
        kind: pydantic's type of error.
        ctx: What it says besides: limits, choices, a pattern.
        is_in_address: Whether it was sent after ``?``, where a plus is written %2B.
    Returns:
        Words of their own for each error that a schema of ours can give; a test walks through all of them.
    """
    if kind in {"enum", "literal_error"}:
        return _("must be one of: %(expected)s") % {"expected": listed(re.findall(r"'([^']*)'", ctx["expected"]))}
    if kind == "string_pattern_mismatch":
        return _(PATTERN_WORDS.get(ctx["pattern"], UNFORESEEN))
    if kind.startswith("datetime_"):
        return why_no_instant(kind.removeprefix("datetime_"), plus="%2B" if is_in_address else "+")
    return _limit(kind, ctx) or _shape(kind)


def _limit(kind: str, ctx: Mapping[str, Any]) -> str:
    match kind:
        case "string_too_long":
            return _("is too long: at most %(max_length)s characters") % ctx
        case "string_too_short":
            return _("is too short: at least %(min_length)s characters") % ctx
        case "greater_than_equal":
            return _("must be at least %(ge)s") % ctx
        case "less_than":
            return _("must be less than %(lt)s") % ctx
        case "too_long":
            return _("has too many entries: at most %(max_length)s") % ctx
        case "less_than_equal":
            return _("must be at most %(le)s") % ctx
    return ""


def _shape(kind: str) -> str:
    shapes = {
        "missing": _("is missing"),
        "extra_forbidden": _("is unknown here: check its spelling, or leave it out"),
        "string_unicode": _("must be text in UTF-8"),
        "int_parsing_size": _("is too large a number"),
        "nested_too_deep": _("is nested too deep"),
    }
    families = {
        "string": _("must be text"),
        "int": _("must be a whole number"),
        "float": _("must be a number"),
        "finite": _("must be a number"),
        "bool": _("must be true or false"),
        "uuid": _("must be a UUID"),
        "dict": _("must be an object"),
        "model": _("must be an object"),
        "list": _("must be a list"),
    }
    return shapes.get(kind) or families.get(kind.partition("_")[0]) or _(UNFORESEEN)
