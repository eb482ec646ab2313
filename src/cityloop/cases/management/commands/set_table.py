"""``cityloop set_table [--jurisdiction CODE] FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.actions.tables import MOST_CHARACTERS, set_table
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import only_jurisdiction


class Command(CityCommand):
    help = noop(
        "Put a new version of a city's process table in force; a running case keeps the version it started under."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("the table as YAML; show_table writes the one in force"))
        parser.add_argument(
            "--jurisdiction", default="", help=_("code of the city; not needed where there is only one")
        )
        parser.add_argument("--note", default="", help=_("what changed, in a sentence"))

    @override
    def handle(self, *, file: Path, jurisdiction: str, note: str, **_options: Any) -> None:
        text = _read(file)
        try:
            code = jurisdiction or only_jurisdiction()
            version = set_table(code, text, actor_id=None, now=machine_now(), note=note or file.name)
        except CityError as exc:
            for fault in exc.faults:
                self.stderr.write(f"{fault.field}: {fault.why}")
            raise CommandError(exc.message) from exc
        self.stdout.write(
            _("Version %(version)d of the table of %(city)s is in force for the cases that begin from now on.")
            % {"version": version, "city": code}
        )


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError as exc:
        raise CommandError(_("The file %(path)s is not UTF-8 text. Save it as such.") % {"path": file}) from exc
    except OSError as exc:
        raise CommandError(_("The file %(path)s cannot be read.") % {"path": file}) from exc
