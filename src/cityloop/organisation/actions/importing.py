"""A city hands over its people: one workbook, all of it or nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.core.exceptions import ValidationError
from django.db import models as django_models
from django.db import transaction
from django.db.models import Q

from cityloop.kernel.sheets import Row, RowFault, Sheet, read_sheets, write_sheets
from cityloop.kernel.translation import _
from cityloop.organisation import models
from cityloop.organisation.actions.accounts import new_password
from cityloop.organisation.actions.checking import faults_of
from cityloop.organisation.queries.cities import city
from cityloop.organisation.queries.people_file import kinds_by_word, posts_by_word
from cityloop.organisation.rules import people_file as sheets
from cityloop.organisation.rules.people_file import DepartmentLine, DutyLine, PeopleFile, PersonLine, PostLine

ROUNDS_OF_A_FIRST_PASSWORD = 10_000
"""Rounds for hashing a generated password. It has seventy random bits, so nobody guesses it however fast; and Django
hashes it with the full count at the first sign-in. The full count takes minutes for a few hundred people."""

COLUMNS: Mapping[str, str] = {
    "code": sheets.DEPARTMENT_CODE,
    "name": sheets.DEPARTMENT_NAME,
    "kind": sheets.DEPARTMENT_KIND,
    "parent": sheets.PARENT_CODE,
    "credit_code": sheets.CREDIT_CODE,
    "username": sheets.ACCOUNT,
    "display_name": sheets.NAME,
    "phone": sheets.PHONE,
    "language": sheets.LANGUAGE,
    "user": sheets.ACCOUNT,
    "post": sheets.POST,
    "department": sheets.DEPARTMENT_CODE,
    "duty_grid": sheets.DUTY_GRID,
    "valid_from": sheets.FIRST_DAY,
    "valid_to": sheets.LAST_DAY,
    "starts_at": sheets.STARTS,
    "ends_at": sheets.ENDS,
}
"""The column of the workbook for each field of the tables."""


@dataclass(frozen=True, slots=True)
class FirstPassword:
    account: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Args:
        made, changed, unchanged: Rows by sheet.
        faults: Every bad cell; if there is one, nothing was taken unless the good rows were asked for.
        passwords: For each new account the password of its first sign-in, known here and nowhere else.
    """

    made: Mapping[str, int]
    changed: Mapping[str, int]
    unchanged: Mapping[str, int]
    faults: tuple[RowFault, ...] = ()
    passwords: tuple[FirstPassword, ...] = ()
    is_taken: bool = True

    def workbook(self) -> bytes:
        """Return the result as an Excel file to hand on: counts, first passwords, faults."""
        counts = [(name, self.made[name], self.changed[name], self.unchanged[name]) for name in sheets.HEADINGS]
        passwords = [(one.account, one.name, one.password) for one in self.passwords]
        faults = [(one.sheet, one.row, one.column, one.value, one.why) for one in self.faults]
        return write_sheets(
            [
                Sheet("结果", ("工作表", "新增", "更改", "未变"), counts),
                Sheet("初始密码", ("账号", "姓名", "初始密码"), passwords, {"初始密码": "首次登录时必须更改。"}),
                Sheet("问题", ("工作表", "行", "列", "内容", "原因"), faults, widths={"原因": 60}),
            ]
        )


def import_people(data: bytes, jurisdiction: str, *, today: date, keep_good: bool = False) -> Imported:
    """Take departments, people, posts and rosters from a workbook as ``queries.people_template`` writes it.

    Rows of known codes and accounts are changed, others added, none removed: the same file twice changes nothing.

    Args:
        data: The ``.xlsx``, ``.xls`` or ``.ods`` file.
        jurisdiction: The city that they belong to.
        today: From when posts without a start are held, and new departments stand; the city's day.
        keep_good: Take the rows without faults; otherwise one fault refuses the whole file.

    Raises:
        InvalidInput: The file is not a workbook.
        NotFound: There is no such jurisdiction.
    """
    place = city(jurisdiction)
    file = sheets.read_people(
        read_sheets(data), kinds=kinds_by_word(), posts=posts_by_word(jurisdiction), zone=place.time_zone
    )
    taker = _Taker(jurisdiction, today, list(file.faults))
    with transaction.atomic():
        taker.take(file)
        is_refused = bool(taker.faults) and not keep_good
        transaction.set_rollback(is_refused)
    if is_refused:
        return Imported(Counter(), Counter(), Counter(), tuple(taker.faults), is_taken=False)
    return Imported(taker.made, taker.changed, taker.unchanged, tuple(taker.faults), tuple(taker.passwords))


