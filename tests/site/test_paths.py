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


@pytest.mark.parametrize(("user", "folder"), [(0, "/var/lib"), (1000, "/home/x/.local/share")])
def test_a_demo_lies_beside_the_city_never_in_its_place(
    monkeypatch: pytest.MonkeyPatch, user: int, folder: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setenv("HOME", "/home/x")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert paths.usual_demo_folder() == Path(folder) / "cityloop-demo"


def test_the_command_line_names_the_program_and_the_folder_where_both_are_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A person who starts a demo by script/demo has no “cityloop” on the path, and a demo is not in the usual folder."""
    program = tmp_path / "bin" / "cityloop"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setattr("sys.executable", str(program.with_name("python")))
    monkeypatch.setenv("CITYLOOP_DATA", "/srv/city")
    monkeypatch.setenv("PATH", "/usr/bin")
    assert paths.command_line() == f"{program} --data /srv/city"
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin")
    assert paths.command_line() == "cityloop --data /srv/city"
    monkeypatch.delenv("CITYLOOP_DATA")
    assert paths.command_line() == "cityloop"


def test_the_secret_stays_the_same(tmp_path: Path) -> None:
    first = paths.secret_key(tmp_path / "data")
    assert len(first) >= 64
    assert paths.secret_key(tmp_path / "data") == first
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
