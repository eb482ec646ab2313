"""``cityloop up``: one process that runs all others on one data folder.

In this order: the lock, PostgreSQL (unless a database URL is given), ``prepare`` (migrations, seeds, the demo city), the
web processes, the worker. Whatever dies comes back; on SIGINT, SIGTERM or SIGHUP all stop in the opposite order. Should
the supervisor itself be killed, the kernel ends its children (PR_SET_PDEATHSIG), and the next run sweeps up the rest.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.lanes import FOLDER as COUNTED
from cityloop.kernel.translation import _
from cityloop.site import periods
from cityloop.site.doors import Doors
from cityloop.site.lock import Lock
from cityloop.site.options import Options
from cityloop.site.paths import command_line
from cityloop.site.postgres import SETTINGS, Cluster
from cityloop.site.processes import (
    MARK,
    Child,
    Log,
    dying_with_us,
    how_it_ended,
    pids_marked,
    send,
    wait_before_restart_s,
)
from cityloop.site.settings import env

if TYPE_CHECKING:  # loaded where TLS is spoken: the supervisor lives as long as the city, and stays small
    from cityloop.site.tls import Certificate

TRY_AGAIN = 75
"""Exit code of ``prepare`` where the database did not answer: trying again can help (EX_TEMPFAIL of sysexits.h)."""

JOBS_AT_ONCE = 6
"""So that a trial over a million cases, or a program that does not answer its webhooks, holds up no urge and no anchor."""

CLOCK_LOOK_S = 5.0
SET_BACK_S = 30.0
"""By so much at least: less is made good by itself within a minute."""

FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""For the C library of the children: with an arena for each of some thirty threads it holds memory that nobody uses."""


def _ahead_s() -> float:
    """Return how far the machine's clock is ahead of the one that nobody can set."""
    return time.time() - time.monotonic()


