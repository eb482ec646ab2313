"""A sign for each class."""

import re
from pathlib import Path

import pytest

from cityloop.standards.package import package
from cityloop.standards.rules import SYMBOLS, symbol_of


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("供水井盖", "manhole"),
        ("路灯", "lamp"),
        ("行道树", "tree"),
        ("店外经营", "store"),
        ("道路积水", "droplet"),
        ("无名", "other"),
    ],
)
def test_a_class_has_the_sign_of_what_its_name_speaks_of(name: str, sign: str) -> None:
    assert symbol_of("gb47678_2026", "part", "01", name) == sign


def test_hardly_a_class_of_the_standards_is_without_a_sign_of_its_own() -> None:
    signs = [symbol_of(one.scheme, one.type, one.big_code, one.name_zh) for one in package().categories]
    assert set(signs) <= SYMBOLS
    assert signs.count("other") < len(signs) / 4


def test_every_sign_has_its_drawing() -> None:
    drawings = Path(__file__).parents[2] / "frontend" / "map" / "signs.ts"
    named, _buttons = drawings.read_text("utf-8").split("export const KEYS")
    assert set(re.findall(r"^  (\w+):", named, re.MULTILINE)) == SYMBOLS
