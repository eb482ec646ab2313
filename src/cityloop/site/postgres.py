"""The private PostgreSQL cluster: made in the data folder, run by the supervisor, reached through a Unix socket only.

As root it runs as the system's ``postgres`` user, since PostgreSQL refuses root.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _
from cityloop.site.processes import pids_in, send

SETTINGS = {
    "listen_addresses": "''",
    "jit": "off",  # it costs more than it saves on the small queries of desks
    "shared_buffers": "256MB",
    "max_connections": "60",  # 2 web processes with a pool of 4 each, the worker, imports, psql: half of it in reserve
    "wal_compression": "on",
    "default_toast_compression": "lz4",  # a case is packed at every act and unpacked at every look: a quarter of the time of pglz
    "random_page_cost": "1.1",
    "log_checkpoints": "off",
    "log_line_prefix": "''",  # the supervisor's stream stamps each line
}
LONGEST_SOCKET = 90
"""Characters: Linux takes 107 for the whole path of a Unix socket, and PostgreSQL adds ``/.s.PGSQL.5432`` to ours."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in ``folder`` that listens on a socket in ``socket``."""

    folder: Path
    socket: Path
    settings: dict[str, str]

    @property
    def url(self) -> str:
        return f"postgresql:///cityloop?host={quote(str(self.socket))}&user=cityloop"

    @property
    def is_made(self) -> bool:
        return (self.folder / "PG_VERSION").exists()

    def make(self) -> bool:
        """Make the cluster where there is none; return whether one was made.

        It is made beside its place and moved there whole, so that a run that is killed half-way leaves nothing broken.
        """
        self._make_socket_folder()
        if self.is_made:
            return False
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give_to_postgres(draft)
        self._run(
            "initdb", "-D", str(draft), "-U", "cityloop", "-E", "UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=reject", "--data-checksums",
        )  # fmt: skip
        draft.rename(self.folder)
        return True

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground; it stops when the process that started it dies."""
        options = [f"-c{name}={value.strip(chr(39))}" for name, value in self.settings.items()]
        server = [self._program("postgres"), "-D", str(self.folder), "-k", str(self.socket), *options]
        return as_postgres(server, "--pdeathsig", "INT")

    def ensure_database(self, name: str = "cityloop") -> None:
        """Make the database ``name`` on a running server, unless it is there."""
        sql = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"
        base = ["psql", "-h", str(self.socket), "-U", "cityloop", "-d", "postgres", "-Atqc"]
        if self._run(*base, sql).strip() != "1":
            self._run(*base, f'CREATE DATABASE "{name}"')

    def is_ready(self) -> bool:
        command = [self._program("pg_isready"), "-q", "-h", str(self.socket), "-U", "cityloop", "-d", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def stop_leftovers(self) -> int:
        """Stop what an earlier, killed run left running on this cluster; return how many processes that were.

        A server with its head gets a fast shutdown. One without (postmaster killed) would hold the shared memory and
        keep a new server from starting, so its processes are ended at once: the log makes the data whole again.
        """
        found = pids_in(self.folder)
        if (head := self._postmaster()) in found:
            send([head], signal.SIGINT)
            self._wait_until_gone(10.0)
        for kind in (signal.SIGQUIT, signal.SIGKILL):
            send(pids_in(self.folder), kind)
            self._wait_until_gone(3.0)
        return len(found)

    def _wait_until_gone(self, patience_s: float) -> None:
        until = time.monotonic() + patience_s
        while pids_in(self.folder) and time.monotonic() < until:
            time.sleep(0.05)

    def _postmaster(self) -> int:
        """Return the server's process id by its own note, 0 where there is none."""
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return 0

    def _make_socket_folder(self) -> None:
        if len(str(self.socket)) > LONGEST_SOCKET:
            raise Unavailable(
                _("The path %(path)s is too long for PostgreSQL's socket. Choose a shorter data folder.")
                % {"path": self.socket}
            )
        for path in (self.folder.parent, self.socket):
            path.mkdir(parents=True, exist_ok=True)
        refuse_closed_way(self.socket)
        # Whoever reaches the socket is the owner of the database, so nobody else may reach it.
        self.socket.chmod(0o700)
        give_to_postgres(self.socket)

    def _program(self, name: str) -> str:
        version = self.folder / "PG_VERSION"
        return program(name, version.read_text().strip() if version.exists() else "*")

    def _run(self, name: str, *arguments: str) -> str:
        command = as_postgres([self._program(name), *arguments])
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise Unavailable(
                _("“%(program)s” failed: %(why)s")
                % {"program": name, "why": (done.stderr or done.stdout).strip()[-2000:]}
            )
        return done.stdout


def give_to_postgres(path: Path) -> None:
    """Make ``path`` belong to the system's postgres user where we are root."""
    if os.geteuid() == 0:
        user = postgres_user()
        os.chown(path, user.pw_uid, user.pw_gid)


def postgres_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise Unavailable(_("There is no system user “postgres” to run PostgreSQL as. Run script/bootstrap.")) from None


def refuse_closed_way(path: Path) -> None:
    """Raise ``Unavailable`` where the postgres user could not get to ``path`` (as root only: /root is such a place)."""
    if os.geteuid() != 0:
        return
    user = postgres_user()
    for folder in path.parents:
        found = folder.stat()
        own = found.st_uid == user.pw_uid and found.st_mode & 0o100
        if not (own or found.st_mode & 0o001):
            raise Unavailable(
                _(
                    "PostgreSQL runs as the user “postgres”, who may not enter %(folder)s. Choose another data folder"
                    " (--data or CITYLOOP_DATA), or allow it: chmod o+x %(folder)s"
                )
                % {"folder": folder}
            )


def as_postgres(command: Sequence[str], *options: str) -> list[str]:
    """Return ``command`` so that it runs as the system's postgres user where we are root.

    ``options`` go to setpriv, which is then used by everybody.
    """
    if os.geteuid() == 0:
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *options, *command]
    return ["setpriv", *options, *command] if options else list(command)


def program(name: str, version: str = "*") -> str:
    """Return the path of PostgreSQL's program ``name`` of that major version, else the newest; else from PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"{version}/bin/{name}"), key=lambda path: float(path.parts[4]))
    if path := str(found[-1]) if found else shutil.which(name):
        return path
    if version == "*":
        raise Unavailable(_("PostgreSQL's program “%(name)s” is not installed. Run script/bootstrap.") % {"name": name})
    raise Unavailable(
        _("The data was made by PostgreSQL %(version)s, which is not installed. Install postgresql-%(version)s.")
        % {"version": version}
    )
