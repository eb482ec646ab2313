"""A city hands over its people in one workbook."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher
from django.test import override_settings

from cast import CITY, OTHER_CITY, SINCE, Cast
from cityloop.geography.actions import lay_regular_grid
from cityloop.geography.queries import duty_grids
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.sheets import Sheet, read_sheets, write_sheets
from cityloop.organisation import actions, models, queries
from cityloop.organisation.actions.importing import ROUNDS_OF_A_FIRST_PASSWORD, hash_of_first_password
from cityloop.organisation.rules.people_file import HEADINGS

TODAY = date(2026, 7, 1)


def workbook(**rows: list[list[Any]]) -> bytes:
    return write_sheets(Sheet(name, headings, rows.get(name, [])) for name, headings in HEADINGS.items())


def take(data: bytes, **options: Any) -> actions.Imported:
    return actions.import_people(data, CITY, today=options.pop("today", TODAY), **options)


def places(done: actions.Imported) -> list[tuple[str, int, str]]:
    return [(fault.sheet, fault.row, fault.column) for fault in done.faults]


GOOD = {
    "部门": [["YL", "园林所", "greening", "", ""], ["YL-1", "一班", "园林绿化", "YL", ""]],
    "人员": [["Wang", "王", "13900000000", ""], ["li", "李", "", "英文"]],
    "岗位": [["wang", "专业部门经办人", "YL", "", "2026-01-01", "2026-12-31"], ["li", "handler", "YL-1", "", "", ""]],
    "值班": [["li", "处置人员", "", "2026-07-02 20:00", "2026-07-03 08:00"]],
}


def test_the_example_can_be_imported_as_it_is(city_cast: Cast) -> None:
    models.Department.objects.all()
    example = queries.people_template(OTHER_CITY, today=TODAY)
    done = actions.import_people(example, OTHER_CITY, today=TODAY)
    assert done.faults == ()
    assert done.made == {"部门": 3, "人员": 4, "岗位": 5, "值班": 2}
    again = actions.import_people(example, OTHER_CITY, today=date(2026, 7, 2))
    assert (again.faults, again.made, again.changed, again.passwords) == ((), {}, {}, ())
    assert again.unchanged == done.made


def test_the_collector_of_the_example_walks_a_duty_grid_of_the_city(city_cast: Cast) -> None:
    lay_regular_grid(OTHER_CITY, 121.0, 31.0, 121.02, 31.01, 500, SINCE)
    walked = {grid.code for grid in duty_grids(OTHER_CITY, TODAY)}
    assert walked
    example = queries.people_template(OTHER_CITY, today=TODAY)
    rows = [row for name in ("岗位", "值班") for row in read_sheets(example)[name]]
    assert {row["责任网格"] for row in rows} <= {"", *walked}
    assert actions.import_people(example, OTHER_CITY, today=TODAY).faults == ()
    assert all(fact.duty_grid in walked for fact in queries.city(OTHER_CITY).appointments["collector"])


def test_what_the_workbook_says_is_what_stands(city_cast: Cast) -> None:
    assert take(workbook(**GOOD)).is_taken
    city = queries.city(CITY)
    garden, crew = city.department_by_code("YL"), city.department_by_code("YL-1")
    assert garden is not None
    assert crew is not None
    assert crew.path.startswith(garden.path)
    wang, li = (models.User.objects.get(username=name) for name in ("wang", "li"))
    assert (li.display_name, li.language, li.jurisdiction) == ("李", "en", CITY)
    assert (wang.phone, wang.must_change_password) == ("13900000000", True)
    row = models.Appointment.objects.get(user=wang)
    assert (row.post, row.department_id, row.valid_to) == ("dept_clerk", garden.id, date(2027, 1, 1))
    assert models.Appointment.objects.get(user=li).valid_from == TODAY
    assert models.Duty.objects.get(user=li).starts_at == datetime(2026, 7, 2, 12, tzinfo=UTC)


def test_whoever_is_given_no_language_gets_the_installations(city_cast: Cast) -> None:
    with override_settings(LANGUAGE_CODE="en"):
        assert take(workbook(**GOOD)).is_taken
    assert models.User.objects.get(username="wang").language == "en"


def test_first_passwords_are_listed_once_and_open(city_cast: Cast) -> None:
    done = take(workbook(**GOOD))
    for first in done.passwords:
        assert check_password(first.password, models.User.objects.get(username=first.account).password)
    listed = read_sheets(done.workbook())["初始密码"]
    assert [row["账号"] for row in listed] == ["wang", "li"]
    assert take(workbook(**GOOD)).passwords == ()


def test_a_changed_row_changes_what_stands_and_nothing_is_removed(city_cast: Cast) -> None:
    take(workbook(**GOOD))
    done = take(
        workbook(人员=[["wang", "王五", "13900000000", ""]], 岗位=[["wang", "dept_clerk", "YL", "", "2026-01-01"]])
    )
    assert (done.changed, done.made) == ({"人员": 1, "岗位": 1}, {})
    assert models.User.objects.get(username="wang").display_name == "王五"
    assert models.Appointment.objects.get(user__username="wang").valid_to is None
    assert models.User.objects.filter(username="li").exists()


BAD = {
    "部门": [["YL", "园林所", "马戏团", "", ""], ["SZ", "市政所", "municipal", "NONE", "12"]],
    "人员": [["王", "", "", ""], ["stranger", "别市的人", "", ""], ["a b", "空格", "", ""], ["ok", "好", "", "法文"]],
    "岗位": [["wang", "受理员", "", "", "", ""], ["acceptor", "受理员", "HW", "", "", ""]],
    "值班": [["acceptor", "受理员", "", "2026-07-02", "明天"]],
}


def test_every_bad_cell_is_listed_and_nothing_is_taken(city_cast: Cast) -> None:
    before = models.User.objects.count(), models.Appointment.objects.count()
    done = take(workbook(**BAD))
    assert not done.is_taken
    assert set(places(done)) == {
        ("部门", 2, "部门类别"),
        ("部门", 3, "上级部门编码"),
        ("人员", 2, "姓名"),
        ("人员", 3, "账号"),
        ("人员", 4, "账号"),
        ("人员", 5, "语言"),
        ("岗位", 2, "账号"),
        ("值班", 2, "结束时间"),
    }
    assert (models.User.objects.count(), models.Appointment.objects.count()) == before
    assert len(read_sheets(done.workbook())["问题"]) == 8


def test_the_good_rows_are_kept_where_that_is_asked_for(city_cast: Cast) -> None:
    done = take(workbook(**BAD), keep_good=True)
    assert done.is_taken
    assert len(done.faults) == 8
    assert done.made == {"岗位": 1}
    assert models.Appointment.objects.filter(user__username="acceptor", department__code="HW").exists()


def test_a_citizen_is_not_given_the_post_of_a_namesake(city_cast: Cast) -> None:
    citizen = actions.create_user("wang", name="市民")
    done = take(workbook(**GOOD))
    assert ("人员", 2, "账号") in places(done)
    assert not models.Appointment.objects.filter(user=citizen).exists()


def test_an_account_that_another_city_keeps_is_not_renamed(city_cast: Cast) -> None:
    guest = actions.create_user("guest", name="客", jurisdiction=OTHER_CITY)
    actions.appoint(guest.pk, "inspector", CITY, valid_from=SINCE)
    assert places(take(workbook(人员=[["guest", "改名", "", ""]]))) == [("人员", 2, "账号")]
    done = take(workbook(人员=[["guest", "客", "", ""]], 岗位=[["guest", "leader", "", "", "", ""]]))
    assert (done.made, done.unchanged) == ({"岗位": 1}, {"人员": 1})


def test_an_overlap_is_a_fault_of_its_row(city_cast: Cast) -> None:
    done = take(workbook(岗位=[["acceptor", "受理员", "", "", "2026-07-01", ""]]))
    assert places(done) == [("岗位", 2, "账号")]
    assert "already" in done.faults[0].why


def test_a_department_cannot_be_moved_below_itself(city_cast: Cast) -> None:
    take(workbook(**GOOD))
    done = take(workbook(部门=[["YL", "园林所", "greening", "YL-1", ""]]))
    assert places(done) == [("部门", 2, "上级部门编码")]


def test_what_is_no_workbook_is_refused(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        take(b"PK\x03\x04 not really")
    with pytest.raises(NotFound):
        actions.import_people(workbook(), "123456", today=TODAY)


def test_an_empty_workbook_does_nothing(city_cast: Cast) -> None:
    done = take(workbook())
    assert (done.is_taken, done.made, done.faults) == (True, {}, ())


def test_a_first_password_is_hashed_quickly_and_well_enough(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    encoded = hash_of_first_password("abcDEF234567")
    assert check_password("abcDEF234567", encoded)
    assert identify_hasher(encoded).decode(encoded)["iterations"] == ROUNDS_OF_A_FIRST_PASSWORD
    assert get_hasher().must_update(encoded)  # Django hashes it with the full count at the first sign-in
