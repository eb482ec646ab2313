"""``init``: the first administrator and the city's own jurisdiction. What is not given is asked for, on a terminal."""

import getpass
import os
import sys
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation import actions, queries

PASSWORD_VARIABLE = "CITYLOOP_ADMIN_PASSWORD"  # noqa: S105  # the name of a variable


class Command(CityCommand):
    help = noop("Make the first administrator and the city's own jurisdiction. Done once for an installation.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", help=_("six-digit division code of the city, for example 320508"))
        parser.add_argument("--city", help=_("name of the city, as it stands on pages"))
        parser.add_argument("--time-zone", help=_("for example Asia/Shanghai"))
        parser.add_argument("--username", help=_("account name of the first administrator"))
        parser.add_argument("--name", help=_("the administrator's own name"))
        parser.add_argument(
            "--no-input",
            action="store_true",
            help=_("ask nothing; the password is read from %(name)s") % {"name": PASSWORD_VARIABLE},
        )

    @override
    def handle(self, **options: Any) -> None:
        if queries.is_founded():
            raise CommandError(
                _("This installation has its city and administrator already. Use the console to change or add to them.")
            )
        asks = not options["no_input"] and sys.stdin.isatty()
        try:
            given = self._asked(options, asks)
        except (EOFError, KeyboardInterrupt) as exc:  # Ctrl-D or Ctrl-C at a question
            self.stderr.write("")
            raise CommandError(_("Broken off at a question; nothing was made.")) from exc
        try:
            done = actions.found(**given)
        except CityError as exc:
            raise CommandError(exc.message) from exc
        self.stdout.write(
            _("Made %(city)s and the administrator “%(user)s”.") % {"city": done.city, "user": done.username}
        )
        self.stdout.write(
            _(
                "Next, its areas, without which no place is found: “cityloop import regions” and “cityloop import grids” take"
                " files of them, “cityloop lay_grid” lays a regular grid where there are none."
            )
        )
        self.stdout.write(
            _(
                "Then its people: “cityloop people_template people.xlsx” writes an example workbook, “cityloop import people"
                " people.xlsx” takes it."
            )
        )
        self.stdout.write(_("“cityloop check” says what is still missing. Step by step: docs/how-to/first-day.md"))

    def _asked(self, options: Mapping[str, Any], asks: bool) -> dict[str, str]:
        """Return what founding a city takes: as it was given, else as somebody answers."""
        return {
            "code": self._answer(options["code"], asks, _("Division code of the city, six digits"), check=_is_division),
            "name": self._answer(options["city"], asks, _("Name of the city")),
            "time_zone": self._answer(
                options["time_zone"], asks, _("Time zone"), default="Asia/Shanghai", check=_is_zone
            ),
            "username": self._answer(
                options["username"], asks, _("Account name of the administrator"), default="admin"
            ),
            "person": self._answer(options["name"], asks, _("Name of the administrator"), default="系统管理员"),
            "password": self._password(asks),
        }

    def _answer(
        self,
        given: str | None,
        asks: bool,
        question: str,
        *,
        default: str = "",
        check: Callable[[str], None] = lambda _text: None,
    ) -> str:
        """Return what was given on the command line, else what is answered; asked again until it can be used."""
        if given:
            return given
        if not asks:
            if default:
                return default
            raise CommandError(_("Not given, and nobody to ask: %(what)s.") % {"what": question})
        while True:
            shown = f"{question} [{default}]: " if default else f"{question}: "
            answer = input(shown).strip() or default
            try:
                check(answer)
            except CityError as exc:
                self.stderr.write(exc.message)
                continue
            if answer:
                return answer

    def _password(self, asks: bool) -> str:
        if given := os.environ.get(PASSWORD_VARIABLE):
            return given
        if not asks:
            raise CommandError(_("Give the administrator's password in %(name)s.") % {"name": PASSWORD_VARIABLE})
        while True:
            first = getpass.getpass(_("Password of the administrator, at least ten characters: "))
            try:
                actions.check_password(first)
            except CityError as exc:
                self.stderr.write(exc.message)
                continue
            if first == getpass.getpass(_("The same again: ")):
                return first
            self.stderr.write(_("The two differ."))


def _is_division(text: str) -> None:
    actions.check_division(text)


def _is_zone(text: str) -> None:
    if text not in zoneinfo.available_timezones():
        raise CityError(_("This is not a time zone of the tz database; write, for example, Asia/Shanghai."))
