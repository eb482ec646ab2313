"""What is for this server alone, in a page or in a row: unlike a signed text nobody else can read it, nor put another together."""

import base64
import json
from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def hidden(value: Any, *, salt: str) -> str:
    """Return ``value`` (as JSON has it) as a text that says nothing; ``salt`` names what it is for."""
    return _box(salt).encrypt(json.dumps(value).encode()).decode()


def revealed(token: str, *, salt: str, max_age_s: int | None = None) -> Any:
    """Return what was hidden.

    Raises:
        ValueError: It was not hidden here, not for this, or longer ago than ``max_age_s`` seconds (None: however long).
    """
    from cryptography.fernet import InvalidToken

    try:
        return json.loads(_box(salt).decrypt(token.encode(), ttl=max_age_s))
    except InvalidToken as exc:
        raise ValueError("not hidden here") from exc


def _box(salt: str) -> "Fernet":
    # Not above: most processes never hide anything, and it is several megabytes.
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(salted_hmac(salt, "hidden", algorithm="sha256").digest()))
