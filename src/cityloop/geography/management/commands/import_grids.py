"""``import_grids FILE --jurisdiction 420106 --code-column BGID``."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from typing_extensions import override

from cityloop.geography.actions import GridFields, ImportOptions, ImportReport, duty_grids_by_community, import_grids
from cityloop.geography.management.areas import AreaCommand
from cityloop.kernel.translation import _, noop


class Command(AreaCommand):
    help = noop("Import unit grids from a GeoJSON or GeoPackage file.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--duty-grids",
            action="store_true",
            help=_("then make a duty grid of each community's grids that are in none"),
        )

    @override
    def columns(self) -> dict[str, str]:
        return {f"{name}_column": default for name, default in asdict(GridFields()).items()}

    @override
    def import_areas(self, asked: dict[str, Any], options: ImportOptions) -> ImportReport:
        report = import_grids(
            asked["file"],
            jurisdiction=asked["jurisdiction"],
            valid_from=asked["valid_from"],
            fields=GridFields(**{name.removesuffix("_column"): asked[name] for name in self.columns()}),
            options=options,
            progress=self.progress,
        )
        if asked["duty_grids"]:
            duty_grids_by_community(asked["jurisdiction"], asked["valid_from"])
        return report
