"""Bodies are read to their end before anybody begins to work on them: a slow sender holds no desk's place.

Granian calls the application when the headers are there. Whoever reads a body that trickles waits with it, and one who waits
inside the turnstile sits on a connection to the database. Nor can a read be called off: so each is done in a thread of its
own, whose sender is given up after a while.
"""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cityloop.kernel.translation import _
from cityloop.site.middleware import language_of
from cityloop.site.problems import API, MOST_BYTES, MOST_BYTES_OF_A_FORM, problem
from cityloop.site.turnstile import PLACES, Places, too_many

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

PATIENCE_S = 10.0
LEAST_RATE = 8 * 1024
"""Bytes a second that a sender gets through at least, a phone at the edge of its network too."""

MOST_GIVEN_UP, MOST_GIVEN_UP_OF_ONE = 512, 64
"""Senders that were given up and have not gone: each still holds a connection and a thread, until it goes."""


class Bodies:
    """Stands around the application: reads bodies into memory (small ones) or a file, a bounded number at a time.

    Args:
        application: What is called when the body is there.
        threads: Those that serve here: half of them may wait for bodies, a quarter for those of one address. A proxy that
            gathers bodies before it asks never comes near.
        places: Where these are full, nothing is read: in a flood a thread for each body would cost more than serving.
        patience_s: For any body; a longer one has a second more for each ``LEAST_RATE`` bytes.
    """

    def __init__(
        self, application: Application, threads: int, *, patience_s: float = PATIENCE_S, places: Places = PLACES
    ) -> None:
        self.application = application
        self.places = places
        self.patience_s = patience_s
        self.most, self.most_of_one = max(2, threads // 2), max(1, threads // 4)
        self._reading, self._given_up = Counter[str](), Counter[str]()
        self._counting = threading.Lock()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # What is no number, or too long, is refused unread by those who know why (problems.unreadable).
        if not (length.isascii() and length.isdigit()) or not 0 < int(length) <= MOST_BYTES_OF_A_FORM:
            return self.application(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if self.places.are_full or not self._begin(address):
            return _refused(too_many(WSGIRequest(environ)), start_response)
        body = _Body(environ["wsgi.input"], int(length))
        came = body.come(self.patience_s + int(length) / LEAST_RATE)
        with self._counting:
            _take(self._reading, address)
            if not came:
                self._given_up[address] += 1
        if not came:
            body.when_gone(lambda: self._forget(address))
            return _refused(too_slow(WSGIRequest(environ)), start_response)
        with body.file:
            body.file.seek(0)
            environ["wsgi.input"] = body.file
            return self.application(environ, start_response)

    def _begin(self, address: str) -> bool:
        with self._counting:
            if self._reading.total() >= self.most or self._reading[address] >= self.most_of_one:
                return False
            if self._given_up.total() >= MOST_GIVEN_UP or self._given_up[address] >= MOST_GIVEN_UP_OF_ONE:
                return False
            self._reading[address] += 1
            return True

    def _forget(self, address: str) -> None:
        with self._counting:
            _take(self._given_up, address)


def _take(counter: Counter[str], address: str) -> None:
    counter[address] -= 1
    if not counter[address]:
        del counter[address]


class _Body:
    """A body on its way into ``file``."""

    def __init__(self, stream: Any, length: int) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=MOST_BYTES)  # noqa: SIM115 # closed by whoever has it last
        self._source = _Limited(stream, length)
        self._ended = threading.Event()
        self._fault: BaseException | None = None
        self._then: Callable[[], None] | None = None
        self._settling = threading.Lock()
        threading.Thread(target=self._read, daemon=True, name="body").start()

    def _read(self) -> None:
        try:
            shutil.copyfileobj(self._source, self.file)
        except BaseException as exc:  # noqa: BLE001 # raised where it is waited for
            self._fault = exc
        with self._settling:
            self._ended.set()
            if self._then is not None:
                self._leave(self._then)

    def come(self, patience_s: float) -> bool:
        """Return whether all of it came in time.

        Raises:
            OSError: The sender has gone.
        """
        if not self._ended.wait(patience_s):
            return False
        if self._fault is not None:
            self.file.close()
            raise self._fault
        return True

    def when_gone(self, then: Callable[[], None]) -> None:
        """Give the sender up; ``then`` is called when the read has ended."""
        with self._settling:
            self._then = then
            if self._ended.is_set():
                self._leave(then)

    def _leave(self, then: Callable[[], None]) -> None:
        self.file.close()
        then()


class _Limited:
    """A stream that ends after so many bytes, as its sender promised."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data


def too_slow(request: HttpRequest) -> HttpResponse:
    """Return the refusal of a request whose body did not come; none of it was done."""
    is_api = request.path.startswith(API)
    with translation.override(language_of(request, is_api=is_api)):
        words = _(
            "What was announced did not come in time. Send it again; large files go to /uploads/, piece by piece."
        )
        if is_api:
            response = problem(request, 408, "too_slow", words)
        else:
            response = HttpResponse(words, status=408, content_type="text/plain; charset=utf-8")
    response["Connection"] = "close"
    return response


def _refused(response: HttpResponse, start_response: Start) -> Iterable[bytes]:
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]
