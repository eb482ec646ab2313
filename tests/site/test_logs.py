"""What the log says of requests that are refused, and of those that fail."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from cityloop.site.logs import Refusal

KINDS = {"denied": PermissionDenied("no"), "unreadable": BadRequest("what"), "suspicious": SuspiciousFileOperation("x")}


def refusing(_request: HttpRequest, kind: str) -> HttpResponse:
    raise KINDS.get(kind) or RuntimeError("ours")


urlpatterns = [path("refusing/<str:kind>", refusing)]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log writes, through the filter that the settings give its stream."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    assert settings.LOGGING["handlers"]["stream"]["filters"] == ["refusal"]
    handler.addFilter(Refusal())
    handler.setFormatter(logging.Formatter("{levelname} {message}", style="{"))
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
@pytest.mark.parametrize(
    ("kind", "status"), [("denied", 403), ("unreadable", 400), ("suspicious", 400), ("fault", 500)]
)
def test_a_refusal_is_one_line_and_a_fault_keeps_its_trace(written: io.StringIO, kind: str, status: int) -> None:
    client: Any = Client(raise_request_exception=False)
    assert client.get(f"/refusing/{kind}").status_code == status
    lines = written.getvalue().splitlines()
    if status == 500:
        assert lines[0].startswith("ERROR")
        assert "Traceback (most recent call last):" in lines
    else:
        assert [line.split()[0] for line in lines] == ["WARNING"]
