"""Changing a city's process: a new version of its table. A running case keeps the version that it started under."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max, Q

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import DEFAULT_VERSION, NO_CITY, default_text
from cityloop.cases.rules.advice import warnings
from cityloop.cases.rules.fitting import Surroundings, misfits, unstaffed
from cityloop.cases.rules.reading import broken_at, faults_at, read_table
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, TooLarge
from cityloop.kernel.hashing import sha256
from cityloop.kernel.translation import _
from cityloop.organisation.queries.posts import post_names

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 500_000
"""Of a table's text; the one that comes with CityLoop has 30,000."""

NOTE_CHARACTERS = 500

MOST_VERSIONS = 2**31 - 1
"""Of a column of whole numbers."""

FARTHEST_YEARS = 10
FARTHEST = timedelta(days=366 * FARTHEST_YEARS)
"""How far ahead a version may be planned; farther is a slip of the pen."""


def checked_table(jurisdiction: str, text: str) -> Table:
    """Return the table that ``text`` (YAML) describes, checked in itself and against the city that is to run by it.

    Raises:
        BrokenTable: With a fault for every mistake, each naming its line and the rule that it breaks.
        TooLarge: The text is longer than any table.
        NotFound: There is no such jurisdiction.
    """
    city = loop_city(jurisdiction)
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(
            _(
                "The table was not taken: it has %(count)d characters, at most %(most)d are read. The one in force stays."
            )
            % {"count": len(text), "most": MOST_CHARACTERS}
        )
    table = read_table(text)
    posts = {code for _place, code in post_names(frozenset({jurisdiction}))}
    if found := list(misfits(table, Surroundings(city.city.calendars, posts, city.categories))):
        raise broken_at(text, found)
    return table


@dataclass(frozen=True, slots=True)
class Examined:
    """A table that can be used, and what in it is hardly meant, each with its line."""

    table: Table
    warnings: list[Fault]


def examined_table(jurisdiction: str, text: str) -> Examined:
    """Return the table that ``text`` describes with its warnings.

    Raises:
        BrokenTable, TooLarge, NotFound: As for ``checked_table``.
    """
    table = checked_table(jurisdiction, text)
    city = loop_city(jurisdiction).city
    held = {post for post in table.posts if city.holders(post)}
    return Examined(table, faults_at(text, [*warnings(table), *unstaffed(table, held)]))


def set_table(
    jurisdiction: str,
    text: str,
    *,
    actor_id: int | None,
    now: datetime,
    note: str,
    effective_from: datetime | None = None,
    is_draft: bool = False,
) -> int:
    """Keep a new version of a city's table, for the cases that begin from its instant on; return its number.

    Two who change it at once get two versions, the later one in force.

    Args:
        jurisdiction: Code of the city.
        text: The table as YAML.
        actor_id: Who changes it; None for the system.
        now: By the machine's clock.
        note: What changed, in a sentence.
        effective_from: From when on, by the city's clock; None for now.
        is_draft: Only keep it, to be looked at and tried; ``put_in_force`` makes it hold.
    Raises:
        BrokenTable, TooLarge, InvalidInput, NotFound: Nothing was written; the table in force stays.
    """
    if len(note) > NOTE_CHARACTERS:
        raise InvalidInput(
            _("The note on what changed is too long."),
            faults=[Fault("note", _("at most %(most)d characters") % {"most": NOTE_CHARACTERS}, note[:80])],
        )
    checked_table(jurisdiction, text)
    begins = None if is_draft else checked_beginning(jurisdiction, effective_from, now)
    with transaction.atomic():
        _wait_in_turn(jurisdiction)
        newest = models.LoopTable.objects.filter(jurisdiction=jurisdiction).aggregate(Max("version"))["version__max"]
        version = int(newest or DEFAULT_VERSION) + 1
        if begins is not None and effective_from is None:
            begins = _begun_meanwhile(jurisdiction, begins, now)
        models.LoopTable.objects.create(
            jurisdiction=jurisdiction,
            version=version,
            text=text,
            digest=sha256(text.encode()),
            note=note,
            created_at=now,
            created_by=actor_id,
            effective_from=begins,
        )
    logger.info("table of %s: version %d by %s, from %s", jurisdiction, version, actor_id or "system", begins)
    return version


def put_in_force(
    jurisdiction: str, version: int, *, actor_id: int | None, now: datetime, effective_from: datetime | None = None
) -> None:
    """Let a draft hold, or a planned version at another time than was planned.

    It is checked against the city once more: what it names may be gone since it was kept.

    Args:
        now: By the machine's clock.
        effective_from: From when on, by the city's clock; None for now.
    Raises:
        NotFound: There is no such version.
        Conflict: It holds, or has held, already.
        BrokenTable, InvalidInput: It does not fit the city any more, or the time lies behind.
    """
    row = _own_version(jurisdiction, version)
    checked_table(jurisdiction, row.text)
    _plan_anew(row, checked_beginning(jurisdiction, effective_from, now), now)
    logger.info("table of %s: version %d planned by %s", jurisdiction, version, actor_id or "system")


