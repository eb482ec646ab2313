"""Ports to listen on: which are free, and which this run holds, so that no other CityLoop of this machine takes them.

A port that is asked for seconds before it is bound proves nothing: web processes share theirs (SO_REUSEPORT), so two
installations that start together would both listen there, and each answer some of the other's people.
"""

import socket

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _

PORTS_TRIED = 100


def refuse_foreign(host: str) -> None:
    """Refuse an address that is none of this machine's, before anything is started.

    Raises:
        Unavailable: Nothing here can listen on ``host``.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.bind((host, 0))
    except OSError as exc:
        text = _("“%(host)s” is not an address of this machine. Choose another with --host.")
        raise Unavailable(text % {"host": host}) from exc


def is_free(host: str, port: int) -> bool:
    """Return whether a server may listen on ``port`` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as exc:
            raise Unavailable(_("Port %(port)d is only for root. Choose one from 1024 up.") % {"port": port}) from exc
        except OSError as exc:
            if isinstance(exc, socket.gaierror):
                text = _("“%(host)s” is not an address of this machine. Choose another with --host.")
                raise Unavailable(text % {"host": host}) from exc
            return False
    return True


class HeldPorts:
    """The ports that one run holds, from before it listens there until it ends.

    Each is held by a Unix socket of a name (``@cityloop-port-8000``): one process of a machine has it, whatever address it
    listens on, and the kernel gives it back when that process dies.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def take(self, host: str, wanted: int) -> int:
        """Hold ``wanted``, or the next port above it that is free and held by nobody, us included; return which.

        Raises:
            Unavailable: None is free, or none may be had.
        """
        for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
            if self._hold(port):
                if is_free(host, port):
                    return port
                self.give_back(port)
        text = _("Port %(port)d and the %(n)d above it are taken on %(host)s. Choose another with --port.")
        raise Unavailable(text % {"port": wanted, "n": PORTS_TRIED, "host": host})

    def holds(self, port: int) -> bool:
        return port in self._held

    def give_back(self, port: int) -> None:
        """Let others have ``port``, if we hold it."""
        if name := self._held.pop(port, None):
            name.close()

    def close(self) -> None:
        """Let others have all of them."""
        for port in list(self._held):
            self.give_back(port)

    def _hold(self, port: int) -> bool:
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0cityloop-port-{port}")
        except OSError:
            name.close()
            return False
        self._held[port] = name
        return True
