"""``cityloop verify [--jurisdiction CODE]``."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.queries.verifying import verify
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    help = noop("Rebuild every case from its events; report every difference and every broken hash.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jurisdiction", default="", help=_("only this jurisdiction's cases"))

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        on_terminal = sys.stderr.isatty()

        def show(cases: int) -> None:
            if on_terminal:
                self.stderr.write(f"\r{cases:,}", ending="")

        done = verify(options["jurisdiction"], progress=show)
        for finding in done.findings:
            self.stdout.write(str(finding))
        line = _("%(cases)d cases and %(events)d events looked at, %(findings)d findings.") % {
            "cases": done.cases,
            "events": done.events,
            "findings": len(done.findings),
        }
        if done.findings:
            raise CommandError(line)
        self.stdout.write(line)
