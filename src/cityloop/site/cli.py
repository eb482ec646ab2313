"""The command ``cityloop``: runs the city, and passes everything else to Django's management commands."""

import argparse
import gettext
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cityloop.kernel.errors import CityError
from cityloop.site import findings
from cityloop.site.paths import usual_demo_folder
from cityloop.site.settings import env

NEEDS_NO_DATABASE = frozenset({
    "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages", "restore", "version",
})  # fmt: skip
"""``restore`` looks at the backup first, and starts the database by itself."""

TRY_AGAIN = 75
SETTINGS = "cityloop.site.settings."

INNER = frozenset({"makemessages", "make_demo_city", "prepare"})
"""Commands that other commands run, or that are for those who write the code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    words = _take_data(list(sys.argv[1:] if arguments is None else arguments))
    command, rest = (words[0], words[1:]) if words else ("--help", [])
    _choose_settings(command, rest)
    if command in {"--help", "-h"}:
        print(_help(), end="")
        return 0
    try:
        match command:
            case "up" | "demo":
                return _up(command, rest)
            case "check":
                return _check(rest)
            case "import":
                return _import(rest)
            case "help" if not rest:
                return _list_commands()
            case _:
                return _manage([command, *rest])
    except env.BadSetting as exc:
        print(_(exc.template) % exc.values, file=sys.stderr)
        return 1
    except CityError as exc:
        print(exc.message, file=sys.stderr)
        for fault in exc.faults:
            value = "" if fault.value in fault.why else f" {fault.value}"  # what was said need not be said again
            print(f"  {fault.field}: {fault.why}{value}", file=sys.stderr)
        return 1


def _(text: str) -> str:
    """Return ``text`` in the installation's language. Not Django's: that one asks for settings, and these for the data folder."""
    spoken = {"zh-hans": ["zh_Hans"]}.get(env.text("CITYLOOP_LANGUAGE", "zh-hans"), [])
    catalogues = Path(__file__).parents[1] / "locale"
    return gettext.translation("django", str(catalogues), spoken, fallback=True).gettext(text)


def _choose_settings(command: str, rest: Sequence[str]) -> None:
    """Name the settings that a command runs with, unless the environment names others."""
    looks = command == "check" or (command == "restore" and "--check" in rest)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS + ("looking" if looks else "prod"))
    if command == "procrastinate" and os.environ["DJANGO_SETTINGS_MODULE"] == f"{SETTINGS}prod":
        os.environ["DJANGO_SETTINGS_MODULE"] = (
            f"{SETTINGS}worker"  # the supervisor has named its own in the environment
        )


def _help() -> str:
    return _("""\
CityLoop 城环 · digital urban management

  cityloop up                  run everything on this machine, until Ctrl-C
  cityloop demo                the same with a demo city; --from FILE makes it from real requests
  cityloop check               say what is wrong with this installation, and how to mend it
  cityloop init                make the first administrator and the city's own jurisdiction
  cityloop import WHAT FILE    bring in requests, people, regions, grids, …
  cityloop verify              rebuild every case from its events and compare
  cityloop backup FOLDER       write everything into one file, while it runs
  cityloop restore FILE        bring it back on an empty machine
  cityloop COMMAND             any other management command; “cityloop help” lists them

  --data FOLDER                before the command: where CityLoop keeps its things

