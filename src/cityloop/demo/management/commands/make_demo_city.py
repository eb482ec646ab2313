import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from typing_extensions import override

from cityloop.demo import queries, tasks
from cityloop.demo.actions.accounts import tell_who_may_sign_in
from cityloop.demo.actions.founding import TIME_ZONE
from cityloop.demo.actions.importing import open_imported_city
from cityloop.demo.actions.making import SIZES, make_city
from cityloop.demo.actions.pacing import go_on
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _, noop
from cityloop.organisation import queries as organisation

REFUSED = "refused-requests.csv"
"""In the data folder: the rows of a file that became no case."""


class Command(CityCommand):
    """``cityloop demo`` runs it before each start: it makes a city where there is none, and else changes nothing."""

    help = noop(
        "Make a demo city with its people and its past, or one of real requests; a city that is there is left alone."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("each number is a city of its own"))
        parser.add_argument("--size", choices=SIZES, default="full", help=_("how large the city is (%(default)s)"))
        parser.add_argument("--days", type=int, metavar="D", help=_("days of past cases; else as many as the size has"))
        parser.add_argument(
            "--in-hand", type=int, metavar="N", help=_("cases at work, about so many; else as many as the size has")
        )
        parser.add_argument(
            "--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help=_("when it opens; today if not given")
        )
        parser.add_argument("--from", dest="source", metavar="FILE", help=_("make it from this file of real requests"))
        parser.add_argument(
            "--mapping",
            default="",
            metavar="M.yaml",
            help=_("what the columns of that file mean; else the one that fits"),
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        self.is_silent = options["verbosity"] == 0
        code = queries.demo_city()
        if code and options["source"] and queries.origin(code) != Path(options["source"]).name:
            text = _(
                "There is a demo city here already, made from “%(origin)s”; %(file)s was not read. Give the new one a folder"
                " of its own: --data FOLDER"
            )
            raise Conflict(text % {"origin": queries.origin(code), "file": options["source"]})
        if code:
            self.say(_("The demo city is here already and was left as it is."))
            go_on(code, now=machine_now())
        elif organisation.has_accounts():
            # Never into a real city: the accounts of a demo open to everybody who reads the screen.
            self.say(_("There are people here already, so no demo city was made. Give it a data folder of its own."))
            return
        elif options["source"]:
            code = self.from_requests(options)
        elif organisation.jurisdictions():
            self.say(
                _("There is a city without people here, as an import leaves it that did not finish; go on with it.")
            )
            return
        else:
            code = self.from_seed(options)
        tell_who_may_sign_in(code)
        tasks.set_off()

    def from_seed(self, options: dict[str, Any]) -> str:
        opening = options["day"] or machine_now().astimezone(ZoneInfo(TIME_ZONE)).date()
        size = SIZES[options["size"]]
        wanted = {"days": options["days"], "played": options["in_hand"]}
        size = replace(size, **{name: value for name, value in wanted.items() if value is not None})
        with quiet("cityloop.cases", "cityloop.geography", "cityloop.media"):
            return make_city(options["seed"], opening, size=size, tell=self.say).code

    def from_requests(self, options: dict[str, Any]) -> str:
        """Import the file, or go on where a killed import stopped; then give the city its people."""
        source = Path(options["source"])
        call_command(
            "import_requests",
            str(source),
            mapping=options["mapping"],
            refusals=Path(settings.DATA) / REFUSED,
            stdout=self.stdout,
        )
        code = organisation.only_jurisdiction()
        open_imported_city(code, source.name, since=organisation.city(code).today(), seed=options["seed"])
        return code

    def say(self, line: str) -> None:
        if not self.is_silent:
            self.stdout.write(line)


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Keep a line for each of a thousand acts from the screen."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
