"""``cityloop import layer FILE --target parts --jurisdiction 420106``: arguments in, an import begun, checked and applied, the report out."""

import sys
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from typing_extensions import override

from cityloop.assets.actions import importing
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun
from cityloop.assets.queries.imports import by_reason, first_faults, report_of
from cityloop.assets.rules.imports.mapping import CONSTANT
from cityloop.assets.targets import of_name, targets
from cityloop.geography.files import Asked
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, listed, noop
from cityloop.organisation.queries import city

SHOWN = 20
BAR_WIDTH = 24


class Command(CityCommand):
    help = noop(
        "Import a layer from a file: parts, regions, grids and the areas made of them, roads, buildings, areas, points of interest, addresses."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            nargs="?",
            help=_("zipped Shapefile, GeoPackage, GeoJSON, KML, DXF, CSV, Excel or OpenStreetMap; also gzipped"),
        )
        parser.add_argument(
            "--target",
            default="",
            help=_("what it becomes: %(names)s") % {"names": listed(one.name for one in targets())},
        )
        parser.add_argument("--jurisdiction", default="", help=_("6 digits of the city"))
        parser.add_argument("--layer", default="", help=_("layer or sheet of the file (the first)"))
        parser.add_argument(
            "--crs", default="", help=_("wgs84, cgcs2000, gcj02, bd09 or EPSG:4547 (what the file says)")
        )
        parser.add_argument("--x", default="", help=_("column of a table that holds the longitude or east"))
        parser.add_argument("--y", default="", help=_("column of a table that holds the latitude or north"))
        parser.add_argument("--swap", action="store_true", help=_("north stands where east should"))
        parser.add_argument(
            "--map",
            nargs="*",
            default=[],
            metavar="FIELD=COLUMN",
            help=_("which column holds what; FIELD==TEXT for all rows, FIELD= for none, FIELD=63{id[2:6]} from pieces"),
        )
        parser.add_argument("--valid-from", type=date.fromisoformat, help=_("first day on which it holds (today)"))
        parser.add_argument("--scheme", default="", help=_("standard that the part codes follow (the city's own)"))
        parser.add_argument("--level", default="", help=_("level of regions: community, street, district …"))
        parser.add_argument(
            "--tolerance", type=float, metavar="M", help=_("points of one kind nearer than this are doubles")
        )
        parser.add_argument(
            "--road",
            type=float,
            metavar="M",
            help=_("how far from a road a part of traffic may stand (100; 0: anywhere)"),
        )
        parser.add_argument(
            "--replace", action="store_true", help=_("what the file does not hold any more ends on that day")
        )
        parser.add_argument("--take-good", action="store_true", help=_("write the good rows though others are bad"))
        parser.add_argument("--dry-run", action="store_true", help=_("read and judge everything, write nothing"))
        parser.add_argument(
            "--report", type=Path, metavar="OUT.xlsx", help=_("write all that was found to this workbook")
        )
        parser.add_argument("--resume", type=UUID, metavar="ID", help=_("go on with an import that broke off"))
        parser.add_argument("--undo", type=UUID, metavar="ID", help=_("take an applied import back"))
        parser.add_argument(
            "--partly", action="store_true", help=_("undo what was not changed since, and leave the rest")
        )

    @override
    def handle(self, *args: Any, **asked: Any) -> None:
        self._shown_at = 0.0
        try:
            if asked["undo"]:
                self._undo(asked)
            else:
                self._import(asked)
        except CityError as refusal:
            for fault in refusal.faults[:SHOWN]:
                self.stderr.write(f"{fault.field}: {fault.value} {fault.why}")
            raise CommandError(refusal.message) from refusal

    def _undo(self, asked: dict[str, Any]) -> None:
        run = _run(asked["undo"])
        importing.ask_to(run, ImportState.UNDOING, actor_id=None, partly=asked["partly"], in_background=False)
        importing.go_on(run.id)
        self.stdout.write(_("Import %(id)s is undone.") % {"id": run.id})

    def _import(self, asked: dict[str, Any]) -> None:
        run = _run(asked["resume"]) if asked["resume"] else self._set_up(asked)
        if run.state in {ImportState.CHOOSING, ImportState.FAILED}:
            importing.ask_to(run, ImportState.CHECKING, actor_id=None, in_background=False)
        began = time.monotonic()
        run = importing.go_on(run.id, progress=self.progress) or run
        self._tell(run, time.monotonic() - began)
        if asked["report"]:
            with asked["report"].open("wb") as out:
                report_of(run, out)
        if run.state != ImportState.CHECKED:
            return
        if asked["dry_run"]:
            importing.drop(run)
            return
        try:
            importing.ask_to(
                run, ImportState.APPLYING, actor_id=None, all_or_none=not asked["take_good"], in_background=False
            )
        except CityError:
            importing.drop(run)
            raise
        began = time.monotonic()
        run = importing.go_on(run.id, progress=self.progress) or run
        self.stdout.write(
            _(
                "Applied in %(seconds).0f s: %(added)d added, %(changed)d changed, %(gone)d ended. To undo: --undo %(id)s"
            )
            % {**run.counts, "seconds": time.monotonic() - began, "id": run.id}
        )

    def _set_up(self, asked: dict[str, Any]) -> ImportRun:
        if not asked["file"] or not asked["target"] or not asked["jurisdiction"]:
            raise CommandError(_("Name the file, --target and --jurisdiction; or --resume, or --undo."))
        target, home = of_name(asked["target"]), city(asked["jurisdiction"])
        on = asked["valid_from"] or home.today()
        run = importing.begin(asked["file"], jurisdiction=home.code, name=asked["file"].name, actor_id=None)
        try:
            reading = Asked(asked["layer"], asked["crs"], asked["x"], asked["y"], swap=asked["swap"])
            looked, mapping, reading = importing.propose_for(run, target, reading, on)
            for pair in asked["map"]:
                name, _is, recipe = pair.partition("=")
                mapping[name] = recipe
            told = {name: recipe for name, recipe in mapping.items() if recipe and recipe != CONSTANT}
            self.stderr.write(
                _("Layer %(layer)s, coordinates in %(crs)s") % {"layer": reading.layer, "crs": reading.crs}
            )
            self.stderr.write("  ".join(f"{name}←{recipe}" for name, recipe in told.items()))
            options = {
                "valid_from": on.isoformat(), "scheme": asked["scheme"], "level": asked["level"], "tolerance_m": asked["tolerance"],
                "road_m": asked["road"], "replace": asked["replace"] or None,
            }  # fmt: skip
            return importing.set_up(
                run, target=target.name, reading=reading, mapping=told, options=options, looked=looked
            )
        except CityError:
            importing.drop(run)
            raise

    def progress(self, done: int, total: int, step: str) -> None:
        """Draw how far it is, where somebody is watching; a line now and then where a log is."""
        now = time.monotonic()
        if now - self._shown_at < (0.2 if sys.stderr.isatty() else 10.0):
            return
        self._shown_at = now
        part = done / total if total > 0 else 0.0
        bar = "█" * int(part * BAR_WIDTH)
        text = f"{bar:<{BAR_WIDTH}} {done}/{total if total > 0 else '?'} {step}"
        self.stderr.write(f"\r{text}" if sys.stderr.isatty() else text, ending="" if sys.stderr.isatty() else "\n")

    def _tell(self, run: ImportRun, seconds: float) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")
        for one in by_reason(run):
            self.stderr.write(f"  {one.count:>8} {'○' if one.is_note else '●'} {one.words}")
        for line in first_faults(run, SHOWN):
            self.stderr.write(str(line))
        self.stdout.write(
            _(
                "%(rows)d rows read and checked in %(seconds).0f s: %(good)d good (%(added)d new, %(changed)d changed, %(same)d unchanged), %(bad)d bad."
            )
            % {
                "added": 0,
                "changed": 0,
                "same": 0,
                "good": 0,
                "bad": 0,
                **run.counts,
                "rows": run.rows_read,
                "seconds": seconds,
            }
        )


def _run(run_id: UUID) -> ImportRun:
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None:
        raise CommandError(_("There is no import with this id."))
    return run
