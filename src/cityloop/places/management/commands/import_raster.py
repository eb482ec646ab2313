"""``cityloop import raster FILE``: a picture of the ground, or a file of tiles, becomes a map under the map."""

import sys
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.onemap.actions.rasters import delete_raster, go_on_raster
from cityloop.onemap.choices import RasterKind, RasterState
from cityloop.onemap.queries.ground_maps import Basemap
from cityloop.organisation.queries import city
from cityloop.places.ground_files import begin
from cityloop.places.ground_pages import STEPS


class Command(CityCommand):
    help = noop(
        "Import an orthophoto or a topographic map (GeoTIFF, or a zip of .tif with .tfw), or a file of tiles (MBTiles, PMTiles)."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--city", required=True, metavar="CODE", help=_("the city's code, six digits"))
        parser.add_argument("--title", default="", help=_("what it is called (the file's name)"))
        parser.add_argument(
            "--kind",
            choices=RasterKind.values,
            default=RasterKind.ORTHOPHOTO.value,
            help=_("what it shows (%(default)s)"),
        )
        parser.add_argument("--taken-on", type=date.fromisoformat, help=_("the day that it shows (today)"))
        parser.add_argument("--valid-from", type=date.fromisoformat, help=_("first day on which it is shown (today)"))
        parser.add_argument("--valid-to", type=date.fromisoformat, help=_("first day on which it is shown no more"))
        parser.add_argument(
            "--crs", default="", help=_("its coordinate system, where the file does not say it: EPSG:4547")
        )
        parser.add_argument("--public", action="store_true", help=_("everybody may see it, also without an account"))

    @override
    def handle(self, *args: Any, **asked: Any) -> None:
        self._shown_at = 0.0
        try:
            self._bring(asked)
        except CityError as refusal:
            for fault in refusal.faults:
                self.stderr.write(fault.told())
            raise CommandError(refusal.message) from refusal

    def _bring(self, asked: dict[str, Any]) -> None:
        home, path = city(asked["city"]), asked["file"]
        today = home.today()
        told = {
            "title": asked["title"] or path.stem[:100], "kind": asked["kind"], "crs": asked["crs"], "is_public": asked["public"],
            "taken_on": asked["taken_on"] or today, "valid_from": asked["valid_from"] or today, "valid_to": asked["valid_to"],
        }  # fmt: skip
        began = time.monotonic()
        made = begin(path, home.code, told, name=path.name, actor_id=None, in_background=False)
        if isinstance(made, Basemap):
            self.stdout.write(
                _("Zooms %(first)d to %(last)d. Switch it on at /desk/data/grounds.")
                % {"first": made.minzoom, "last": made.maxzoom}
            )
            return
        ready = go_on_raster(made.id, progress=self.progress)
        if ready is None or ready.state != RasterState.READY:
            why = ready.why if ready else ""
            delete_raster(made)  # the file is still where it was: nothing half done stays
            raise CommandError(why)
        self.stdout.write(
            _("Ready in %(seconds).0f s: zooms %(first)d to %(last)d, %(mb).1f MB. On the map from %(day)s on.")
            % {
                "seconds": time.monotonic() - began, "first": ready.minzoom, "last": ready.maxzoom,
                "mb": (ready.cog_bytes or 0) / 1e6, "day": ready.valid_from,
            }
        )  # fmt: skip

    def progress(self, step: str, share: float) -> None:
        """Draw how far it is, where somebody is watching; a line now and then where a log is."""
        now = time.monotonic()
        if now - self._shown_at < (0.2 if sys.stderr.isatty() else 10.0):
            return
        self._shown_at = now
        text = f"{STEPS[step]} {share * 100:.0f} %"
        self.stderr.write(f"\r{text:<60}" if sys.stderr.isatty() else text, ending="" if sys.stderr.isatty() else "\n")
