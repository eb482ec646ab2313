"""``lay_grid --cell 200 [--border FILE | --extent W S E N]``: unit grids for a city that has no surveyed ones."""

from datetime import date
from pathlib import Path
from typing import Any

import shapely
from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.geography import actions as geography
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation import queries
from cityloop.organisation.queries import City


class Command(CityCommand):
    help = noop(
        "Lay a regular grid over a city that has no surveyed one: over its communities where they were imported, else over a"
        " border or a box, with streets and communities made of blocks of cells."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        ground = parser.add_mutually_exclusive_group()
        ground.add_argument(
            "--border", type=Path, metavar="FILE", help=_("GeoJSON or GeoPackage with the city's border (polygons)")
        )
        ground.add_argument(
            "--extent",
            type=float,
            nargs=4,
            metavar=("WEST", "SOUTH", "EAST", "NORTH"),
            help=_("a box in degrees; without it and --border, the areas that were imported"),
        )
        parser.add_argument(
            "--cell", type=float, default=200.0, metavar="M", help=_("longest side of a cell in metres (%(default)s)")
        )
        parser.add_argument(
            "--crs", default="", help=_("of the border: wgs84, cgcs2000, gcj02, bd09 or EPSG:4547 (what the file says)")
        )
        parser.add_argument(
            "--valid-from", type=date.fromisoformat, help=_("first day on which the grid holds (today)")
        )
        parser.add_argument("--city", default="", help=_("code of the city; not needed where there is only one"))

    @override
    def handle(self, *, city: str, cell: float, **asked: Any) -> None:
        try:
            place = queries.city(city or queries.only_jurisdiction())
            day = asked["valid_from"] or place.today()
            laid = geography.lay_grid_within(place.code, _ground(place, day, asked), cell, day, name=place.name)
        except CityError as exc:
            raise CommandError(
                "\n".join([exc.message, *(f"  {one.field}: {one.why} {one.value}" for one in exc.faults)])
            ) from exc
        self.stdout.write(
            _("Laid %(grids)d unit grids and %(duty)d duty grids; %(regions)d regions were made for them.")
            % {"grids": laid.unit_grids, "duty": laid.duty_grids, "regions": laid.regions}
        )


def _ground(place: City, day: date, asked: dict[str, Any]) -> Any:
    """Return the polygon to cut: what was asked for, else what is known of the city's area."""
    if asked["border"]:
        return geography.read_border(asked["border"], crs=asked["crs"])
    if asked["extent"]:
        return shapely.box(*asked["extent"])
    border = geography.known_border(place.code, day)
    if border is None:
        text = _("Nothing is known yet of the area of %(city)s. Give --border FILE or --extent WEST SOUTH EAST NORTH.")
        raise CommandError(text % {"city": place.name})
    return border
