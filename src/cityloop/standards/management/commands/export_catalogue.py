"""``export_catalogue OUT``: write the classes of a scheme as YAML or Excel, as the file's name ends."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.standards import queries
from cityloop.standards.choices import DEFAULT_SCHEME


class Command(CityCommand):
    help = noop("Write all editions of the classes of a scheme; import_catalogue reads the file back.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, help=_("a name that ends in .yaml or .xlsx"))
        parser.add_argument("--scheme", default=str(DEFAULT_SCHEME))

    @override
    def handle(self, *, out: Path, scheme: str, **_options: Any) -> None:
        try:
            out.write_bytes(queries.export_catalogue(scheme, out.suffix.lstrip(".")))
        except CityError as exc:
            raise CommandError(exc.message) from exc
        except OSError as exc:
            raise CommandError(_("The file %(path)s cannot be written.") % {"path": out}) from exc
        self.stdout.write(_("The catalogue stands in %(path)s.") % {"path": out})
