"""``divide_grids --jurisdiction 420106 --publish-from 2026-01-01``."""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from typing_extensions import override

from cityloop.geography.actions import dividing, publishing
from cityloop.geography.models import GridDraft
from cityloop.geography.rules.division import Wish
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    help = noop("Divide a city into unit grids along its roads, water and buildings.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jurisdiction", required=True, help=_("6 digits of the city"))
        parser.add_argument("--community", action="append", default=[], help=_("only this community; may be repeated"))
        parser.add_argument(
            "--built", type=float, default=Wish().built_m2, help=_("m² of a grid where houses stand (10,000)")
        )
        parser.add_argument("--open", type=float, default=Wish().open_m2, help=_("m² of a grid outside (100,000)"))
        parser.add_argument(
            "--load-weight",
            type=float,
            default=Wish().load_weight,
            help=_("how much the number of parts counts, 0 to 0.8"),
        )
        parser.add_argument(
            "--publish-from", type=date.fromisoformat, help=_("first day on which the grids hold; else a draft is kept")
        )

    @override
    def handle(self, *args: Any, **asked: Any) -> None:
        wish = Wish(built_m2=asked["built"], open_m2=asked["open"], load_weight=asked["load_weight"])
        try:
            draft_id = dividing.ask_for_draft(asked["jurisdiction"], wish, by="", communities=asked["community"])
            dividing.run_draft(draft_id, self._progress)
            draft = GridDraft.objects.get(pk=draft_id)
            if draft.failure:
                raise CommandError(draft.why)
            self.stdout.write(json.dumps(draft.figures, ensure_ascii=False))
            if asked["publish_from"] is None:
                self.stdout.write(_("Draft %(number)d is ready.") % {"number": draft_id})
                return
            done = publishing.publish_draft(draft_id, asked["publish_from"], machine_now())
        except CityError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(
            _("%(same)d unit grids go on, %(changed)d have another border, %(new)d are new, %(ended)d have ended.")
            % {"same": done.same, "changed": done.changed, "new": done.new, "ended": done.ended}
        )

    def _progress(self, share: float) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{share:.0%}", ending="\n" if share >= 1 else "")
