"""Roads to the upload process that are as bad as real ones."""

import socket
import threading
from contextlib import suppress


class Cut:
    """A road to the upload process that breaks in the middle of the first file, as a phone's network does in a tunnel."""

    def __init__(self, port: int, after: int) -> None:
        self.line, self.port, self.left, self.cuts = socket.create_server(("127.0.0.1", 0)), port, after, 0
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
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
