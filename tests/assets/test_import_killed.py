# ruff: noqa: F811  # fixtures of other files
"""A worker that is killed in the middle of an import: nothing is half done, and the next one goes on."""

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assets.conftest import CITY, DAY, SOUTH, WEST, code
from assets.test_importing import AS_IT_IS, HEAD, line
from cast import Cast, committed_cast  # noqa: F401 # a fixture
from cityloop.assets.actions import importing
from cityloop.assets.actions.importing import applying, checking
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportChange, ImportRun, Part, StagedRow
from cityloop.assets.targets import of_name
from cityloop.geography.actions import lay_regular_grid

ROWS = 10_000


def _in_another_process(run: ImportRun, module: Any, name: str, calls: int) -> None:
    """Work on an import in a process that kills itself when ``module.name`` is called for the nth time."""

    def work() -> None:
        connection.close()
        real, seen = getattr(module, name), [0]

        def dies(*given: Any, **more: Any) -> Any:
            seen[0] += 1
            if seen[0] == calls:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **more)

        setattr(module, name, dies)
        importing.go_on(run.id)

    connection.close()
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join(120)
    assert worker.exitcode == -signal.SIGKILL


def _gone_on(run: ImportRun) -> ImportRun:
    for _time in range(200):  # until PostgreSQL has noticed that the other one is gone
        done = importing.go_on(run.id)
        if done is not None and done.state not in {ImportState.CHECKING, ImportState.APPLYING}:
            return done
    raise AssertionError("nobody may go on with it")


def test_a_worker_killed_while_it_checks_and_while_it_writes_leaves_nothing_half_done(
    committed_cast: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_regular_grid(CITY, WEST, SOUTH, WEST + 0.01, SOUTH + 0.01, 500, DAY)
    monkeypatch.setattr(checking, "BATCH_ROWS", 4_000)
    path = tmp_path / "parts.csv"
    rows = [line(n, east=(n % 100) * 8e-5, north=(n // 100) * 8e-5) for n in range(1, ROWS + 1)]
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    run = importing.begin(path, jurisdiction=CITY, name=path.name, actor_id=None)
    looked, found, reading = importing.propose_for(run, of_name("parts"), AS_IT_IS, DAY)
    importing.set_up(run, target="parts", reading=reading, mapping=found, options={"valid_from": DAY}, looked=looked)

    importing.ask_to(run, ImportState.CHECKING, actor_id=None, in_background=False)
    _in_another_process(run, checking, "judged", 3)
    run.refresh_from_db()
    assert (run.rows_read, StagedRow.objects.count()) == (8_000, 8_000)
    done = _gone_on(run)
    assert (done.state, done.counts["good"], done.rows_read) == (ImportState.CHECKED, ROWS, ROWS)
    assert StagedRow.objects.filter(run_id=run.id).count() == ROWS

    importing.ask_to(run, ImportState.APPLYING, actor_id=None, in_background=False)
    _in_another_process(run, applying, "_sum", 1)  # all rows are written, and nothing is committed
    assert (Part.objects.count(), ImportChange.objects.count()) == (0, 0)
    done = _gone_on(run)
    assert (done.state, done.counts["added"], Part.objects.count()) == (ImportState.APPLIED, ROWS, ROWS)
    assert Part.objects.filter(code=code(ROWS)).exists()
