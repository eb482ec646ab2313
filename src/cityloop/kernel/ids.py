"""Ids that sort by the time they were made."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a version 7 UUID: 48 bits of Unix milliseconds, then chance. Rows made together lie together on disk.

    Source:
        RFC 9562, 5.7.
    """
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def millis_of(made: UUID) -> int:
    """Return when ``uuid7`` made this one, in Unix milliseconds."""
    return made.int >> 80
