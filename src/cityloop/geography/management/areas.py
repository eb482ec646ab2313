"""What the two commands that import areas have in common."""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from typing_extensions import override

from cityloop.geography.actions import ImportOptions, ImportReport
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _

SHOWN = 50
"""So many faults go to the screen; ``--report`` writes all of them."""


class AreaCommand(CityCommand):
    """Reads a file of areas, shows how far it is, and says of each refused row where it stands and why."""

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("GeoJSON or GeoPackage, also gzipped"))
        parser.add_argument("--jurisdiction", required=True, help=_("6 digits that the codes begin with"))
        parser.add_argument(
            "--valid-from", type=date.fromisoformat, help=_("first day on which the areas hold (today)")
        )
        parser.add_argument("--layer", default="", help=_("layer of a GeoPackage (the first)"))
        parser.add_argument(
            "--crs", default="", help=_("wgs84, cgcs2000, gcj02, bd09 or EPSG:4547 (what the file says)")
        )
        parser.add_argument(
            "--keep-good", action="store_true", help=_("import the good rows though others are refused")
        )
        parser.add_argument("--no-mend", action="store_true", help=_("refuse polygons that cross themselves"))
        parser.add_argument(
            "--supersede", action="store_true", help=_("let a changed area follow the one with its code")
        )
        parser.add_argument(
            "--tolerance", type=float, default=10.0, metavar="M2", help=_("overlap that is rounding (10)")
        )
        parser.add_argument("--retire", nargs="*", default=[], metavar="CODE", help=_("areas that end on that day"))
        parser.add_argument("--report", type=Path, help=_("write all faults and notes to this JSON file"))
        for name, default in self.columns().items():
            words = _("column, or a recipe such as 63{id[2:6]}{no:03} (%(default)s)")
            parser.add_argument(
                f"--{name.replace('_', '-')}", default=default, help=words % {"default": default or _("none")}
            )

    def columns(self) -> dict[str, str]:
        """Return the fields that a file may fill, each with the column it is looked for in."""
        raise NotImplementedError

    def import_areas(self, asked: dict[str, Any], options: ImportOptions) -> ImportReport:
        """Import the file as asked."""
        raise NotImplementedError

    @override
    def handle(self, *args: Any, **asked: Any) -> None:
        options = ImportOptions(
            layer=asked["layer"],
            crs=asked["crs"],
            keep_good=asked["keep_good"],
            mend=not asked["no_mend"],
            supersede=asked["supersede"],
            tolerance_m2=asked["tolerance"],
            retire=tuple(asked["retire"]),
        )
        asked["valid_from"] = asked["valid_from"] or timezone.localdate()
        try:
            report = self.import_areas(asked, options)
        except CityError as refusal:
            self._list([f"{fault.field}: {fault.value} {fault.why}" for fault in refusal.faults])
            raise CommandError(refusal.message) from refusal
        self._tell(report)
        if asked["report"]:
            told = {"faults": report.faults, "notes": report.notes}
            lines = {kind: [_as_json(one) for one in ones] for kind, ones in told.items()}
            asked["report"].write_text(json.dumps(lines, ensure_ascii=False, indent=1))

    def progress(self, done: int, total: int) -> None:
        """Show how far the reading is, where somebody is watching."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done}/{total}", ending="\n" if done == total else "")

    def _tell(self, report: ImportReport) -> None:
        self._list([str(fault) for fault in report.faults])
        self._list([str(note) for note in report.notes])
        self.stdout.write(
            _(
                "%(read)d rows read, %(written)d imported (%(superseded)d follow an older one), %(unchanged)d unchanged, %(refused)d refused."
            )
            % {
                "read": report.read,
                "written": report.written,
                "superseded": report.superseded,
                "unchanged": report.unchanged,
                "refused": len(report.faults),
            }
        )

    def _list(self, lines: list[str]) -> None:
        for line in lines[:SHOWN]:
            self.stderr.write(line)
        if len(lines) > SHOWN:
            self.stderr.write(_("… and %(count)d more") % {"count": len(lines) - SHOWN})


def _as_json(fault: Any) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "value": fault.value, "why": fault.why}
