"""Patterns that texts of the API are held against, each with what it asks for: whoever is refused reads words."""

from collections.abc import Mapping

from cityloop.kernel.translation import noop

TEXT, CODE = r"^[^\x00]*$", r"^[^\x00]+$"
BEGINNING = r"^[0-9]{0,19}$"
DIGITS = r"^[0-9]*$"
NAME = r"^[a-z][a-z0-9_]*$"

PATTERN_WORDS: Mapping[str, str] = {
    TEXT: noop("must not contain the character U+0000"),
    CODE: noop("must not contain the character U+0000"),
    BEGINNING: noop("must be at most 19 digits, and nothing else"),
    DIGITS: noop("must be digits, and nothing else"),
    NAME: noop("must begin with a small letter and hold small letters, digits and _ only"),
}
"""What each pattern asks for, as a message id."""
