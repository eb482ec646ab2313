"""``cityloop restore FILE``."""

from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _, noop
from cityloop.site import backup, dumps
from cityloop.site.archive import Reader
from cityloop.site.paths import data_folder
from cityloop.site.private import database_for_a_command
from cityloop.site.processes import pids_marked


class Command(CityCommand):
    help = noop("Bring a backup back, into an empty data folder, and verify it.")
    requires_system_checks: list[str] = []

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip", help=_("what “cityloop backup” made"))
        parser.add_argument(
            "--replace", action="store_true", help=_("replace the data that is here; a backup of it is made first")
        )
        parser.add_argument("--check", action="store_true", help=_("only read the backup and say whether it is whole"))

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        data, say = data_folder(), self.stdout.write
        with closing(Reader(options["file"])) as reader:
            reader.check()
            manifest = reader.manifest
            words = _("The backup is whole: %(cases)d cases, %(events)d events, %(files)d files, of %(at)s.")
            at = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
            say(words % {"cases": manifest.cases, "events": manifest.events, "files": manifest.media_files, "at": at})
            if options["check"]:
                return
            if pids_marked(data):
                raise Conflict(dumps.in_use())
            with database_for_a_command("restore"):
                now = machine_now().astimezone(UTC)
                backup.Restoring(reader, data, now, replaces=options["replace"], say=say).run()
