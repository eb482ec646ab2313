"""The file of a backup: whole or not there, and nothing in it leads astray."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.site.archive import Reader, Writer, written

NOW = datetime(2026, 7, 1, 2, 3, 4, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "cityloop": "0.1.0", "postgresql": 15, "migrations": {}, "cases": 0, "events": 0, "heads": "", "database_bytes": 0,
    "media": "folder",
}  # fmt: skip


def fill(writer: Writer) -> None:
    writer.add("database.dump", io.BytesIO(b"a dump"))
    writer.add_file("990101/ab/photo 照片", io.BytesIO(b"a photo"))
    writer.end_files()
    writer.finish(**FACTS)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "backup.zip"
    with written(path, NOW) as writer:
        fill(writer)
        assert not path.exists()
    with closing(Reader(path)) as reader:
        reader.check()
        assert reader.manifest.made_at == NOW
        assert list(reader.listed()) == [("990101/ab/photo 照片", hashlib.sha256(b"a photo").hexdigest())]
        into = io.BytesIO()
        assert reader.copy("media/990101/ab/photo 照片", into) == hashlib.sha256(b"a photo").hexdigest()
        assert into.getvalue() == b"a photo"
    with pytest.raises(Conflict, match=r"backup\.zip"), written(path, NOW):
        pass


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    def stop(_size: int) -> bytes:
        raise KeyboardInterrupt

    half = io.BytesIO(b"half")
    half.read = stop  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt), written(tmp_path / "backup.zip", NOW) as writer:
        writer.add("database.dump", half)
    assert list(tmp_path.iterdir()) == []


HOLDS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from cityloop.site.archive import written
with written(Path(sys.argv[1]), datetime.now(UTC)):
    print("begun", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_goes_with_the_next_and_what_is_being_written_stays(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path / "other.zip")], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"begun\n"
    with written(tmp_path / "mine.zip", NOW) as writer:
        fill(writer)
    assert (tmp_path / ".other.zip.part").exists()
    other.kill()
    other.communicate()
    with written(tmp_path / "next.zip", NOW) as writer:
        fill(writer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.zip", "next.zip"]


def made(path: Path, names: dict[str, bytes], listed: str, **facts: Any) -> Path:
    """Write a backup whose digests are all right, whatever its names."""
    parts = {"database.dump": b"a dump", "media.sha256": listed.encode()}
    described = {name: {"bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()} for name, held in parts.items()}
    manifest = FACTS | {"format": 1, "made_at": NOW.isoformat(), "media_files": 1, "media_bytes": 1, "parts": described}
    with zipfile.ZipFile(path, "w") as out:
        for name, held in (parts | names).items():
            out.writestr(name, held)
        out.writestr("manifest.json", json.dumps(manifest | facts))
    return path


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside", "a\0b"])
def test_no_name_leads_out_of_the_store(name: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    path = made(tmp_path / "a.zip", {f"media/{name}": b"x"}, f"{digest}  media/{name}\n")
    with closing(Reader(path)) as reader, pytest.raises(InvalidInput, match=r"media\.sha256"):
        reader.check()


def test_a_file_that_is_listed_and_missing_is_named(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {}, f"{'0' * 64}  media/a/photo\n")
    with closing(Reader(path)) as reader, pytest.raises(InvalidInput, match="media/a/photo"):
        reader.check()


def test_a_list_that_was_cut_is_found(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {}, "")
    with closing(Reader(path)) as reader, pytest.raises(InvalidInput, match=r"media\.sha256"):
        reader.check()


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"format": 2, "cityloop": "9.0"}, "9.0"), ({"cases": "many"}, "manifest"), ({"parts": {}}, "manifest")],
)
def test_a_manifest_that_cannot_be_followed_is_refused(facts: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {}, "", **facts)
    with pytest.raises(InvalidInput, match=words), closing(Reader(path)) as reader:
        reader.check()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no archive", b"text"])
def test_what_is_no_backup_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"a\.zip"):
        Reader(tmp_path / "a.zip")
    with pytest.raises(InvalidInput, match=r"b\.zip"):
        Reader(tmp_path / "b.zip")
