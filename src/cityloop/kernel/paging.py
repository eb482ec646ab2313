"""Keyset pages: a cursor names its list and the last row seen, so that page 50 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import orjson

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _


def encode_cursor(*key: Any) -> str:
    """Return an opaque, URL-safe cursor for the sort key of the last row of a page."""
    return base64.urlsafe_b64encode(orjson.dumps(key, option=orjson.OPT_UTC_Z)).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Return the ``length`` values that ``encode_cursor`` took.

    Raises:
        InvalidInput: The cursor was not made here, or for another list.
    """
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != length:
        raise InvalidInput(
            _("This page cursor is not one of ours. Start again without “cursor”."),
            faults=[Fault("cursor", _("must be “next” of a page of this list"), cursor[:80])],
        )
    return key


def key_of(name: str, cursor: str, *types: Callable[[Any], Any]) -> list[Any]:
    """Return the sort key that ``encode_cursor(name, *key)`` took, each value as one of ``types`` reads it.

    Raises:
        InvalidInput: The cursor was not made here, or for another list than ``name``.
    """
    listed, *key = decode_cursor(cursor, len(types) + 1)
    try:
        if listed == name:
            return [read(value) for read, value in zip(types, key, strict=True)]
    except (TypeError, ValueError, AttributeError):
        pass
    raise InvalidInput(
        _("This page cursor belongs to another list. Start again without “cursor”."),
        faults=[Fault("cursor", _("belongs to another list"), cursor[:80])],
    )
