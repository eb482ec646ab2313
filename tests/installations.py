"""Installations of their own, run by processes of their own: a data folder and a database in the cluster of the checks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from psycopg import sql

SMALL_CITY = Path(__file__).with_name("small_city.py")


@dataclass(frozen=True)
class Place:
    """A data folder, and the database that goes with it; "" where that is its own private one.

    ``code`` is the folder of the sources that its commands run, where these are not ours.
    """

    data: Path
    name: str = ""
    code: str = ""

    @property
    def url(self) -> str:
        return f"postgresql:///{self.name}?host={settings.DATA / 'run'}&user=cityloop"

    def environment(self) -> dict[str, str]:
        ours = ("CITYLOOP_", "DJANGO_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        given = {"CITYLOOP_DATA": str(self.data), "CITYLOOP_LANGUAGE": "en"}
        database = {"CITYLOOP_DATABASE_URL": self.url} if self.name else {}
        return kept | given | database | ({"PYTHONPATH": self.code} if self.code else {})

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cityloop.site.cli", *words],
            env=self.environment() | more,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def done(self, *words: str, **more: str) -> str:
        """Return what a command says that must succeed."""
        ended = self.command(*words, **more)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as database:
            return database.execute(question.encode()).fetchall()

    def settle(self, script: Path = SMALL_CITY) -> None:
        """Make the small city here."""
        subprocess.run([sys.executable, script, "make"], env=self.environment(), check=True)


@contextmanager
def empty_place(folder: Path, code: str = "") -> Iterator[Place]:
    """Give an empty database and an empty data folder."""
    mark = uuid4().hex[:8]
    place = Place(folder / mark, f"place_{mark}", code)
    server("CREATE DATABASE {}", place.name)
    yield place
    server("DROP DATABASE {} WITH (FORCE)", place.name)


def server(words: str, name: str) -> None:
    url = f"postgresql:///postgres?host={settings.DATA / 'run'}&user=cityloop"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(sql.SQL(words).format(sql.Identifier(name)))  # type: ignore[arg-type]