class Supervisor:
    def __init__(self, options: Options, log: Log) -> None:
        self.options = options
        self.log = log
        self.certificate = options.certificate
        self.cluster = Cluster(options.data / "postgres", options.data / "run", SETTINGS)
        self.env = (
            os.environ | {MARK: str(options.data), "CITYLOOP_DATA": str(options.data), "PYTHONUNBUFFERED": "1"} | FRUGAL
        )
        self.doors = Doors(options, self.env, self._say)
        self.postgres = self._child("postgres", self.cluster.command, signal.SIGINT, 30.0, self._sweep_cluster)
        self.web = self._child("web", self.doors.web_command, signal.SIGTERM, 10.0, self._find_port)
        self.uploads = self._child("uploads", self.doors.uploads_command, signal.SIGTERM, 10.0, None)
        self.plain = self._child("plain", self.doors.plain_command, signal.SIGTERM, 10.0, None)
        self.worker = self._child("worker", self._worker_command, signal.SIGTERM, 15.0, self._forget_the_future)
        self.prepare: Child | None = None
        self.stopping = asyncio.Event()
        self.keepers: list[asyncio.Task[None]] = []

    async def run(self) -> int:
        """Run until told to stop; return the exit code."""
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(kind, self._on_signal, kind)
        try:
            return await self._run()
        finally:
            await self._stop()
            self.doors.close()

    async def _run(self) -> int:
        starting = asyncio.create_task(self._start())
        stopped = asyncio.create_task(self.stopping.wait())
        limit = self.options.until_ready or None
        await asyncio.wait([starting, stopped], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            if not (code := starting.result()) and not self.options.until_ready:
                await stopped
            stopped.cancel()
            return code
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        if self.stopping.is_set():
            return 0
        self._say(_("CityLoop did not answer within %(limit).0f s."), limit=limit)
        return 1

    async def _start(self) -> int:
        """Start everything; return 0 once the sign-in page answers."""
        self._say(_("CityLoop starts on %(folder)s"), folder=self.options.data)
        await asyncio.to_thread(self._sweep_processes)
        if self.certificate:
            await asyncio.to_thread(self._find_certificate, self.certificate)
        if self.options.is_private:
            await self._start_postgres()
        if code := await self._prepare():
            return code
        await asyncio.to_thread(self.doors.find_all)
        for name, child in self._chosen():
            if name in self.options.parts:
                self._keep(child)
        started = time.monotonic()
        if "web" in self.options.parts:
            await self._until(lambda: self.doors.answers(self.doors.port, "/sign-in"), 0.1)
            self._say(_("web ready in %(s).1f s"), s=time.monotonic() - started)
            (self.options.data / "address").write_text(f"{self.doors.address()}\n")
        if "uploads" in self.options.parts:
            await self._until(lambda: self.doors.answers(self.doors.upload_port, "/healthz"), 0.1)
            self._say(_("uploads ready in %(s).1f s"), s=time.monotonic() - started)
        self._welcome()
        if self.certificate:
            self.keepers.append(asyncio.create_task(self._keep_certificate(self.certificate)))
        self.keepers.append(asyncio.create_task(self._watch_clock()))
        return 0

    def _chosen(self) -> list[tuple[str, Child]]:
        """Return the children that run here, each with the part that it belongs to, in the order in which they start."""
        return [
            *([("web", self.plain)] if self.certificate else []),
            ("web", self.web),
            ("uploads", self.uploads),
            ("worker", self.worker),
        ]

    async def _start_postgres(self) -> None:
        started = time.monotonic()
        if await asyncio.to_thread(self.cluster.make):
            self._say(_("PostgreSQL made in %(s).1f s"), s=time.monotonic() - started)
        started = time.monotonic()
        self._keep(self.postgres)
        await self._until(self.cluster.is_ready, 0.1)
        await asyncio.to_thread(self.cluster.ensure_database)
        self._say(_("PostgreSQL ready in %(s).1f s"), s=time.monotonic() - started)

    async def _prepare(self) -> int:
        """Bring the database up to date; wait for one that does not answer. Return 0, or why it cannot be."""
        tries = 0
        while True:
            tries += 1
            started = time.monotonic()
            self.prepare = self._child("prepare", self._prepare_command, signal.SIGTERM, 10.0, None)
            self.prepare.shown = True  # a demo city takes its time: what it says belongs on the screen
            await self.prepare.start()
            code = await self.prepare.wait()
            if code == 0:
                self._say(_("database up to date in %(s).1f s"), s=time.monotonic() - started)
                return 0
            if code > 0 and code != TRY_AGAIN:
                self._say(_("The database could not be brought up to date; the lines above say why."))
                return 1
            wait_s = wait_before_restart_s(tries + 2)
            text = _("The database does not answer yet (%(how)s); trying again in %(wait).0f s")
            self._say(text, how=how_it_ended(code), wait=wait_s)
            await asyncio.sleep(wait_s)

    def _welcome(self) -> None:
        if "web" not in self.options.parts:
            self._say(_("Ready: %(parts)s"), parts=", ".join(sorted(self.options.parts)))
            return
        self._say(_("CityLoop is ready: %(url)s"), url=self.doors.address())
        with contextlib.suppress(OSError):
            for line in (self.options.data / "sign-in.txt").read_text().splitlines():
                self.log.line("cityloop", line)
        self._say_how_to_trust()
        if self.options.is_quiet:
            self._say(_("Other commands for this city, in another terminal: %(command)s …"), command=command_line())
        if not self.options.until_ready:
            self._say(_("Stop it with Ctrl-C."))

    def _say_how_to_trust(self) -> None:
        if not self.certificate:
            return
        from cityloop.site import certificates, tls

        if not (root := tls.root_certificate(self.options.data)):
            return
        if self.certificate.settings.mode == "local":
            self._say(
                _("Other devices learn to trust it at %(url)s"),
                url=self.doors.address("http", self.doors.plain_port) + "enrol",
            )
            self._say(
                _("Fingerprint of its root certificate (SHA-256): %(print)s"), print=certificates.fingerprint(root)
            )

    def _find_certificate(self, certificate: "Certificate") -> None:
        from cityloop.site import tls

        now = machine_now()
        certificate.bring_up_to_date(now)
        for finding in tls.look(certificate, now):
            if finding.level != "ok":
                self._say(finding.what)

    async def _keep_certificate(self, certificate: "Certificate") -> None:
        """Renew what is served before it ends, and take over what was put in its place; people notice nothing of it."""
        complaint = ""
        while True:
            await asyncio.sleep(self.options.certificate_look_s)
            try:
                is_new = await asyncio.to_thread(certificate.bring_up_to_date, machine_now())
            except Exception as exc:  # noqa: BLE001 # whatever it is, what is served stays, and the next look may do better
                why = exc.message if isinstance(exc, CityError) else f"{type(exc).__name__}: {exc}"
                if why != complaint:
                    complaint = why
                    self._say(_("The certificate could not be renewed: %(why)s"), why=why)
                continue
            complaint = ""
            from cityloop.site import certificates

            if is_new and (pair := certificate.what_is_served()):
                # Granian answers a SIGHUP by new processes, one after another; each ends its requests first.
                for child in (self.web, self.uploads, self.plain):
                    child.send(signal.SIGHUP)
                ends = certificates.spoken_by(pair.certificate).ends
                self._say(_("Another certificate is served; it holds until %(day)s"), day=f"{ends:%Y-%m-%d}")

    async def _watch_clock(self) -> None:
        """Begin the worker anew when the machine's clock was set back: it waits for an hour that it has seen already."""
        ahead = _ahead_s()
        while True:
            await asyncio.sleep(CLOCK_LOOK_S)
            before, ahead = ahead, _ahead_s()
            if before - ahead > SET_BACK_S:
                self._say(_("The clock was set back by %(s).0f s; the worker begins anew"), s=before - ahead)
                await self._begin_anew(self.worker)

    async def _begin_anew(self, child: Child) -> None:
        """Let a child that is kept running end and come back; one that does not hear, as while it starts, is ended."""
        process = child.process
        child.send(signal.SIGTERM)
        if process is not None:
            try:
                await asyncio.wait_for(process.wait(), child.patience_s)
            except TimeoutError:
                child.kill()

    async def _stop(self) -> None:
        started = time.monotonic()
        with contextlib.suppress(OSError):
            (self.options.data / "address").unlink(missing_ok=True)
        # The doors first and together, since in the middle of a reload each of them takes all of its patience.
        await asyncio.gather(*(door.stop() for door in (self.plain, self.web, self.uploads)))
        for child in (self.worker, self.prepare, self.postgres):
            if child:
                await child.stop()
        for keeper in self.keepers:
            keeper.cancel()
        await asyncio.gather(*self.keepers, return_exceptions=True)
        self._say(_("CityLoop stopped in %(s).1f s"), s=time.monotonic() - started)

    def _on_signal(self, kind: signal.Signals) -> None:
        if not self.stopping.is_set():
            self._say(_("Stopping (%(signal)s); once more to stop at once"), signal=kind.name)
            self.stopping.set()
            return
        for child in (self.plain, self.web, self.uploads, self.worker, self.prepare):
            if child:
                child.kill()
        # Never SIGKILL for PostgreSQL: an immediate shutdown is as quick and leaves nothing in shared memory.
        if self.postgres.process and self.postgres.process.returncode is None:
            self.postgres.process.send_signal(signal.SIGQUIT)

    # ---- The children ----

    def _child(
        self,
        name: str,
        command: Callable[[], list[str]],
        stop_signal: signal.Signals,
        patience_s: float,
        before: Callable[[], object] | None,
    ) -> Child:
        return Child(
            name, command, self.log, self.env, stop_signal, patience_s, shown=not self.options.is_quiet, before=before
        )

    def _find_port(self) -> None:
        self.doors.find_web_port(again=self.web.deaths > 0)

    def _worker_command(self) -> list[str]:
        manage = [sys.executable, "-m", "cityloop.site.cli", "procrastinate"]
        more = ["--concurrency", str(JOBS_AT_ONCE), "--shutdown-graceful-timeout", "10"]
        # No checks: they would have it load the pages and forms of all rooms. They are of the code, and script/test makes them.
        return dying_with_us([*manage, "--skip-checks", "worker", *more])

    def _prepare_command(self) -> list[str]:
        return dying_with_us([sys.executable, "-m", "cityloop.site.cli", "prepare", *self.options.prepare])

    def _forget_the_future(self) -> None:
        periods.forget_the_future(env.text("CITYLOOP_DATABASE_URL") or self.cluster.url)

    def _sweep_processes(self) -> None:
        """End what a killed run left: nobody else can have started it, since we hold the lock."""
        if left := pids_marked(self.options.data):
            send(left, signal.SIGKILL)
            self._say(_("Ended %(n)d processes that an earlier run left behind"), n=len(left))
        shutil.rmtree(self.options.data / COUNTED, ignore_errors=True)  # nobody counts there now

    def _sweep_cluster(self) -> None:
        if left := self.cluster.stop_leftovers():
            self._say(_("Stopped a PostgreSQL that was left behind (%(n)d processes)"), n=left)

    # ---- Small helpers ----

    def _keep(self, child: Child) -> None:
        self.keepers.append(asyncio.create_task(child.keep()))

    async def _until(self, is_so: Callable[[], bool], every_s: float) -> None:
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 # another process answers, no event of ours
            await asyncio.sleep(every_s)

    def _say(self, text: str, **facts: object) -> None:
        self.log.line("cityloop", text % facts if facts else text)


def supervise(options: Options) -> int:
    """Run everything until told to stop; return the exit code.

    Raises:
        CityError: The folder cannot be used, or is in use.
    """
    lock = Lock(options.data)
    lock.take()
    try:
        return asyncio.run(_supervise(options))
    finally:
        lock.free()


async def _supervise(options: Options) -> int:
    with contextlib.ExitStack() as stack:
        path = options.data / "cityloop.log"
        file = stack.enter_context(path.open("w")) if options.is_quiet else None
        log = Log(as_json=options.as_json, file=file)
        code = await Supervisor(options, log).run()
        if code and file:
            sys.stderr.write("".join(f"    {line}\n" for line in log.last))
            sys.stderr.write(_("The whole log: %(path)s") % {"path": path} + "\n")
        return code
