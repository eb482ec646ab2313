"""The city's own authority, tried with OpenSSL as a client; and what is said of certificates that are given."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.utils import translation

from cityloop.kernel.errors import InvalidInput
from cityloop.site import certificates
from cityloop.site.addresses import Names, names_of
from cityloop.site.certificates import Pair

NOW = datetime.now(UTC)  # OpenSSL asks the machine's clock
NAMES = names_of(["city.example", ".district.example", "10.20.0.7"])
BANK = Names(("bank.example",), (ip_address("203.0.113.9"),))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def root() -> Pair:
    return certificates.new_authority(NAMES, "server-1", NOW)


@pytest.fixture(scope="module")
def leaf(root: Pair) -> Pair:
    return certificates.issue(root, NAMES, NOW)


def shake_hands(root: Pair, leaf: Pair, host: str, folder: Path) -> str:
    """Return "" where a client that trusts ``root`` takes ``leaf`` for ``host``, else why not."""
    (folder / "served.pem").write_bytes(leaf.certificate + leaf.key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "served.pem")
    client = ssl.create_default_context(cadata=root.certificate.decode())
    ours, theirs = socket.socketpair()
    # A refused client says goodbye; what the server thinks of that is none of our business here.
    serving = threading.Thread(target=_serve, args=(server, theirs))
    serving.start()
    try:
        with client.wrap_socket(ours, server_hostname=host):
            return ""
    except ssl.SSLCertVerificationError as exc:
        return exc.verify_message
    finally:
        ours.close()
        serving.join()


def _serve(context: ssl.SSLContext, line: socket.socket) -> None:
    try:
        context.wrap_socket(line, server_side=True).close()
    except (ssl.SSLError, OSError):
        line.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "city.example", "a.district.example", "10.20.0.7"])
def test_a_device_that_took_the_root_in_takes_the_city_for_what_it_is(
    root: Pair, leaf: Pair, host: str, tmp_path: Path
) -> None:
    assert shake_hands(root, leaf, host, tmp_path) == ""


@pytest.mark.parametrize("host", ["other.example", "b.a.district.example", "10.20.0.8"])
def test_under_another_name_it_is_refused(root: Pair, leaf: Pair, host: str, tmp_path: Path) -> None:
    assert "mismatch" in shake_hands(root, leaf, host, tmp_path)


def test_another_citys_root_is_not_enough(leaf: Pair, tmp_path: Path) -> None:
    other = certificates.new_authority(NAMES, "server-1", NOW)
    assert shake_hands(other, leaf, "city.example", tmp_path)


@pytest.mark.parametrize("host", ["bank.example", "203.0.113.9"])
def test_a_stolen_root_key_is_of_no_use_against_anybody_else(
    root: Pair, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "beyond", lambda _root, _names: [])
    stolen = certificates.issue(root, BANK, NOW)
    assert "permitted subtree violation" in shake_hands(root, stolen, host, tmp_path)


def test_what_the_root_may_not_speak_for_is_left_out_and_named(root: Pair) -> None:
    both = Names((*NAMES.dns, *BANK.dns, "north.city.example"), (*NAMES.addresses, *BANK.addresses))
    assert certificates.beyond(root.certificate, both) == ["bank.example", "203.0.113.9"]
    spoken = certificates.spoken_by(certificates.issue(root, both, NOW).certificate)
    assert "north.city.example" in spoken.names.dns
    assert spoken.lacks(both) == ["bank.example", "203.0.113.9"]


def test_a_certificate_never_outlives_its_root() -> None:
    short = certificates.new_authority(NAMES, "server-1", NOW, timedelta(days=3))
    leaf = certificates.issue(short, NAMES, NOW)
    assert certificates.spoken_by(leaf.certificate).ends == certificates.spoken_by(short.certificate).ends


@pytest.mark.parametrize(
    ("days", "due"),
    [
        pytest.param(0, False, id="new"),
        pytest.param(19, False, id="with more than a third left"),
        pytest.param(20.1, True, id="with a third left"),
        pytest.param(40, True, id="ended"),
        pytest.param(-2, True, id="before it holds: a clock that was ahead"),
    ],
)
def test_when_another_one_is_due(root: Pair, leaf: Pair, days: float, due: bool) -> None:
    assert certificates.is_due(root, leaf, NAMES, NOW + timedelta(days=days)) is due


def test_a_new_name_makes_another_due_and_a_lost_or_a_foreign_one_does_not(root: Pair, leaf: Pair) -> None:
    more = Names((*NAMES.dns, "north.city.example"), NAMES.addresses)
    assert certificates.is_due(root, leaf, more, NOW)
    assert not certificates.is_due(root, leaf, Names(NAMES.dns[:1], ()), NOW)
    assert not certificates.is_due(root, leaf, Names((*NAMES.dns, *BANK.dns), NAMES.addresses), NOW)


def test_another_root_makes_another_due(leaf: Pair) -> None:
    assert certificates.is_due(certificates.new_authority(NAMES, "server-1", NOW), leaf, NAMES, NOW)


# ---- What is given ----


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, form: serialization.PrivateFormat, password: str = ""
) -> bytes:
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


def test_an_old_form_of_key_is_turned_into_the_one_that_the_server_takes(leaf: Pair) -> None:
    key = serialization.load_pem_private_key(leaf.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    old = pem(key, serialization.PrivateFormat.TraditionalOpenSSL)
    assert b"BEGIN EC PRIVATE KEY" in old
    assert certificates.read(leaf.certificate, old) == leaf


def test_the_certificates_between_are_kept(root: Pair, leaf: Pair) -> None:
    chain = leaf.certificate + root.certificate
    assert certificates.read(chain, leaf.key).certificate == chain


def test_what_cannot_be_served_is_refused_with_the_reason(root: Pair, leaf: Pair) -> None:
    key = serialization.load_pem_private_key(leaf.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    for certificate, given, why in [
        (b"", leaf.key, "certificate is none"),
        (leaf.key, leaf.key, "certificate is none"),
        (leaf.certificate, b"x", "key is none"),
        (leaf.certificate, leaf.certificate, "key is none"),
        (leaf.certificate, pem(key, serialization.PrivateFormat.PKCS8, "secret"), "locked with a password"),
        (leaf.certificate, root.key, "does not belong"),
        (root.certificate + leaf.certificate, leaf.key, "does not belong"),
    ]:
        with pytest.raises(InvalidInput, match=why):
            certificates.read(certificate, given)


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [(0, "ok", "holds until"), (17, "note", "ends on"), (31, "wrong", "ended on"), (-2, "wrong", "only from")],
)
def test_a_certificate_is_judged_by_its_dates(leaf: Pair, days: int, level: str, words: str) -> None:
    [found] = certificates.judge(leaf.certificate, NAMES, NOW + timedelta(days=days), "how")
    assert (found.name, found.level) == ("certificate", level)
    assert words in found.what


def test_a_name_that_is_missing_is_told(leaf: Pair) -> None:
    found = list(certificates.judge(leaf.certificate, BANK, NOW, "how"))
    assert [each.level for each in found] == ["ok", "wrong"]
    assert "bank.example" in found[1].what
    assert "203.0.113.9" in found[1].what
