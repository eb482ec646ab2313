"""``import_regions FILE --level community --jurisdiction 420106``."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from typing_extensions import override

from cityloop.geography.actions import ImportOptions, ImportReport, RegionFields, import_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.management.areas import AreaCommand
from cityloop.kernel.translation import noop


class Command(AreaCommand):
    help = noop("Import the regions of one level from a GeoJSON or GeoPackage file.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--level", required=True, choices=RegionLevel.values)

    @override
    def columns(self) -> dict[str, str]:
        return {f"{name}_column": default for name, default in asdict(RegionFields()).items()}

    @override
    def import_areas(self, asked: dict[str, Any], options: ImportOptions) -> ImportReport:
        return import_regions(
            asked["file"],
            RegionLevel(asked["level"]),
            jurisdiction=asked["jurisdiction"],
            valid_from=asked["valid_from"],
            fields=RegionFields(**{name.removesuffix("_column"): asked[name] for name in self.columns()}),
            options=options,
            progress=self.progress,
        )
