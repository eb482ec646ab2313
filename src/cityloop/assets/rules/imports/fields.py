"""What a row can be made of: fields, the words that files have for them, and how a text becomes a value."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any

from cityloop.kernel.instants import YEARS

SHOWN_WORDS = 12


class FieldKind(Enum):
    """How a text of the file becomes a value."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    DAY = "day"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is known of a row.

    Args:
        name: Under which it is kept, and the column of the table where that has no other.
        title: What it is called before people, lazily.
        words: What files call it: Chinese, English, initials of pinyin, names of the exchange standards.
        kind: How a text becomes a value.
        most: Characters, or the greatest number.
        choices: What may stand there, and the value that each word stands for.
        is_needed: Whether a row without it is refused.
        fallback: What a word stands for that is none of ``choices``; "" where such a row is refused.
        default: What holds where a row has nothing.
        looks: Whether a text looks like one, by which a column is found whose name says nothing.
        for_table: Whether it is written; else it is only compared with what is known.
    """

    name: str
    title: Any
    words: tuple[str, ...] = ()
    kind: FieldKind = FieldKind.TEXT
    most: float = 100
    least: float = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = False
    default: str = ""
    fallback: str = ""
    looks: Callable[[str], bool] | None = None
    for_table: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a text cannot become a value: a reason and what its sentence needs."""

    reason: str
    given: Mapping[str, Any] = field(default_factory=dict)


DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]\d.*)?")
SHORT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
EXCEL_DAY = re.compile(r"[2-6]\d{4}")
YES = frozenset({"yes", "true", "1", "y", "t", "是", "有", "viaduct"})


def value_of(one: Field, text: str) -> str | Wrong:
    """Return a field's text as it is kept ("" for none), or why it cannot be."""
    if not text:
        return Wrong("needed") if one.is_needed else one.default
    if "\x00" in text or "�" in text:
        return Wrong("bad_character")
    return _MAKE[one.kind](one, text)


def _text(one: Field, text: str) -> str | Wrong:
    return text if len(text) <= one.most else Wrong("too_long", {"most": int(one.most)})


def _code(one: Field, text: str) -> str | Wrong:
    return _text(one, re.sub(r"\s", "", text))


def _number(one: Field, text: str) -> str | Wrong:
    found = re.match(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*(?:m|米|metres?)?\s*$)", text)
    if not found:
        return Wrong("no_number")
    value = float(found[0])
    if not one.least <= value <= one.most:
        return Wrong("beyond", {"least": f"{one.least:g}", "most": f"{one.most:g}"})
    return repr(value)


def _day(_one: Field, text: str) -> str | Wrong:
    """Return a day as ISO 8601; Excel's count of days is one too."""
    if EXCEL_DAY.fullmatch(text):
        found = date(1899, 12, 30) + timedelta(days=int(text))
    else:
        match = SHORT_DAY.fullmatch(text) or DAY.fullmatch(text)
        if not match:
            return Wrong("no_day")
        try:
            found = date(*map(int, match.groups()))
        except ValueError:
            return Wrong("no_day")
    return found.isoformat() if found.year in YEARS else Wrong("day_beyond")


def _choice(one: Field, text: str) -> str | Wrong:
    known = one.choices.get(text) or one.choices.get(text.lower())
    if known is not None:
        return known
    if one.fallback:
        return one.fallback
    return Wrong("no_choice", {"known": ", ".join(_known_words(one)[:SHOWN_WORDS])})


def _known_words(one: Field) -> list[str]:
    """Return a word for each value, a Chinese one where files have it: so a person writes it, and not by our code for it."""
    words: dict[str, str] = {}
    for word, value in one.choices.items():
        if value not in words or (words[value].isascii() and not word.isascii()):
            words[value] = word
    return list(words.values())


def _flag(_one: Field, text: str) -> str | Wrong:
    return "true" if text.lower() in YES else ""


_MAKE: Mapping[FieldKind, Callable[[Field, str], str | Wrong]] = {
    FieldKind.TEXT: _text,
    FieldKind.CODE: _code,
    FieldKind.NUMBER: _number,
    FieldKind.DAY: _day,
    FieldKind.CHOICE: _choice,
    FieldKind.FLAG: _flag,
}


def _is_plain(one: Field, texts: Sequence[str]) -> bool:
    """Whether a column of texts is kept as it stands, seen at one glance: a million different names need not be judged one by one."""
    if one.kind not in {FieldKind.TEXT, FieldKind.CODE} or one.is_needed or one.default:
        return False
    joined = "".join(texts)
    if "\x00" in joined or "�" in joined or max(map(len, texts), default=0) > one.most:
        return False
    return one.kind is FieldKind.TEXT or len(joined.split(maxsplit=1)) <= 1


def values_of(one: Field, texts: Sequence[str]) -> tuple[list[str], dict[int, tuple[str, Wrong]]]:
    """Return the values of a column, and by place what cannot become one with why; each different text is judged once."""
    if _is_plain(one, texts):
        return list(texts), {}
    made = {text: value_of(one, text) for text in set(texts)}
    wrong = {text: value for text, value in made.items() if isinstance(value, Wrong)}
    if not wrong:
        return [made[text] for text in texts], {}  # type: ignore[misc] # none of them is wrong
    faults = {place: (text, wrong[text]) for place, text in enumerate(texts) if text in wrong}
    return [value if isinstance(value := made[text], str) else "" for text in texts], faults