@dataclass(slots=True)
class _Taker:
    """Takes the lines of a file one by one and notes what cannot be taken."""

    jurisdiction: str
    today: date
    faults: list[RowFault]
    made: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    passwords: list[FirstPassword] = field(default_factory=list)
    departments: dict[str, models.Department] = field(default_factory=dict)
    people: dict[str, models.User] = field(default_factory=dict)

    def take(self, file: PeopleFile) -> None:
        own = models.Department.objects.filter(jurisdiction=self.jurisdiction)
        self.departments = {row.code: row for row in own.order_by("id")}
        accounts = {line.account for lines in (file.people, file.posts, file.duties) for line in lines}
        self.people = self._own_people(accounts)
        for department in file.departments:
            with self._noting(department.row):
                self.department(department)
        for person in file.people:
            with self._noting(person.row):
                self.person(person)
        for post in file.posts:
            with self._noting(post.row):
                self.post(post)
        for duty in file.duties:
            with self._noting(duty.row):
                self.duty(duty)

    def _own_people(self, accounts: set[str]) -> dict[str, models.User]:
        """Return the accounts that this city may appoint: those that it keeps, and those that work here.

        Not any other that exists: else a citizen who registers as ``zhangsan`` would be given the posts of the clerk of
        that name when the file comes.
        """
        mine = Q(appointments__jurisdiction=self.jurisdiction) | Q(jurisdiction=self.jurisdiction)
        rows = models.User.objects.filter(mine, username__in=accounts).distinct()
        return {row.username: row for row in rows.order_by("pk")}

    @contextmanager
    def _noting(self, row: Row) -> Iterator[None]:
        try:
            yield
        except _BadCell as bad:
            self.faults.append(row.fault(bad.column, bad.why))

    # --- one line of each sheet

    def department(self, line: DepartmentLine) -> None:
        known = self.departments.get(line.code)
        row = known or models.Department(jurisdiction=self.jurisdiction, code=line.code, valid_from=self.today)
        parent = self._department_named(line.parent, sheets.PARENT_CODE)
        if parent is not None and row.pk and f"/{row.pk}/" in parent.path:
            raise _BadCell(sheets.PARENT_CODE, _("A department is not part of itself."))
        fields = {"name": line.name, "kind": line.kind, "parent": parent, "credit_code": line.credit_code}
        self._store(sheets.DEPARTMENTS, row, fields)
        self.departments[line.code] = row

    def person(self, line: PersonLine) -> None:
        known = self.people.get(line.account)
        if known is None and models.User.objects.filter(username=line.account).exists():
            raise _BadCell(sheets.ACCOUNT, _("This account name is taken. Choose another."))
        row = known or models.User(username=line.account, jurisdiction=self.jurisdiction)
        language = line.language or settings.LANGUAGE_CODE
        fields: dict[str, object] = {"display_name": line.name, "phone": line.phone, "language": language}
        if known is None:
            first = FirstPassword(line.account, line.name, new_password())
            fields |= {"password": hash_of_first_password(first.password), "must_change_password": True}
        if row.jurisdiction != self.jurisdiction and any(getattr(row, name) != value for name, value in fields.items()):
            raise _BadCell(sheets.ACCOUNT, _("Another city keeps this account: name and phone are changed there."))
        self._store(sheets.PEOPLE, row, fields)
        self.people[line.account] = row
        if known is None:
            self.passwords.append(first)

    def post(self, line: PostLine) -> None:
        user = self._person_named(line.account)
        department = self._department_named(line.department, sheets.DEPARTMENT_CODE)
        held = models.Appointment.objects.filter(
            jurisdiction=self.jurisdiction,
            user=user,
            post=line.post,
            department=department,
            duty_grid=line.duty_grid,
        ).order_by("-valid_from")
        if line.first_day is None:
            # Held today is what a row without a start asks for, since whenever it began.
            row = held.filter(Q(valid_to=None) | Q(valid_to__gt=self.today), valid_from__lte=self.today).first()
        else:
            row = held.filter(valid_from=line.first_day).first()
        if row is None:
            row = models.Appointment(
                jurisdiction=self.jurisdiction,
                user=user,
                post=line.post,
                department=department,
                duty_grid=line.duty_grid,
                valid_from=line.first_day or self.today,
            )
        self._store(sheets.POSTS, row, {"valid_to": line.day_after})

    def duty(self, line: DutyLine) -> None:
        same = {
            "jurisdiction": self.jurisdiction,
            "user": self._person_named(line.account),
            "post": line.post,
            "duty_grid": line.duty_grid,
            "starts_at": line.starts_at,
        }
        row = models.Duty.objects.filter(**same).first() or models.Duty(**same)
        self._store(sheets.DUTIES, row, {"ends_at": line.ends_at})

    # --- what they share

    def _department_named(self, code: str, column: str) -> models.Department | None:
        if not code:
            return None
        if code not in self.departments:
            why = _("There is no department with this code, neither here nor in the file's rows without faults.")
            raise _BadCell(column, why)
        return self.departments[code]

    def _person_named(self, account: str) -> models.User:
        if account not in self.people:
            why = _("There is no account of this name, neither here nor in the file's rows without faults.")
            raise _BadCell(sheets.ACCOUNT, why)
        return self.people[account]

    def _store(self, sheet: str, row: django_models.Model, fields: Mapping[str, object]) -> None:
        is_new = row.pk is None
        differs = {name: value for name, value in fields.items() if getattr(row, name) != value}
        if not is_new and not differs:
            self.unchanged[sheet] += 1
            return
        for name, value in differs.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ValidationError as exc:
            if not is_new:
                row.refresh_from_db()
            first = faults_of(exc, row)[0]
            raise _BadCell(COLUMNS.get(first.field, sheets.NEEDED[sheet][0]), first.why) from exc
        row.save()
        (self.made if is_new else self.changed)[sheet] += 1


class _BadCell(Exception):
    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column
        self.why = why


def hash_of_first_password(password: str) -> str:
    """Return the hash of a generated password, quick to make; see ``ROUNDS_OF_A_FIRST_PASSWORD``."""
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), ROUNDS_OF_A_FIRST_PASSWORD)
    return hasher.encode(password, hasher.salt())
