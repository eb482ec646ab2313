"""The doors of one run: the web, the uploads, and the plain HTTP beside TLS. Where each listens, by which command, under which address."""

import http.client
import ssl
import sys
import time
from collections.abc import Callable

from cityloop.kernel.translation import _
from cityloop.site import addresses
from cityloop.site.options import Options
from cityloop.site.ports import HeldPorts, is_free
from cityloop.site.processes import dying_with_us
from cityloop.site.settings import env

RELOAD_S = 30
"""Seconds that an old web process goes on serving beside the one that replaces it, which takes a while to load; one that
died is replaced at once."""

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 # only a person who asks for it gets it


class Doors:
    """Ports, commands and addresses of what people and programs are answered by.

    Args:
        env: Environment of the processes: the ports that were found are written into it.
        say: Says something to whoever started the run.
    """

    def __init__(self, options: Options, env: dict[str, str], say: Callable[..., None]) -> None:
        self.options = options
        self.env = env
        self.say = say
        self.certificate = options.certificate
        self.port = options.port
        self.upload_port = options.upload_port
        self.plain_port = options.plain_port
        self.ports = HeldPorts()

    def close(self) -> None:
        """Let others have our ports."""
        self.ports.close()

    # ---- Where they listen ----

    def find_all(self) -> None:
        """Find them before anybody is asked there: whoever has the port would answer in our place."""
        if "web" in self.options.parts:
            self.find_web_port()
        if "uploads" in self.options.parts:
            self.find_upload_port()
        if "web" in self.options.parts and self.certificate:
            self.find_plain_port()

    def find_web_port(self, *, again: bool = False) -> None:
        """Take the port, or another free one; it may be a moment until the kernel gives it back.

        ``again``, after a death, that is what the dead one held. And a child that is just being forked holds, until it becomes
        its own program, copies of all our sockets: so what is held is not given back to be taken again.
        """
        until = time.monotonic() + (3 if again else 0.5)
        while not (is_ours := is_free(self.options.host, self.port)) and time.monotonic() < until:
            time.sleep(0.05)
        if is_ours and self.ports.holds(self.port):
            return
        self.ports.give_back(self.port)
        port = self.ports.take(self.options.host, self.port)
        if port != self.port:
            self.say(_("Port %(taken)d is taken by another program; using %(port)d"), taken=self.port, port=port)
            self.port = port
            if again:
                self.say(_("CityLoop is now at %(url)s"), url=self.address())
        self.env["CITYLOOP_PORT"] = str(port)

    def find_upload_port(self) -> None:
        """Take the port of the uploads, or another free one; the web says it to whoever asks where to send files."""
        port = self.ports.take(self.options.host, self.upload_port)
        if port != self.options.upload_port:
            text = _("Port %(taken)d is taken by another program; using %(port)d")
            self.say(text, taken=self.options.upload_port, port=port)
        self.upload_port = port
        self.env["CITYLOOP_UPLOAD_PORT"] = str(port)

    def find_plain_port(self) -> None:
        port = self.ports.take(self.options.host, self.plain_port)
        if port != self.options.plain_port:
            text = _("Port %(taken)d is taken by another program; using %(port)d")
            self.say(text, taken=self.options.plain_port, port=port)
        self.plain_port = port

    # ---- By which command ----

    def web_command(self) -> list[str]:
        # A worker process that dies is replaced while the other goes on serving.
        return dying_with_us([
            sys.executable, "-m", "cityloop.site.serving", "--interface", "wsgi", "--no-ws",
            "--host", self.options.host, "--port", str(self.port),
            "--workers", str(self.options.workers), "--blocking-threads", str(self.options.threads * env.THREADS_PER_SEAT),
            "--respawn-failed-workers", "--respawn-interval", str(RELOAD_S), "--workers-kill-timeout", "6",
            "--backlog", "4096", "--log-level", "warning", *self._tls_options(), "cityloop.site.wsgi:application",
        ])  # fmt: skip

    def _tls_options(self) -> list[str]:
        if not self.certificate:
            return []
        served = str(self.certificate.served)
        # 1.2 is spoken too: phones before Android 10 know no later one.
        return ["--ssl-certificate", served, "--ssl-keyfile", served, "--ssl-protocol-min", "tls1.2"]

    def plain_command(self) -> list[str]:
        return dying_with_us([
            sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws",
            "--host", self.options.host, "--port", str(self.plain_port), "--workers", "1", "--blocking-threads", "2",
            "--respawn-failed-workers", "--respawn-interval", str(RELOAD_S), "--workers-kill-timeout", "6",
            "--log-level", "warning", "cityloop.site.plain:application",
        ])  # fmt: skip

    def uploads_command(self) -> list[str]:
        # One process: who writes to which upload stands in its memory. It waits for bytes, so one is enough.
        return dying_with_us([
            sys.executable, "-m", "cityloop.site.serving", "--interface", "asgi", "--no-ws",
            "--host", self.options.host, "--port", str(self.upload_port),
            "--workers", "1", "--respawn-failed-workers", "--respawn-interval", str(RELOAD_S), "--workers-kill-timeout", "6",
            "--log-level", "warning", *self._tls_options(), "cityloop.site.uploads:application",
        ])  # fmt: skip

    # ---- Under which address ----

    def answers(self, port: int, path: str) -> bool:
        return answers(self.options.host, port, path, name=self.options.name, is_tls=self.certificate is not None)

    def address(self, scheme: str = "", port: int = 0) -> str:
        scheme, port = scheme or ("https" if self.certificate else "http"), port or self.port
        is_usual = port == {"http": 80, "https": 443}[scheme]
        return f"{scheme}://{self._shown_host()}{'' if is_usual else f':{port}'}/"

    def _shown_host(self) -> str:
        """Return the name to ask for: of what listens everywhere one that others know, if there is a certificate for it."""
        host = self.options.host
        if host not in EVERYWHERE | {"127.0.0.1"}:
            return f"[{host}]" if ":" in host else host
        if self.certificate and host in EVERYWHERE:
            known = addresses.as_hosts(addresses.beyond_this_machine(self.certificate.names()))
            return next(iter(known), "localhost")
        return "localhost"


def answers(host: str, port: int, path: str, *, name: str = "localhost", is_tls: bool = False) -> bool:
    """Return whether ``GET path`` under ``name`` is answered with 200; what a certificate says is not asked, since we started it."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # translated, not bound
    connection = (
        http.client.HTTPSConnection(reached, port, timeout=5, context=ssl._create_unverified_context())  # noqa: S323, SLF001
        if is_tls
        else http.client.HTTPConnection(reached, port, timeout=5)
    )
    try:
        connection.request("GET", path, headers={"Host": f"{name}:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
