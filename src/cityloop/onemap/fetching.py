"""Tiles from other hosts: to an address that was looked up and judged, no redirect followed, over in good time, and few at once.

A host that does not answer is left alone for a while; the map goes on without it.
"""

import http.client
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from typing_extensions import override

from cityloop.kernel.networks import Network, allowed_of
from cityloop.kernel.translation import noop

CONNECT_S: Final = 3.0
WHOLE_S: Final = 8.0
WAIT_S: Final = 2.0
"""How long a request may wait until another has ended."""

MOST_BYTES: Final = 4_000_000
BLOCK: Final = 65536
IDLE_S: Final = 20.0
KEPT_OPEN: Final = 4

FAILURES: Final = 3
REST_S: Final = 30.0
"""A host that failed so often in a row is not asked for so long."""

WHY: Final[Mapping[str, str]] = {
    "shut": noop(
        "Its address leads into a network that is not allowed. Whoever runs this server adds the network to CITYLOOP_BASEMAP_NETWORKS."
    ),
    "unknown": noop("Its host is unknown to this server."),
    "late": noop("Its host does not answer in time."),
    "broken": noop("The connection to its host fails."),
    "untrusted": noop("The certificate of its host is not trusted."),
    "moved": noop(
        "Its host sends us to another address, which is not followed. Enter the address where the tiles are."
    ),
    "refused": noop("Its host refuses us: the key is wrong, used up, or not meant for this server's address."),
    "too_many": noop("Its host says that too much is asked of it today."),
    "absent": noop("Its host has no tile there."),
    "no_picture": noop("Its host answers with something that is no picture. Check the address, the layer and the key."),
    "too_large": noop("Its host sends more than 4 MB for one tile."),
    "resting": noop("Its host did not answer several times; it is asked again in half a minute."),
    "busy": noop("Too many tiles are fetched at this moment."),
    "no_key": noop("A key is needed and none is entered, or the one entered cannot be read any more. Enter it again."),
}


class Unreached(Exception):
    """There is no answer; ``reason`` is a key of ``WHY``. It never names the address, in which a key may stand."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Answer(NamedTuple):
    """What came: the status, and the bytes."""

    status: int
    body: bytes


class _Connection(http.client.HTTPConnection):
    """A connection to one judged address, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, *, is_secure: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_S)
        self._address, self._is_secure = address, is_secure

    @override
    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), CONNECT_S)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._is_secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@dataclass(slots=True)
class _Host:
    """What this process knows of a host: connections that wait, failures in a row, until when it rests."""

    idle: deque[tuple[float, _Connection]] = field(default_factory=deque)
    failures: int = 0
    rests_until: float = 0.0


class Fetcher:
    """Asks other hosts, for all threads of this process: at most half of them at once, so that desks go on when a host is slow."""

    def __init__(self, at_once: int) -> None:
        self._inside = threading.BoundedSemaphore(at_once)
        self._waiting = threading.BoundedSemaphore(1)
        self._hosts: dict[tuple[str, str, int], _Host] = {}
        self._lock = threading.Lock()

    def get(self, url: str, *, allowed: Sequence[Network], most: int = MOST_BYTES) -> Answer:
        """Return what ``url`` answers.

        Args:
            url: Of http or https; the caller has made it of what was entered, and of numbers.
            allowed: Networks of one's own that may be asked.
            most: Bytes at most.

        Raises:
            Unreached: There is no answer, or none that is taken.
        """
        parts = urlsplit(url)
        is_secure = parts.scheme == "https"
        name, port = parts.hostname or "", parts.port or (443 if is_secure else 80)
        host = self._host((parts.scheme, name, port))
        if time.monotonic() < host.rests_until:
            raise Unreached("resting")
        self._enter()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            answer = self._asked(host, name, port, path, allowed, most, is_secure=is_secure)
        except Unreached as exc:
            if exc.reason in {"unknown", "late", "broken", "untrusted"}:
                self._failed(host)
            raise
        finally:
            self._inside.release()
        host.failures = 0
        return answer

    def forget(self) -> None:
        """Close what is open, and forget who did not answer."""
        with self._lock:
            for host in self._hosts.values():
                for _since, connection in host.idle:
                    connection.close()
            self._hosts.clear()

    def rests(self, url: str) -> bool:
        """Whether the host of an address is left alone now."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return time.monotonic() < self._host((parts.scheme, parts.hostname or "", port)).rests_until

    def _enter(self) -> None:
        """Take a place, or wait for one; only one may wait, since who waits holds one of the few seats of this process."""
        if self._inside.acquire(blocking=False):
            return
        if not self._waiting.acquire(blocking=False):
            raise Unreached("busy")
        try:
            if not self._inside.acquire(timeout=WAIT_S):
                raise Unreached("busy")
        finally:
            self._waiting.release()

    def _host(self, key: tuple[str, str, int]) -> _Host:
        with self._lock:
            return self._hosts.setdefault(key, _Host())

    def _failed(self, host: _Host) -> None:
        with self._lock:
            host.failures += 1
            if host.failures >= FAILURES:
                host.failures, host.rests_until = 0, time.monotonic() + REST_S

    def _asked(
        self, host: _Host, name: str, port: int, path: str, allowed: Sequence[Network], most: int, *, is_secure: bool
    ) -> Answer:
        kept = self._take(host)
        if kept is not None:
            try:
                return self._exchanged(host, kept, path, most)
            except Unreached as exc:
                if exc.reason != "broken":  # it was closed at the other end meanwhile: asked again over a new one
                    raise
        return self._exchanged(
            host, _Connection(name, port, _judged(name, port, allowed), is_secure=is_secure), path, most
        )

    def _take(self, host: _Host) -> _Connection | None:
        with self._lock:
            while host.idle:
                since, connection = host.idle.pop()
                if time.monotonic() - since < IDLE_S:
                    return connection
                connection.close()
        return None

    def _exchanged(self, host: _Host, connection: _Connection, path: str, most: int) -> Answer:
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
        is_whole = False
        try:
            connection.request(
                "GET", path, headers={"User-Agent": "CityLoop", "Accept": "*/*", "Accept-Encoding": "identity"}
            )
            connection.sock.settimeout(WHOLE_S)
            response = connection.getresponse()
            body = b""
            while block := response.read(min(BLOCK, most + 1 - len(body))):
                body += block
                if len(body) > most:
                    raise Unreached("too_large")
            is_whole = not response.will_close
            return Answer(response.status, body)
        except ssl.SSLCertVerificationError:
            raise Unreached("untrusted") from None
        except TimeoutError:
            raise Unreached("late") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise Unreached("late" if is_late.is_set() else "broken") from None
        finally:
            watch.cancel()
            self._give_back(host, connection, is_whole=is_whole and not is_late.is_set())

    def _give_back(self, host: _Host, connection: _Connection, *, is_whole: bool) -> None:
        with self._lock:
            if is_whole and len(host.idle) < KEPT_OPEN:
                host.idle.append((time.monotonic(), connection))
                return
        connection.close()


def _judged(name: str, port: int, allowed: Sequence[Network]) -> str:
    """Return an address of a host to which we may go.

    Raises:
        Unreached: There is none.
    """
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreached("unknown") from None
    # Tiles are public: by http too they tell nobody anything; so every public address counts as one that may be reached.
    addresses = allowed_of((str(one[4][0]).partition("%")[0] for one in found), allowed, is_secure=True)
    if not addresses:
        raise Unreached("shut")
    return addresses[0]


FETCHER: Final = Fetcher(max(1, settings.SERVING.threads // 2))
