"""TLS as people meet it: a running city, real clients that verify, a certificate that ends while they work."""

import re
import shutil
import ssl
import stat
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from django.utils import translation

from cityloop.kernel.errors import CityError, InvalidInput, Unavailable
from cityloop.site import certificates, tls
from cityloop.site.addresses import names_of, own_addresses
from cityloop.site.settings import env
from cityloop.site.tls import Certificate
from running import Run, unused_port

NOW = datetime.now(UTC)
LOCAL = env.Tls("local", Path("/"), Path("/"), 8080)
HOSTS = ("localhost", "city.example")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def given(folder: Path) -> env.Tls:
    return env.Tls("files", folder / "city.crt", folder / "city.key", 8080)


def levels(certificate: Certificate, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(finding.name, finding.level) for finding in tls.look(certificate, now)]


# ---- What is served, from what lies in the data folder ----


def test_the_authority_is_made_once_and_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    local = Certificate(LOCAL, tmp_path / "data", HOSTS)
    assert local.bring_up_to_date(NOW)
    root = tls.root_certificate(local.data)
    assert not local.bring_up_to_date(NOW + timedelta(days=1))
    assert local.bring_up_to_date(NOW + timedelta(days=25))
    assert root == tls.root_certificate(local.data)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (local.data / "tls").iterdir()}
    assert modes == {"root.pem": 0o600, "root.key": 0o600, "served.pem": 0o600}
    assert stat.S_IMODE((local.data / "tls").stat().st_mode) == 0o700


def test_a_damaged_file_is_replaced_where_nobody_trusts_it_and_else_told(tmp_path: Path) -> None:
    local = Certificate(LOCAL, tmp_path, HOSTS)
    local.bring_up_to_date(NOW)
    local.served.write_text("half a cert")
    assert local.bring_up_to_date(NOW)
    assert levels(local) == [("certificate", "ok")]
    (tmp_path / "tls" / "root.key").write_text("half a key")
    with pytest.raises(InvalidInput, match=rf"In {tmp_path}/tls: .*key is none"):
        local.bring_up_to_date(NOW)
    (tmp_path / "tls" / "root.key").unlink()
    with pytest.raises(Unavailable, match=r"root\.key cannot be read"):
        local.bring_up_to_date(NOW)


def test_a_root_that_has_ended_is_told_a_year_before_and_not_served(tmp_path: Path) -> None:
    local = Certificate(LOCAL, tmp_path, HOSTS)
    local.bring_up_to_date(NOW)
    almost = NOW + certificates.ROOT_LIFE - timedelta(days=2)
    assert local.bring_up_to_date(almost)
    assert ("root_certificate", "note") in levels(local, almost)
    with pytest.raises(InvalidInput, match="has ended"):
        local.bring_up_to_date(NOW + certificates.ROOT_LIFE)


def test_a_name_given_after_the_root_was_made_is_told(tmp_path: Path) -> None:
    Certificate(LOCAL, tmp_path, HOSTS).bring_up_to_date(NOW)
    later = Certificate(LOCAL, tmp_path, (*HOSTS, "new.example"))
    later.bring_up_to_date(NOW)
    [found] = [finding for finding in tls.look(later, NOW) if finding.level == "wrong"]
    assert "new.example" in found.what
    assert str(tmp_path / "tls") in found.how


def test_keys_that_others_may_read_are_wrong(tmp_path: Path) -> None:
    local = Certificate(LOCAL, tmp_path, HOSTS)
    local.bring_up_to_date(NOW)
    (tmp_path / "tls" / "root.key").chmod(0o604)
    assert levels(local) == [("certificate", "ok"), ("certificate_key", "wrong")]


def test_before_the_first_start_there_is_only_a_note(tmp_path: Path) -> None:
    assert levels(Certificate(LOCAL, tmp_path, HOSTS)) == [("certificate", "note")]


def put(folder: Path, *hosts: str, now: datetime = NOW) -> Certificate:
    """Put a certificate for ``hosts`` where the settings expect a given one."""
    names = names_of(hosts)
    pair = certificates.issue(certificates.new_authority(names, "somebody", now), names, now)
    settings = given(folder)
    settings.certificate.write_bytes(pair.certificate)
    settings.key.write_bytes(pair.key)
    settings.key.chmod(0o640)
    return Certificate(settings, folder / "data", hosts)


def test_a_given_certificate_is_taken_over_and_so_is_its_successor(tmp_path: Path) -> None:
    certificate = put(tmp_path, "city.example")
    assert certificate.bring_up_to_date(NOW)
    assert not certificate.bring_up_to_date(NOW)
    first = certificate.what_is_served()
    put(tmp_path, "city.example", now=NOW + timedelta(days=20))
    assert certificate.bring_up_to_date(NOW)
    assert certificate.what_is_served() != first


def test_a_successor_that_cannot_be_served_leaves_what_is_served(tmp_path: Path) -> None:
    certificate = put(tmp_path, "city.example")
    certificate.bring_up_to_date(NOW)
    first = certificate.what_is_served()
    given(tmp_path).key.write_text("not yet")
    with pytest.raises(CityError):
        certificate.bring_up_to_date(NOW)
    assert certificate.what_is_served() == first


