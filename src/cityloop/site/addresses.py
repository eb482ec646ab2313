"""The names and addresses under which this machine can be asked for."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from pathlib import Path

Address = IPv4Address | IPv6Address

LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))
LONGEST_LABEL, LONGEST_NAME = 63, 253

TEMPORARY, DEPRECATED = 0x01, 0x20
"""Flags of an IPv6 address that will be another one tomorrow (Linux, if_addr.h)."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a certificate speaks for: ``dns`` in lower case, ``*.city.example`` among them, and addresses."""

    dns: tuple[str, ...]
    addresses: tuple[Address, ...]


def names_of(hosts: Iterable[str], own: Iterable[Address] = (), machine: str = "") -> Names:
    """Return what a certificate of this machine must name.

    Args:
        hosts: As in ``CITYLOOP_HOSTS``: names, ``.city.example`` for a domain and all below it, addresses, ``*`` for nothing
            in particular.
        own: The machine's addresses.
        machine: Its name; left out where it can be none of DNS.
    """
    dns = {"localhost": None} | ({machine.lower(): None} if is_dns_name(machine) else {})
    addresses: dict[Address, None] = dict.fromkeys(LOOPBACK)
    for host in hosts:
        if address := address_of(host):
            addresses[address] = None
        elif host != "*":
            name = host.lower().removeprefix(".")
            dns |= {name: None} | ({f"*.{name}": None} if host.startswith(".") else {})
    addresses |= dict.fromkeys(own)
    return Names(tuple(dns), tuple(addresses))


def beyond_this_machine(names: Names) -> Names:
    """Return ``names`` without those by which only this machine asks itself."""
    return Names(
        tuple(name for name in names.dns if name != "localhost"),
        tuple(address for address in names.addresses if not address.is_loopback),
    )


def address_of(host: str) -> Address | None:
    """Return the address that ``host`` is, in brackets or not; None where it is a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def is_dns_name(text: str) -> bool:
    labels = text.split(".")
    return len(text) <= LONGEST_NAME and all(
        label.isascii()
        and label.replace("-", "x").isalnum()
        and not label.startswith("-")
        and not label.endswith("-")
        and len(label) <= LONGEST_LABEL
        for label in labels
    )


def as_host(address: Address) -> str:
    """Return ``address`` as it stands in a URL and in Django's list of hosts."""
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


# ---- This machine, by what Linux says in /proc; nothing where there is none ----


def own_addresses(proc: Path = Path("/proc/net")) -> list[Address]:
    """Return the addresses by which others reach this machine, in a steady order."""
    return sorted(_v4(_read(proc / "fib_trie")) | _v6(_read(proc / "if_inet6")), key=lambda each: (each.version, each))


def own_name() -> str:
    return socket.gethostname()


def as_hosts(names: Names) -> list[str]:
    """Return ``names`` as they stand in a URL, those of DNS first, without such as stand for many."""
    return [*(name for name in names.dns if not name.startswith("*.")), *map(as_host, names.addresses)]


def _v4(trie: str) -> set[Address]:
    lines: Sequence[str] = trie.splitlines()
    found = (
        ip_address(above.rpartition("-- ")[2].strip())
        for above, line in pairwise(lines)
        if line.strip() == "/32 host LOCAL"
    )
    return {address for address in found if _is_of_use(address)}


def _v6(table: str) -> set[Address]:
    rows = (line.split() for line in table.splitlines())
    found = (IPv6Address(int(row[0], 16)) for row in rows if _lasts(row))
    return {address for address in found if _is_of_use(address)}


def _lasts(row: Sequence[str]) -> bool:
    return len(row) == 6 and not int(row[4], 16) & (TEMPORARY | DEPRECATED)


def _is_of_use(address: Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
