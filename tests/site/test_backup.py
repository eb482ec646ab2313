"""Backup and restore with the real programs: a city that goes on living is saved, and lives again elsewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from cityloop.kernel.errors import InvalidInput, Unavailable
from cityloop.site import backup
from cityloop.site.archive import Reader
from cityloop.site.processes import pids_in
from installations import SMALL_CITY, Place, empty_place

pytestmark = pytest.mark.xdist_group("backup")  # one small city serves all tests of this file

NOW = datetime(2026, 7, 1, 2, 3, 4, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="cl-backup-", dir="/var/tmp"))
    parent.chmod(0o711)  # PostgreSQL runs as another user where the tests run as root
    yield parent
    shutil.rmtree(parent)


@pytest.fixture
def empty(folder: Path) -> Iterator[Place]:
    with empty_place(folder) as place:
        yield place


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[Place]:
    with empty_place(folder) as place:
        place.settle()
        yield place


@pytest.fixture(scope="module")
def saved(city: Place, folder: Path) -> Path:
    """A backup that was made while acts went on."""
    path = folder / "saved.zip"
    acting = subprocess.Popen(
        [sys.executable, str(SMALL_CITY), "act"],
        env=city.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert acting.stdout is not None
    try:
        acting.stdout.readline()
        before = len(city.ask("SELECT FROM cases_case"))
        said = city.done("backup", str(path))
        after = len(city.ask("SELECT FROM cases_case"))
        assert acting.poll() is None
    finally:
        acting.kill()
        acting.communicate()
    held = manifest_of(path)["cases"]
    assert before <= held < after, "nothing happened while the backup was made"
    assert f"{held} cases with" in said
    assert "are needed in" in said
    return path


def manifest_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as opened:
        manifest: dict[str, Any] = json.loads(opened.read("manifest.json"))
        return manifest


HISTORY = "SELECT case_id, seq, hash FROM cases_caseevent ORDER BY case_id, seq"


def test_a_backup_is_for_its_owner_alone_and_says_what_it_holds(city: Place, saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(saved) as opened:
        assert opened.testzip() is None
        with opened.open("media.tar") as part, tarfile.open(fileobj=part, mode="r|") as files:
            names = files.getnames()
        assert "media/990101/ab/abcd/thumb" in names
        assert not [name for name in names if ".under-way" in name]
        assert opened.read("secret") == (city.data / "secret").read_bytes()
    manifest = manifest_of(saved)
    assert (manifest["format"], manifest["media"], manifest["media_files"]) == (2, "folder", 3)
    assert manifest["migrations"]["cases"][0].startswith("0001")


def test_an_empty_machine_gets_the_same_hashes_and_people_sign_in(city: Place, saved: Path, folder: Path) -> None:
    machine = Place(folder / "machine")  # with a PostgreSQL of its own
    said = machine.done("restore", str(saved))
    assert "The backup is whole" in said
    assert "the same, hash by hash" in said
    assert "0 findings" in said
    assert pids_in(machine.data / "postgres") == []

    shown = machine.done("shell", "--no-imports", "-v0", "-c", LOOK)
    looked = json.loads(shown.splitlines()[-1])
    told = {(str(case), seq): bytes(digest).hex() for case, seq, digest in city.ask(HISTORY)}
    assert looked["events"] == {f"{case} {seq}": told[case, seq] for case, seq in map(pair, looked["events"])}
    assert len(looked["events"]) == manifest_of(saved)["events"]
    assert looked["sign_in"] == [302, "/"]
    assert looked["wrong"] == 422

    for name in ("990101/ab/abcd/original", "990101/cd/cdef/original"):
        assert (machine.data / "media" / name).read_bytes() == (city.data / "media" / name).read_bytes()
    assert (machine.data / "secret").read_bytes() == (city.data / "secret").read_bytes()
    assert (machine.data / "secret").stat().st_mode & 0o077 == 0

    table = machine.done("show_table", "--jurisdiction", "990101")
    assert table.startswith("#"), "a file holds what was asked for, and nothing that was said on the way"

    again = machine.command("restore", str(saved))
    assert again.returncode == 1
    assert "There is data here already" in again.stderr


LOOK = """
import json
from django.conf import settings
from django.test import Client
from cityloop.cases.models import CaseEvent
settings.ALLOWED_HOSTS = ["*"]
events = {f"{e.case_id} {e.seq}": bytes(e.hash).hex() for e in CaseEvent.objects.order_by("id")}
came = Client().post("/sign-in", {"username": "dispatcher", "password": "long-enough-2026"})
wrong = Client().post("/sign-in", {"username": "dispatcher", "password": "another-password"})
print(json.dumps({"events": events, "sign_in": [came.status_code, came.headers.get("Location")], "wrong": wrong.status_code}))
"""


def pair(key: str) -> tuple[str, int]:
    case, seq = key.split()
    return case, int(seq)


def test_what_is_replaced_is_saved_first_and_can_be_had_back(empty: Place, saved: Path, city: Place) -> None:
    empty.done("restore", str(saved))
    report_one(empty)
    later = empty.ask(HISTORY)
    stray = empty.data / "media" / "990101" / "ee" / "eeee"
    stray.parent.mkdir(parents=True)
    stray.write_text("of the days after")

    refused = empty.command("restore", str(saved))
    assert (refused.returncode, empty.ask(HISTORY)) == (1, later)

    said = empty.done("restore", str(saved), "--replace")
    assert len(empty.ask(HISTORY)) == manifest_of(saved)["events"]
    assert not stray.exists()
    (before,) = (empty.data / "backups").glob("before-restoring-*.zip")
    assert f"was backed up to {before}" in said

    empty.done("restore", str(before), "--replace")
    assert empty.ask(HISTORY) == later
    assert stray.read_text() == "of the days after"
    databases = {name for (name,) in empty.ask("SELECT datname FROM pg_database")}
    assert not [name for name in databases if name.startswith(f"{empty.name}_")]


def test_a_backup_of_the_first_format_comes_back(empty: Place, saved: Path, city: Place, tmp_path: Path) -> None:
    """In it each file was a part of its own."""
    old = tmp_path / "old.zip"
    with zipfile.ZipFile(saved) as new, zipfile.ZipFile(old, "w") as out:
        manifest = json.loads(new.read("manifest.json")) | {"format": 1}
        for name in ("database.dump", "media.sha256", "secret"):
            out.writestr(name, new.read(name))
        with new.open("media.tar") as part, tarfile.open(fileobj=part, mode="r|") as files:
            for header in files:
                content = files.extractfile(header)
                assert content is not None
                out.writestr(header.name, content.read())
        out.writestr("manifest.json", json.dumps(manifest))
    assert "0 findings" in empty.done("restore", str(old))
    for name in ("990101/ab/abcd/original", "990101/cd/cdef/original"):
        assert (empty.data / "media" / name).read_bytes() == (city.data / "media" / name).read_bytes()


@pytest.mark.parametrize("is_in_force", [False, True])
def test_a_restore_killed_about_the_swap_leaves_each_database_its_own_secret(
    is_in_force: bool, empty: Place, saved: Path, city: Place
) -> None:
    """Killed between the databases and the secret it left the new data under the old secret: nobody's session or link held."""
    empty.done("restore", str(saved))
    ours = empty.data / "secret"
    ours.write_text("the secret of what is to be replaced: forty characters")
    report_one(empty)
    before, own = empty.ask(HISTORY), ours.read_bytes()
    restoring = subprocess.Popen(
        [sys.executable, "-c", SWAPPING, str(is_in_force), str(saved)],
        env=empty.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert restoring.stdout is not None
    assert next(line for line in restoring.stdout if line.startswith("now"))
    restoring.kill()
    restoring.communicate()
    assert ours.read_bytes() == own
    assert (empty.ask(HISTORY) != before) is is_in_force
    empty.done("prepare")
    assert ours.read_bytes() == ((city.data / "secret").read_bytes() if is_in_force else own)
    assert ours.stat().st_mode & 0o077 == 0
    assert [path.name for path in empty.data.glob("secret*")] == ["secret"]


SWAPPING = """
import sys, time
from cityloop.site import dumps
swap = dumps.take_the_place
def and_die(new, aside):
    if sys.argv[1] == "True":
        swap(new, aside)
    print("now", flush=True)
    time.sleep(60)
dumps.take_the_place = and_die
from cityloop.site.cli import main
main(["restore", sys.argv[2], "--replace"])
"""


def test_to_look_at_a_backup_touches_nothing(saved: Path, folder: Path) -> None:
    """It made the data folder, and a secret in it."""
    nowhere = Place(folder / "only-looked")
    assert "is whole" in nowhere.done("restore", str(saved), "--check")
    assert not nowhere.data.exists()


def report_one(place: Place) -> None:
    acting = subprocess.Popen(
        [sys.executable, str(SMALL_CITY), "act"],
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert acting.stdout is not None
    acting.stdout.readline()
    acting.kill()
    acting.communicate()


def test_nobody_may_be_at_work_while_it_is_replaced(empty: Place, saved: Path) -> None:
    with psycopg.connect(empty.url) as database:
        database.execute("SELECT 1")
        refused = empty.command("restore", str(saved))
    assert refused.returncode == 1
    assert "Somebody works with the database" in refused.stderr


def test_a_restore_killed_half_way_leaves_nothing_half(empty: Place, saved: Path, tmp_path: Path) -> None:
    """The dump is one transaction: killed in its midst the database is empty still, and the next restore goes through."""
    restoring = subprocess.Popen(
        [sys.executable, "-c", STALLED, str(saved)], env=empty.environment(), stdout=subprocess.PIPE, text=True
    )
    assert restoring.stdout is not None
    assert next(line for line in restoring.stdout if line.startswith("half"))
    restoring.send_signal(signal.SIGKILL)
    restoring.communicate()
    until = time.monotonic() + 20
    alone = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    )
    while empty.ask(alone) != [(1,)]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert empty.ask("SELECT to_regclass('cases_case')::text") == [(None,)]
    assert "0 findings" in empty.done("restore", str(saved))


def test_what_is_to_be_replaced_stays_until_all_is_proven(empty: Place, saved: Path, tmp_path: Path) -> None:
    empty.done("restore", str(saved))
    before = empty.ask(HISTORY)

    other = rewritten(saved, tmp_path / "other.zip", heads="0" * 64)
    refused = empty.command("restore", str(other), "--replace")
    assert refused.returncode == 1
    assert "the hashes of the histories differ" in refused.stderr
    assert empty.ask(HISTORY) == before

    killed = subprocess.Popen(
        [sys.executable, "-c", STALLED, str(saved), "--replace"],
        env=empty.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    assert next(line for line in killed.stdout if line.startswith("half"))
    killed.kill()
    killed.communicate()
    assert empty.ask(HISTORY) == before


def rewritten(saved: Path, path: Path, **facts: Any) -> Path:
    """Return a copy at ``path`` whose manifest says something else."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | facts).encode()
            new.writestr(name, content)
    return path


STALLED = """
import sys, time
from cityloop.site.archive import Reader
blocks = Reader.blocks
def slowly(self, name):
    for n, block in enumerate(blocks(self, name)):
        whole = name != "database.dump" or sys.stdout.closed
        yield block if whole or not slowly.restoring else block[:len(block) // 2]
        if not whole and slowly.restoring:
            print("half", flush=True)
            sys.stdout.close()
            time.sleep(60)
slowly.restoring = False
Reader.blocks = slowly
from cityloop.site import dumps
restore = dumps.restore
def late(stream, name):
    slowly.restoring = True
    restore(stream, name)
dumps.restore = late
from cityloop.site.cli import main
main(["restore", *sys.argv[1:]])
"""


@pytest.mark.parametrize("part", ["database.dump", "media.tar", "media.sha256", "secret", "manifest.json"])
def test_one_flipped_byte_is_found(part: str, saved: Path, tmp_path: Path) -> None:
    damaged = flipped(saved, part, tmp_path)
    with pytest.raises(InvalidInput, match=re.escape(str(damaged))), closing(Reader(damaged)) as reader:
        reader.check()


def test_a_damaged_backup_is_refused_before_anything_is_touched(saved: Path, folder: Path, tmp_path: Path) -> None:
    machine = Place(folder / "untouched")
    refused = machine.command("restore", str(flipped(saved, "database.dump", tmp_path)))
    assert refused.returncode == 1
    assert "is damaged: database.dump" in refused.stderr
    assert not (machine.data / "postgres").exists()
    assert not (machine.data / "media").exists()


def flipped(saved: Path, part: str, folder: Path) -> Path:
    """Return a copy in which one bit of ``part`` has turned over."""
    damaged = folder / "damaged.zip"
    raw = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as opened:
        before = 30 + len(part) + (0 if part == "manifest.json" else 20)  # the long form of a size stands ahead of it
        raw[opened.getinfo(part).header_offset + before + 15] ^= 1
    damaged.write_bytes(raw)
    return damaged


def test_half_a_backup_is_none(saved: Path, folder: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(saved.read_bytes()[:-4000])
    refused = Place(folder / "nowhere").command("restore", str(half), "--check")
    assert refused.returncode == 1
    assert "only half of one" in refused.stderr
    assert "is whole" in Place(folder / "nowhere").done("restore", str(saved), "--check")


def test_without_photos_those_that_are_here_stay(city: Place, empty: Place, tmp_path: Path) -> None:
    path = tmp_path / "small.zip"
    city.done("backup", str(path), "--no-media")
    photo = empty.data / "media" / "one"
    photo.parent.mkdir(parents=True)
    photo.write_text("stays")
    said = empty.done("restore", str(path))
    assert "holds no photos" in said
    assert photo.read_text() == "stays"


def test_before_it_migrates_an_older_database_it_saves_it(empty: Place, saved: Path) -> None:
    """What is there before an upgrade can be had back, and brought up to date, on another machine."""
    empty.done("restore", str(saved))
    room, older = a_step_back()
    empty.done("migrate", room, older)

    backups = empty.data / "backups"
    backups.write_text("no folder")
    stopped = empty.command("prepare")
    assert stopped.returncode == 1
    assert "CITYLOOP_BACKUP_BEFORE_MIGRATING=0" in stopped.stderr
    assert empty.done("showmigrations", room).count("[ ]") == 1
    backups.unlink()

    said = empty.done("prepare")
    (path,) = (empty.data / "backups").glob("before-migrating-*.zip")
    assert f"What was here before is in {path}" in said
    manifest = manifest_of(path)
    assert manifest["media"] == "left_out"
    assert manifest["migrations"][room][-1] == older
    assert "0 findings" in empty.done("verify")

    empty.done("prepare")
    empty.done("migrate", room, older)
    empty.done("prepare", CITYLOOP_BACKUP_BEFORE_MIGRATING="0")
    assert list((empty.data / "backups").glob("*")) == [path]


def a_step_back() -> tuple[str, str]:
    """Return a room whose newest migration can be undone, and the one before that."""
    names = sorted(path.stem for path in (ROOT / "src/cityloop/cases/migrations").glob("0*.py"))
    return "cases", names[-2]


def test_a_backup_of_a_newer_version_is_refused(saved: Path, empty: Place, tmp_path: Path) -> None:
    applied = manifest_of(saved)["migrations"]
    applied["cases"].append("9999_of_tomorrow")
    newer = rewritten(saved, tmp_path / "newer.zip", migrations=applied)
    refused = empty.command("restore", str(newer))
    assert refused.returncode == 1
    assert "which is newer" in refused.stderr
    assert not (empty.data / "media").exists()


def test_where_a_backup_goes(tmp_path: Path) -> None:
    assert backup.place_of("", tmp_path, NOW) == tmp_path / "backups" / "cityloop-20260701T020304Z.zip"
    assert backup.place_of(str(tmp_path), tmp_path, NOW) == tmp_path / "cityloop-20260701T020304Z.zip"
    assert backup.place_of(str(tmp_path / "a.zip"), tmp_path, NOW) == tmp_path / "a.zip"
    (tmp_path / "cityloop-20260701T020304Z.zip").touch()
    assert backup.place_of(str(tmp_path), tmp_path, NOW) == tmp_path / "cityloop-20260701T020304Z-2.zip"


def test_a_backup_on_the_disk_of_the_data_says_that_it_does_not_outlive_it(tmp_path: Path) -> None:
    """Where no disk was mounted, the folder was made on the root disk, and all seemed well."""
    path = tmp_path / "other-disk" / "a.zip"
    path.parent.mkdir()
    path.touch()
    assert str(path) in backup.same_disk(path, tmp_path)
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as elsewhere:
        assert backup.same_disk(Path(elsewhere.name), tmp_path) == ""


def test_the_command_passes_that_warning_on(city: Place, tmp_path: Path) -> None:
    done = city.command("backup", str(tmp_path), "--no-media")
    assert done.returncode == 0
    assert "same disk" in done.stderr


def test_the_newest_of_what_is_made_unasked_stay(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for n in range(8):
        path = folder / f"before-migrating-{n}.zip"
        path.touch()
        os.utime(path, (n, n))
    (folder / "cityloop-1.zip").touch()
    backup.thin_out(tmp_path, backup.BEFORE_MIGRATING)
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"before-migrating-{n}.zip" for n in range(3, 8)),
        "cityloop-1.zip",
    ]


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    backup.refuse_without_room(1_500_000, tmp_path / "not" / "yet", said.append)
    assert "1.5 MB" in said[0]
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _place: SimpleNamespace(free=backup.SPARE + 1_499_999))
    with pytest.raises(Unavailable, match=r"1\.5 MB"):
        backup.refuse_without_room(1_500_000, tmp_path, said.append)


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999 B"), (1000, "1.0 kB"), (999_949_999, "999.9 MB"), (2.5e12, "2.5 TB")]
)
def test_sizes_are_written_as_people_read_them(size: float, text: str) -> None:
    assert backup.size_text(size) == text


def test_an_empty_database_has_nothing_to_back_up(empty: Place, tmp_path: Path) -> None:
    refused = empty.command("backup", str(tmp_path))
    assert refused.returncode == 1
    assert "nothing to back up" in refused.stderr
