"""``cityloop check``: what is wrong with an installation, in plain words, and how to mend each thing."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from cityloop.cases.queries.tables import table_in_force
from cityloop.geography.queries import has_unit_grids
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, listed
from cityloop.kernel.translation import lazy as gettext_lazy
from cityloop.organisation import queries
from cityloop.organisation.rules.calendar_days import PUBLISHED
from cityloop.site import assets, health, postgres
from cityloop.site.findings import Finding, note, ok, wrong
from cityloop.site.paths import data_folder
from cityloop.site.processes import pids_marked
from cityloop.site.settings import env

LEAST_FREE_GB = 2.0
LEAST_POSTGRESQL = 150000
LEAST_POSTGIS = (3, 3)
HOW_TO_KNOW = gettext_lazy(
    "Update CityLoop once the holidays are announced, or enter them in the console's working calendars."
)


def examine() -> list[Finding]:
    """Look at everything; a look that fails is a finding itself."""
    data = data_folder()
    found: list[Finding] = []
    looks: Sequence[Callable[[Path], Iterator[Finding]]] = (
        variables, programs, folder, secret, certificate, disk, front_end, running, database, cities, calendar, zone,
    )  # fmt: skip
    for look in looks:
        try:
            found.extend(look(data))
        except CityError as exc:
            found.append(wrong(look.__name__, exc.message, _("Mend this first, then run “cityloop check” again.")))
    return found


def variables(_data: Path) -> Iterator[Finding]:
    """A slip of the pen in a variable's name is no error anywhere: the default stands in for it, unsaid."""
    known = set().union(*({name, f"{name}_FILE"} for name in env.NAMES))
    for name in sorted(os.environ):
        if name.startswith("CITYLOOP_") and name not in known:
            text = _("%(name)s is set, but CityLoop knows no such setting.") % {"name": name}
            yield note("settings", text, _("Check its spelling against docs/settings.md."))


def programs(_data: Path) -> Iterator[Finding]:
    if env.text("CITYLOOP_DATABASE_URL"):
        yield ok("programs", _("PostgreSQL's programs are not needed: a database URL is given"))
        return
    for name in ("initdb", "postgres", "pg_isready", "psql", "pg_dump", "pg_restore"):
        postgres.program(name)
    if not shutil.which("setpriv"):
        yield wrong("programs", _("The program “setpriv” is missing."), _("Install the package util-linux."))
        return
    if os.geteuid() == 0:
        postgres.postgres_user()
    yield ok("programs", _("PostgreSQL's programs are installed"))


