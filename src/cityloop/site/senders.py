"""Who sent a request, where proxies stand between: the lock-out of the sign-in counts by their address, and the log names it."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cityloop.site.settings.env import Network

Answer = Callable[[HttpRequest], HttpResponse]
Address = IPv4Address | IPv6Address


class Sender:
    """Writes the sender's address into ``REMOTE_ADDR``, where proxies of ours (``CITYLOOP_PROXIES``) have named it.

    Otherwise all people behind a proxy would share one address, and one of them could shut the door to all.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.proxies: Sequence[Network] = settings.PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.proxies:
            peer = request.META.get("REMOTE_ADDR", "")
            request.META["REMOTE_ADDR"] = sender(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), self.proxies)
        return self.get_response(request)


def sender(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the address of the last machine before the proxies that are trusted.

    Each proxy appends whom it was asked by, so the list is read from the right, and only for as long as a trusted proxy
    has written the next entry: what stands further left anybody may have made up.

    Args:
        peer: Address of the machine that is connected.
        forwarded: ``X-Forwarded-For``; an entry may carry a port.
        proxies: Networks whose word is taken.
    Returns:
        An address, an IPv4 one always written as such; ``peer`` as it is where it is no address, as on a Unix socket.
    """
    address = _address(peer)
    if address is None:
        return peer
    for entry in reversed(forwarded.split(",")):
        if not any(address in network for network in proxies):
            break
        named = _address(entry)
        if named is None:  # an entry that cannot be read: so far the chain is known, no further
            break
        address = named
    return str(address)


def _address(text: str) -> Address | None:
    """Return the address that ``text`` names, with or without a port; None where it names none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
