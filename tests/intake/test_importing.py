"""Files through the loop, on the real database."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from cityloop.cases import models as cases
from cityloop.cases.queries.verifying import verify
from cityloop.geography.queries import extent, has_unit_grids
from cityloop.intake.actions import Progress, fitting_mapping, import_requests
from cityloop.intake.mappings import read_shipped
from cityloop.intake.models import ImportRun
from cityloop.intake.rules.conversion import PastRequest, Refusal
from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.organisation.queries import city, jurisdictions
from intake.conftest import MakeFile, write_csv
from intake.samples import MAPPING, sample

pytestmark = pytest.mark.django_db

THREE = (
    {"number": "1"},
    {"number": "2", "closed": "", "status": "Open", "lon": "-76.6", "lat": "39.3"},
    {"number": "3", "lon": "", "lat": "", "kind": "Sofa", "channel": "?"},
)


def test_a_city_is_made_for_the_file(make_file: MakeFile) -> None:
    outcome = import_requests(make_file(*THREE), sample())
    made = city("990299")
    assert (made.name, made.time_zone.key) == ("样城", "America/New_York")
    assert {one.code: one.kind for one in made.departments.values()} == {"roads": "municipal", "lamps": "lighting"}
    assert made.calendar("office").add(datetime(2019, 3, 1, 21, 30, tzinfo=UTC), timedelta(hours=1)) == datetime(
        2019, 3, 4, 13, 30, tzinfo=UTC
    )
    assert "gb47678_2026/event/10999" in made.categories_on(date(2014, 1, 1))
    assert has_unit_grids("990299", date(2014, 1, 1))
    assert len(outcome.notes) >= 4


def test_cases_stand_where_the_source_proves_them(make_file: MakeFile) -> None:
    outcome = import_requests(make_file(*THREE), sample())
    assert (outcome.rows, outcome.made, outcome.already, outcome.refusals) == (3, 3, 0, 0)
    first, second, third = cases.Case.objects.order_by("number")
    assert (first.state, first.closed_at) == ("archived", datetime(2019, 3, 2, 15, 30, tzinfo=UTC))
    assert (second.state, second.closed_at) == ("dispatched", None)
    assert (third.state, third.location, third.category) == ("archived", None, "gb47678_2026/event/10999")
    assert third.condition == "gb47678_2026/event/10999#c1"
    assert [case.unit_grid != "" for case in (first, second, third)] == [True, True, False]
    assert first.external_number == "1"
    assert verify("990299").findings == []


def test_a_second_run_makes_nothing_twice_and_a_longer_file_adds_the_rest(make_file: MakeFile) -> None:
    import_requests(make_file(*THREE), sample())
    again = import_requests(make_file(*THREE), sample())
    assert (again.made, again.already, again.notes) == (0, 3, [])
    more = import_requests(make_file(*THREE, {"number": "4"}, name="longer.csv"), sample())
    assert (more.made, more.already) == (1, 3)
    assert cases.Case.objects.count() == 4


def test_a_row_whose_number_came_before_is_listed(make_file: MakeFile) -> None:
    refusals: list[Refusal] = []
    file = make_file({"number": "1"}, {"number": "2"}, {"number": "1"})
    outcome = import_requests(file, sample(), on_refusal=refusals.append)
    assert (outcome.made, outcome.already, outcome.refused) == (2, 0, {"twice": 1})
    assert [(one.row, one.reason, one.text) for one in refusals] == [(4, "twice", "a row before has the same number")]


def test_rows_without_numbers_are_known_by_file_and_place(make_file: MakeFile) -> None:
    mapping = sample(("file: {id: number}\n", ""))
    twins = make_file({"number": "x"}, {"number": "x"})
    assert import_requests(twins, mapping).made == 2
    assert import_requests(twins, mapping).already == 2


def test_the_same_requests_as_parquet_are_the_same_cases(make_file: MakeFile, tmp_path: Path) -> None:
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    path = make_file(*THREE)
    parquet.write_table(arrow_csv.read_csv(path), tmp_path / "requests.parquet")  # numbers and instants get types
    assert import_requests(path, sample()).made == 3
    again = import_requests(tmp_path / "requests.parquet", sample())
    assert (again.made, again.already, again.refusals) == (0, 3, 0)


def test_a_refused_row_is_told_and_the_rest_is_made(make_file: MakeFile) -> None:
    told: list[Refusal] = []
    path = make_file({"number": "1", "closed": "2019-02-01"}, {"number": "2"}, {"number": "3", "opened": "?"})
    with path.open("a") as file:
        file.write("4,too,short\n")
    outcome = import_requests(path, sample(), on_refusal=told.append)
    assert [(one.row, one.id, one.reason) for one in told] == [
        (2, "1", "negative_duration"),
        (4, "3", "bad_time"),
        (5, "", "broken_row"),
    ]
    assert (outcome.rows, outcome.made, outcome.refused) == (4, 1, Counter(one.reason for one in told))


def test_what_the_loop_refuses_is_told_with_its_row(make_file: MakeFile) -> None:
    told: list[Refusal] = []
    path = make_file({"number": "1"}, {"number": "2" * 65})
    outcome = import_requests(path, sample(), on_refusal=told.append)
    assert outcome.made == 1
    assert [(one.row, one.reason) for one in told] == [(3, "loop")]
    assert "external_number" in told[0].text


def test_a_trial_writes_nothing(make_file: MakeFile) -> None:
    outcome = import_requests(make_file(*THREE), sample(), is_trial=True)
    assert (outcome.made, outcome.is_trial) == (3, True)
    assert "990299" not in jurisdictions()
    assert not cases.Case.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_limit_takes_the_first_rows(make_file: MakeFile) -> None:
    assert import_requests(make_file(*THREE), sample(), limit=2).made == 2
    assert import_requests(make_file(*THREE), sample()).made == 1


def test_progress_and_the_run_grow_with_each_batch(make_file: MakeFile) -> None:
    seen: list[tuple[Progress, int]] = []

    def note(progress: Progress) -> None:
        seen.append((progress, ImportRun.objects.get().made))

    import_requests(make_file(*({"number": str(n)} for n in range(5))), sample(), batch_rows=2, on_progress=note)
    assert [(progress.rows, progress.made, stored) for progress, stored in seen] == [(2, 2, 2), (4, 4, 4), (5, 5, 5)]
    run = ImportRun.objects.get()
    assert (run.rows, run.source, run.jurisdiction) == (5, "sample", "990299")
    assert run.finished_at is not None


def test_what_a_city_has_is_left_as_it_is(make_file: MakeFile) -> None:
    import_requests(make_file(*THREE), sample())
    box = extent("990299")
    other = sample(("cell_m: 500", "cell_m: 200"), ("08:00-12:00", "10:00-12:00"), ("样城", "别名"))
    outcome = import_requests(make_file({"number": "9", "lon": "-70.5"}), other)
    assert outcome.notes == []
    assert extent("990299") == box
    assert city("990299").name == "样城"
    assert outcome.noticed["far_away"] == 1


def test_another_time_zone_is_a_contradiction(make_file: MakeFile) -> None:
    import_requests(make_file(*THREE), sample())
    with pytest.raises(Conflict, match="America/New_York"):
        import_requests(make_file(*THREE), sample(("America/New_York", "Asia/Taipei")))


def test_a_class_that_is_not_in_the_catalogue_stops_the_import_before_it_begins(make_file: MakeFile) -> None:
    with pytest.raises(InvalidInput) as caught:
        import_requests(make_file(*THREE), sample(("event/06013, condition: c1", "event/06099, condition: c1")))
    assert [fault.field for fault in caught.value.faults] == ["classes.values.Pothole.category"]
    assert "990299" not in jurisdictions()


def test_a_file_without_positions_needs_an_extent(make_file: MakeFile) -> None:
    path = make_file({"number": "1", "lon": "", "lat": ""})
    with pytest.raises(InvalidInput, match="extent"):
        import_requests(path, sample())
    mapping = sample(("{cell_m: 500}", "{cell_m: 500, extent: [-76.7, 39.2, -76.6, 39.3]}"))
    assert import_requests(path, mapping).made == 1


def test_regions_and_grids_come_from_files_beside_the_requests(make_file: MakeFile, tmp_path: Path) -> None:
    square = '{"type":"Polygon","coordinates":[[[%s,39.2],[%s,39.2],[%s,39.4],[%s,39.4],[%s,39.2]]]}'
    halves = [square % (w, e, e, w, w) for w, e in ((-76.7, -76.6), (-76.6, -76.5))]
    features = ",".join(
        f'{{"type":"Feature","properties":{{"id":{n},"name":"Q{n}"}},"geometry":{half}}}'
        for n, half in enumerate(halves, 1)
    )
    (tmp_path / "q.geojson").write_text(f'{{"type":"FeatureCollection","features":[{features}]}}')
    regions = (
        'regions:\n  - {level: community, file: q.geojson, code: "990299001{id:03}", name: name}\n'
        'grid: {cell_m: 500, areas: {file: q.geojson, code: "990299001{id:03}001", name: name}}\n'
    )
    path = make_file({"number": "1", "lon": "-76.65", "lat": "39.31"}, {"number": "2", "lon": "-76.55", "lat": "39.31"})
    import_requests(path, sample(("grid: {cell_m: 500}\n", regions)))
    assert list(cases.Case.objects.order_by("number").values_list("unit_grid", flat=True)) == [
        "990299001001001",
        "990299001002001",
    ]


def test_where_the_files_of_regions_are_missing_a_regular_grid_is_laid_and_said(make_file: MakeFile) -> None:
    regions = (
        'regions:\n  - {level: community, file: q.geojson, code: "990299001{id:03}", name: name}\ngrid: {cell_m: 500}\n'
    )
    outcome = import_requests(make_file(*THREE), sample(("grid: {cell_m: 500}\n", regions)))
    assert any("q.geojson is not beside the requests" in note for note in outcome.notes)
    assert outcome.made == 3


def test_the_mapping_is_found_by_the_columns(make_file: MakeFile, tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    path.write_text("date,service_code,e_lv95,n_lv95,lon,lat\n")
    assert fitting_mapping(path).name == "zurich_reports"
    with pytest.raises(InvalidInput, match="--mapping"):
        fitting_mapping(make_file(*THREE))


def test_the_request_and_the_twins_case_have_the_same_fields() -> None:
    from dataclasses import fields

    from cityloop.cases.actions import PastCase

    names = [one.name for one in fields(PastCase)]
    assert [one.name for one in fields(PastRequest)] == names[:-4]
    assert set(names[-4:]) == {"urged_at", "acts", "steps", "reporter"}, "which no file tells"


def test_shipped_mappings_share_a_city_only_where_they_agree() -> None:
    first, second = read_shipped("taipei_1999"), read_shipped("taipei_disaster")
    assert first.jurisdiction == second.jurisdiction
    assert (first.calendar, first.regions, first.grid) == (second.calendar, second.regions, second.grid)
    own = {one.key: one for one in first.own_classes}
    assert all(own[one.key].name_zh == one.name_zh for one in second.own_classes if one.key in own)


@pytest.mark.django_db(transaction=True)
def test_an_import_waits_for_another_and_gives_up(make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    monkeypatch.setattr("cityloop.intake.actions.replaying.PATIENCE_S", 0.3)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('cityloop.intake'), hashtext('990299'))")
        with pytest.raises(Conflict, match="running"):
            import_requests(make_file(*THREE), sample())


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_goes_on_without_doubling_anything(tmp_path: Path) -> None:
    total = 600
    opened = [f"2019-03-{1 + n % 28:02} 09:{n % 60:02}:00" for n in range(total)]
    rows = [{"number": str(n), "opened": at, "closed": "2019-05-02 10:00:00"} for n, at in enumerate(opened)]
    path = write_csv(tmp_path / "many.csv", rows)
    (tmp_path / "sample.yaml").write_text(MAPPING)
    child = _import_elsewhere(path, tmp_path / "sample.yaml")
    try:
        made = _wait_for_half(child, total // 3)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert 0 < made < total
    assert ImportRun.objects.get().finished_at is None

    outcome = import_requests(path, sample(), batch_rows=100)
    assert outcome.made + outcome.already == total
    assert outcome.already >= made
    assert cases.Case.objects.count() == total
    assert cases.Case.objects.values("external_number").distinct().count() == total
    assert total - 40 <= sum(run.made for run in ImportRun.objects.all()) <= total  # a batch may have gone uncounted
    assert verify("990299").findings == []


def _import_elsewhere(path: Path, mapping: Path) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own, on the database of this test."""
    facts = connection.get_connection_params()
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.test",
        "CITYLOOP_DATA": str(settings.DATA),
        "CITYLOOP_DATABASE_URL": f"postgresql:///{facts['dbname']}?host={facts['host']}&user={facts['user']}",
        "PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder),
    }
    command = [sys.executable, "-m", "django", "import_requests", str(path), "--mapping", str(mapping), "--batch", "40"]
    return subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait_for_half(child: "subprocess.Popen[bytes]", enough: int) -> int:
    for _attempt in range(1200):
        run = ImportRun.objects.first()
        if run is not None and run.made >= enough:
            return run.made
        assert child.poll() is None, "the import ended before it could be killed"
        time.sleep(0.02)
    raise AssertionError("the import did not get far enough")
