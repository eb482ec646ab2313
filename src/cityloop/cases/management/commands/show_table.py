"""``cityloop show_table [--jurisdiction CODE | --default | --example NAME]``."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.queries.tables import EXAMPLES, default_text, example_text, text_in_force
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, listed, noop
from cityloop.organisation.queries import city, only_jurisdiction


class Command(CityCommand):
    help = noop("Write the process table in force in a city, as YAML.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--jurisdiction", default="", help=_("code of the city; not needed where there is only one"))
        which.add_argument(
            "--example",
            default="",
            help=_("a table of another kind of city that comes with CityLoop: %(names)s") % {"names": listed(EXAMPLES)},
        )
        which.add_argument("--default", action="store_true", help=_("the table that comes with CityLoop"))

    @override
    def handle(self, *, jurisdiction: str, default: bool, example: str, **_options: Any) -> None:
        try:
            if example:
                text = example_text(example)
            else:
                text = default_text() if default else text_in_force(city(jurisdiction or only_jurisdiction()).code)
        except CityError as exc:
            raise CommandError(exc.message) from exc
        self.stdout.write(text, ending="" if text.endswith("\n") else "\n")
