import csv
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import orjson
from typing_extensions import override

from cityloop.intake.actions import BATCH_ROWS, Outcome, Progress, fitting_mapping, import_requests
from cityloop.intake.choices import Noticed, Refused
from cityloop.intake.mappings import read_shipped, shipped_names
from cityloop.intake.rules.conversion import Refusal
from cityloop.intake.rules.mapping import RequestMapping
from cityloop.intake.rules.mapping_file import read_mapping
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _, listed, noop

BAR_WIDTH = 24
SECONDS_BETWEEN_LINES = 5.0


class Command(CityCommand):
    """``cityloop import requests FILE``: arguments in, ``import_requests`` called, progress and refusals out."""

    help = noop("Replay real service requests (CSV or Parquet) through the whole loop, under their own dates.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("CSV (gzip too) or Parquet"))
        parser.add_argument(
            "--mapping",
            default="",
            metavar="M.yaml",
            help=_("mapping file, or one of: %(names)s; without it, the one whose columns fit")
            % {"names": listed(shipped_names())},
        )
        parser.add_argument(
            "--refusals", type=Path, metavar="OUT.csv", help=_("write refused rows there, not to the screen")
        )
        parser.add_argument("--report", type=Path, metavar="OUT.json", help=_("write the outcome for machines"))
        parser.add_argument(
            "--areas", type=Path, metavar="FOLDER", help=_("where the files of regions lie, if not beside")
        )
        parser.add_argument("--limit", type=_count, metavar="N", help=_("take only the first N rows"))
        parser.add_argument("--batch", type=_count, default=BATCH_ROWS, metavar="N", help=_("rows of one transaction"))
        parser.add_argument("--dry-run", action="store_true", help=_("read and judge everything, write nothing"))

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        mapping, beside = _mapping(options["mapping"], path)
        progress = ProgressLine(sys.stderr)
        with ExitStack() as stack:
            listing = stack.enter_context(_listing(options["refusals"])) if options["refusals"] else None
            refusals = RefusalList(listing, progress)
            outcome = import_requests(
                path,
                mapping,
                folders=[folder for folder in (options["areas"], beside) if folder],
                limit=options["limit"],
                batch_rows=options["batch"],
                is_trial=options["dry_run"],
                on_refusal=refusals.add,
                on_progress=progress.show,
            )
        progress.end()
        for line in summary(outcome):
            self.stdout.write(line)
        if options["report"]:
            options["report"].write_bytes(orjson.dumps(outcome.as_json(), option=orjson.OPT_INDENT_2))


def _mapping(given: str, path: Path) -> tuple[RequestMapping, Path | None]:
    """Return the mapping that was asked for, and the folder it lies in if it is a file."""
    if not given:
        return fitting_mapping(path), None
    file = Path(given)
    if file.suffix in {".yaml", ".yml"} or file.is_file():
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise InvalidInput(_("The mapping %(file)s cannot be read.") % {"file": file}) from exc
        return read_mapping(text, file.name), file.parent
    return read_shipped(given), None


def _count(text: str) -> int:
    number = int(text)  # argparse says what is wrong where this raises
    if number < 1:
        raise ArgumentTypeError(_("give a number from 1 on"))
    return number


def _listing(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as exc:
        raise InvalidInput(_("%(file)s cannot be written.") % {"file": path}) from exc


class RefusalList:
    """Lists refused rows: in a CSV file where there is one, else a line each on the screen."""

    def __init__(self, listing: TextIO | None, progress: "ProgressLine") -> None:
        self._writer = csv.writer(listing) if listing else None
        self._progress = progress
        if self._writer:
            self._writer.writerow(["row", "id", "reason", "column", "value", "why"])

    def add(self, refusal: Refusal) -> None:
        if self._writer:
            self._writer.writerow(
                [refusal.row, refusal.id, refusal.reason, refusal.column, refusal.value, refusal.text]
            )
            return
        where = f"{refusal.column} “{refusal.value}”: " if refusal.column else ""
        self._progress.write(
            _("row %(row)d %(id)s refused: %(why)s")
            % {"row": refusal.row, "id": refusal.id, "why": f"{where}{refusal.text}"}
        )


class ProgressLine:
    """A bar that moves on a terminal; elsewhere a plain line now and then."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._moves = out.isatty()
        self._told_at = 0.0
        self._begun = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Show how far it is, how fast, and how long it will still take."""
        now = time.monotonic()
        if not self._moves and now - self._told_at < SECONDS_BETWEEN_LINES:
            return
        self._told_at = now
        elapsed = max(now - self._begun, 0.001)
        text = progress_text(progress, elapsed)
        self._out.write(f"\r\x1b[K{text}" if self._moves else f"{text}\n")
        self._out.flush()

    def write(self, line: str) -> None:
        """Write a line that stays, above the bar."""
        self._out.write(f"\r\x1b[K{line}\n" if self._moves else f"{line}\n")

    def end(self) -> None:
        if self._moves:
            self._out.write("\r\x1b[K")
            self._out.flush()


def progress_text(progress: Progress, elapsed: float) -> str:
    """Return one line such as ``[#####---]  62 %  20,000 rows  1,830/s  0:00:07 left  made 19,960  refused 40``."""
    filled = round(progress.done * BAR_WIDTH)
    left = elapsed * (1 - progress.done) / progress.done if progress.done > 0 else 0
    minutes, seconds = divmod(round(left), 60)
    hours, minutes = divmod(minutes, 60)
    return _(
        "[%(bar)s] %(percent)3d %%  %(rows)s rows  %(rate)s/s  %(left)s left  "
        "made %(made)s, there already %(already)s, refused %(refused)s"
    ) % {
        "bar": "#" * filled + "-" * (BAR_WIDTH - filled),
        "percent": int(progress.done * 100),
        "rows": f"{progress.rows:,}",
        "rate": f"{progress.rows / elapsed:,.0f}",
        "left": f"{hours}:{minutes:02}:{seconds:02}",
        "made": f"{progress.made:,}",
        "already": f"{progress.already:,}",
        "refused": f"{progress.refused:,}",
    }


def summary(outcome: Outcome) -> list[str]:
    """Return what to say at the end: what the city got, reasons, and one line that sums up."""
    lines = list(outcome.notes)
    lines += [f"{Refused(reason).label}: {count:,}" for reason, count in sorted(outcome.refused.items())]
    labels = dict(Noticed.choices)
    lines += [f"{labels[kind]}: {count:,}" for kind, count in sorted(outcome.noticed.items()) if kind in labels]
    words = {
        "file": outcome.file,
        "rows": f"{outcome.rows:,}",
        "made": f"{outcome.made:,}",
        "already": f"{outcome.already:,}",
        "refused": f"{outcome.refusals:,}",
        "seconds": f"{outcome.seconds:,.1f}",
        "rate": f"{outcome.made / outcome.seconds:,.0f}" if outcome.seconds else "0",
    }
    if outcome.is_trial:
        lines.append(
            _("%(file)s, dry run: %(rows)s rows, %(made)s would be cases, %(refused)s refused; nothing was written.")
            % words
        )
    else:
        lines.append(
            _(
                "%(file)s: %(rows)s rows, %(made)s cases made, %(already)s there already, %(refused)s refused, "
                "%(seconds)s s (%(rate)s cases a second)."
            )
            % words
        )
    return lines
