import os
import platform
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.db import connection
from django.utils import translation
from typing_extensions import override

from cityloop.intake.queries import imported_into, replay_report
from cityloop.intake.rules.report_text import report_text, written_into
from cityloop.kernel.clock import machine_now
from cityloop.kernel.commands import CityCommand
from cityloop.kernel.translation import _, noop


class Command(CityCommand):
    """Tell what came out of imports, as Markdown: ``cityloop replay_report 990201 990202``."""

    help = noop("Tell what came out of the imports of requests, as Markdown or JSON.")

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "jurisdiction", nargs="*", help=_("codes; without any, all that something was imported into")
        )
        parser.add_argument("--compared", type=Path, metavar="FILE.json", help=_("an independent count to set beside"))
        parser.add_argument("--write", type=Path, metavar="FILE.md", help=_("write it between the marks of this file"))
        parser.add_argument("--json", action="store_true", help=_("print JSON instead"))
        parser.add_argument("--no-verify", action="store_true", help=_("do not rebuild the cases from their events"))
        parser.add_argument("--language", default=translation.get_language(), choices=["en", "zh-hans"])

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        codes = options["jurisdiction"] or imported_into()
        reports = [replay_report(code, with_verify=not options["no_verify"]) for code in codes]
        if options["json"]:
            self.stdout.write(orjson.dumps(reports, option=orjson.OPT_INDENT_2).decode())
            return
        compared = orjson.loads(options["compared"].read_bytes()) if options["compared"] else {}
        with translation.override(options["language"]):
            text = report_text(reports, compared, machine=machine(), is_chinese=options["language"] != "en")
        if options["write"]:
            path: Path = options["write"]
            path.write_text(written_into(path.read_text("utf-8") if path.exists() else "", text), "utf-8")
        else:
            self.stdout.write(text)


def machine() -> str:
    """Return what this runs on, and when."""
    return _("%(day)s, %(cores)s cores, %(memory)s GB, PostgreSQL %(postgres)s, Python %(python)s") % {
        "day": machine_now().date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "postgres": ".".join(map(str, divmod(connection.connection.info.server_version, 10_000))),
        "python": platform.python_version(),
    }
