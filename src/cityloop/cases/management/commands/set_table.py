"""``cityloop set_table [--jurisdiction CODE] FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.actions.tables import examined_table, read_file, set_table
from cityloop.cases.management.commands.table import instant
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import only_jurisdiction


class Command(CityCommand):
    help = noop(
        "Put a new version of a city's process table in force; a running case keeps the version it started under."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("the table as YAML; show_table writes the one in force"))
        parser.add_argument(
            "--jurisdiction", default="", help=_("code of the city; not needed where there is only one")
        )
        parser.add_argument("--note", default="", help=_("what changed, in a sentence"))
        when = parser.add_mutually_exclusive_group()
        when.add_argument(
            "--from",
            dest="effective_from",
            help=_("an instant such as 2026-07-06T00:00:00+08:00; now if left out"),
        )
        when.add_argument("--draft", action="store_true", help=_("only keep it: to be compared and tried first"))

    @override
    def handle(
        self,
        *,
        file: Path,
        jurisdiction: str,
        note: str,
        effective_from: str | None,
        draft: bool,
        **_options: Any,
    ) -> None:
        begins = instant(effective_from)
        try:
            text = read_file(file)
            code = jurisdiction or only_jurisdiction()
            version = set_table(
                code,
                text,
                actor_id=None,
                now=machine_now(),
                note=note or file.name,
                effective_from=begins,
                is_draft=draft,
            )
            for fault in examined_table(code, text).warnings:
                self.stderr.write(_("warning: %(where)s: %(why)s") % {"where": fault.field, "why": fault.why})
        except CityError as exc:
            for fault in exc.faults:
                self.stderr.write(f"{fault.field}: {fault.why}")
            raise CommandError(exc.message) from exc
        said = {"version": version, "city": code, "from": effective_from}
        if draft:
            words = _(
                "Version %(version)d of the table of %(city)s is kept as a draft; “cityloop table put” lets it hold."
            )
        elif effective_from:
            words = _("Version %(version)d of the table of %(city)s holds for the cases that begin from %(from)s on.")
        else:
            words = _("Version %(version)d of the table of %(city)s is in force for the cases that begin from now on.")
        self.stdout.write(words % said)