def withdraw_table(jurisdiction: str, version: int, *, actor_id: int | None, now: datetime) -> None:
    """Make a planned version a draft again, before it takes force; afterwards a new version alone can change anything.

    Args:
        now: By the machine's clock.
    Raises:
        NotFound: There is no such version.
        Conflict: It has taken force, or was not planned.
    """
    row = _own_version(jurisdiction, version)
    if row.effective_from is None:
        raise Conflict(_("Version %(version)d is a draft: there is nothing to withdraw.") % {"version": version})
    _plan_anew(row, None, now)
    logger.info("table of %s: version %d withdrawn by %s", jurisdiction, version, actor_id or "system")


def _own_version(jurisdiction: str, version: int) -> models.LoopTable:
    row = models.LoopTable.objects.filter(
        jurisdiction=loop_city(jurisdiction).code, version=min(max(version, 0), MOST_VERSIONS)
    ).first()
    if row is None or version <= DEFAULT_VERSION:
        raise NotFound(
            _("There is no version %(version)d of the table of “%(city)s”.")
            % {"version": version, "city": jurisdiction}
        )
    return row


def _plan_anew(row: models.LoopTable, begins: datetime | None, now: datetime) -> None:
    """Give a version another beginning unless its own has come: by condition, so that of two who do it one is refused."""
    city = loop_city(row.jurisdiction).city
    at = city.clock.at(now) if city.clock else now
    waiting = Q(effective_from=None) | Q(effective_from__gt=at)
    if begins is None:
        waiting = Q(effective_from__gt=at)
    if not models.LoopTable.objects.filter(waiting, pk=row.pk).update(effective_from=begins):
        raise Conflict(
            _("Version %(version)d has taken force: cases may run under it. Make a new version instead.")
            % {"version": row.version}
        )


def checked_beginning(jurisdiction: str, wanted: datetime | None, now: datetime) -> datetime:
    """Return from when on a version is to hold, by the city's clock."""
    city = loop_city(jurisdiction).city
    at = city.clock.at(now) if city.clock else now
    if wanted is None:
        return at
    if wanted.tzinfo is None or wanted < at or wanted > at + FARTHEST:
        raise InvalidInput(
            _("A version takes force now or later, within %(years)d years: cases have begun under what held before.")
            % {"years": FARTHEST_YEARS},
            faults=[Fault("effective_from", _("must lie ahead, by the city's clock"), str(wanted))],
        )
    return wanted.astimezone(UTC)


def read_file(file: Path) -> str:
    """Return the text of a table's file, or as much of it as is longer than any table.

    Raises:
        InvalidInput: It cannot be read, or is not UTF-8.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError as exc:
        raise InvalidInput(_("The file %(path)s is not UTF-8 text. Save it as such.") % {"path": file}) from exc
    except OSError as exc:
        raise InvalidInput(_("The file %(path)s cannot be read.") % {"path": file}) from exc


def keep_default_table(*, now: datetime) -> int:
    """Keep the text of the table that comes with this CityLoop, unless it is the newest one kept; return its version.

    An upgrade may bring another text: the cases that run go on under the one that they began under.

    Args:
        now: By the machine's clock.
    """
    text = default_text()
    with transaction.atomic():
        _wait_in_turn(NO_CITY)
        newest = models.LoopTable.objects.filter(jurisdiction=NO_CITY).order_by("version").first()
        if newest is not None and newest.text == text:
            return newest.version
        version = DEFAULT_VERSION if newest is None else newest.version - 1
        models.LoopTable.objects.create(
            jurisdiction=NO_CITY, version=version, text=text, digest=sha256(text.encode()), created_at=now
        )
    logger.info("table that comes with CityLoop: edition %d", version)
    return version


def _begun_meanwhile(jurisdiction: str, begins: datetime, now: datetime) -> datetime:
    """Return ``begins``, or when the last version took force that somebody quicker made at once, while we waited."""
    clock = loop_city(jurisdiction).city.clock
    quicker = models.LoopTable.objects.filter(jurisdiction=jurisdiction, created_at__gt=now, effective_from__gt=begins)
    at_once = (
        held
        for held, made in quicker.values_list("effective_from", "created_at")
        if held is not None and held <= (clock.at(made) if clock else made)
    )
    return max(at_once, default=begins)


def _wait_in_turn(jurisdiction: str) -> None:
    """Let whoever comes second wait, and count on from the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cityloop.cases.table'), hashtext(%s))", [jurisdiction])
