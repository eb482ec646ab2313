"""Certificates for TLS: a city's own authority, what it issues, and what is wrong with a certificate. Pure functions.

A city whose network is closed gets no certificate that browsers know, and a phone gives camera, position and service worker
only to HTTPS. So ``cityloop up`` can be an authority of its own, whose root people take into their devices once.

What a device then trusts it trusts for ten years. Should the root's key be stolen, it must be of no use against a bank: the
root says (RFC 5280, 4.2.1.10) that it speaks for the city's names and for private networks alone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _, listed
from cityloop.site.addresses import Names, address_of
from cityloop.site.findings import Finding, note, ok, wrong

ROOT_LIFE = timedelta(days=3652)
LEAF_LIFE = timedelta(days=30)
BACKDATED = timedelta(days=1)
"""A phone whose clock is behind must not take a new certificate for one of the future."""

TOLD_BEFORE = timedelta(days=14)

PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Networks that nobody on the Internet has. A machine that gets another address there needs no new root."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, with those between it and its root, and its key: both PEM, the key unencrypted PKCS #8."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a certificate says of itself: the names it speaks for, and from when to when."""

    names: Names
    begins: datetime
    ends: datetime

    def lacks(self, wanted: Names) -> list[str]:
        """Return what of ``wanted`` it does not speak for."""
        dns = [name for name in wanted.dns if not any(_matches(name, own) for own in self.names.dns)]
        return [*dns, *(str(each) for each in wanted.addresses if each not in self.names.addresses)]


def _matches(name: str, own: str) -> bool:
    """Whether a certificate for ``own`` speaks for ``name``: ``*`` stands for one label (RFC 9525, 6.3)."""
    return name == own or (own.startswith("*.") and name.partition(".")[2] == own[2:])


# ---- A city's own authority ----


def new_authority(names: Names, place: str, now: datetime, life: timedelta = ROOT_LIFE) -> Pair:
    """Return a root called after ``place`` that may speak for ``names``, whatever lies below them, and private networks."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "CityLoop 城环"),
            # Two roots in the list of a phone must be told apart.
            x509.NameAttribute(x509.NameOID.COMMON_NAME, f"CityLoop {place[:40]} {now:%Y-%m-%d}"),
        ]
    )
    certificate = (
        _builder(name, name, key.public_key(), now, now + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_use(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pair(certificate, key)


def issue(authority: Pair, names: Names, now: datetime, life: timedelta = LEAF_LIFE) -> Pair:
    """Return a certificate for those of ``names`` that ``authority`` may speak for; it never outlives its root."""
    root = x509.load_pem_x509_certificate(authority.certificate)
    root_key = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    outside = frozenset(beyond(authority.certificate, names))
    spoken: list[x509.GeneralName] = [x509.DNSName(name) for name in names.dns if name not in outside]
    spoken += [x509.IPAddress(address) for address in names.addresses if str(address) not in outside]
    place = next((name for name in names.dns if name not in {"localhost", *outside}), "localhost")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, place[:64])])
    ends = min(now + life, root.not_valid_after_utc)
    certificate = (
        _builder(name, root.subject, key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_use(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(spoken), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return _pair(certificate, key)


def is_due(authority: Pair, leaf: Pair, names: Names, now: datetime) -> bool:
    """Whether another certificate must be issued: a third of its life is left, its root is another, or a name is missing.

    A name too many is none of that: an address that comes and goes would have all people's connections renewed each time.
    """
    root = x509.load_pem_x509_certificate(authority.certificate)
    certificate = x509.load_pem_x509_certificate(leaf.certificate)
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return True
    spoken = spoken_by(leaf.certificate)
    left = (spoken.ends - now) / (spoken.ends - spoken.begins - BACKDATED)
    missing = set(spoken.lacks(names)) - set(beyond(authority.certificate, names))
    return left <= 1 / 3 or now < spoken.begins or bool(missing)


def beyond(root: bytes, names: Names) -> list[str]:
    """Return those of ``names`` that the root ``root`` may not speak for."""
    constraints = x509.load_pem_x509_certificate(root).extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or []
    below = [each.value for each in permitted if isinstance(each, x509.DNSName)]
    networks = [each.value for each in permitted if isinstance(each, x509.IPAddress)]
    dns = [
        name
        for name in names.dns
        if not any(name.removeprefix("*.") == top or name.endswith(f".{top}") for top in below)
    ]
    addresses = [
        str(address)
        for address in names.addresses
        if not any(isinstance(each, IPv4Network | IPv6Network) and address in each for each in networks)
    ]
    return dns + addresses


def _permitted(names: Names) -> list[x509.GeneralName]:
    dns = dict.fromkeys(name.removeprefix("*.") for name in names.dns)
    public = [each for each in names.addresses if not any(each in network for network in PRIVATE)]
    networks = [*PRIVATE, *(ip_network(each) for each in public)]
    return [*(x509.DNSName(name) for name in dns), *(x509.IPAddress(each) for each in networks)]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _use(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    return Pair(certificate.public_bytes(serialization.Encoding.PEM), _pkcs8(key))


def _pkcs8(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# ---- What is given, and what is wrong with it ----


def read(certificate: bytes, key: bytes) -> Pair:
    """Return a given certificate and key, the key in the form that the server takes.

    Raises:
        InvalidInput: One of them cannot be read, or they do not belong together.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate)
    except ValueError as exc:
        words = _("The certificate is none: it must be PEM text, first “-----BEGIN CERTIFICATE-----”.")
        raise InvalidInput(words) from exc
    try:
        private = serialization.load_pem_private_key(key, None)
    except TypeError as exc:
        words = _("The certificate's key is locked with a password; nobody could type it when the machine starts.")
        raise InvalidInput(words) from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        words = _("The certificate's key is none: it must be PEM text, first “-----BEGIN PRIVATE KEY-----”.")
        raise InvalidInput(words) from exc
    if _public(private.public_key()) != _public(chain[0].public_key()):
        raise InvalidInput(
            _("The key does not belong to the certificate, or another certificate stands first in its file.")
        )
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)
    return Pair(pem, _pkcs8(private))  # type: ignore[arg-type] # a key with a certificate can sign


