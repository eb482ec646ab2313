"""Routing rules as rows of a sheet: written so that they read back, read with a reason for each cell that cannot be.

Headings are Chinese words: they are the file's format, not texts that follow the reader's language. A cell names a code, a
code with its name behind it, or a name that only one thing has; several stand behind ``、``, a comma or a semicolon.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cityloop.cases.rules.routing import MOST_NOTE, MOST_PRIORITY, MOST_WORD, Rule, is_day
from cityloop.kernel.sheets import Row, RowFault, Sheet
from cityloop.kernel.translation import _
from cityloop.standards.choices import ObjectType

SHEET = "派遣规则"
NUMBER, LEAD, OTHERS, CLASSES, KIND, OWNERS = "编号", "主办部门", "协办部门", "类别", "部件或事件", "部件属主"
KEEPERS = "部件养护单位"
LEVEL, AREAS, SOURCES, HOURS, DAYS, SEASON = "区域层级", "区域", "来源", "时段", "星期", "季节"
WORDS, PRIORITY, NOTE = "词语", "优先级", "备注"
HEADINGS = (
    NUMBER, LEAD, OTHERS, CLASSES, KIND, OWNERS, KEEPERS, LEVEL, AREAS, SOURCES, HOURS, DAYS, SEASON, WORDS, PRIORITY, NOTE,
)  # fmt: skip
KINDS = {"": "", "部件": ObjectType.PART.value, "事件": ObjectType.EVENT.value, "事项": ObjectType.EVENT.value}
LEVELS = {"": "", "街道": "street", "社区": "community", "责任网格": "grid"}
NOTES = {
    LEAD: "必填：部门编码，或全市唯一的部门名称",
    CLASSES: "小类或大类，留空为全部；如 event/06010 暴露垃圾",
    LEVEL: "街道、社区或责任网格",
    HOURS: "如 18:00-06:00",
    DAYS: "1 为周一，如 6、7",
    SEASON: "如 05-15~10-15",
    WORDS: "描述或地址中提到任一词语",
    PRIORITY: "0 至 9：条件相同的规则以大者为先",
}

Value = TypeVar("Value")
_BETWEEN = re.compile(r"[、,，;；\n]+")


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called in a city, by code; classes by key."""

    departments: Mapping[str, str]
    classes: Mapping[str, str]
    areas: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, str]


NONE: tuple[str, ...] = ()


class _Wrong(Exception):
    """Why a cell cannot be read."""


def sheet_of(rules: Iterable[Rule], names: Names) -> Sheet:
    """Return rules as a sheet, every code with its name behind it."""
    widths = {LEAD: 24, OTHERS: 24, CLASSES: 36, AREAS: 28, WORDS: 24, NOTE: 36}
    return Sheet(SHEET, HEADINGS, [_cells(rule, names) for rule in rules], NOTES, widths)


def _cells(rule: Rule, names: Names) -> list[Any]:
    kinds = {code: word for word, code in reversed(KINDS.items())}
    levels = {code: word for word, code in LEVELS.items()}
    return [
        rule.n,
        *(_listed(codes, names.departments) for codes in ((rule.department,), rule.co_departments)),
        _listed((_short(key) for key in rule.classes), {_short(key): name for key, name in names.classes.items()}),
        kinds.get(rule.kind, rule.kind),
        _listed(rule.owners, names.departments),
        _listed(rule.keepers, names.departments),
        levels.get(rule.level, rule.level),
        _listed(rule.areas, names.areas.get(rule.level, {})),
        _listed(rule.sources, names.sources),
        "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in rule.hours) if rule.hours else "",
        "、".join(map(str, rule.weekdays)),
        "~".join(rule.season) if rule.season else "",
        "、".join(rule.words),
        rule.priority or "",
        rule.note,
    ]


def _short(key: str) -> str:
    """Return a class's key without its scheme."""
    return key.partition("/")[2]


def _listed(codes: Iterable[str], names: Mapping[str, str]) -> str:
    return "、".join(f"{code} {names[code]}" if code in names else code for code in codes)


def read_rules(rows: Iterable[Row], names: Names) -> tuple[list[Rule], list[RowFault]]:
    """Return the rules of a sheet and what is wrong with its other rows; a number left blank is given after the highest.

    Whether the rules fit together is asked of the whole version, not here (``routing_checks``).
    """
    rules, faults, seen = list[Rule](), list[RowFault](), set[int]()
    for row in rows:
        rule, wrong = _Reader(row, names).rule()
        if rule is not None and rule.n in seen:
            wrong.append(row.fault(NUMBER, _("this number stands twice")))
        if wrong or rule is None:
            faults += wrong
            continue
        seen.update({rule.n} - {0})
        rules.append(rule)
    highest = max(seen, default=0)
    numbered = []
    for rule in rules:
        if not rule.n:
            highest += 1
        numbered.append(rule if rule.n else _with_number(rule, highest))
    return numbered, faults


def _with_number(rule: Rule, n: int) -> Rule:
    from dataclasses import replace

    return replace(rule, n=n)


