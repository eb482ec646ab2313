"""Keys of other services, kept so that a copy of the database alone does not tell them."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def sealed(key: str) -> str:
    """Return a key as it is kept; "" for none."""
    return _box().encrypt(key.encode()).decode() if key else ""


def opened(kept: str) -> str:
    """Return a kept key; "" where it was sealed by another installation's secret."""
    try:
        return _box().decrypt(kept.encode()).decode() if kept else ""
    except InvalidToken:
        return ""


def _box() -> Fernet:
    told = hmac.digest(settings.SECRET_KEY.encode(), b"cityloop.onemap.basemap", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(told))
