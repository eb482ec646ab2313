"""``load_standards``: bring the package's catalogues into the tables."""

import argparse
from typing import Any

from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop
from cityloop.standards import actions


class Command(CityCommand):
    help = noop("Load the classification standards that the package carries; run again, it changes nothing.")

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """It takes none."""

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        done = actions.load_package_data()
        if not options["verbosity"]:
            return
        self.stdout.write(
            _(
                "Standards: %(added)d added, %(changed)d changed, %(unchanged)d as they were, %(kept)d kept as edited here."
            )
            % {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "kept": done.kept}
        )
