"""Typed readers of the environment that refuse nonsense loudly: ``CITYLOOP_DEBUG=yes`` is an error, not False."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the variable ``name``, or the first line of the file that ``name_FILE`` points to."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().splitlines()[0]
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is “{value}”; write 1 or 0.")
    return value == "1"


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is “{value}”; write a whole number from {least} up.")
    return int(value)


def one_of(name: str, default: str, choices: Sequence[str]) -> str:
    value = os.environ.get(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is “{value}”; write one of: {', '.join(choices)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, object]:
    """Return Django's settings for ``postgresql://user:password@host:port/name?option=value``.

    ``host`` may be a folder of a Unix socket, percent-encoded or as ``?host=/folder``.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured("CITYLOOP_DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    host = options.pop("host", unquote(parts.hostname or ""))
    port = options.pop("port", str(parts.port or ""))
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
