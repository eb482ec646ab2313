"""Files of requests, small and real."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation

from cast import CITY, Cast, make_cast
from cityloop.geography.actions import lay_regular_grid
from cityloop.intake.queries import public
from intake.samples import ROW
from pasting import once

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Real data beside the repository; where they are absent, the tests that need them are skipped."""

MakeFile = Callable[..., Path]


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Messages as their ids, whatever the catalogues say."""
    with translation.override("en"):
        yield


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Write a CSV file of ``ROW`` with changes: ``make_file({"number": "1"}, {"number": "2"})``."""

    def make(*rows: Mapping[str, Any], name: str = "requests.csv") -> Path:
        return write_csv(tmp_path / name, rows)

    return make


@pytest.fixture
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"real data are not at {DATA}")
    return DATA


@pytest.fixture
def city(db: None) -> Cast:
    """A city with a grid and its cast, whose public page is on."""
    public._tiles.cache_clear()
    cache.clear()
    return once("city with a public page", _city)


def _city() -> Cast:
    cast = make_cast()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    return cast
