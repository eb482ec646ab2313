"""The command where it makes no city of its own: real requests, and folders in which somebody lives already."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cast import load_standards
from cityloop.cases import models
from cityloop.cases.queries.verifying import verify
from cityloop.demo import queries
from cityloop.demo.actions.accounts import demo_password, sign_in_path
from cityloop.demo.rules.staff import SHIFTS
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.organisation import actions
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import STANDARD_POSTS
from intake.conftest import write_csv
from intake.samples import MAPPING

pytestmark = pytest.mark.django_db

CITY = "990299"


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path) -> Path:
    load_standards()
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    folder: Path = settings.DATA
    return folder


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Say where requests and mapping lie: one that was closed, one that is open, one that cannot be used."""
    requests = write_csv(
        tmp_path / "requests.csv",
        [{"number": "1"}, {"number": "2", "closed": "", "status": "Open"}, {"number": "3", "status": "Spam"}],
    )
    mapping = tmp_path / "sample.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return ["--from", str(requests), "--mapping", str(mapping)]


def made(*words: str) -> str:
    output = io.StringIO()
    call_command("make_demo_city", *words, stdout=output)
    return output.getvalue()


def test_real_requests_make_a_city_with_an_account_for_each_post(words: list[str], data: Path) -> None:
    made(*words)
    assert queries.demo_city() == CITY
    assert queries.origin(CITY) == "requests.csv"
    assert [one.post for one in queries.accounts(CITY) if one.number == 1] == list(STANDARD_POSTS)
    assert {one.post for one in queries.accounts(CITY) if one.number == 2} == SHIFTS
    for one in queries.accounts(CITY):
        user = actions.sign_in(one.username, demo_password(CITY), address="::1", now=machine_now())
        assert organisation.viewer_of(user, machine_now()).holds(one.post, jurisdiction=CITY)
    assert "requests.csv" not in sign_in_path().read_text(encoding="utf-8")
    assert len((data / "refused-requests.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert verify().findings == []


def test_whoever_works_in_departments_sees_what_lies_there(words: list[str]) -> None:
    made(*words)
    clerk = next(one.username for one in queries.accounts(CITY) if one.post == "dept_clerk")
    user = actions.sign_in(clerk, demo_password(CITY), address="::1", now=machine_now())
    seen = models.Case.objects.visible_to(organisation.viewer_of(user, machine_now()))
    assert sorted(seen.values_list("state", flat=True)) == ["archived", "dispatched"]


def test_a_second_run_over_the_file_changes_nothing(words: list[str]) -> None:
    made(*words)
    before = sign_in_path().read_text(encoding="utf-8")
    made(*words)
    assert models.Case.objects.count() == 2
    assert sign_in_path().read_text(encoding="utf-8") == before


def test_another_file_is_not_passed_over_in_silence(words: list[str], tmp_path: Path) -> None:
    """It said that the city was left as it was, and opened the old one: nobody reads that line."""
    made(*words)
    other = write_csv(tmp_path / "others.csv", [{"number": "9"}])
    with pytest.raises(Conflict, match=r"“requests\.csv”.*others\.csv.*--data"):
        made("--from", str(other), *words[2:])
    assert models.Case.objects.count() == 2


def test_an_import_that_was_killed_goes_on(words: list[str]) -> None:
    call_command("import_requests", words[1], mapping=words[3], limit=1, stdout=io.StringIO())
    assert queries.demo_city() == ""
    assert not sign_in_path().exists()
    made()
    assert queries.demo_city() == ""
    made(*words)
    assert models.Case.objects.count() == 2
    assert queries.demo_city() == CITY


def test_a_size_that_there_is_not_is_refused() -> None:
    with pytest.raises(CommandError, match="small"):
        made("--size", "huge")
    assert organisation.jurisdictions() == {}


def test_a_real_city_is_left_alone(words: list[str]) -> None:
    load_standards()
    actions.create_jurisdiction("990102", "邻市")
    actions.create_user("somebody", jurisdiction="990102")
    for given in ([], words):
        assert made(*given) != ""
        assert organisation.jurisdictions() == {"990102": "邻市"}
        assert not sign_in_path().exists()
        assert not models.Case.objects.exists()