def _public(key: object) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return] # all kinds of keys can


def spoken_by(certificate: bytes) -> Spoken:
    """Return what the first certificate of ``certificate`` says of itself."""
    leaf = x509.load_pem_x509_certificate(certificate)
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Spoken(Names((), ()), leaf.not_valid_before_utc, leaf.not_valid_after_utc)
    dns = tuple(name.lower() for name in names.get_values_for_type(x509.DNSName))
    addresses = [address_of(str(each)) for each in names.get_values_for_type(x509.IPAddress)]
    found = Names(dns, tuple(each for each in addresses if each))
    return Spoken(found, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def judge(certificate: bytes, wanted: Names, now: datetime, how: str) -> Iterator[Finding]:
    """Judge a certificate by its dates and names.

    Args:
        certificate: PEM.
        wanted: Names under which people ask.
        now: Aware instant.
        how: What to do to get a better one.
    """
    spoken = spoken_by(certificate)
    if now >= spoken.ends:
        text = _("The certificate ended on %(day)s; browsers and phones refuse it.")
        yield wrong("certificate", text % {"day": _day(spoken.ends)}, how)
    elif now < spoken.begins:
        text = _("The certificate holds only from %(day)s on; browsers and phones refuse it.")
        yield wrong("certificate", text % {"day": _day(spoken.begins)}, _("Is this machine's clock right?"))
    elif spoken.ends - now < TOLD_BEFORE:
        yield note("certificate", _("The certificate ends on %(day)s.") % {"day": _day(spoken.ends)}, how)
    else:
        yield ok("certificate", _("The certificate holds until %(day)s") % {"day": _day(spoken.ends)})
    if missing := spoken.lacks(wanted):
        text = _("The certificate does not speak for %(names)s; whoever asks there is warned off.")
        yield wrong("certificate_names", text % {"names": listed(missing)}, how)


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate as devices show it: ``AB:CD:…``."""
    return hashlib.sha256(der).digest().hex(":").upper()
