"""Typed readers of the environment that refuse nonsense loudly: ``CITYLOOP_PORT=http`` is an error, not 8000.

Each says which variable is wrong, in words that are translated once it is known in which language (``cli``).
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured

from cityloop.kernel.translation import noop

NAMES = frozenset({
    "CITYLOOP_ADMIN_PASSWORD", "CITYLOOP_BASEMAP_CACHE_MB", "CITYLOOP_BASEMAP_NETWORKS", "CITYLOOP_RASTER_CACHE_MB",
    "CITYLOOP_BACKUP_BEFORE_MIGRATING", "CITYLOOP_DATA", "CITYLOOP_DATABASE_URL",
    "CITYLOOP_HOST", "CITYLOOP_HOSTS", "CITYLOOP_LANGUAGE", "CITYLOOP_LOG", "CITYLOOP_MEDIA_URL",
    "CITYLOOP_METRICS_TOKEN", "CITYLOOP_ORIGINS", "CITYLOOP_PLAIN_PORT", "CITYLOOP_PORT", "CITYLOOP_PROXIES",
    "CITYLOOP_SECRET_KEY", "CITYLOOP_SUPERVISED", "CITYLOOP_TILE_CACHE_MB", "CITYLOOP_TLS", "CITYLOOP_TLS_CERTIFICATE", "CITYLOOP_TLS_KEY",
    "CITYLOOP_UPLOAD_PORT", "CITYLOOP_UPLOAD_URL", "CITYLOOP_WEB_THREADS", "CITYLOOP_WEBHOOK_NETWORKS",
    "CITYLOOP_WEB_WORKERS",
})  # fmt: skip
"""Every variable that is read, wherever."""

LEAST_SECRET = 32
"""Characters of a secret: fewer can be guessed, and sessions forged with it."""

HOST_NAME = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
ASKED_FOR = re.compile(rf"\*|\.?{HOST_NAME}|\[[0-9A-Fa-f:.]+\]")
ORIGIN = re.compile(rf"https?://(\*\.)?({HOST_NAME}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?")

Network = IPv4Network | IPv6Network


class BadSetting(ImproperlyConfigured):
    """A variable makes no sense. ``template`` is a message id with named places for ``values``."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template % values)
        self.template = template
        self.values = values


def text(name: str, default: str = "") -> str:
    """Return the variable ``name``, or the first line of the file that ``name_FILE`` points to.

    Raises:
        BadSetting: (all readers) The variable, or the file, makes no sense.
    """
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as exc:
        words = noop("%(name)s_FILE is “%(value)s”, a file that cannot be read. Mend its path or who may read it.")
        raise BadSetting(words, name=name, value=path) from exc
    if not lines or not lines[0]:
        words = noop("%(name)s_FILE is “%(value)s”, a file whose first line is empty. Write the value there.")
        raise BadSetting(words, name=name, value=path)
    return lines[0]


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value not in {"0", "1"}:
        raise BadSetting(noop("%(name)s is “%(value)s”; write 1 or 0."), name=name, value=value)
    return value == "1"


