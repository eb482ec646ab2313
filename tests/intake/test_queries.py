from datetime import UTC, datetime

import pytest

from cityloop.cases.queries.replayed import replayed
from cityloop.intake.actions import import_requests
from cityloop.intake.models import ImportRun
from cityloop.intake.queries import imported_into, replay_report
from intake.conftest import MakeFile
from intake.samples import sample

pytestmark = pytest.mark.django_db

ROWS = (
    # The 2nd row keeps its due day; the 1st and (by the sample's own due day) the 5th do not. Disposal of 06013#c1 takes 5 working days: Friday the 1st plus five, 10:00 to 10:00, ends on Friday the 8th.
    {"number": "1", "opened": "2019-03-01 10:00:00", "closed": "2019-03-08 10:00:00", "due": "2019-03-07"},
    {"number": "2", "opened": "2019-03-01 10:00:00", "closed": "2019-03-08 10:00:01", "due": "2019-03-08"},
    {"number": "3", "opened": "2019-03-01 23:30:00", "closed": "2019-03-08 10:00:00", "due": "", "status": "Duplicate"},
    {"number": "4", "opened": "2019-03-04 10:00:00", "closed": "", "status": "Open", "kind": "Lamp"},
    {"number": "5", "opened": "2019-03-05", "closed": "2019-03-05 10:00:00", "kind": "Sofa", "lon": "", "lat": ""},
    {"number": "6", "closed": "2018-01-01"},
)


def test_the_report_counts_what_the_database_holds(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample())
    report = replay_report("990299")
    (file,) = report["files"]
    assert report["verify"] == {"cases": 5, "events": 4 * 10 + 4, "findings": []}
    assert (file["rows"], file["made"], file["cases"], file["refused"]) == (6, 5, 5, {"negative_duration": 1})
    assert (file["with_position"], file["in_a_grid"], file["closed"], file["open"]) == (4, 4, 4, 1)
    assert file["days"] == {"2019-03-01": 3, "2019-03-04": 1, "2019-03-05": 1}
    assert file["day_summary"] == {
        "days": 3, "first": "2019-03-01", "last": "2019-03-05", "mean": 1.7, "busiest": ["2019-03-01", 3],
    }  # fmt: skip


def test_a_case_closed_at_its_deadline_is_on_time_and_a_second_later_is_not(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample())
    (file,) = replay_report("990299", with_verify=False)["files"]
    assert file["on_time"] == {
        "own_limit": {"closed": 4, "on_time": 3, "share": 0.75},
        "promised": {"closed": 3, "on_time": 1, "share": 0.3333},
        "own_limit_without_ended_otherwise": {"closed": 3, "on_time": 2, "share": 0.6667},
        "promised_without_ended_otherwise": {"closed": 3, "on_time": 1, "share": 0.3333},
    }


def test_classes_are_those_of_the_source_with_ours_beside(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample())
    (file,) = replay_report("990299", with_verify=False)["files"]
    told = [(one["words"], one["category"], one["name_en"], one["cases"], one["on_time"]) for one in file["classes"]]
    assert told == [
        ("Pothole", "gb47678_2026/event/06013", "Road damage", 3, 2),
        ("Lamp", "gb47678_2026/part/01037", "Street lamp", 1, 0),
        ("Sofa", "gb47678_2026/event/10999", "Other request", 1, 1),
    ]
    assert [one["median_hours"] for one in file["classes"]] == [168.0, None, 10.0]


def test_two_sources_of_one_city_are_told_apart(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample())
    import_requests(make_file({"number": "1"}, {"number": "2"}), sample(("name: sample\n", "name: other\n")))
    files = {file["source"]: file["cases"] for file in replay_report("990299", with_verify=False)["files"]}
    assert files == {"sample": 5, "other": 2}


def test_the_runs_over_one_source_are_added_up(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample(), limit=2)
    killed = ImportRun.objects.get()
    ImportRun.objects.update(finished_at=None)
    import_requests(make_file(*ROWS), sample())
    (file,) = replay_report("990299", with_verify=False)["files"]
    assert (file["runs"], file["rows"], file["made"], file["cases"]) == (2, 6, 5, 5)
    assert killed.made == 2


def test_only_jurisdictions_with_an_import_are_listed(make_file: MakeFile) -> None:
    assert imported_into() == []
    import_requests(make_file(*ROWS), sample())
    assert imported_into() == ["990299"]


def test_what_was_written_outside_the_span_is_not_counted(make_file: MakeFile) -> None:
    import_requests(make_file(*ROWS), sample())
    long_ago = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC))
    found = replayed("990299", [long_ago], "America/New_York")
    assert (found.cases, found.days, found.own_limit.share) == (0, (), None)
