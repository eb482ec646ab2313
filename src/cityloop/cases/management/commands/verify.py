"""``cityloop verify [--jurisdiction CODE | --new] [--notes FILE]``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from cityloop.cases.actions.verifying import FILES_S, added, verify_all, verify_changes, verify_files
from cityloop.cases.queries.anchors import check_notes
from cityloop.cases.queries.verifying import Verified, verify
from cityloop.cases.rules.anchors import notes_from
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    help = noop(
        "Rebuild every case from its events; report every difference, every broken hash and every anchor that does not hold."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--jurisdiction", default="", help=_("only this jurisdiction's cases"))
        which.add_argument(
            "--new",
            action="store_true",
            help=_("only what has happened since the last run, and a part of all the rest"),
        )
        parser.add_argument(
            "--files",
            action="store_true",
            help=_(
                "compare the files in the store with what was sent, too: reads all of them; with --new the next ones"
            ),
        )
        parser.add_argument(
            "--notes", type=Path, metavar="FILE", help=_("anchors noted elsewhere, as “cityloop anchors” prints them")
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        on_terminal = sys.stderr.isatty()

        def show(cases: int) -> None:
            if on_terminal:
                self.stderr.write(f"\r{cases:,}", ending="")

        notes = _notes(options["notes"]) if options["notes"] else []
        try:
            done = _verified(
                options["jurisdiction"], only_new=options["new"], with_files=options["files"], progress=show
            )
        except CityError as exc:
            raise CommandError(exc.message) from exc
        findings = [*done.findings, *check_notes(notes)]
        for finding in findings:
            self.stdout.write(str(finding))
        words = (
            _("%(cases)d cases, %(events)d events and %(files)d files looked at, %(findings)d findings.")
            if options["files"]
            else _("%(cases)d cases and %(events)d events looked at, %(findings)d findings.")
        )
        facts = {"cases": done.cases, "events": done.events, "files": done.files, "findings": len(findings)}
        line = words % facts
        if findings:
            raise CommandError(line)
        self.stdout.write(line)


def _verified(jurisdiction: str, *, only_new: bool, with_files: bool, progress: Callable[[int], None]) -> Verified:
    if jurisdiction:
        done = verify(jurisdiction, progress=progress)
        return added(done, verify_files(jurisdiction)) if with_files else done
    if only_new:
        return verify_changes(now=machine_now(), files_s=FILES_S if with_files else 0.0, progress=progress)
    return verify_all(now=machine_now(), with_files=with_files, progress=progress)


def _notes(path: Path) -> Any:
    try:
        return notes_from(path.read_text("utf-8").splitlines())
    except (OSError, ValueError) as exc:
        raise CommandError(_("“%(path)s” cannot be read.") % {"path": path}) from exc
    except CityError as exc:
        raise CommandError(f"{path}: {exc.message}") from exc
