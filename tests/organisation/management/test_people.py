"""The workbook on the command line."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cast import CITY, OTHER_CITY, Cast
from cityloop.kernel.sheets import Sheet, read_sheets, write_sheets
from cityloop.organisation import models
from cityloop.organisation.rules.people_file import HEADINGS


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_example_is_written_and_taken(city_cast: Cast, tmp_path: Path) -> None:
    example = tmp_path / "people.xlsx"
    run("people_template", str(example), "--city", OTHER_CITY)
    assert "部门" in run("import_people", str(example), "--city", OTHER_CITY)
    result = tmp_path / "people-result.xlsx"
    assert result.stat().st_mode & 0o777 == 0o600
    assert len(read_sheets(result.read_bytes())["初始密码"]) == 4


def test_faults_are_printed_and_nothing_is_taken(city_cast: Cast, tmp_path: Path) -> None:
    book = tmp_path / "bad.xlsx"
    rows = {"人员": [["good", "好"], ["bad one", "坏"]]}
    book.write_bytes(write_sheets(Sheet(name, heads, rows.get(name, [])) for name, heads in HEADINGS.items()))
    out = io.StringIO()
    with pytest.raises(CommandError, match="bad-result"):
        call_command("import_people", str(book), "--city", CITY, stdout=out, stderr=out)
    assert "bad one" in out.getvalue()
    assert not models.User.objects.filter(username="good").exists()
    run("import_people", str(book), "--city", CITY, "--keep-good")
    assert models.User.objects.filter(username="good").exists()


def test_of_two_cities_one_must_be_named(city_cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=CITY):
        run("people_template", str(tmp_path / "x.xlsx"))


def test_a_workbook_that_is_there_is_not_written_over(city_cast: Cast, tmp_path: Path) -> None:
    """It may hold a morning's work; the example took its place without a question."""
    filled = tmp_path / "people.xlsx"
    filled.write_bytes(b"a morning's work")
    with pytest.raises(CommandError, match="--force"):
        run("people_template", str(filled), "--city", CITY)
    assert filled.read_bytes() == b"a morning's work"
    run("people_template", str(filled), "--city", CITY, "--force")
    assert read_sheets(filled.read_bytes())


def test_an_example_that_cannot_be_written_is_said(city_cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("people_template", str(tmp_path / "nowhere" / "x.xlsx"), "--city", CITY)


@pytest.mark.django_db
def test_before_init_one_is_sent_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cityloop init"):
        run("people_template", str(tmp_path / "x.xlsx"))


def test_the_next_step_is_the_command_that_the_readme_names(city_cast: Cast, tmp_path: Path) -> None:
    book = tmp_path / "x.xlsx"
    assert f"cityloop import people {book}" in run("people_template", str(book), "--city", CITY)


def test_a_file_that_is_not_there(city_cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        run("import_people", str(tmp_path / "none.xlsx"), "--city", CITY)
