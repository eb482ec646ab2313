"""One message over HTTP: to an address that was looked up and judged once, no redirect followed, over in good time.

``http.client`` is enough for it, and lets the connection go to the very address that was judged: a name that is looked
up a second time may lead elsewhere by then.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from typing_extensions import override

from cityloop.exchange.rules.addresses import Target
from cityloop.kernel.networks import Network, allowed_of
from cityloop.kernel.translation import noop

CONNECT_S = 5.0
WHOLE_S = 15.0
"""How long an attempt may take in all, however slowly the answer trickles."""

GONE = 410

REFUSED = noop("the address leads into a network that is not allowed")
UNKNOWN = noop("the host is unknown")
LATE = noop("no answer in time")
BROKEN = noop("the connection failed")
UNTRUSTED = noop("its certificate is not trusted")


class Answer(NamedTuple):
    """What came of an attempt: the status, or 0 and why there was none."""

    status: int
    said: str

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


class _Connection(http.client.HTTPConnection):
    """A connection to the first of some judged addresses that can be reached, under the name that was asked for."""

    def __init__(self, target: Target, addresses: Sequence[str]) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_S)
        self._target, self._addresses = target, addresses

    @override
    def connect(self) -> None:
        self.sock = self._reached()
        if self._target.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def _reached(self) -> socket.socket:
        """Return a socket to the first address that answers: a name may stand for one of IPv6 to which no way leads.

        Raises:
            OSError: None of them does; what the last one said.
        """
        *others, last = self._addresses
        for address in others:
            with suppress(OSError):
                return socket.create_connection((address, self._target.port), CONNECT_S / len(self._addresses))
        return socket.create_connection((last, self._target.port), CONNECT_S)


def post(target: Target, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network]) -> Answer:
    """Send ``body`` and return what came back; it never raises."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Answer(0, UNKNOWN)
    addresses = allowed_of((str(one[4][0]).partition("%")[0] for one in found), allowed, is_secure=target.is_secure)
    if not addresses:
        return Answer(0, REFUSED)
    return _sent(_Connection(target, addresses), target, body, headers)


def _sent(connection: _Connection, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    is_late = threading.Event()

    def give_up() -> None:
        is_late.set()
        if connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself

    watch = threading.Timer(WHOLE_S, give_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        connection.sock.settimeout(WHOLE_S)
        status = connection.getresponse().status  # what else it says is of no use to us, and is not read
    except ssl.SSLCertVerificationError:
        return Answer(0, UNTRUSTED)
    except TimeoutError:
        return Answer(0, LATE)
    except (OSError, http.client.HTTPException):
        return Answer(0, LATE if is_late.is_set() else BROKEN)
    else:
        return Answer(status, str(status))
    finally:
        watch.cancel()
        connection.close()
