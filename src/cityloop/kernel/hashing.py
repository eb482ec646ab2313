"""Digests that hold for ever: canonical JSON, the chain of a case's events, salted digests of erasable text."""

import hashlib
import os
from typing import Any

import orjson

NO_HASH = bytes(32)
"""What stands before the first event of a chain."""

CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def canonical(value: Any) -> bytes:
    """Return the one JSON spelling of ``value``: UTF-8, keys sorted, no spaces, instants in UTC as RFC 3339.

    Raises:
        TypeError: ``value`` holds something JSON cannot say.
    """
    return orjson.dumps(value, option=CANONICAL)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def new_salt() -> bytes:
    """Return 16 random bytes, kept beside the text they salt and erased with it."""
    return os.urandom(16)


def salted_digest(text: str, salt: bytes) -> str:
    """Return the hex digest that stands for ``text`` in an event; without the salt nobody can guess the text back."""
    return hashlib.sha256(salt + text.encode()).hexdigest()
