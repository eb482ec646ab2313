"""The life of a table from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.conftest import Desk
from cast import CITY, Cast
from cityloop.cases.management.commands import table as command
from cityloop.cases.queries.tables import default_text, table, version_in_force, version_lines

SIGNING = "  signing: true "


@pytest.fixture(autouse=True)
def _fresh_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command, "HELPERS", 0)  # another process sees only what is committed
    table.cache_clear()
    yield
    table.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "loop.yaml"
    path.write_text(default_text().replace(SIGNING, "  signing: false "), encoding="utf-8")
    return str(path)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(name: str, *words: Any) -> str:
        call_command(name, *words, "--jurisdiction", CITY)
        return capsys.readouterr().out

    return run


def test_it_is_checked_compared_kept_planned_and_withdrawn(city_cast: Cast, file: str, said: Any) -> None:
    assert "states.dispatched: as the settings stand" in said("table", "check", file)
    assert said("table", "diff", file) == "Setting “signing”: changed from yes to no\n"
    assert "+  signing: false" in said("table", "diff", file, "--text")
    assert json.loads(said("table", "diff", file, "--json"))["items"][0]["code"] == "signing"
    assert "kept as a draft" in said("set_table", file, "--draft")
    assert "draft" in said("table", "list")
    assert "planned" in said("table", "put", 1, "--from", "2030-07-01T00:00:00+08:00")
    assert "2030-07-01 00:00" in said("table", "list")
    assert "draft" in said("table", "withdraw", 1)
    assert "in force now" in said("table", "put", 1)
    assert version_in_force(CITY) == 1
    assert said("table", "diff", "--version-kept", 1) == "Both say the same.\n"
    with pytest.raises(CommandError, match="has taken force"):
        said("table", "withdraw", 1)


def test_it_is_planned_when_it_is_set(city_cast: Cast, file: str, said: Any) -> None:
    assert "begin from 2030-07-01T00:00:00+08:00 on" in said("set_table", file, "--from", "2030-07-01T00:00:00+08:00")
    assert [line.standing for line in version_lines(CITY)] == ["planned"]
    for wrong, why in (("2020-07-01T00:00:00+08:00", "now or later"), ("monday", "a time with an offset")):
        with pytest.raises(CommandError, match=why):
            said("set_table", file, "--from", wrong)


def test_it_is_tried_in_words_and_as_json(desk: Desk, file: str, said: Any) -> None:
    number = desk.in_disposal()
    assert "1 of 1 would have gone elsewhere." in said("table", "try", file)
    counted = json.loads(said("table", "try", file, "--json", "--sample", 5))
    assert (counted["jurisdiction"], counted["elsewhere"], counted["elsewhere_by"][0]["examples"]) == (
        CITY,
        1,
        [number],
    )
    with pytest.raises(CommandError, match="at least one"):
        said("table", "try", file, "--sample", 0)


def test_a_broken_table_names_its_line(city_cast: Cast, tmp_path: Path, said: Any, capsys: Any) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(default_text().replace(SIGNING, "  signed: true "), encoding="utf-8")
    for asked in ("check", "diff", "try"):
        with pytest.raises(CommandError, match="was not taken"):
            said("table", asked, str(path))
        assert "settings.signed: no rule knows this key" in capsys.readouterr().err
