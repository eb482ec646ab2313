"""CQL2 text as a tree of pygeofilter.

The grammar is our own (``cql2.lark``), after the standard: pygeofilter 0.4 gives AND and OR one rank, so that ``a OR b AND c``
would mean something else, and knows neither doubled quotes nor the temporal functions as the standard has them.
"""

from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

import shapely
from lark import Lark, LarkError, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from pygeofilter import ast

from cityloop.kernel.translation import _

COMPARED = {"<>": ast.NotEqual, "<": ast.LessThan, "<=": ast.LessEqual, ">": ast.GreaterThan, ">=": ast.GreaterEqual}


class Unread(Exception):
    """A filter that cannot be read; the message says where."""


def parse(text: str) -> Any:
    """Return the tree of a filter.

    Raises:
        Unread: It is no CQL2 text, or of a part of it that is not read here.
    """
    try:
        return _parser().parse(text)
    except UnexpectedInput as exc:
        if isinstance(exc, UnexpectedToken) and exc.token.type == "$END":
            raise Unread(_("ends too early")) from None
        at = int(exc.pos_in_stream or 0)  # type: ignore[redundant-expr] # None, whatever its stub says
        words = _("cannot be read from character %(position)d on: %(text)s")
        raise Unread(words % {"position": at + 1, "text": text[at : at + 20]}) from None
    except LarkError as exc:
        cause = exc.__context__ if isinstance(exc.__context__, Unread) else None
        raise Unread(str(cause) if cause else _("cannot be read")) from None


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (files(__package__) / "cql2.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_Tree(), maybe_placeholders=False)


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Each rule of the grammar as a node."""

    def either(self, left: Any, right: Any) -> Any:
        return ast.Or(left, right)

    def both(self, left: Any, right: Any) -> Any:
        return ast.And(left, right)

    def denied(self, node: Any) -> Any:
        return ast.Not(node)

    def equal(self, left: Any, right: Any) -> Any:
        return ast.Equal(left, right)

    def compared(self, left: Any, sign: Token, right: Any) -> Any:
        return COMPARED[str(sign)](left, right)

    def between(self, value: Any, low: Any, high: Any) -> Any:
        return ast.Between(value, low, high, not_=False)

    def not_between(self, value: Any, low: Any, high: Any) -> Any:
        return ast.Between(value, low, high, not_=True)

    def like(self, value: Any, pattern: Any) -> Any:
        return ast.Like(value, pattern, nocase=False, wildcard="%", singlechar="_", escapechar="\\", not_=False)

    def not_like(self, value: Any, pattern: Any) -> Any:
        return ast.Like(value, pattern, nocase=False, wildcard="%", singlechar="_", escapechar="\\", not_=True)

    def among(self, value: Any, others: list[Any]) -> Any:
        return ast.In(value, others, not_=False)

    def not_among(self, value: Any, others: list[Any]) -> Any:
        return ast.In(value, others, not_=True)

    def null(self, value: Any) -> Any:
        return ast.IsNull(value, not_=False)

    def not_null(self, value: Any) -> Any:
        return ast.IsNull(value, not_=True)

    def values(self, *values: Any) -> list[Any]:
        return list(values)

    def add(self, left: Any, right: Any) -> Any:
        return ast.Add(left, right)

    def sub(self, left: Any, right: Any) -> Any:
        return ast.Sub(left, right)

    def mul(self, left: Any, right: Any) -> Any:
        return ast.Mul(left, right)

    def div(self, left: Any, right: Any) -> Any:
        return ast.Div(left, right)

    def minus(self, value: Any) -> Any:
        return -value if isinstance(value, int | float) else ast.Sub(0, value)

    def number(self, token: Token) -> float:
        number = float(token)
        if number in {float("inf"), float("-inf")}:
            raise Unread(_("has a number that is too large"))
        return number

    def text(self, token: Token) -> str:
        return token[1:-1].replace("''", "'")

    def true(self, _token: Token) -> bool:
        return True

    def false(self, _token: Token) -> bool:
        return False

    def geometry(self, token: Token) -> Any:
        try:
            return shapely.from_wkt(str(token))
        except shapely.errors.ShapelyError:
            raise Unread(_("has a geometry that cannot be read: %(text)s") % {"text": token[:40]}) from None

    def named(self, token: Token) -> Any:
        return ast.Attribute(str(token))

    def quoted(self, token: Token) -> Any:
        return ast.Attribute(token[1:-1].replace('""', '"'))

    def called(self, token: Token, given: list[Any]) -> Any:
        match token.lower(), given:
            case "date", [str(text)]:
                return _time(date.fromisoformat, text)
            case "timestamp", [str(text)]:
                return _time(_instant, text)
            case "interval", [first, last]:
                return ast.Function("interval", [_end(first), _end(last)])
            case "bbox", [*numbers] if len(numbers) in {4, 6} and all(isinstance(one, float) for one in numbers):
                west, south, east, north = numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]
                return shapely.box(west, south, east, north)
            case name, _given:
                return ast.Function(name, given)


def _end(value: Any) -> Any:
    """Return an end of an interval: a text is a day or a time, ``..`` is left as it is."""
    if isinstance(value, str) and value != "..":
        return _time(date.fromisoformat if len(value) == 10 else _instant, value)
    return value


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _time(read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        raise Unread(_("has a time that cannot be read: %(text)s") % {"text": text[:40]}) from None
