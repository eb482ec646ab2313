"""``cityloop table list | check | diff | try | put | withdraw``: the life of a city's process table."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.actions.tables import (
    checked_table,
    examined_table,
    put_in_force,
    read_file,
    withdraw_table,
)
from cityloop.cases.queries.comparisons import comparison
from cityloop.cases.queries.tables import table, text_of, version_in_force, version_lines
from cityloop.cases.queries.trial_words import STANDING_WORDS, trial_lines
from cityloop.cases.queries.trials import trial
from cityloop.cases.rules.table import Table
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.instants import NoInstant, instant_of, why_no_instant
from cityloop.kernel.translation import _, noop
from cityloop.organisation.queries import city, only_jurisdiction

HELPERS = 2
"""Processes that tell cases while this one reads on."""


class Command(CityCommand):
    help = noop(
        "Look at the versions of a city's process table, compare them, try one on past cases, plan or withdraw it."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        asked = parser.add_subparsers(dest="asked", required=True, parser_class=type(parser))
        self._add(asked, "list", _("the versions, and which is in force when"))
        self._add(asked, "check", _("say what is wrong with a table, and what in it is hardly meant"), is_about=True)
        compare = self._add(asked, "diff", _("say in what a table differs from the one in force"), is_about=True)
        compare.add_argument("--from", dest="base", type=int, help=_("compare with this version instead"))
        compare.add_argument("--text", action="store_true", help=_("line by line, as diff -u does"))
        compare.add_argument("--json", action="store_true", help=_("write one JSON object"))
        attempt = self._add(
            asked, "try", _("tell past cases anew under a table, and count what would be other"), is_about=True
        )
        attempt.add_argument("--sample", type=int, help=_("so many cases of all times, instead of all"))
        attempt.add_argument("--json", action="store_true", help=_("write one JSON object"))
        put = self._add(asked, "put", _("let a draft hold, or a planned version at another time"), is_version=True)
        put.add_argument(
            "--from", dest="effective_from", help=_("an instant such as 2026-07-06T00:00:00+08:00; now if left out")
        )
        self._add(asked, "withdraw", _("make a planned version a draft again, before it takes force"), is_version=True)

    def _add(self, asked: Any, name: str, says: str, *, is_about: bool = False, is_version: bool = False) -> Any:
        parser = asked.add_parser(name, help=says, description=says)
        if is_about:
            which = parser.add_mutually_exclusive_group(required=True)
            which.add_argument("file", type=Path, nargs="?", help=_("the table as YAML"))
            which.add_argument("--version-kept", dest="kept", type=int, help=_("a version that is kept"))
        if is_version:
            parser.add_argument("number", type=int, help=_("number of the version"))
        parser.add_argument(
            "--jurisdiction", default="", help=_("code of the city; not needed where there is only one")
        )
        return parser

    @override
    def handle(self, *, asked: str, jurisdiction: str, **options: Any) -> None:
        try:
            code = city(jurisdiction or only_jurisdiction()).code
            getattr(self, f"_{asked}")(code, options)
        except CityError as exc:
            for fault in exc.faults:
                self.stderr.write(f"{fault.field}: {fault.why}")
            raise CommandError(exc.message) from exc

    def _list(self, code: str, _options: dict[str, Any]) -> None:
        zone = city(code).time_zone
        for line in version_lines(code):
            begins = f"{line.effective_from.astimezone(zone):%Y-%m-%d %H:%M}" if line.effective_from else "–"
            self.stdout.write(f"{line.version:4}  {begins:16}  {_(STANDING_WORDS[line.standing])}  {line.note}")
        if (current := version_in_force(code)) <= 0:
            self.stdout.write(
                _("In force is the table that comes with CityLoop (edition %(number)d).") % {"number": current}
            )

    def _check(self, code: str, options: dict[str, Any]) -> None:
        found = examined_table(code, _text(code, options)).warnings
        for fault in found:
            self.stdout.write(f"{fault.field}: {fault.why}")
        self.stdout.write(_("The table can be used; warnings: %(count)d.") % {"count": len(found)})

    def _diff(self, code: str, options: dict[str, Any]) -> None:
        base = version_in_force(code) if options["base"] is None else options["base"]
        text, old = _text(code, options), text_of(code, base)
        found = comparison(
            (table(code, base), old, _("version %(number)d") % {"number": base}),
            (checked_table(code, text), text, str(options["file"] or options["kept"])),
        )
        if options["json"]:
            self._write_json(
                {
                    "items": [{name: getattr(one, name) for name in one.__slots__} for one in found.items],
                    "text": found.text,
                }
            )
        elif options["text"]:
            self.stdout.write(found.text, ending="")
        else:
            for line in found.items:
                self.stdout.write(line.text)
            if not found.items:
                self.stdout.write(_("Both say the same."))

    def _try(self, code: str, options: dict[str, Any]) -> None:
        sample = options["sample"]
        if sample is not None and sample < 1:
            raise CommandError(_("A sample has at least one case."))
        other = self._table(code, options)
        began = machine_now()
        tally = trial(code, other, sample=sample, processes=HELPERS, progress=self._show).to_json()
        if sys.stderr.isatty():
            self.stderr.write("")
        seconds = round((machine_now() - began).total_seconds(), 1)
        if options["json"]:
            self._write_json({"jurisdiction": code, "seconds": seconds, **tally})
            return
        for line in trial_lines(tally, table(code, version_in_force(code)), other):
            self.stdout.write(line)
        self.stdout.write(_("%(seconds)s seconds.") % {"seconds": seconds})

    def _show(self, done: int, count: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write("\r" + _("tried %(done)d of %(count)d") % {"done": done, "count": count}, ending="")
            self.stderr.flush()

    def _table(self, code: str, options: dict[str, Any]) -> Table:
        return checked_table(code, _text(code, options))

    def _put(self, code: str, options: dict[str, Any]) -> None:
        begins = instant(options["effective_from"])
        put_in_force(code, options["number"], actor_id=None, now=machine_now(), effective_from=begins)
        self._list(code, options)

    def _withdraw(self, code: str, options: dict[str, Any]) -> None:
        withdraw_table(code, options["number"], actor_id=None, now=machine_now())
        self._list(code, options)

    def _write_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=1))


def instant(text: str | None) -> datetime | None:
    """Return the instant that somebody typed.

    Raises:
        CommandError: It is none.
    """
    if text is None:
        return None
    try:
        return instant_of(text)
    except NoInstant as exc:
        raise CommandError(why_no_instant(exc.kind)) from exc


def _text(code: str, options: dict[str, Any]) -> str:
    return text_of(code, options["kept"]) if options["file"] is None else read_file(options["file"])