class _Reader:
    """Reads one row; what is wrong is noted cell by cell, so that all of it is told at once."""

    def __init__(self, row: Row, names: Names) -> None:
        self.row, self.names, self.wrong = row, names, list[RowFault]()

    def rule(self) -> tuple[Rule | None, list[RowFault]]:
        names = self.names
        lead = self._read(LEAD, lambda text: _one(text, names.departments), "")
        if not lead and not self.wrong:
            self.wrong.append(self.row.fault(LEAD, _("is missing")))
        level = self._read(LEVEL, lambda text: _word(text, LEVELS), "")
        areas = self._read(AREAS, lambda text: _many(text, names.areas.get(level, {})), NONE)
        if bool(level) != bool(self.row[AREAS]):
            self.wrong.append(self.row.fault(LEVEL, _("kind and names of areas go together")))
        shorts = {_short(key): name for key, name in names.classes.items()}
        keys = {_short(key): key for key in names.classes}
        classes = tuple(keys[short] for short in self._read(CLASSES, lambda text: _many(text, shorts), NONE))
        rule = Rule(
            n=self._read(NUMBER, lambda text: _whole(text, 1, 10**6), 0),
            department=lead,
            co_departments=self._read(OTHERS, lambda text: _many(text, names.departments), ()),
            classes=classes,
            kind=self._read(KIND, lambda text: _word(text, KINDS), ""),
            owners=self._read(OWNERS, lambda text: _many(text, names.departments), ()),
            keepers=self._read(KEEPERS, lambda text: _many(text, names.departments), ()),
            areas=areas,
            level=level,
            sources=self._read(SOURCES, lambda text: _many(text, names.sources), ()),
            hours=self._read(HOURS, read_hours, None),
            weekdays=self._read(DAYS, read_days, ()),
            season=self._read(SEASON, read_season, None),
            words=self._read(WORDS, read_words, ()),
            priority=self._read(PRIORITY, lambda text: _whole(text, 0, MOST_PRIORITY), 0),
            note=self._read(NOTE, _note, ""),
        )
        return (None if self.wrong else rule), self.wrong

    def _read(self, column: str, read: Callable[[str], Value], blank: Value) -> Value:
        text = self.row[column].strip()
        if not text:
            return blank
        try:
            return read(text)
        except (_Wrong, ValueError) as exc:
            self.wrong.append(self.row.fault(column, str(exc)))
            return blank


def split(text: str) -> list[str]:
    """Return what stands in a cell or field for several things."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _many(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one(part, names) for part in split(text)))


def _one(text: str, names: Mapping[str, str]) -> str:
    code = text.split(maxsplit=1)[0]
    if code in names:
        return code
    called = [one for one, name in names.items() if name == text]
    if len(called) == 1:
        return called[0]
    if called:
        raise _Wrong(_("several are called so: give the code"))
    raise _Wrong(_("there is nothing of this code or name: %(text)s") % {"text": text[:40]})


def _word(text: str, words: Mapping[str, str]) -> str:
    if text not in words:
        raise _Wrong(_("must be one of: %(words)s") % {"words": "、".join(filter(None, words))})
    return words[text]


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most):
        raise _Wrong(_("must be a whole number from %(least)d to %(most)d") % {"least": least, "most": most})
    return int(text)


def _note(text: str) -> str:
    if len(text) > MOST_NOTE:
        raise _Wrong(_("at most %(most)d characters") % {"most": MOST_NOTE})
    return text


def read_hours(text: str) -> tuple[int, int]:
    """Return a span of the day, ``18:00-06:00``, in minutes.

    Raises:
        ValueError: It is none; the text says what is asked for.
    """
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至]\s*(\d{1,2})[:：](\d{2})", text.strip())
    if found:
        first_hour, first, last_hour, last = map(int, found.groups())
        hours = (first_hour * 60 + first, last_hour * 60 + last)
        if (
            first < 60
            and last < 60
            and hours[0] < 1440
            and 0 < hours[1] <= 1440
            and hours[0] != hours[1] != hours[0] + 1440
        ):
            return hours
    raise ValueError(_("must be a span of the day such as 18:00-06:00"))


def read_days(text: str) -> tuple[int, ...]:
    """Return weekdays, ``6、7``.

    Raises:
        ValueError: They are none.
    """
    days = split(text)
    if not all(day in "1234567" and len(day) == 1 for day in days):
        raise ValueError(_("must be numbers of weekdays, 1 for Monday"))
    return tuple(sorted({int(day) for day in days}))


def read_season(text: str) -> tuple[str, str]:
    """Return a season, ``05-15~10-15``.

    Raises:
        ValueError: It is none.
    """
    ends = [part.strip() for part in re.split(r"[~～至]", text)]
    if len(ends) != 2 or not all(map(is_day, ends)):
        raise ValueError(_("must be two days such as 05-15~10-15"))
    return ends[0], ends[1]


def read_words(text: str) -> tuple[str, ...]:
    """Return words to look for.

    Raises:
        ValueError: One is too long.
    """
    words = tuple(dict.fromkeys(split(text)))
    if any(len(word) > MOST_WORD for word in words):
        raise ValueError(_("a word has at most %(most)d characters") % {"most": MOST_WORD})
    return words


def read_number(text: str, most: int = MOST_PRIORITY) -> int:
    """Return a whole number from 0.

    Raises:
        ValueError: It is none, or too high.
    """
    try:
        return _whole(text, 0, most)
    except _Wrong as exc:
        raise ValueError(str(exc)) from exc


def differences(before: Sequence[Rule], after: Sequence[Rule]) -> list[tuple[Rule | None, Rule | None]]:
    """Return the rules that differ between two versions, by number: what was, what is; None where there is none."""
    old, new = {rule.n: rule for rule in before}, {rule.n: rule for rule in after}
    return [(old.get(n), new.get(n)) for n in sorted({*old, *new}) if old.get(n) != new.get(n)]