“cityloop COMMAND --help” tells more about one. Settings: docs/settings.md
""")


def _take_data(words: list[str]) -> list[str]:
    """Return ``words`` without a leading ``--data FOLDER``, which goes to the environment for all that follows."""
    if words[:1] == ["--data"] and len(words) > 1:
        os.environ["CITYLOOP_DATA"] = str(Path(words[1]).resolve())
        return words[2:]
    if words and words[0].startswith("--data="):
        os.environ["CITYLOOP_DATA"] = str(Path(words[0].removeprefix("--data=")).resolve())
        return words[1:]
    return words


def _up(command: str, words: Sequence[str]) -> int:
    serving = env.serving()
    options = _up_arguments(command, serving).parse_args(words)
    if options.data:
        os.environ["CITYLOOP_DATA"] = str(options.data.resolve())
    elif command == "demo":
        os.environ.setdefault("CITYLOOP_DATA", str(usual_demo_folder()))
    _set_up_without_rooms()
    from django.conf import settings

    from cityloop.site import ports, supervisor
    from cityloop.site.options import Options
    from cityloop.site.paths import data_folder
    from cityloop.site.processes import PARTS

    _refuse_lonely_parts(options.only)
    ports.refuse_foreign(options.host)
    given = env.tls()
    certificate = None
    if given.is_on:
        from cityloop.site.tls import Certificate  # the supervisor lives as long as the city, and stays small

        certificate = Certificate(given, data_folder(), tuple(settings.HOSTS))
    prepare: tuple[str, ...] = ()
    if command == "demo":
        mapping = options.mapping and (
            str(options.mapping.resolve()) if options.mapping.exists() else str(options.mapping)
        )
        source = options.source and str(options.source.resolve())
        wanted = {"--from": source, "--mapping": mapping, "--size": options.size}
        prepare = ("--demo", *(word for name, value in wanted.items() if value for word in (name, value)))
    return supervisor.supervise(
        Options(
            data=data_folder(),
            host=options.host,
            port=options.port,
            upload_port=serving.upload_port,
            workers=serving.workers,
            threads=serving.threads,
            is_private=not env.text("CITYLOOP_DATABASE_URL"),
            name=_name_among(settings.HOSTS),
            parts=options.only or PARTS,
            prepare=prepare,
            until_ready=options.until_ready or 0.0,
            as_json=serving.logs_json,
            is_quiet=command == "demo",
            certificate=certificate,
            plain_port=given.plain_port,
        )
    )


def _name_among(hosts: Sequence[str]) -> str:
    """Return a name under which this installation answers."""
    return "localhost" if not hosts or {"localhost", "*"} & set(hosts) else hosts[0].removeprefix(".")


SHARED = ("CITYLOOP_DATABASE_URL", "CITYLOOP_SECRET_KEY", "CITYLOOP_MEDIA_URL")
"""What the machines of one installation must have in common."""


def _refuse_lonely_parts(parts: frozenset[str] | None) -> None:
    """Refuse to run a part alone whose other parts could not find it, or the other way round.

    Raises:
        Unavailable: A setting is missing.
    """
    from cityloop.kernel.errors import Unavailable

    if parts is None:
        return
    missing = [name for name in SHARED if not env.text(name)]
    if "web" in parts and "uploads" not in parts and not env.text("CITYLOOP_UPLOAD_URL"):
        missing.append("CITYLOOP_UPLOAD_URL")
    if missing:
        text = _("With --only the other parts run elsewhere; all need the same %(names)s. Set what is missing here.")
        raise Unavailable(text % {"names": ", ".join(missing)})


def _up_arguments(command: str, serving: env.Serving) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"cityloop {command}", description=_("Run CityLoop until told to stop."))
    parser.add_argument("--host", default=serving.host, help=_("address to listen on (%(default)s)"))
    parser.add_argument(
        "--port",
        type=_port,
        default=serving.port,
        help=_("port to listen on (%(default)s); where it is taken, the next free one"),
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help=_("where CityLoop keeps its things"))
    parser.add_argument(
        "--until-ready",
        type=float,
        nargs="?",
        const=1800.0,
        metavar="SECONDS",
        help=_("stop with success once the sign-in page answers; fail when it does not within SECONDS (%(const).0f)"),
    )
    parser.set_defaults(only=None)
    if command == "up":
        parser.add_argument(
            "--only",
            type=_parts,
            metavar="PARTS",
            help=_("of several machines: what this one runs, with commas: web, uploads, worker (all of them)"),
        )
    if command == "demo":
        parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help=_("real requests to replay"))
        parser.add_argument(
            "--mapping",
            type=Path,
            metavar="M.yaml",
            help=_("what the columns of that file mean, if it is not a known one"),
        )
        parser.add_argument(
            "--size", choices=("small", "full"), help=_("how large the city is: full, or small and made in seconds")
        )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) < 65536:
        raise argparse.ArgumentTypeError(
            _("“%(port)s” is no port; write a whole number from 1 to 65535") % {"port": text}
        )
    return int(text)


def _parts(text: str) -> frozenset[str]:
    from cityloop.site.processes import PARTS

    parts = frozenset(text.split(","))
    if not parts <= PARTS:
        raise argparse.ArgumentTypeError(
            _("“%(parts)s” are no parts; write one or more of web, uploads, worker, with commas") % {"parts": text}
        )
    return parts


def _check(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="cityloop check", description=_("Say what is wrong with this installation."))
    parser.add_argument("--data", type=Path, metavar="FOLDER", help=_("where CityLoop keeps its things"))
    parser.add_argument("--json", action="store_true", help=_("write one JSON object"))
    options = parser.parse_args(words)
    if options.data:
        os.environ["CITYLOOP_DATA"] = str(options.data.resolve())
    try:
        _set_up_django()
        from cityloop.site import diagnosis

        found = diagnosis.examine()
    except env.BadSetting as exc:
        how = _("Mend it where it is set, then run “cityloop check” again. All settings: docs/settings.md")
        found = [findings.wrong("settings", _(exc.template) % exc.values, how)]
    except Exception as exc:  # noqa: BLE001 # whatever it is, it is what is wrong
        found = [findings.cannot_load(exc)]
    print(findings.as_json(found) if options.json else findings.as_text(found))
    return 1 if any(finding.level == "wrong" for finding in found) else 0


def _import(words: Sequence[str]) -> int:
    """Pass ``import requests FILE`` on as ``import_requests FILE``."""
    from django.core.management import get_commands

    _set_up_django()
    known = sorted(name.removeprefix("import_") for name in get_commands() if name.startswith("import_"))
    if not words or words[0] not in known:
        print(
            _("cityloop import WHAT FILE …   WHAT is one of: %(names)s") % {"names": ", ".join(known)}, file=sys.stderr
        )
        return 0 if words[:1] in (["--help"], ["-h"]) else 2
    return _manage([f"import_{words[0]}", *words[1:]])


def _manage(words: list[str]) -> int:
    """Run one of Django's management commands, with the private PostgreSQL running for as long as it takes."""
    from contextlib import nullcontext

    from django.core.management import ManagementUtility
    from django.db import OperationalError

    from cityloop.site.private import database_for_a_command

    _set_up_django()
    if not _is_known(words[0]):
        text = _("There is no command “%(name)s”. “cityloop help” lists those there are.")
        print(text % {"name": words[0]}, file=sys.stderr)
        return 1
    if "CITYLOOP_SUPERVISED" not in os.environ:  # a person ran it: what the log keeps would stand between the answers
        logging.getLogger().setLevel(logging.WARNING)
    alone = words[0] in NEEDS_NO_DATABASE or not {"--help", "-h"}.isdisjoint(words)
    try:
        with nullcontext() if alone else database_for_a_command(words[0]):
            ManagementUtility(["cityloop", *words]).execute()
    except OperationalError:
        print(_("The database does not answer. “cityloop check” says more."), file=sys.stderr)
        return TRY_AGAIN
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    return 0


def _list_commands() -> int:
    """Write the commands of our rooms, each with a line; Django's own work too, and are for those who write the code."""
    from django.core.management import get_commands, load_command_class

    _set_up_django()
    for name, room in sorted(get_commands().items()):
        if room.startswith("cityloop.") and name not in INNER:
            words = load_command_class(room, name).help
            print(f"  cityloop {name:<20} {_(words)}")
    print()
    print(_("“cityloop COMMAND --help” tells more about one."))
    return 0


def _is_known(command: str) -> bool:
    from django.core.management import get_commands

    return command in NEEDS_NO_DATABASE or command in get_commands()


def _set_up_django() -> None:
    import django

    django.setup()


def _set_up_without_rooms() -> None:
    """Set up words, log and database for the supervisor, which needs no room: it lives as long as the city and stays small.

    Not Django's ``configure_logging``: a handler that sends mail would have it load all that makes its pages of faults.
    """
    from logging.config import dictConfig

    from django.apps import apps
    from django.conf import settings

    dictConfig(settings.LOGGING)
    apps.populate(())


if __name__ == "__main__":
    sys.exit(main())
