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
        parser.add_argument("--force", action="store_true", help=_("write over a file that is there"))
        parser.add_argument("--city", default="", help=_("code of the city; not needed where there is only one"))

    @override
    def handle(self, *, out: Path, city: str, force: bool, **_options: Any) -> None:
        try:
            place = queries.city(city or queries.only_jurisdiction())
        except CityError as exc:
            raise CommandError(exc.message) from exc
        example = queries.people_template(place.code, today=place.today())
        try:
            with out.open("wb" if force else "xb") as file:
                file.write(example)
        except FileExistsError as exc:
            text = _(
                "%(path)s is there already, perhaps filled in, and was left as it is. Name another file, or add --force."
            )
            raise CommandError(text % {"path": out}) from exc
        except OSError as exc:
            raise CommandError(_("%(path)s cannot be written (%(why)s).") % {"path": out, "why": exc.strerror}) from exc
        text = _("The example stands in %(path)s. Fill it in, then: cityloop import people %(path)s")
        self.stdout.write(text % {"path": out})
