"""The base of our management commands: what ``--help`` says is written for people too."""

from argparse import SUPPRESS
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from typing_extensions import override

from cityloop.kernel.translation import _

DJANGOS = frozenset({
    "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
})  # fmt: skip
"""Options that every command of Django has: they work, and ``--help`` does not list them."""


class CityCommand(BaseCommand):
    """Translates ``help``, an English id marked by ``noop``, when somebody asks: a class body is read before Django knows the language."""

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = _(self.help) if self.help else None
        parser._optionals.title, parser._positionals.title = _("options"), _("what it takes")  # noqa: SLF001 # no other way
        for option in parser._actions:  # noqa: SLF001 # Django's own options are for those who write the code
            if option.dest in DJANGOS:
                option.help = SUPPRESS
            elif option.dest == "help":
                option.help = _("show this and stop")
        return parser
