"""The base of our management commands: what ``--help`` says is written for people too."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from typing_extensions import override

from cityloop.kernel.translation import _


class CityCommand(BaseCommand):
    """Translates ``help``, an English id marked by ``noop``, when somebody asks: a class body is read before Django knows the language."""

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = _(self.help) if self.help else None
        return parser
