"""After an upgrade: the holidays that it brings become new versions of the working calendars."""

from typing import Any

from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop
from cityloop.organisation import actions


class Command(CityCommand):
    help = noop("Take public holidays that were published meanwhile into the working calendars.")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if (changed := actions.renew_holidays()) and options["verbosity"]:
            self.stdout.write(_("New public holidays in %(n)d working calendars") % {"n": changed})
