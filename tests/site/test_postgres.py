import os
from pathlib import Path

import pytest

from cityloop.kernel.errors import Unavailable
from cityloop.site import postgres
from cityloop.site.postgres import SETTINGS, Cluster


def test_a_path_too_long_for_a_socket_is_refused_with_a_way_out(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    with pytest.raises(Unavailable, match=r"数据目录|shorter data folder"):
        Cluster(deep / "postgres", deep / "run", SETTINGS).make()
    assert not deep.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_as_root_a_folder_that_postgres_may_not_enter_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "data" / "run").mkdir(parents=True)
    for path in (tmp_path, *tmp_path.parents):
        path.chmod(path.stat().st_mode | 0o011)
    closed.chmod(0o700)
    with pytest.raises(Unavailable, match=str(closed)):
        postgres.refuse_closed_way(closed / "data" / "run")
    closed.chmod(0o711)
    (closed / "data").chmod(0o711)
    postgres.refuse_closed_way(closed / "data" / "run")


def test_a_program_that_is_missing_says_how_to_get_it() -> None:
    with pytest.raises(Unavailable, match="script/bootstrap"):
        postgres.program("no-such-program-of-postgresql")


def test_data_of_a_version_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="postgresql-9"):
        postgres.program("postgres", "9")


def test_the_server_keeps_off_the_network_and_off_jit() -> None:
    assert SETTINGS["listen_addresses"] == "''"
    assert SETTINGS["jit"] == "off"
