"""``load_table``: keep the table that comes with this version of CityLoop."""

from typing import Any

from typing_extensions import override

from cityloop.cases.actions.tables import keep_default_table
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import noop


class Command(CityCommand):
    help = noop("Keep the table that comes with CityLoop: after an upgrade, running cases go on under the one before.")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        keep_default_table(now=machine_now())