def number(name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
    value = os.environ.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        words = noop("%(name)s is “%(value)s”; write a whole number from %(least)d to %(most)d.")
        raise BadSetting(words, name=name, value=value, least=least, most=most)
    return int(value)


def one_of(name: str, default: str, choices: Sequence[str]) -> str:
    value = os.environ.get(name, default)
    if value not in choices:
        words = noop("%(name)s is “%(value)s”; write one of: %(choices)s.")
        raise BadSetting(words, name=name, value=value, choices=", ".join(choices))
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def hosts(name: str, default: str) -> list[str]:
    """Return names under which the site may be asked for."""
    found = words(name, default)
    if not found:
        template = noop(
            "%(name)s is empty: nobody could ask for the site. Write names or addresses, or leave it unset."
        )
        raise BadSetting(template, name=name)
    for host in found:
        if ASKED_FOR.fullmatch(host) is None:
            template = noop(
                "%(name)s holds “%(value)s”; write names or addresses alone, without http:// and without a port,"
                " with commas: city.example,192.0.2.7."
            )
            raise BadSetting(template, name=name, value=host)
    return found


def origins(name: str) -> list[str]:
    """Return origins that may send forms."""
    found = words(name)
    for origin in found:
        if ORIGIN.fullmatch(origin) is None:
            template = noop(
                "%(name)s holds “%(value)s”; write scheme and name, nothing behind them, with commas:"
                " https://city.example."
            )
            raise BadSetting(template, name=name, value=origin)
    return found


def networks(name: str) -> tuple[Network, ...]:
    """Return addresses and networks: ``192.0.2.7,10.0.0.0/8``."""
    found = []
    for word in words(name):
        try:
            found.append(ip_network(word))
        except ValueError as exc:
            template = noop(
                "%(name)s holds “%(value)s”; write addresses or networks, with commas: 192.0.2.7,10.0.0.0/8."
                " No bits of a network may stand behind its length."
            )
            raise BadSetting(template, name=name, value=word) from exc
    return tuple(found)


def listening_address(name: str, default: str) -> str:
    value = text(name, default)
    if re.fullmatch(HOST_NAME, value) and not re.fullmatch(r"[0-9.]+", value):
        return value
    try:
        return str(ip_address(value))
    except ValueError as exc:
        template = noop(
            "%(name)s is “%(value)s”; write an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all."
        )
        raise BadSetting(template, name=name, value=value) from exc


def secret(name: str) -> str:
    """Return a secret; "" where none is given. What is refused is not shown."""
    value = text(name)
    if value and len(value) < LEAST_SECRET:
        template = noop("%(name)s has %(length)d characters; write at least %(least)d that nobody can guess.")
        raise BadSetting(template, name=name, length=len(value), least=LEAST_SECRET)
    return value


WAITING_PER_SEAT = 6
"""Requests that may wait for each one that is served: about a quarter of a second of work."""

THREADS_PER_SEAT = 1 + WAITING_PER_SEAT + 1
"""What the web server must have for each one that is served: those that wait, and one more to refuse with."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How ``cityloop up`` serves: where it listens, with how many processes and threads, and what its log looks like."""

    host: str
    port: int
    upload_port: int
    workers: int
    threads: int
    logs_json: bool


def serving() -> Serving:
    return Serving(
        host=listening_address("CITYLOOP_HOST", "127.0.0.1"),
        port=number("CITYLOOP_PORT", 8000, least=1, most=65535),
        upload_port=number("CITYLOOP_UPLOAD_PORT", 8100, least=1, most=65535),
        workers=number("CITYLOOP_WEB_WORKERS", 2, least=1, most=256),
        threads=number("CITYLOOP_WEB_THREADS", 4, least=1, most=256),
        logs_json=one_of("CITYLOOP_LOG", "text", ["text", "json"]) == "json",
    )


@dataclass(frozen=True, slots=True)
class Tls:
    """Whether ``cityloop up`` speaks TLS, and by which certificate.

    ``mode``: "off" (plain HTTP), "local" (an authority of its own issues it) or "files" (``certificate`` and ``key`` are
    given). Plain HTTP on ``plain_port`` then sends people over to HTTPS.
    """

    mode: str
    certificate: Path
    key: Path
    plain_port: int

    @property
    def is_on(self) -> bool:
        return self.mode != "off"


def tls() -> Tls:
    mode = one_of("CITYLOOP_TLS", "off", ["off", "local", "files"])
    given = {name: os.environ.get(name, "") for name in ("CITYLOOP_TLS_CERTIFICATE", "CITYLOOP_TLS_KEY")}
    if mode == "files":
        for name, value in given.items():
            if not value:
                raise BadSetting(noop("CITYLOOP_TLS is “files”, but %(name)s names no file."), name=name)
    elif wrong := [name for name, value in given.items() if value]:
        template = noop("%(name)s is set, but CITYLOOP_TLS is “%(mode)s”; write CITYLOOP_TLS=files to use it.")
        raise BadSetting(template, name=wrong[0], mode=mode)
    return Tls(
        mode=mode,
        certificate=Path(given["CITYLOOP_TLS_CERTIFICATE"]).absolute(),
        key=Path(given["CITYLOOP_TLS_KEY"]).absolute(),
        plain_port=number("CITYLOOP_PLAIN_PORT", 8080, least=1, most=65535),
    )


def database(url: str, name: str = "CITYLOOP_DATABASE_URL") -> dict[str, object]:
    """Return Django's settings for ``postgresql://user:password@host:port/name?option=value``.

    ``host`` may be a folder of a Unix socket, percent-encoded or as ``?host=/folder``. What is refused is not shown: it
    may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise BadSetting(noop("%(name)s must look like postgresql://user:password@host:5432/name."), name=name)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", unquote(parts.hostname or ""))
    port = options.pop("port", port)
    try:
        psycopg.conninfo.make_conninfo(**options)
    except psycopg.ProgrammingError as exc:
        template = noop("%(name)s: behind “?” stands an option that PostgreSQL does not know, among: %(options)s.")
        raise BadSetting(template, name=name, options=", ".join(sorted(options))) from exc
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }


def options_of(settings: Mapping[str, object]) -> dict[str, object]:
    """Return the connection options of one entry of ``DATABASES``."""
    options = settings["OPTIONS"]
    assert isinstance(options, dict)
    return options


def address(name: str) -> str:
    """Return an address that pages and programs are sent to, without a slash at its end; "" where none is given."""
    value = text(name)
    if (
        value
        and re.fullmatch(rf"https?://({HOST_NAME}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?(/[A-Za-z0-9._~-]+)*/?", value)
        is None
    ):
        words = noop("%(name)s is “%(value)s”; write a whole address, such as https://city.example/uploads.")
        raise BadSetting(words, name=name, value=value)
    return value.rstrip("/")


BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
MEDIA_OPTIONS = frozenset({"endpoint", "region"})


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is not None
    except ValueError:  # no number: a part of a secret
        return True


def media_store(url: str, name: str = "CITYLOOP_MEDIA_URL") -> dict[str, object]:
    """Return Django's entry of ``STORAGES`` for ``file:///folder`` or ``s3://key:secret@bucket/prefix?endpoint=https://…&region=…``.

    Without key and secret they come from where Amazon's own programs look: ``AWS_ACCESS_KEY_ID``, the machine's role. What is
    refused is not shown: it may hold the secret.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    path = unquote(parts.path)
    if parts.scheme == "file" and not parts.netloc and not parts.query and path.startswith("/") and path != "/":
        return {"BACKEND": "cityloop.media.store.FolderStorage", "OPTIONS": {"location": path}}
    options = dict(parse_qsl(parts.query))
    bucket = parts.hostname or ""
    endpoint = options.get("endpoint", "")
    if (
        parts.scheme != "s3"
        or re.fullmatch(BUCKET, bucket) is None
        or options.keys() - MEDIA_OPTIONS
        or (endpoint and not endpoint.startswith(("https://", "http://")))
        or bool(parts.username) != bool(parts.password)
        or "@" in parts.path  # a secret with an unescaped slash ends up here
        or _has_port(parts)
    ):
        template = noop(
            "%(name)s must look like file:///folder or s3://key:secret@bucket/prefix?endpoint=https://store.example&region=name;"
            " write %%2F for a slash in the secret."
        )
        raise BadSetting(template, name=name)
    return {
        "BACKEND": "cityloop.media.object_store.ObjectStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": path.strip("/"),
            "endpoint_url": endpoint or None,
            "region_name": options.get("region") or None,
            "access_key": unquote(parts.username) if parts.username else None,
            "secret_key": unquote(parts.password) if parts.password else None,
        },
    }
