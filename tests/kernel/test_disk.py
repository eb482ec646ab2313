import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cityloop.kernel.disk import sweep_left, sync_folder


def test_the_folder_itself_is_synced_and_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def sync(handle: int) -> None:
        assert stat.S_ISDIR(os.fstat(handle).st_mode)
        synced.append(handle)

    monkeypatch.setattr(os, "fsync", sync)
    sync_folder(tmp_path)
    [handle] = synced
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "gone")


def test_what_was_left_is_taken_away_and_what_is_young_stays(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for name in ("old", "young"):
        (tmp_path / name / "deep").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"x")
    long_ago = (now - timedelta(days=2)).timestamp()
    for name in ("old", "file"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    assert sweep_left(tmp_path, before=now - timedelta(days=1)) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["young"]
    assert sweep_left(tmp_path / "nowhere", before=now) == 0
