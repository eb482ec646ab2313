import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from cityloop.site.tls import Certificate, root_certificate

LOCAL = replace(settings.TLS, mode="local")


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> bytes:
    """Let this city be its own authority; return its root."""
    settings.TLS, settings.DATA = LOCAL, tmp_path
    Certificate(LOCAL, tmp_path, ("localhost",)).bring_up_to_date(datetime.now(UTC))
    found = root_certificate(tmp_path)
    assert found
    return found


def test_the_root_is_for_everybody_in_the_form_that_devices_take(client: Client, root: bytes) -> None:
    answer = client.get("/enrol/root.crt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-x509-ca-cert")
    assert answer.content == root


def test_the_page_shows_the_fingerprint_that_devices_show_and_where_to_go_then(client: Client, root: bytes) -> None:
    digest = hashlib.sha256(root).hexdigest().upper()
    page = client.get("/enrol", headers={"host": "localhost:8080"}).content.decode()
    assert ":".join(digest[at : at + 2] for at in range(0, 64, 2)) in page
    assert f'href="https://localhost:{settings.SERVING.port}/"' in page


@pytest.mark.parametrize(
    ("address", "language", "words"),
    [("/enrol", "zh-hans", "下载根证书"), ("/enrol?language=en", "en", "Download the root certificate")],
)
@pytest.mark.usefixtures("root")
def test_it_speaks_chinese_first_and_english_by_its_address(
    client: Client, address: str, language: str, words: str
) -> None:
    page = client.get(address).content.decode()
    assert f'<html lang="{language}">' in page
    assert words in page


@pytest.mark.usefixtures("root")
def test_a_language_that_there_is_not_is_none(client: Client) -> None:
    assert '<html lang="zh-hans">' in client.get("/enrol?language=<script>").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["off", "files"])
def test_where_the_city_is_no_authority_there_is_nothing(
    client: Client, settings: Any, tmp_path: Path, mode: str
) -> None:
    settings.TLS, settings.DATA = replace(LOCAL, mode=mode), tmp_path
    assert client.get("/enrol").status_code == 404
    assert client.get("/enrol/root.crt").status_code == 404


@pytest.mark.usefixtures("root", "transactional_db")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_person_reads_the_steps_on_a_phone_and_on_a_desk(page: Page, live_server: LiveServer, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/enrol")
    expect(page.get_by_role("link", name="下载根证书")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Trust this city on your device")).to_be_visible()
