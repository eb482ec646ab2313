"""``cityloop anchors [--last N]``."""

from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from cityloop.cases.actions.anchoring import anchor
from cityloop.cases.queries.anchors import anchor_lines
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    help = noop(
        "Anchor what is new and print the anchors, one a line: number, time, events, last event, hash. Keep them where nobody of"
        " this installation can change them; “cityloop verify --notes FILE” compares."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", type=int, metavar="N", help=_("only the newest N"))

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        anchor(now=machine_now())
        for line in anchor_lines(options["last"]):
            self.stdout.write(f"{line.n} {line.at.isoformat()} {line.events} {line.position} {line.hash}")
