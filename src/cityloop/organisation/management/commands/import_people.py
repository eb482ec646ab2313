"""``import_people FILE``: takes departments, people, posts and rosters from the workbook."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop
from cityloop.organisation import actions, queries


class Command(CityCommand):
    help = noop("Take departments, people, posts and rosters from the workbook that “cityloop people_template” writes.")

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--city", default="", help=_("code of the city; not needed where there is only one"))
        parser.add_argument(
            "--keep-good", action="store_true", help=_("take the rows without faults; default: all or none")
        )
        parser.add_argument(
            "--result", type=Path, help=_("workbook to write the counts, first passwords and faults to")
        )

    @override
    def handle(self, *, file: Path, city: str, keep_good: bool, result: Path | None, **_options: Any) -> None:
        out = result or file.with_name(f"{file.stem}-result.xlsx")
        try:
            place = queries.city(city or queries.only_jurisdiction())
            done = actions.import_people(file.read_bytes(), place.code, today=place.today(), keep_good=keep_good)
        except CityError as exc:
            raise CommandError(exc.message) from exc
        except OSError as exc:
            raise CommandError(_("The file %(path)s cannot be read.") % {"path": file}) from exc
        if done.passwords or done.faults:
            write_secret(out, done.workbook())
        for fault in done.faults:
            self.stderr.write(str(fault))
        if not done.is_taken:
            raise CommandError(
                _("Nothing was taken, since %(count)d cells are wrong; they also stand in %(path)s.")
                % {"count": len(done.faults), "path": out}
            )
        for name in done.made.keys() | done.changed.keys() | done.unchanged.keys():
            self.stdout.write(
                _("%(sheet)s: %(made)d new, %(changed)d changed, %(unchanged)d as they were.")
                % {
                    "sheet": name,
                    "made": done.made[name],
                    "changed": done.changed[name],
                    "unchanged": done.unchanged[name],
                }
            )
        if done.passwords:
            self.stdout.write(_("The first passwords stand in %(path)s and nowhere else.") % {"path": out})


def write_secret(path: Path, data: bytes) -> None:
    """Write ``data`` so that only its owner can read it."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(data)
