from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import translation

from cast import CITY, city_cast, committed_cast  # noqa: F401
from cityloop.media import actions
from cityloop.media.actions import Kept
from cityloop.site.settings import env

NOW = datetime(2026, 7, 2, tzinfo=UTC)
SENDER, OTHER = 41, 42


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """A store of its own for each test."""
    place = tmp_path / "media"
    storages = {"default": env.media_store(f"file://{place}")}
    with override_settings(
        STORAGES=storages | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    ):
        yield place


def keep(
    content: bytes, tmp_path: Path, *, owner_id: int = SENDER, city: str = CITY, pool: str = "", now: datetime = NOW
) -> Kept:
    path = tmp_path / "sent"
    path.write_bytes(content)
    return actions.keep(path, jurisdiction=city, owner_id=owner_id, now=now, pool=pool)
