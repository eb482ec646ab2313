import os
import stat
from pathlib import Path

import pytest

from cityloop.kernel.disk import sync_folder


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
