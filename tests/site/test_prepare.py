"""Bringing a database up to date where others do the same at the same time, or were killed at it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from installations import Place, empty_place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with empty_place(tmp_path_factory.mktemp("prepare")) as made:
        made.done("prepare")
        yield made


def test_who_waits_for_his_turn_holds_up_no_index_that_is_built_meanwhile(place: Place) -> None:
    with psycopg.connect(place.url, autocommit=True) as first:
        first.execute("SET statement_timeout = '10s'")
        first.execute("CREATE TABLE beside (id int)")
        first.execute("SELECT pg_advisory_lock(hashtext('cityloop.site'), hashtext('prepare'))")
        waiting = subprocess.Popen(
            [sys.executable, "-m", "cityloop.site.cli", "prepare"], env=place.environment(), stdout=subprocess.DEVNULL
        )
        _until_it_asks(place)
        first.execute("CREATE INDEX CONCURRENTLY beside_id ON beside (id)")
        assert waiting.poll() is None
    assert waiting.wait(timeout=60) == 0


def _until_it_asks(place: Place) -> None:
    asking = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^SELECT pg_(try_)?advisory_lock'"
    for _ in range(600):
        if place.ask(asking) == [(2,)]:  # the first one and ours
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_an_index_whose_building_was_killed_is_built_anew(tmp_path: Path) -> None:
    with empty_place(tmp_path) as half:
        half.done("migrate", "cases", "0011_text_over_filled")
        with psycopg.connect(half.url) as database:
            database.execute("CREATE INDEX text_due ON cases_casetext (case_id)")
            database.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'text_due'::regclass")
        half.done("prepare", "--no-backup")
        assert half.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'text_due'::regclass") == [(True,)]


def test_it_may_run_again_at_any_time(place: Place) -> None:
    assert "migrations to apply" not in place.done("prepare")
