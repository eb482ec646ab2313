"""The words of the resumable upload protocol (tus 1.0.0): headers in, values out; no socket, no file.

Source:
    https://tus.io/protocols/resumable-upload, 1.0.0: core, creation, expiration, termination, checksum.
    Left out: deferred length, concatenation, upload with creation; none of them is announced.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "1.0.0"
EXTENSIONS = ("creation", "expiration", "termination", "checksum")
ALGORITHMS = ("sha1", "sha256")
BODY_TYPE = "application/offset+octet-stream"
MOST_METADATA = 4096
HOURS = 24
"""How long an upload may rest without another byte, and how long its result is told after it."""

ID = re.compile(r"[0-9a-f]{32}")
NUMBER = re.compile(r"[0-9]+")
BEYOND = 10**15
"""Stands for any number that is larger: no file is."""

METADATA_KEY = re.compile(r"[!-+\--~]+")  # printable ASCII without space and comma


class Unreadable(ValueError):
    """A header says nothing that the protocol knows; ``header`` names it."""

    def __init__(self, header: str) -> None:
        super().__init__(header)
        self.header = header


class UnknownAlgorithm(Unreadable):
    """A checksum of a kind that is not announced."""

    def __init__(self, algorithm: str) -> None:
        super().__init__("upload-checksum")
        self.algorithm = algorithm


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes


def number_of(headers: Mapping[str, str], name: str) -> int:
    """Return the whole number in a header, ``BEYOND`` for any that is larger.

    Raises:
        Unreadable: It is missing or none.
    """
    value = headers.get(name, "")
    if NUMBER.fullmatch(value) is None:
        raise Unreadable(name)
    digits = value.lstrip("0")
    return int(digits or "0") if len(digits) <= len(str(BEYOND)) - 1 else BEYOND


def metadata_of(header: str) -> dict[str, str]:
    """Return ``key base64,key base64`` as texts; a key may stand without a value.

    Raises:
        Unreadable: A key is empty, stands twice, or its value is no base64 of UTF-8.
    """
    found: dict[str, str] = {}
    if len(header) > MOST_METADATA:
        raise Unreadable("upload-metadata")
    for pair in header.split(",") if header.strip() else ():
        key, _space, value = pair.strip().partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as exc:
            raise Unreadable("upload-metadata") from exc
        if METADATA_KEY.fullmatch(key) is None or key in found:
            raise Unreadable("upload-metadata")
        found[key] = text
    return found


def checksum_of(header: str) -> Checksum:
    """Return ``sha256 base64`` as algorithm and digest.

    Raises:
        UnknownAlgorithm: It is not one that is announced.
        Unreadable: There is none, or the digest is no base64.
    """
    algorithm, _space, value = header.strip().partition(" ")
    if algorithm and algorithm not in ALGORITHMS:
        raise UnknownAlgorithm(algorithm)
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Unreadable("upload-checksum") from exc
    if not algorithm or not digest:
        raise Unreadable("upload-checksum")
    return Checksum(algorithm, digest)


def announcement(most_bytes: int) -> dict[str, str]:
    """Return the headers that say what this server can do."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(most_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
