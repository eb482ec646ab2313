"""Which addresses messages may go to: never into the machine's own network, unless somebody who runs it allows that."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.networks import Network, allowed_of
from cityloop.kernel.translation import _

MOST_CHARACTERS = 2000

NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
"""What ends a host makes it an address of IPv4, however it is written: ``127.1``, ``2130706433`` and ``0x7f000001`` are one."""


class Target(NamedTuple):
    """Where a message goes: host as in the address, port, path with its query."""

    is_secure: bool
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """Return where ``url`` leads.

    Raises:
        InvalidInput: It is no address of https or http, or holds a name and a password.
    """
    why = ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        why = _("is no address")
    if not why and (len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url):
        why = _("may hold %(count)d signs of ASCII at most, without spaces") % {"count": MOST_CHARACTERS}
    elif not why and (parts.scheme not in {"https", "http"} or not parts.hostname):
        why = _("must begin with https:// and name a host")
    elif not why and port == 0:
        why = _("names the port 0, on which nothing can listen")
    elif not why and _is_odd_number(str(parts.hostname)):
        why = _("must write an address of IPv4 as four decimal numbers, such as 203.0.113.7")
    elif not why and (parts.username is not None or parts.password is not None):
        why = _("may not hold a name or a password: messages are signed instead")
    if why:
        raise InvalidInput(
            _("This address cannot be used: it %(why)s.") % {"why": why}, faults=[Fault("url", why, url[:80])]
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_secure = parts.scheme == "https"
    assert parts.hostname is not None
    return Target(is_secure, parts.hostname, port or (443 if is_secure else 80), path)


def is_shut(target: Target, allowed: Sequence[Network]) -> bool:
    """Whether an address shows by itself that nothing may go there; of a name that is known only when it is looked up."""
    host = target.host.rstrip(".")  # with a dot at its end a name is the same, only looked up in fewer places
    if host == "localhost" or host.endswith(".localhost"):
        return not allowed_of(["127.0.0.1"], allowed, is_secure=target.is_secure)
    try:
        return not allowed_of([str(ip_address(host))], allowed, is_secure=target.is_secure)
    except ValueError:
        return False


def _is_odd_number(host: str) -> bool:
    """Whether ``host`` is an address of IPv4 in a notation that only some programs read, and each in its own way."""
    plain = host.rstrip(".")
    if ":" in plain or NUMBER.fullmatch(plain.rpartition(".")[2]) is None:
        return False
    try:
        ip_address(plain)
    except ValueError:
        return True
    return False
