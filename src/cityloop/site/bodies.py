"""Bodies are read to their end before anybody begins to work on them: a slow sender holds no desk's place.

Granian calls the application when the headers are there. Whoever reads a body that trickles waits with it, and one who waits
inside the turnstile sits on a connection to the database.
"""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from cityloop.kernel.translation import _
from cityloop.site.problems import MOST_BYTES, MOST_BYTES_OF_A_FORM

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]


class Bodies:
    """Stands around the application: reads bodies into memory (small ones) or a file, a bounded number at a time.

    Args:
        application: What is called when the body is there.
        threads: Those that serve here: half of them may wait for bodies, a quarter for those of one address. A proxy that
            gathers bodies before it asks never comes near.
    """

    def __init__(self, application: Application, threads: int) -> None:
        self.application = application
        self.most, self.most_of_one = max(2, threads // 2), max(1, threads // 4)
        self._reading = Counter[str]()
        self._counting = threading.Lock()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # What is no number, or too long, is refused unread by those who know why (problems.unreadable).
        if not (length.isascii() and length.isdigit()) or not 0 < int(length) <= MOST_BYTES_OF_A_FORM:
            return self.application(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if not self._begin(address):
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "2")]
            start_response("429 Too Many Requests", headers)
            return [_("Too many slow senders at this moment. Try again in a few seconds.").encode()]
        with tempfile.SpooledTemporaryFile(max_size=MOST_BYTES) as body:
            try:
                shutil.copyfileobj(_Limited(environ["wsgi.input"], int(length)), body)
            finally:
                self._end(address)
            body.seek(0)
            environ["wsgi.input"] = body
            return self.application(environ, start_response)

    def _begin(self, address: str) -> bool:
        with self._counting:
            if self._reading.total() >= self.most or self._reading[address] >= self.most_of_one:
                return False
            self._reading[address] += 1
            return True

    def _end(self, address: str) -> None:
        with self._counting:
            self._reading[address] -= 1
            if not self._reading[address]:
                del self._reading[address]


class _Limited:
    """A stream that ends after so many bytes, as its sender promised."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data
