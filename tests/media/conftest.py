import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
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
    """A store of its own for each test, and a data folder of its own: a sweep of tomorrow takes what others have under way."""
    place = tmp_path / "media"
    with storages(f"file://{place}"), override_settings(DATA=tmp_path / "data"):
        yield place


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(900):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def storages(url: str) -> Any:
    entry = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return override_settings(STORAGES={"default": env.media_store(url), "staticfiles": entry})


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Any]:
    service = boto3.resource(
        "s3", endpoint_url=endpoint, region_name="cn-east", aws_access_key_id="k", aws_secret_access_key="s"
    )
    made = service.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "cn-east"})
    with storages(f"s3://k:s@evidence/city?endpoint={endpoint}&region=cn-east"):
        yield made
    made.objects.all().delete()
    made.delete()


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    return str(request.param)


def keep(
    content: bytes, tmp_path: Path, *, owner_id: int = SENDER, city: str = CITY, pool: str = "", now: datetime = NOW
) -> Kept:
    path = tmp_path / "sent"
    path.write_bytes(content)
    return actions.keep(path, jurisdiction=city, owner_id=owner_id, now=now, pool=pool)
