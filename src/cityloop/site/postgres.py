"""The private PostgreSQL cluster: made in the data folder, run by the supervisor, reached through a Unix socket only.

As root it runs as the system's ``postgres`` user, since PostgreSQL refuses root.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _

SETTINGS = {
    "listen_addresses": "''",
    "jit": "off",  # it costs more than it saves on the small queries of desks
    "shared_buffers": "256MB",
    "max_connections": "60",
    "wal_compression": "on",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in ``folder`` that listens on a socket in ``socket``."""

    folder: Path
    socket: Path
    settings: dict[str, str]

    @property
    def url(self) -> str:
        return f"postgresql:///cityloop?host={self.socket}&user=cityloop"

    def make(self) -> bool:
        """Make the cluster where there is none; return whether one was made."""
        if (self.folder / "PG_VERSION").exists():
            return False
        for path in (self.folder.parent, self.socket):
            path.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            for path in (self.folder, self.socket):
                os.chown(path, postgres.pw_uid, postgres.pw_gid)
        self._run(
            program("initdb"), "-D", str(self.folder), "-U", "cityloop", "-E", "UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=reject", "--data-checksums",
        )  # fmt: skip
        return True

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        options = [f"-c{name}={value.strip(chr(39))}" for name, value in self.settings.items()]
        return as_postgres([program("postgres"), "-D", str(self.folder), "-k", str(self.socket), *options])

    def ensure_database(self, name: str = "cityloop") -> None:
        """Make the database ``name`` on a running server, unless it is there."""
        sql = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"
        base = [program("psql"), "-h", str(self.socket), "-U", "cityloop", "-d", "postgres", "-Atqc"]
        if self._run(*base, sql).strip() != "1":
            self._run(*base, f'CREATE DATABASE "{name}"')

    def is_ready(self) -> bool:
        command = [program("pg_isready"), "-q", "-h", str(self.socket), "-U", "cityloop"]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, *command: str) -> str:
        done = subprocess.run(as_postgres(command), check=False, capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise Unavailable(
                _("“%(program)s” failed: %(why)s")
                % {"program": Path(command[0]).name, "why": (done.stderr or done.stdout).strip()[-2000:]}
            )
        return done.stdout


def as_postgres(command: Sequence[str]) -> list[str]:
    """Return ``command`` so that it runs as the system's postgres user where we are root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


def program(name: str) -> str:
    """Return the path of PostgreSQL's program ``name``: the newest version that Debian installed, else from PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise Unavailable(_("PostgreSQL's program “%(name)s” is not installed. Run script/bootstrap.") % {"name": name})
    return found
