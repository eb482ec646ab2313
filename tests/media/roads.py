"""Roads to the upload process that are as bad as real ones."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

MOST_SECONDS = 20
"""A road waits no longer than this for the process to keep something before it breaks."""


class Cut:
    """A road to the upload process that breaks in the middle of the first file, as a phone's network does in a tunnel.

    It breaks when ``after`` bytes have gone by and some of them lie on disk (``kept`` says how many): what is still on its way when
    a line breaks may be lost, so that a slow process would have nothing to go on with.
    """

    def __init__(self, port: int, after: int, kept: Callable[[], int]) -> None:
        self.line, self.port, self.left, self.cuts = socket.create_server(("127.0.0.1", 0)), port, after, 0
        self.kept, self.stood = kept, kept()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.line.getsockname()[1]}/uploads"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _from = self.line.accept()
                there = socket.create_connection(("127.0.0.1", self.port))
                threading.Thread(target=self._carry, args=(here, there, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(there, here, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                target.sendall(data)
                self.left -= len(data) if is_up else 0
                if is_up and self.left < 0 and not self.cuts:
                    self.cuts += 1
                    self._wait()
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _wait(self) -> None:
        until = time.monotonic() + MOST_SECONDS
        while self.kept() <= self.stood and time.monotonic() < until:
            time.sleep(0.01)
