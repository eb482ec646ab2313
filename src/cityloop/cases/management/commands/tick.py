"""``cityloop tick``: what the worker does every minute, once by hand."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.actions.ticking import tick
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    help = noop(
        "Take what the system takes by itself: archive closed cases, resume what was put off. The worker does it too."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help=_("cases to move at most (%(default)s)"))

    @override
    def handle(self, *, limit: int, **_options: Any) -> None:
        ticked = tick(limit=limit)
        if not ticked.is_alone:
            raise CommandError(str(ticked))
        self.stdout.write(str(ticked))
