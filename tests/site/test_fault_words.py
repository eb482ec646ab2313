"""Why something was refused is said in words, in the reader's language: no code reaches a person as a reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cityloop

SOURCE = Path(cityloop.__file__).parent
TRANSLATE = {"_", "ngettext"}


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def said(node: ast.expr) -> Iterator[ast.Constant]:
    """Yield the texts that ``node`` may become, without those that are translated or only name a thing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node
    elif isinstance(node, ast.IfExp):
        yield from said(node.body)
        yield from said(node.orelse)
    elif isinstance(node, ast.BinOp):  # the words of “…” % {…} stand on the left; of a sum on both sides
        yield from said(node.left)
        if isinstance(node.op, ast.Add):
            yield from said(node.right)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from said(value)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant) and any(char.isalpha() for char in str(part.value)):
                yield part


def untranslated(source: str) -> list[tuple[int, str]]:
    """Return line and text of each reason of a ``Fault`` that is written out and not passed through ``_``."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and name_of(call) == "Fault":
            reasons = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "why")]
            found += [(text.lineno, str(text.value)) for reason in reasons for text in said(reason)]
    return found


def test_every_reason_of_a_fault_is_translated() -> None:
    told = {
        f"{path.relative_to(SOURCE)}:{line}": text
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in untranslated(path.read_text(encoding="utf-8"))
    }
    assert told == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Fault("point", "outside", value)', ["outside"]),
        ('errors.Fault("point", why="outside")', ["outside"]),
        ('Fault("point", "swapped" if swapped else "outside")', ["swapped", "outside"]),
        ('Fault("point", "at most %d" % 3)', ["at most %d"]),
        ('Fault("point", f"at most {most}")', ["at most "]),
        ('Fault("point", _("outside"), "a value")', []),
        ('Fault("point", _("at most %(most)d") % {"most": 3})', []),
        ('Fault("point", why, "a value")', []),
    ],
)
def test_such_a_reason_is_found(source: str, found: list[str]) -> None:
    assert [text for _line, text in untranslated(source)] == found
