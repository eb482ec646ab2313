"""``people_template OUT.xlsx``: the example workbook for departments, people, posts and rosters."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation import queries


class Command(CityCommand):
    help = noop("Write the example workbook for departments, people, posts and rosters.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path)
        parser.add_argument("--city", default="", help=_("code of the city; not needed where there is only one"))

    @override
    def handle(self, *, out: Path, city: str, **_options: Any) -> None:
        try:
            place = queries.city(city or queries.only_jurisdiction())
        except CityError as exc:
            raise CommandError(exc.message) from exc
        out.write_bytes(queries.people_template(place.code, today=place.today()))
        self.stdout.write(_("The example stands in %(path)s. Fill it in and run import_people.") % {"path": out})
