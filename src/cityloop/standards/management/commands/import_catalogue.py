"""``import_catalogue FILE``: bring a catalogue of YAML or Excel into the tables."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.standards import actions


class Command(CityCommand):
    help = noop(
        "Take classes, filing conditions and limits from a file that export_catalogue wrote and somebody edited."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("a name that ends in .yaml or .xlsx"))
        parser.add_argument(
            "--keep-good", action="store_true", help=_("take the rows without faults; default: all or none")
        )

    @override
    def handle(self, *, file: Path, keep_good: bool, **_options: Any) -> None:
        try:
            done = actions.import_catalogue(file.read_bytes(), file.suffix.lstrip("."), keep_good=keep_good)
        except CityError as exc:
            for fault in exc.faults:
                self.stderr.write(f"{fault.field}: {fault.why} {fault.value}".rstrip())
            raise CommandError(exc.message) from exc
        except OSError as exc:
            raise CommandError(_("The file %(path)s cannot be read.") % {"path": file}) from exc
        for row in done.faults:
            self.stderr.write(str(row))
        self.stdout.write(
            _("%(added)d rows added, %(changed)d changed, %(unchanged)d as they were.")
            % {"added": done.loaded.added, "changed": done.loaded.changed, "unchanged": done.loaded.unchanged}
        )
