"""``makemessages`` with the habits of this house; ``script/messages`` runs it in ``src/cityloop``.

Django's own guesses translations for new texts from texts that look alike ("fuzzy"), and writes line numbers and the
time of each run, so that every run is a change. Ours guesses nothing and writes names of files only.
"""

import re
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages
from typing_extensions import override

OURS: dict[str, Any] = {
    "locale": ["zh_Hans"],
    "extensions": ["py", "html"],
    "ignore_patterns": ["static/*", "migrations/*"],
    "add_location": "file",
    "no_obsolete": True,
    "no_wrap": True,
}
_OF_THIS_RUN = re.compile(r'^"(?:POT-Creation-Date|Report-Msgid-Bugs-To): .*\n', re.MULTILINE)


class Command(makemessages.Command):
    # `kernel.translation` gives these names; xgettext knows “_” and “ngettext” by itself.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=lazy", "--keyword=noop", "--keyword=said"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **{name: given or OURS.get(name, given) for name, given in options.items()})

    @override
    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        catalogue = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        catalogue.write_text(_OF_THIS_RUN.sub("", catalogue.read_text("utf-8")), "utf-8")
