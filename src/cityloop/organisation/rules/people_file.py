"""The workbook in which a city hands over its departments, people, posts and rosters: its sheets, and how they are read.

Headings and sheet names are Chinese words: they are the file's format, not texts that follow the reader's language.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from cityloop.kernel.sheets import Row, RowFault
from cityloop.kernel.translation import _
from cityloop.organisation.choices import Language
from cityloop.organisation.rules.phones import NO_PHONE, read_phone

EXPLANATION = "说明"
DEPARTMENTS = "部门"
PEOPLE = "人员"
POSTS = "岗位"
DUTIES = "值班"

DEPARTMENT_CODE, DEPARTMENT_NAME, DEPARTMENT_KIND = "部门编码", "部门名称", "部门类别"
PARENT_CODE, CREDIT_CODE = "上级部门编码", "统一社会信用代码"
ACCOUNT, NAME, PHONE, LANGUAGE = "账号", "姓名", "手机号", "语言"
POST, DUTY_GRID, FIRST_DAY, LAST_DAY = "岗位", "责任网格", "起始日期", "截止日期"
STARTS, ENDS = "开始时间", "结束时间"

HEADINGS: Mapping[str, tuple[str, ...]] = {
    DEPARTMENTS: (DEPARTMENT_CODE, DEPARTMENT_NAME, DEPARTMENT_KIND, PARENT_CODE, CREDIT_CODE),
    PEOPLE: (ACCOUNT, NAME, PHONE, LANGUAGE),
    POSTS: (ACCOUNT, POST, DEPARTMENT_CODE, DUTY_GRID, FIRST_DAY, LAST_DAY),
    DUTIES: (ACCOUNT, POST, DUTY_GRID, STARTS, ENDS),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    DEPARTMENTS: (DEPARTMENT_CODE, DEPARTMENT_NAME, DEPARTMENT_KIND),
    PEOPLE: (ACCOUNT, NAME),
    POSTS: (ACCOUNT, POST),
    DUTIES: (ACCOUNT, POST, STARTS, ENDS),
}

LANGUAGES = {"": "", "中文": Language.ZH_HANS, "英文": Language.EN, "english": Language.EN}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    row: Row
    code: str
    name: str
    kind: str
    parent: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    row: Row
    account: str
    name: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """``first_day`` None: from the day of the import; ``day_after`` None: without an end."""

    row: Row
    account: str
    post: str
    department: str
    duty_grid: str
    first_day: date | None
    day_after: date | None


@dataclass(frozen=True, slots=True)
class DutyLine:
    row: Row
    account: str
    post: str
    duty_grid: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """What a workbook says; departments stand after the ones they are part of. Lines with faults are left out."""

    departments: tuple[DepartmentLine, ...]
    people: tuple[PersonLine, ...]
    posts: tuple[PostLine, ...]
    duties: tuple[DutyLine, ...]
    faults: tuple[RowFault, ...]


def read_people(
    sheets: Mapping[str, Sequence[Row]], *, kinds: Mapping[str, str], posts: Mapping[str, str], zone: ZoneInfo
) -> PeopleFile:
    """Read the sheets of a workbook.

    Args:
        sheets: Rows by sheet, as ``kernel.sheets.read_sheets`` gives them; a sheet that is missing has no rows.
        kinds: Id of a department kind by every word for it.
        posts: Code of a post by every word for it.
        zone: Zone of the times in the file.
    """
    reader = _Reader(kinds, posts, zone)
    for name in HEADINGS:
        reader.check_headings(name, sheets.get(name))
    departments = reader.lines(sheets, DEPARTMENTS, reader.department)
    people = reader.lines(sheets, PEOPLE, reader.person)
    reader.refuse_twice(departments, lambda line: line.code, DEPARTMENT_CODE)
    reader.refuse_twice(people, lambda line: line.account, ACCOUNT)
    return PeopleFile(
        departments=reader.parents_first(departments),
        people=tuple(people),
        posts=tuple(reader.lines(sheets, POSTS, reader.post)),
        duties=tuple(reader.lines(sheets, DUTIES, reader.duty)),
        faults=tuple(reader.faults),
    )


Line = TypeVar("Line", DepartmentLine, PersonLine, PostLine, DutyLine)


class _Reader:
    """Reads lines and notes every bad cell, so that people see all of them at once."""

    def __init__(self, kinds: Mapping[str, str], posts: Mapping[str, str], zone: ZoneInfo) -> None:
        self.faults: list[RowFault] = []
        self.kinds = kinds
        self.post_codes = posts
        self.zone = zone

    def check_headings(self, sheet: str, rows: Sequence[Row] | None) -> None:
        """Note headings that are missing; an empty sheet needs none, since it says nothing."""
        if not rows:
            return
        for heading in NEEDED[sheet]:
            if heading not in rows[0].cells:
                self.faults.append(RowFault(sheet, 1, heading, "", _("This column is missing.")))

    def lines(self, sheets: Mapping[str, Sequence[Row]], sheet: str, read: Callable[[Row], Line]) -> list[Line]:
        found = []
        for row in sheets.get(sheet, ()):
            before = len(self.faults)
            for heading in NEEDED[sheet]:
                if heading in row.cells and not row[heading]:
                    self.faults.append(row.fault(heading, _("This cell must not be empty.")))
            line = read(row)
            if len(self.faults) == before and all(heading in row.cells for heading in NEEDED[sheet]):
                found.append(line)
        return found

    def department(self, row: Row) -> DepartmentLine:
        return DepartmentLine(
            row,
            code=row[DEPARTMENT_CODE],
            name=row[DEPARTMENT_NAME],
            kind=self.word(row, DEPARTMENT_KIND, self.kinds, _("There is no such kind of department.")),
            parent=row[PARENT_CODE],
            credit_code=row[CREDIT_CODE].upper(),
        )

    def person(self, row: Row) -> PersonLine:
        language = row[LANGUAGE].lower()
        return PersonLine(
            row,
            account=row[ACCOUNT].lower(),
            name=row[NAME],
            phone=self.value(row, PHONE, read_phone, _(NO_PHONE)) or "",
            language=LANGUAGES.get(language, language),
        )

    def post(self, row: Row) -> PostLine:
        first = self.value(row, FIRST_DAY, read_day, _("Write a date as 2026-07-01."))
        last = self.value(row, LAST_DAY, read_day, _("Write a date as 2026-07-01."))
        if first and last and last < first:
            self.faults.append(row.fault(LAST_DAY, _("The end lies before the start.")))
        return PostLine(
            row,
            account=row[ACCOUNT].lower(),
            post=self.word(row, POST, self.post_codes, _("There is no such post.")),
            department=row[DEPARTMENT_CODE],
            duty_grid=row[DUTY_GRID],
            first_day=first,
            day_after=last + timedelta(days=1) if last else None,
        )

    def duty(self, row: Row) -> DutyLine:
        starts = self.value(row, STARTS, self.instant, _("Write a time as 2026-07-01 08:00."))
        ends = self.value(row, ENDS, self.instant, _("Write a time as 2026-07-01 08:00."))
        if starts and ends and ends <= starts:
            self.faults.append(row.fault(ENDS, _("The end lies before the start.")))
        never = datetime(1970, 1, 1, tzinfo=UTC)  # stands in a line that is left out anyway
        return DutyLine(
            row,
            account=row[ACCOUNT].lower(),
            post=self.word(row, POST, self.post_codes, _("There is no such post.")),
            duty_grid=row[DUTY_GRID],
            starts_at=starts or never,
            ends_at=ends or never,
        )

    def word(self, row: Row, heading: str, words: Mapping[str, str], why: str) -> str:
        found = words.get(row[heading], "")
        if row[heading] and not found:
            self.faults.append(row.fault(heading, why))
        return found

    def value(self, row: Row, heading: str, read: Callable[[str], Value], why: str) -> Value | None:
        if not row[heading]:
            return None
        try:
            return read(row[heading])
        except ValueError:
            self.faults.append(row.fault(heading, why))
            return None

    def instant(self, text: str) -> datetime:
        return read_time(text).replace(tzinfo=self.zone).astimezone(UTC)

    def refuse_twice(self, lines: list[Line], key: Callable[[Line], str], heading: str) -> None:
        """Note and drop lines whose key an earlier line has."""
        first: dict[str, int] = {}
        for line in list(lines):
            known = first.setdefault(key(line), line.row.number)
            if known != line.row.number:
                why = _("Row %(row)d says the same already.") % {"row": known}
                self.faults.append(line.row.fault(heading, why))
                lines.remove(line)

    def parents_first(self, lines: Sequence[DepartmentLine]) -> tuple[DepartmentLine, ...]:
        """Order departments so that each stands after the one it is part of; note those that go round in circles."""
        here = {line.code for line in lines}
        placed: dict[str, DepartmentLine] = {}
        waiting = list(lines)
        while waiting:
            ready = [line for line in waiting if line.parent not in here or line.parent in placed]
            if not ready:
                why = _("This department is part of itself.")
                self.faults += [line.row.fault(PARENT_CODE, why) for line in waiting]
                break
            placed |= {line.code: line for line in ready}
            waiting = [line for line in waiting if line.code not in placed]
        return tuple(placed.values())


_DAY = re.compile(r"(\d{4})(?:-|/|年)?(\d{1,2})(?:-|/|月)?(\d{1,2})日?")


def read_day(text: str) -> date:
    """Return the day that a person wrote: ``2026-07-01``, ``2026/7/1``, ``20260701`` or ``2026年7月1日``.

    Raises:
        ValueError: It is none.
    """
    match = _DAY.fullmatch(text.strip())
    # Eight digits or three parts: of 2026711 nobody knows whether it is in July or November.
    if not match or (text.strip().isdigit() and len(text.strip()) != 8):
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))


def read_time(text: str) -> datetime:
    """Return the wall time that a person wrote: a day, and after a space (or ``T``) hours and minutes, else midnight.

    Raises:
        ValueError: It is none.
    """
    day, _space, clock = text.strip().replace("T", " ").partition(" ")
    if not clock.strip():
        return datetime.combine(read_day(day), time())
    match = re.fullmatch(r"(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?", clock.strip())
    if not match:
        raise ValueError(text)
    if (match[1], match[2]) == ("24", "00"):
        return datetime.combine(read_day(day) + timedelta(days=1), time())
    return datetime.combine(read_day(day), time(int(match[1]), int(match[2])))
