"""How a message is signed, as Standard Webhooks 1.0 has it: https://www.standardwebhooks.com."""

import base64
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"


def secret_of(root: str, subscription: str, generation: int) -> str:
    """Return the secret of a subscription, made of the installation's own: so none has to be stored.

    Args:
        root: The installation's secret key; with another one all subscriptions have new secrets.
        generation: Counts up where a subscription gets a new secret.
    """
    told = f"cityloop.exchange {subscription} {generation}".encode()
    return PREFIX + base64.b64encode(hmac.digest(root.encode(), told, hashlib.sha256)).decode()


def headers_of(message: str, at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """Return ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (HMAC-SHA256 over all three parts).

    Args:
        message: Its id, the same however often it is sent.
        at: When it is sent: a receiver refuses what is older than some minutes.
        secret: ``whsec_`` and the key in base64.
    """
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = hmac.digest(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
