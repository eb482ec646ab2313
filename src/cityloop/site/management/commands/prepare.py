"""Bring the database up to date: migrations, what every city shares, and on request the demo city."""

import math
from argparse import ArgumentParser
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from typing_extensions import override

from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import has_accounts
from cityloop.site import backup, dumps
from cityloop.site.paths import command_line, data_folder

SEEDS = ("load_standards", "load_posts", "load_table", "renew_holidays")
"""Commands of the rooms below that fill what all cities share; each may run again at any time."""


class Command(CityCommand):
    help = noop("Bring the database up to date: migrations, catalogues, and with --demo a demo city.")
    requires_system_checks: list[str] = []

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help=_("make the demo city where there is no city yet"))
        parser.add_argument("--from", dest="source", help=_("make it from this file of real requests"))
        parser.add_argument("--mapping", help=_("what the columns of that file mean"))
        parser.add_argument("--size", help=_("how large the demo city is: small or full"))
        parser.add_argument(
            "--no-backup", dest="backup", action="store_false", help=_("migrate without a backup of what is there")
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        # Of two machines that start on one database, one prepares and the other waits.
        with alone("site", "prepare", patience_s=math.inf):
            backup.settle_secret(data_folder())
            self._prepare(options)

    def _prepare(self, options: dict[str, Any]) -> None:
        verbosity = options["verbosity"]
        if waiting := pending_migrations():
            if verbosity:
                self.stdout.write(_("%(n)d migrations to apply") % {"n": len(waiting)})
            drop_broken_indexes()
            if options["backup"] and settings.BACKUP_BEFORE_MIGRATING and not dumps.is_empty():
                self._back_up()
            call_command("migrate", verbosity=0, interactive=False)
        known = get_commands()
        for seed in SEEDS:
            if seed in known:
                call_command(seed, verbosity=verbosity, stdout=self.stdout)
        if options["demo"] and "make_demo_city" in known:
            given = {"--from": options["source"], "--mapping": options["mapping"], "--size": options["size"]}
            words = [word for name, value in given.items() if value for word in (name, value)]
            call_command("make_demo_city", *words, verbosity=verbosity)
        say_who_can_sign_in(data_folder() / "sign-in.txt")

    def _back_up(self) -> None:
        """Write the database, which a migration may change beyond return, into the data folder; no migration touches a file."""
        data, now = data_folder(), machine_now().astimezone(UTC)
        path = backup.place_of("", data, now, backup.BEFORE_MIGRATING)
        try:
            backup.back_up(path, data, now, with_media=False, say=self.stdout.write)
        except CityError as exc:
            words = _("The database waits to be migrated, but cannot be backed up first: %(why)s")
            how = _("Mend that, or go without: CITYLOOP_BACKUP_BEFORE_MIGRATING=0")
            raise CommandError(f"{words % {'why': exc.message}}\n{how}") from exc
        backup.thin_out(data, backup.BEFORE_MIGRATING)
        self.stdout.write(_("What was here before is in %(path)s") % {"path": path})


def drop_broken_indexes() -> None:
    """Drop what is left of an index whose building was broken off: it serves nobody, and its migration could not run again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', nspname, relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE NOT indisvalid AND nspname = current_schema()"
            " ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")


def pending_migrations() -> list[str]:
    """Return the names of the migrations that are not applied yet, as ``room.name``."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def say_who_can_sign_in(path: Path) -> None:
    """Leave a hint in ``path`` while there is no account at all; ``up`` shows it under the address.

    The demo city writes its accounts into the same file.
    """
    if not has_accounts():
        words = _("Nobody can sign in yet. In another terminal: %(command)s init")
        path.write_text(f"{words % {'command': command_line()}}\n")
        path.chmod(0o600)
    elif path.exists() and path.read_text().rstrip().endswith(" init"):
        path.unlink()
