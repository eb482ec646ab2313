import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cityloop.cases.models import Case
from cityloop.intake.actions import Progress
from cityloop.intake.management.commands.import_requests import ProgressLine, progress_text
from cityloop.kernel.errors import InvalidInput
from intake.conftest import MakeFile
from intake.samples import MAPPING


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "sample.yaml"
    path.write_text(MAPPING)
    return path


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_ends_with_one_line_that_sums_up(
    make_file: MakeFile, mapping: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_file({"number": "1"}, {"number": "2", "closed": "2019-01-01"})
    out = run("import_requests", path, "--mapping", mapping, "--report", tmp_path / "out.json")
    assert out.splitlines()[-1].startswith("requests.csv: 2 rows, 1 cases made, 0 there already, 1 refused, ")
    assert "Closed before it was reported: 1" in out
    assert "row 3 2 refused: closed “2019-01-01”: The closing time lies before" in capsys.readouterr().err
    report = json.loads((tmp_path / "out.json").read_text())
    assert (report["rows"], report["made"], report["refused"]) == (2, 1, {"negative_duration": 1})


@pytest.mark.django_db
def test_refused_rows_go_to_the_file_that_is_named(
    make_file: MakeFile, mapping: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_file({"number": "1", "opened": "soon, or later"}, {"number": "2"})
    run("import_requests", path, "--mapping", mapping, "--refusals", tmp_path / "refused.csv")
    with (tmp_path / "refused.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["id"], row["reason"], row["column"], row["value"]) == (
        "2", "1", "bad_time", "opened", "soon, or later",
    )  # fmt: skip
    assert "refused:" not in capsys.readouterr().err


@pytest.mark.django_db
def test_a_dry_run_says_that_nothing_was_written(make_file: MakeFile, mapping: Path) -> None:
    out = run("import_requests", make_file({"number": "1"}), "--mapping", mapping, "--dry-run")
    assert "1 would be cases, 0 refused; nothing was written." in out
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_a_dry_run_refuses_a_mapping_that_the_import_would_refuse_and_names_the_lines(
    make_file: MakeFile, tmp_path: Path
) -> None:
    """It said that all was well, and the import itself refused."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MAPPING.replace("kind: municipal", "kind: nonsense").replace("condition: c1", "condition: xx"))
    for words in (["--dry-run"], []):
        with pytest.raises(InvalidInput) as refused:
            run("import_requests", make_file({"number": "1"}), "--mapping", wrong, *words)
        assert [fault.field for fault in refused.value.faults] == [
            "departments.0.kind",
            "classes.values.Pothole.condition",
        ]
        assert all(fault.why.startswith("line ") for fault in refused.value.faults)


@pytest.mark.django_db
def test_a_status_that_the_mapping_does_not_know_is_counted(make_file: MakeFile, mapping: Path, tmp_path: Path) -> None:
    path = make_file({"number": "1", "status": "Whatever"}, {"number": "2"})
    out = run("import_requests", path, "--mapping", mapping, "--dry-run", "--report", tmp_path / "out.json")
    assert "Status not in the mapping: closed where the row has a closing time, else open: 1" in out
    assert json.loads((tmp_path / "out.json").read_text())["noticed"]["status_by_times"] == 1


@pytest.mark.parametrize("mapping_name", ["nowhere.yaml", "la312"])
def test_a_mapping_that_is_not_there_is_named(make_file: MakeFile, mapping_name: str) -> None:
    with pytest.raises(InvalidInput, match=mapping_name):
        run("import_requests", make_file(), "--mapping", mapping_name)


@pytest.mark.parametrize("count", ["0", "-5", "many"])
def test_a_limit_counts_from_one(make_file: MakeFile, count: str) -> None:
    with pytest.raises(CommandError, match="--limit"):
        run("import_requests", make_file(), "--limit", count)


def test_the_bar_tells_rate_and_what_is_left() -> None:
    progress = Progress(rows=3000, made=2900, already=50, refused=50, done=0.25, seconds=2)
    assert progress_text(progress, 2.0) == (
        "[######------------------]  25 %  3,000 rows  1,500/s  0:00:06 left  made 2,900, there already 50, refused 50"
    )


def test_a_terminal_gets_one_moving_line_and_a_log_gets_few_plain_ones() -> None:
    progress = Progress(rows=1, made=1, already=0, refused=0, done=0.5, seconds=1)
    terminal, log = Terminal(), io.StringIO()
    for out in (terminal, log):
        line = ProgressLine(out)
        for _ in range(3):
            line.show(progress)
        line.write("row 7 refused")
        line.end()
    assert terminal.getvalue().count("\r\x1b[K") == 5
    assert "\r" not in log.getvalue()
    assert log.getvalue().count("\n") == 2


@pytest.mark.django_db
def test_the_report_is_written_between_the_marks(make_file: MakeFile, mapping: Path, tmp_path: Path) -> None:
    run("import_requests", make_file({"number": "1"}), "--mapping", mapping)
    page = tmp_path / "replay.md"
    page.write_text("# Replay\n")
    run("replay_report", "--write", page, "--language", "en")
    text = page.read_text()
    assert text.startswith("# Replay\n")
    assert "| sample | 1 | 1 | 0 | 1 |" in text
    assert "1 cases rebuilt from 10 events, 0 findings." in text
    told = json.loads(run("replay_report", "990299", "--json", "--no-verify"))
    assert told[0]["files"][0]["cases"] == 1
    assert "verify" not in told[0]
