"""What a page carries for this server alone: unlike a signed text nobody else can read it, nor put another together."""

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


def hidden(value: Any, *, salt: str) -> str:
    """Return ``value`` (as JSON has it) as a text that says nothing; ``salt`` names what it is for."""
    return _box(salt).encrypt(json.dumps(value).encode()).decode()


def revealed(token: str, *, salt: str, max_age_s: int) -> Any:
    """Return what was hidden.

    Raises:
        ValueError: It was not hidden here, not for this, or longer ago than ``max_age_s`` seconds.
    """
    try:
        return json.loads(_box(salt).decrypt(token.encode(), ttl=max_age_s))
    except InvalidToken as exc:
        raise ValueError("not hidden here") from exc


def _box(salt: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac(salt, "hidden", algorithm="sha256").digest()))
