"""Files in the console: each administrator sees those of their cities, and erases what has to go."""

from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.admin.conftest import Cities, Console, url
from cases.conftest import PHOTOS, send
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases.models import Case
from cityloop.cases.queries.verifying import verify

File: Any = apps.get_model("media", "File")
GOES = {"reason": "路人面部", "sure": "yes"}


@pytest.fixture
def file(cities: Cities) -> Any:
    return File.objects.get(jurisdiction=CITY, sha256=PHOTOS[0]["sha256"])


def erase(console: Console, who: str, file: Any, **given: str) -> Any:
    return console(who).post(url(File, "erase", file.pk), given)


def test_the_list_shows_a_small_picture_the_state_and_the_cases(cities: Cities, console: Console, file: Any) -> None:
    page = console("sysadmin").get(url(File, "changelist")).content.decode()
    assert f"/media/{file.pk}/small?until=" in page
    assert cities.ours in page
    assert "/original?" not in page
    assert cities.theirs not in page


def test_a_file_of_which_nothing_can_be_shown_yet_stands_in_the_list_too(console: Console, file: Any) -> None:
    File.objects.filter(pk=file.pk).update(state="waiting", variants={})
    page = console("sysadmin").get(url(File, "changelist")).content.decode()
    assert "file-no-thumb" in page
    assert "Being prepared" in page
    assert console("sysadmin").get(url(File, "change", file.pk)).status_code == 200


def test_files_are_found_by_state_kind_and_digest(cities: Cities, console: Console, file: Any) -> None:
    File.objects.filter(pk=file.pk).update(state="broken", why="x")
    send(["f" * 64], [1], kind="video")
    found = {
        query: console("sysadmin").get(f"{url(File, 'changelist')}?{query}").content.decode().count("file-thumb")
        for query in ("state=broken", "kind=video", f"q={file.sha256}", "state=erased", "state=nonsense", "q=aaaa")
    }
    assert found == {"state=broken": 1, "kind=video": 1, f"q={file.sha256}": 1, "state=erased": 0, "state=nonsense": 3,
                     "q=aaaa": 0}  # fmt: skip


def test_a_long_list_costs_no_more_than_a_short_one(cities: Cities, console: Console) -> None:
    client, counts = console("sysadmin"), []
    for count in (1, 60):
        send([f"{n:064x}" for n in range(count)], [1])
        client.get(url(File, "changelist"))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url(File, "changelist")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_of_a_file_shows_it_large_and_its_cases(cities: Cities, console: Console, file: Any) -> None:
    File.objects.filter(pk=file.pk).update(lon=120.123456, lat=30.25, taken="2026-07-01T09:59:00")
    page = console("sysadmin").get(url(File, "change", file.pk)).content.decode()
    assert f"/media/{file.pk}/large?until=" in page
    assert cities.ours in page
    assert "Erase for good" in page
    assert "120.123456" not in page, "where somebody stood is for those who know who it was"
    assert "2026-07-01T09:59" not in page


@pytest.mark.parametrize(("who", "code"), [("their_admin", CITY), ("sysadmin", OTHER_CITY), ("data_admin", OTHER_CITY)])
def test_another_citys_file_is_not_there(cities: Cities, console: Console, who: str, code: str) -> None:
    theirs = File.objects.filter(jurisdiction=code).first()
    assert console(who).get(url(File, "change", theirs.pk)).status_code == 404
    assert erase(console, who, theirs, **GOES).status_code == 404
    assert str(theirs.pk) not in console(who).get(f"{url(File, 'changelist')}?city={code}").content.decode()
    assert File.objects.get(pk=theirs.pk).state == "ready"


@pytest.mark.parametrize("who", ["sysadmin", "boss"])
def test_an_administrator_erases_a_file_and_says_why(cities: Cities, console: Console, file: Any, who: str) -> None:
    assert erase(console, who, file, **GOES).status_code == 302
    file.refresh_from_db()
    assert (file.state, file.why, file.erased_by) == ("erased", "路人面部", cities.people[who])
    assert LogEntry.objects.get().change_message == "路人面部"
    page = console(who).get(url(File, "change", file.pk)).content.decode()
    assert "路人面部" in page
    assert who in page
    assert "Erase for good</button>" not in page
    assert verify().findings == []


def test_a_data_administrator_looks_and_does_not_erase(cities: Cities, console: Console, file: Any) -> None:
    assert "Erase for good" not in console("data_admin").get(url(File, "change", file.pk)).content.decode()
    assert erase(console, "data_admin", file, **GOES).status_code == 403
    assert File.objects.get(pk=file.pk).state == "ready"


@pytest.mark.parametrize("given", [{"reason": "x"}, {"sure": "yes"}, {"sure": "yes", "reason": "  "}])
def test_nothing_is_erased_unless_confirmed_and_with_a_reason(
    cities: Cities, console: Console, file: Any, given: dict[str, str]
) -> None:
    erase(console, "sysadmin", file, **given)
    assert File.objects.get(pk=file.pk).state == "ready"


def test_a_look_at_the_address_erases_nothing(cities: Cities, console: Console, file: Any) -> None:
    assert console("sysadmin").get(url(File, "erase", file.pk), GOES).status_code == 405
    for page in ("delete", "add"):
        args = [file.pk] if page == "delete" else []
        assert console("boss").get(url(File, page, *args)).status_code == 403


def test_the_page_of_a_case_shows_its_photos_and_what_was_erased(cities: Cities, console: Console, file: Any) -> None:
    case = Case.objects.get(number=cities.ours)
    other = File.objects.get(jurisdiction=CITY, sha256=PHOTOS[1]["sha256"])
    erase(console, "sysadmin", file, **GOES)
    page = console("sysadmin").get(url(Case, "change", case.pk)).content.decode()
    assert "Erased: 路人面部" in page
    assert f"/media/{other.pk}/small?until=" in page
    assert "/original?" not in page
    assert "Wide view" in page
    assert quote(NOW.strftime("%Y")) in page


def test_a_photo_used_before_leads_to_the_earlier_case(cities: Cities, console: Console, desk: Any) -> None:
    second = desk.report().number
    page = console("sysadmin").get(url(Case, "change", Case.objects.get(number=second).pk)).content.decode()
    assert "This very file was used before" in page
    assert f"?q={cities.ours}" in page
