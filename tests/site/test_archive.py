"""The file of a backup: whole or not there, and nothing in it leads astray."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.site import archive
from cityloop.site.archive import Reader, Writer, copied, order, written
from cityloop.site.backup import files_in

NOW = datetime(2026, 7, 1, 2, 3, 4, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "cityloop": "0.1.0", "postgresql": 15, "migrations": {}, "cases": 0, "events": 0, "heads": "", "database_bytes": 0,
    "media": "folder",
}  # fmt: skip


def fill(writer: Writer) -> None:
    writer.add("database.dump", io.BytesIO(b"a dump"))
    writer.add_files([("990101/ab/photo 照片", io.BytesIO(b"a photo")), ("990101/ac/empty", io.BytesIO())])
    writer.finish(**FACTS)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "backup.zip"
    with written(path, NOW) as writer:
        fill(writer)
        assert not path.exists()
    with closing(Reader(path)) as reader:
        reader.check()
        assert reader.manifest.made_at == NOW
        digests = [hashlib.sha256(content).hexdigest() for content in (b"a photo", b"")]
        names = ["990101/ab/photo 照片", "990101/ac/empty"]
        assert list(reader.listed()) == list(zip(names, digests, strict=True))
        found = [(name, digest, b"".join(blocks)) for name, digest, blocks in reader.files()]
        assert found == list(zip(names, digests, [b"a photo", b""], strict=True))
        into = io.BytesIO()
        assert copied(reader.blocks("database.dump"), into) == hashlib.sha256(b"a dump").hexdigest()
        assert into.getvalue() == b"a dump"
    with pytest.raises(Conflict, match=r"backup\.zip"), written(path, NOW):
        pass


def test_any_machine_can_open_it_and_compare(tmp_path: Path) -> None:
    with written(tmp_path / "backup.zip", NOW) as writer:
        fill(writer)
    with zipfile.ZipFile(tmp_path / "backup.zip") as opened:
        opened.extractall(tmp_path)
    subprocess.run(["tar", "-xf", "media.tar"], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "media.sha256"], cwd=tmp_path, check=True)


def test_what_is_held_in_memory_does_not_grow_with_the_number_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file had its name in the ZIP file's directory: twelve million took five gigabytes."""
    monkeypatch.setattr(archive, "BLOCK", 1 << 14)  # of which the list of a few files fills several
    few, many = 500, 2500
    few_took, many_took = held_for(few, tmp_path / "few.zip"), held_for(many, tmp_path / "many.zip")
    for before, after in zip(few_took, many_took, strict=True):
        assert (after - before) / (many - few) <= 20, "bytes for each file more"


def held_for(count: int, path: Path) -> list[int]:
    """Return the most bytes that were held while so many files were written, while they were checked, and while they came back."""
    names = (f"990101/{n // 60:02x}/{n:064x}/original" for n in range(count))

    def write() -> None:
        with written(path, NOW) as writer:
            writer.add("database.dump", io.BytesIO(b"a dump"))
            writer.add_files((name, io.BytesIO(b"a photo")) for name in names)
            writer.finish(**FACTS)

    def check() -> None:
        with closing(Reader(path)) as reader:
            reader.check()

    def come_back() -> None:
        with closing(Reader(path)) as reader:
            assert sum(copied(blocks) == digest for _name, digest, blocks in reader.files()) == count

    return [most_held(work) for work in (write, check, come_back)]


def most_held(work: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_files_are_in_the_order_in_which_a_walk_comes_by_them(tmp_path: Path) -> None:
    """By this a restore tells, without all names in memory, which files the backup does not know."""
    for name in ("b", "a/z", "a/a/y", "a-b/x", "aa", "a/b", "c/c/c", "c/c0"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    walked = [file.relative_to(tmp_path).as_posix() for file in files_in(tmp_path)]
    assert len(walked) == 8
    assert walked == sorted(walked, key=order)


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
    """Write a backup of the first format, a part for each file, whose digests are all right, whatever its names."""
    parts = {"database.dump": b"a dump", "media.sha256": listed.encode()}
    described = {name: {"bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()} for name, held in parts.items()}
    manifest = FACTS | {"format": 1, "made_at": NOW.isoformat(), "media_files": 1, "media_bytes": 1, "parts": described}
    with zipfile.ZipFile(path, "w") as out:
        for name, held in (parts | names).items():
            out.writestr(name, held)
        out.writestr("manifest.json", json.dumps(manifest | facts))
    return path


def packed(path: Path, names: dict[str, bytes], listed: str, **facts: Any) -> Path:
    """Write such a backup of the second format: all files in one part."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as files:
        for name, held in names.items():
            header = tarfile.TarInfo(name)
            header.size = len(held)
            files.addfile(header, io.BytesIO(held))
    return made(path, {"media.tar": tar.getvalue()}, listed, **{"format": 2} | facts)


LINE = f"{hashlib.sha256(b'x').hexdigest()}  media/"


def test_a_backup_of_the_first_format_is_read(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {"media/a/photo": b"x"}, f"{LINE}a/photo\n")
    with closing(Reader(path)) as reader:
        reader.check()
        assert [(name, b"".join(blocks)) for name, _digest, blocks in reader.files()] == [("a/photo", b"x")]


@pytest.mark.parametrize(
    ("names", "listed", "words"),
    [
        pytest.param({"media/a/b": b"y"}, f"{LINE}a/b\n", "media/a/b", id="another content"),
        pytest.param({"media/a/c": b"x"}, f"{LINE}a/b\n", "media/a/b", id="another name"),
        pytest.param({}, f"{LINE}a/b\n", "media/a/b", id="missing"),
        pytest.param(
            {"media/a/b": b"x", "media/a/c": b"x"}, f"{LINE}a/b\n{LINE}a/c\n", "media.sha256", id="one too many"
        ),
        pytest.param(
            {"media/a/b": b"x", "media/a/a": b"x"}, f"{LINE}a/b\n{LINE}a/a\n", "media.sha256", id="out of order"
        ),
    ],
)
def test_files_that_are_not_as_the_list_says_are_named(
    names: dict[str, bytes], listed: str, words: str, tmp_path: Path
) -> None:
    path = packed(tmp_path / "a.zip", names, listed)
    with closing(Reader(path)) as reader, pytest.raises(InvalidInput, match=words):
        reader.check()


def test_a_backup_without_its_files_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", {}, f"{LINE}a/b\n", format=2)
    with closing(Reader(path)) as reader, pytest.raises(InvalidInput, match=r"media\.tar"):
        reader.check()


def test_a_file_that_changes_while_it_is_read_ends_the_backup(tmp_path: Path) -> None:
    growing = io.BytesIO(b"four")
    growing.read = lambda _size: growing.getbuffer()[:0].tobytes()  # type: ignore[assignment,method-assign]
    with (
        translation.override("en"),
        pytest.raises(OSError, match="a/b changed"),
        written(tmp_path / "backup.zip", NOW) as writer,
    ):
        writer.add_files([("a/b", growing)])
    assert list(tmp_path.iterdir()) == []


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
    [({"format": 3, "cityloop": "9.0"}, "9.0"), ({"cases": "many"}, "manifest"), ({"parts": {}}, "manifest")],
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