def test_check_names_what_is_wrong_with_a_given_one(tmp_path: Path) -> None:
    certificate = put(tmp_path, "city.example")
    assert levels(certificate) == [("certificate", "ok")]
    assert levels(certificate, NOW + timedelta(days=60)) == [("certificate", "wrong")]
    other = Certificate(certificate.settings, certificate.data, ("city.example", "other.example", "localhost"))
    assert levels(other) == [("certificate", "ok"), ("certificate_names", "wrong")]
    certificate.settings.key.chmod(0o644)
    assert levels(certificate) == [("certificate", "ok"), ("certificate_key", "wrong")]
    certificate.settings.key.unlink()
    with pytest.raises(Unavailable, match=r"city\.key cannot be read"):
        levels(certificate)


# ---- A running city ----

WATCHFUL = """
import sys
from dataclasses import replace

from cityloop.site import cli, supervisor

run = supervisor.supervise
supervisor.supervise = lambda given: run(replace(given, certificate_look_s=0.5))
sys.exit(cli.main())
"""


class City(Run):
    """A city that speaks TLS by an authority of its own, and looks twice a second whether its certificate is due."""

    def __init__(self, data: Path) -> None:
        self.uploads, self.plain = unused_port(), unused_port()
        super().__init__(
            data, unused_port(), program=("-c", WATCHFUL), CITYLOOP_TLS="local", CITYLOOP_WEB_WORKERS="1",
            CITYLOOP_UPLOAD_PORT=str(self.uploads), CITYLOOP_PLAIN_PORT=str(self.plain),
        )  # fmt: skip

    def trust(self) -> ssl.SSLContext:
        der = urllib.request.urlopen(f"http://127.0.0.1:{self.plain}/enrol/root.crt", timeout=10).read()
        return ssl.create_default_context(cadata=der)

    def ends(self, port: int, context: ssl.SSLContext) -> str:
        """Return when the certificate that is served on ``port`` ends."""
        line = HTTPSConnection("localhost", port, context=context, timeout=10)
        line.request("GET", "/healthz")
        assert line.sock is not None
        ends = line.sock.getpeercert()["notAfter"]  # type: ignore[attr-defined] # a socket of TLS
        assert line.getresponse().status == 200
        line.close()
        return str(ends)


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    parent = Path(tempfile.mkdtemp(prefix="cl-tls-", dir="/var/tmp"))
    parent.chmod(0o711)
    run = City(parent / "data")
    run.ready()
    yield run
    assert run.stop() == 0
    shutil.rmtree(parent)


@pytest.mark.xdist_group("tls")
def test_the_city_says_where_it_is_and_how_devices_learn_to_trust_it(city: City) -> None:
    assert f"CityLoop is ready: https://localhost:{city.port}/" in city.first_words
    city.wait_for(f"http://localhost:{city.plain}/enrol")
    page = urllib.request.urlopen(f"http://127.0.0.1:{city.plain}/enrol", timeout=10).read().decode()
    [said] = re.findall(r"\(SHA-256\): ([0-9A-F:]{95})", city.said())
    assert said in page


@pytest.mark.xdist_group("tls")
def test_who_trusts_the_root_signs_in_by_https_with_a_cookie_that_never_travels_in_the_clear(city: City) -> None:
    with urllib.request.urlopen(f"https://localhost:{city.port}/sign-in", context=city.trust(), timeout=10) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] is None


@pytest.mark.xdist_group("tls")
def test_who_does_not_trust_it_is_warned_off(city: City) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"https://localhost:{city.port}/sign-in", timeout=10)


@pytest.mark.xdist_group("tls")
def test_plain_http_sends_people_over_and_refuses_programs(city: City) -> None:
    line = HTTPConnection("127.0.0.1", city.plain, timeout=10)
    line.request("GET", "/console/?q=1")
    answer = line.getresponse()
    answer.read()
    assert (answer.status, answer.getheader("Location")) == (302, f"https://127.0.0.1:{city.port}/console/?q=1")
    for method, path in [("GET", "/api/v1/cases"), ("POST", "/sign-in")]:
        line.request(method, path)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 403
    line.request("GET", "/", headers={"Host": "elsewhere.example"})
    assert line.getresponse().status == 400
    line.close()


@pytest.mark.xdist_group("tls")
def test_a_certificate_is_renewed_while_people_work_and_nobody_notices(city: City) -> None:
    trust = city.trust()
    first = {port: city.ends(port, trust) for port in (city.port, city.uploads)}
    grow_old(city)
    until, asked = time.monotonic() + 60, 0
    while any(city.ends(port, trust) == first[port] for port in first):  # each asks once, and must be answered
        asked += 1
        assert time.monotonic() < until, city.said()[-3000:]
        time.sleep(0.05)
    assert asked > 2
    assert "Another certificate is served; it holds until" in city.said()
    assert "web ended" not in city.said()


def grow_old(city: City) -> None:
    """Let the certificate that lies in the data folder be one of 25 days ago."""
    folder = city.data / "tls"
    root = certificates.read((folder / "root.pem").read_bytes(), (folder / "root.key").read_bytes())
    old = certificates.issue(root, names_of(["localhost"], own_addresses()), NOW - timedelta(days=25))
    (folder / "draft").write_bytes(old.certificate + old.key)
    (folder / "draft").replace(folder / "served.pem")
