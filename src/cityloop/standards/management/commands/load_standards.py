"""``load_standards``: bring the package's catalogues into the tables."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from cityloop.standards import actions


class Command(BaseCommand):
    help = "Load the classification standards that the package carries; run again, it changes nothing."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """It takes none."""

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        done = actions.load_package_data()
        self.stdout.write(
            f"Standards: {done.added} added, {done.changed} changed, {done.unchanged} as they were, "
            f"{done.kept} kept as edited here."
        )
