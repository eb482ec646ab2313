"""Which addresses this installation may reach by itself: never its own network, unless somebody who runs it allows that."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

CARRIERS = tuple(map(ip_network, ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""Networks of IPv6 that lead to any address of IPv4: translators and tunnels."""


def allowed_of(addresses: Iterable[str], allowed: Sequence[Network], *, is_secure: bool) -> list[str]:
    """Return ``addresses`` if all of them may be reached, else none.

    Public ones where ``is_secure``; those of the networks in ``allowed`` in any way. All of a name's addresses count: one that leads
    inside would otherwise be come to sooner or later.
    """
    found = list(addresses)
    return found if all(_is_allowed(ip_address(one), allowed, is_secure) for one in found) else []


def _is_allowed(address: IPv4Address | IPv6Address, allowed: Sequence[Network], is_secure: bool) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    carries = any(address in network for network in CARRIERS)
    return is_secure and address.is_global and not address.is_multicast and not carries
