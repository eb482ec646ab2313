"""``cityloop backup [FOLDER|FILE]``."""

from datetime import UTC
from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop
from cityloop.site import backup
from cityloop.site.paths import data_folder


class Command(CityCommand):
    help = noop("Write everything this installation holds into one file, while it runs.")
    requires_system_checks: list[str] = []

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "place",
            nargs="?",
            default="",
            metavar="FOLDER|FILE.zip",
            help=_("where it goes; without it: “backups” in the data folder, which is on the same disk"),
        )
        parser.add_argument("--no-media", action="store_true", help=_("leave photos and files out"))

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        data, now = data_folder(), machine_now().astimezone(UTC)
        path = backup.place_of(options["place"], data, now)
        say = self.stdout.write if options["verbosity"] else backup.no_words
        manifest = backup.back_up(path, data, now, with_media=not options["no_media"], say=say)
        words = _("%(cases)d cases with %(events)d events and %(files)d files in %(path)s (%(size)s)") % {
            "cases": manifest.cases,
            "events": manifest.events,
            "files": manifest.media_files,
            "path": path,
            "size": backup.size_text(path.stat().st_size),
        }
        say(words)
        if warning := backup.same_disk(path, data):
            self.stderr.write(warning)