def folder(data: Path) -> Iterator[Finding]:
    place = next(path for path in (data, *data.parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        yield wrong(
            "folder",
            _("The data folder %(folder)s cannot be written by this user.") % {"folder": data},
            _("Run as its owner, or choose another with --data or CITYLOOP_DATA."),
        )
        return
    if not env.text("CITYLOOP_DATABASE_URL"):
        postgres.refuse_closed_way(data / "run" if (data / "run").exists() else place / "run")
    text = (
        _("The data folder is %(folder)s")
        if data.exists()
        else _("The data folder %(folder)s will be made by “cityloop up”")
    )
    yield ok("folder", text % {"folder": data})


def secret(data: Path) -> Iterator[Finding]:
    path = data / "secret"
    if env.text("CITYLOOP_SECRET_KEY"):
        yield ok("secret", _("The secret comes from the environment"))
    elif not path.exists():
        yield note("secret", _("There is no secret yet; “cityloop up” makes one."))
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield wrong(
            "secret",
            _("Others on this machine may read %(path)s, and forge sessions with it.") % {"path": path},
            _("Run: chmod 600 %(path)s. If somebody may have read it, delete the file: all sign in anew.")
            % {"path": path},
        )
    else:
        yield ok("secret", _("The secret is readable by its owner alone"))


def certificate(data: Path) -> Iterator[Finding]:
    from cityloop.site import tls
    from cityloop.site.certificates import fingerprint

    given: env.Tls = settings.TLS
    if not given.is_on:
        yield from _served_unasked(data)
        return
    yield from tls.look(tls.Certificate(given, data, tuple(settings.HOSTS)), machine_now())
    if given.mode == "local" and (root := tls.root_certificate(data)):
        text = _("The fingerprint of the root certificate (SHA-256) is %(print)s")
        yield ok("root_certificate", text % {"print": fingerprint(root)})


def _served_unasked(data: Path) -> Iterator[Finding]:
    """Look at a certificate that the service has and this shell knows nothing of: its settings stand in a file that only it reads."""
    from cityloop.site import tls
    from cityloop.site.addresses import Names
    from cityloop.site.certificates import judge

    served = tls.Certificate(settings.TLS, data, tuple(settings.HOSTS)).what_is_served()
    try:
        address = (data / "address").read_text()
    except OSError:
        address = ""  # it does not run
    if served is None or address.startswith("http:"):
        return
    load = _("Load the settings that its service reads, then check again: set -a; . /etc/cityloop.env; set +a")
    yield from judge(served.certificate, Names((), ()), machine_now(), load)
    text = _(
        "CITYLOOP_TLS is not set here, yet there is a certificate in %(folder)s: its names and its key were not looked at."
    )
    yield note("tls", text % {"folder": data / tls.FOLDER}, load)


def disk(data: Path) -> Iterator[Finding]:
    place = next(path for path in (data, *data.parents) if path.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    text = _("%(free).1f GB are free where %(folder)s lies") % {"free": free_gb, "folder": data}
    if free_gb < LEAST_FREE_GB:
        yield wrong("disk", text, _("Free some space: PostgreSQL stops when the disk is full."))
    else:
        yield ok("disk", text)


def front_end(_data: Path) -> Iterator[Finding]:
    assets.built("main.ts")
    catalogue = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    if not catalogue.exists():
        yield wrong("translations", _("The Chinese texts are not compiled."), _("Run script/bootstrap."))
        return
    yield ok("front_end", _("The front end and the translations are built"))


def running(data: Path) -> Iterator[Finding]:
    """Say whether ``up`` runs, and where; else whether its port is free."""
    from cityloop.site.ports import is_free, refuse_foreign

    serving: env.Serving = settings.SERVING
    try:
        refuse_foreign(serving.host)
    except CityError as exc:
        yield wrong(
            "address", exc.message, _("Mend CITYLOOP_HOST: 127.0.0.1 is this machine alone, 0.0.0.0 all its addresses.")
        )
        return
    address = data / "address"
    if pids_marked(data):
        where = address.read_text().strip() if address.exists() else _("it is starting")
        yield ok("running", _("CityLoop is running: %(where)s") % {"where": where})
    elif is_free(serving.host, serving.port):
        yield note("running", _("CityLoop is not running."), _("Start it with: cityloop up"))
    else:
        yield note(
            "port",
            _("Port %(port)d is taken by another program.") % {"port": serving.port},
            _("“cityloop up” will take the next free one; choose with --port or CITYLOOP_PORT."),
        )


def database(data: Path) -> Iterator[Finding]:
    given = env.text("CITYLOOP_DATABASE_URL")
    if not given and not pids_marked(data):
        yield note("database", _("The database is not looked at: it runs only while CityLoop does."))
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
            number, version = cursor.fetchone()
            cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")
            row = cursor.fetchone()
    except DatabaseError:
        how = _("Is the server up, and do host, name, user and password in CITYLOOP_DATABASE_URL agree with it?")
        yield wrong(
            "database", _("The database does not answer."), how if given else _("The lines of “cityloop up” say why.")
        )
        return
    yield from judge_server(number, version, row[0] if row else "")
    try:
        yield from _schema()
    except DatabaseError:
        yield wrong(
            "migrations", _("The tables cannot be read."), _("May this user of the database read and write them?")
        )


def judge_server(number: int, version: str, postgis: str) -> Iterator[Finding]:
    """Judge what a server says of itself: version number (150004), version in words, PostGIS version ("" for none)."""
    if number < LEAST_POSTGRESQL:
        yield wrong("database", _("PostgreSQL %(version)s is too old.") % {"version": version}, _("Use 15 or newer."))
    elif not postgis:
        yield wrong("postgis", _("The database server has no PostGIS."), _("Install PostGIS 3.3 or newer on it."))
    elif tuple(int(part) for part in postgis.split(".")[:2]) < LEAST_POSTGIS:
        yield wrong("postgis", _("PostGIS %(version)s is too old.") % {"version": postgis}, _("Use 3.3 or newer."))
    else:
        yield ok(
            "database",
            _("PostgreSQL %(version)s with PostGIS %(postgis)s answers") % {"version": version, "postgis": postgis},
        )


def _schema() -> Iterator[Finding]:
    from cityloop.site.management.commands.prepare import pending_migrations

    if waiting := pending_migrations():
        yield wrong(
            "migrations",
            _("%(n)d migrations are not applied, the first is %(name)s.") % {"n": len(waiting), "name": waiting[0]},
            _("Start “cityloop up” again, or run: cityloop prepare"),
        )
        return
    yield ok("migrations", _("All migrations are applied"))
    if health.read().worker != "ok":
        yield wrong(
            "worker",
            _("The worker has not been heard of for a minute: notices and deadlines wait."),
            _("Look for “worker” in the lines of “cityloop up”."),
        )
    else:
        yield ok("worker", _("The worker is alive"))


def cities(data: Path) -> Iterator[Finding]:
    """A city without areas, or without people, runs and does nothing: no place is found, nobody takes a case on."""
    if not env.text("CITYLOOP_DATABASE_URL") and not pids_marked(data):
        return
    try:
        there = [queries.city(code) for code in queries.jurisdictions()]
        bare = [city.name for city in there if not has_unit_grids(city.code, city.today())]
    except DatabaseError:  # said already
        return
    if not there:
        yield note("city", _("There is no city here yet."), _("Run: cityloop init"))
    if bare:
        yield wrong(
            "areas",
            _("No place can be found in %(cities)s: there are no unit grids.") % {"cities": listed(bare)},
            _(
                "Run “cityloop import regions” and “cityloop import grids”, or “cityloop lay_grid”; docs/how-to/first-day.md"
            ),
        )
    if empty := [city.name for city in there if not _has_staff(city)]:
        yield note(
            "people",
            _("Nobody can take a case on in %(cities)s: nobody holds a post that new cases wait for.")
            % {"cities": listed(empty)},
            _("Run “cityloop people_template people.xlsx”, fill it in, then “cityloop import people people.xlsx”."),
        )


def _has_staff(city: queries.City) -> bool:
    """Return whether somebody holds a post that a new case waits for."""
    loop = table_in_force(city.code)
    begins = {target.state for action in loop.actions.values() if action.creates for target in action.to}
    return any(city.appointments.get(task.post) for state in begins for task in loop.states[state].tasks)


def calendar(data: Path) -> Iterator[Finding]:
    """The public holidays must be known, or deadlines count them as workdays: for each city, or where none can be asked, in general."""
    today = machine_now().date()
    unknown = []
    if env.text("CITYLOOP_DATABASE_URL") or pids_marked(data):
        with suppress(DatabaseError):
            there = [queries.city(code) for code in queries.jurisdictions()]
            unknown = [city.name for city in there if not all(each.is_known(today) for each in city.calendars.values())]
    if unknown:
        text = _("This year's public holidays are unknown to the working calendars of %(cities)s.")
        yield wrong("calendar", text % {"cities": listed(unknown)}, str(HOW_TO_KNOW))
    else:
        yield judge_calendar(today, max(PUBLISHED.known_years))


def judge_calendar(today: date, last_known_year: int) -> Finding:
    known = _("Public holidays are known to the end of %(year)d") % {"year": last_known_year}
    if today.year > last_known_year:
        return wrong("calendar", known, str(HOW_TO_KNOW))
    if today.year == last_known_year and today.month >= 11:
        return note("calendar", known, str(HOW_TO_KNOW))
    return ok("calendar", known)


def zone(_data: Path) -> Iterator[Finding]:
    import locale
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(settings.TIME_ZONE)
    except ZoneInfoNotFoundError:
        yield wrong("zone", _("Time zones are unknown on this machine."), _("Install the package tzdata."))
        return
    if "UTF-8" not in locale.getpreferredencoding(do_setlocale=False).upper().replace("UTF8", "UTF-8"):
        yield wrong(
            "locale", _("This shell's locale is not UTF-8; Chinese would be garbled."), _("Run: export LANG=C.UTF-8")
        )
        return
    yield ok("zone", _("Time zone and locale are fine"))
