from pathlib import Path

import pytest

from cityloop.site import paths


def test_the_data_folder_is_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYLOOP_DATA", str(tmp_path / "x" / ".." / "data"))
    assert paths.data_folder() == tmp_path / "data"


@pytest.mark.parametrize(("user", "folder"), [(0, "/var/lib/cityloop"), (1000, "/home/x/.local/share/cityloop")])
def test_without_one_it_depends_on_the_user(monkeypatch: pytest.MonkeyPatch, user: int, folder: str) -> None:
    monkeypatch.delenv("CITYLOOP_DATA")
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setenv("HOME", "/home/x")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert paths.data_folder() == Path(folder)


def test_the_secret_stays_the_same(tmp_path: Path) -> None:
    first = paths.secret_key(tmp_path / "data")
    assert len(first) >= 64
    assert paths.secret_key(tmp_path / "data") == first
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
