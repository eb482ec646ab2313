"""The digest of a file that may be larger than memory."""

import hashlib
from pathlib import Path

BLOCK = 1 << 20


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    told = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            told.update(block)
    return told.hexdigest()
