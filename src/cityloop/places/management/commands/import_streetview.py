"""``cityloop import streetview FOLDER|ZIP --city 420106``: pictures checked, taken and put on the map; the report out."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from typing_extensions import override

from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, listed, noop
from cityloop.onemap.choices import StreetState
from cityloop.onemap.queries.streetview import StreetRun, find_run, pictures_of
from cityloop.organisation.queries import city
from cityloop.places import streetview
from cityloop.places.streetview.page import line_of, report_of

SHOWN = 20
SEEN_EVERY_S = 5.0


class Command(CityCommand):
    help = noop("Import street view: panoramas and photos with positions, from a folder or a zip.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source", type=Path, nargs="?", help=_("folder or zip with the pictures and, if there is one, their list")
        )
        parser.add_argument("--city", "--jurisdiction", dest="city", default="", help=_("6 digits of the city"))
        parser.add_argument(
            "--list",
            type=Path,
            dest="positions",
            help=_("CSV or Excel list of positions that lies elsewhere: file, lon, lat, heading, time"),
        )
        parser.add_argument(
            "--crs",
            default=CoordinateSystem.WGS84.value,
            help=_("coordinate system of the list: %(names)s") % {"names": listed(CoordinateSystem.values)},
        )
        parser.add_argument("--take-good", action="store_true", help=_("take the good pictures though others are bad"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, take nothing"))
        parser.add_argument(
            "--report", type=Path, metavar="OUT.xlsx", help=_("write all that was found to this workbook")
        )
        parser.add_argument("--resume", type=UUID, metavar="ID", help=_("go on with an import that broke off"))
        parser.add_argument("--undo", type=UUID, metavar="ID", help=_("take the pictures of an import out again"))

    @override
    def handle(self, *args: Any, **asked: Any) -> None:
        self._shown_at = time.monotonic()
        try:
            if asked["undo"]:
                self._undo(asked["undo"])
            else:
                self._import(asked)
        except CityError as refusal:
            raise CommandError(refusal.message) from refusal

    def _undo(self, run_id: UUID) -> None:
        run = _run(run_id)
        if run.state != StreetState.UNDOING:
            streetview.ask_to(run, StreetState.UNDOING, actor_id=None, in_background=False)
        streetview.go_on(run.id)
        self.stdout.write(_("The pictures are taken out again."))

    def _import(self, asked: dict[str, Any]) -> None:
        source = self._source(asked)
        run = _run(asked["resume"]) if asked["resume"] else self._begun(asked)
        if run.state == StreetState.FAILED:
            streetview.ask_to(run, StreetState.CHECKING, actor_id=None, in_background=False)
        if run.state == StreetState.CHECKING:
            run = streetview.go_on(run.id, source=source, progress=self.progress) or run
            self._tell(run, asked["report"])
        if run.state == StreetState.CHECKED:
            if asked["dry_run"] or (run.counts.get("bad") and not asked["take_good"]):
                streetview.ask_to(run, StreetState.DROPPED, actor_id=None)
                if asked["dry_run"]:
                    return
                raise CommandError(
                    _("Some pictures are bad, so none is taken. Mend them, or take the good ones with --take-good.")
                )
            streetview.ask_to(run, StreetState.APPLYING, actor_id=None, in_background=False)
        run = streetview.go_on(run.id, source=source, progress=self.progress) or run
        taken = run.counts.get("taken", 0)
        self.stdout.write(
            _("%(taken)d pictures are on the map. To undo: --undo %(id)s") % {"taken": taken, "id": run.id}
        )

    def _source(self, asked: dict[str, Any]) -> streetview.Source | None:
        """Return the folder, which only this process reaches; None for a zip, which is kept."""
        path: Path | None = asked["source"]
        if path is None or not path.is_dir():
            if asked["positions"] is not None:
                raise CommandError(_("--list goes with a folder. Put the list of a zip into it."))
            return None
        return streetview.FolderSource(path, asked["positions"])

    def _begun(self, asked: dict[str, Any]) -> StreetRun:
        path: Path | None = asked["source"]
        if path is None or not asked["city"]:
            raise CommandError(_("Name the folder or zip, and --city; or --undo."))
        home = city(asked["city"]).code
        if path.is_dir():
            return streetview.begin_folder(
                home, path.resolve().name, actor_id=None, system=asked["crs"], now=machine_now()
            )
        return streetview.begin_zip(path, jurisdiction=home, name=path.name, actor_id=None, system=asked["crs"])

    def progress(self, done: int, total: int) -> None:
        """Say how far it is, now and then, and at the end."""
        if done == total or time.monotonic() - self._shown_at > SEEN_EVERY_S:
            self._shown_at = time.monotonic()
            self.stderr.write(f"{done}/{total}", ending="\r" if sys.stderr.isatty() and done < total else "\n")

    def _tell(self, run: StreetRun, report: Path | None) -> None:
        for row in pictures_of(run, bad=True)[:SHOWN]:
            one = line_of(row)
            self.stderr.write(f"{one.name}: {one.words}")
        if report:
            report.write_bytes(report_of(run))
        counts = {"good": 0, "bad": 0, "pano": 0, "photo": 0, **run.counts}
        self.stdout.write(_("%(good)d good (%(pano)d panoramas, %(photo)d photos), %(bad)d bad.") % counts)


def _run(run_id: UUID) -> StreetRun:
    run = find_run(run_id)
    if run is None:
        raise CommandError(_("There is no import with this id."))
    return run
