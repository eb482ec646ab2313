"""The private PostgreSQL for a single command, where ``cityloop up`` is not running."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command

from cityloop.kernel.errors import Conflict, NotFound, Unavailable
from cityloop.kernel.translation import _
from cityloop.site.lock import Lock
from cityloop.site.paths import data_folder
from cityloop.site.postgres import SETTINGS, Cluster
from cityloop.site.processes import MARK
from cityloop.site.settings import env

PATIENCE_S = 60.0
WORKS_ON_AN_OLD_DATABASE = frozenset({
    "backup", "makemigrations", "migrate", "prepare", "restore", "showmigrations", "sqlmigrate",
})  # fmt: skip
BEGINS = frozenset({"init", "migrate", "prepare", "restore"})
"""Commands that begin a city where there is none; any other would look at an empty one and find it in order."""


@contextmanager
def database_for_a_command(command: str) -> Iterator[None]:
    """Let the database answer while the block runs.

    Where a URL names another database, or ``cityloop up`` runs, it does already. Else the private one is started, brought
    up to date, and stopped at the end; ``up`` is refused meanwhile.
    """
    data = data_folder()
    cluster = Cluster(data / "postgres", data / "run", SETTINGS)
    # A child of ``up`` (prepare, worker) never starts a server of its own: it would be refused by its parent's lock.
    if env.text("CITYLOOP_DATABASE_URL") or env.text(MARK) or cluster.is_ready():
        yield
        return
    lock = Lock(data)
    try:
        lock.take()
    except Conflict:
        _wait_for(cluster, None)  # ``up`` has only just begun
        yield
        return
    try:
        if command not in BEGINS and not cluster.is_made:
            words = _(
                "There is no city in %(folder)s. Name its folder (cityloop --data FOLDER …), or first load the settings"
                " that its service reads: set -a; . /etc/cityloop.env; set +a. A new city begins with “cityloop up” or"
                " “cityloop init”."
            )
            raise NotFound(words % {"folder": data})
        cluster.make()
        cluster.stop_leftovers()
        with _running(cluster):
            cluster.ensure_database()
            if command not in WORKS_ON_AN_OLD_DATABASE:
                # What a command prints is often a file: only its own words may go there.
                call_command("prepare", verbosity=0, stdout=sys.stderr)
            yield
    finally:
        lock.free()


@contextmanager
def _running(cluster: Cluster) -> Iterator[None]:
    log = cluster.folder.parent / "postgres.log"
    with log.open("w") as output:
        server = subprocess.Popen(cluster.command(), stdout=output, stderr=output, cwd="/", start_new_session=True)
    try:
        _wait_for(cluster, server)
        yield
    finally:
        server.send_signal(2)
        server.wait()


def _wait_for(cluster: Cluster, server: "subprocess.Popen[bytes] | None") -> None:
    until = time.monotonic() + PATIENCE_S
    while not cluster.is_ready():
        if time.monotonic() > until or (server and server.poll() is not None):
            raise Unavailable(
                _("PostgreSQL does not start. Its last words are in %(path)s.")
                % {"path": cluster.folder.parent / "postgres.log"}
            )
        time.sleep(0.05)
