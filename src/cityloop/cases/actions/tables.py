"""Changing a city's process: a new version of its table. A running case keeps the version that it started under."""

import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import DEFAULT_VERSION, NO_CITY, default_text
from cityloop.cases.rules.fitting import Surroundings, misfits
from cityloop.cases.rules.reading import broken_at, read_table
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import Fault, InvalidInput, TooLarge
from cityloop.kernel.translation import _
from cityloop.organisation.queries.posts import post_names

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 500_000
"""Of a table's text; the one that comes with CityLoop has 30,000."""

NOTE_CHARACTERS = 500


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


def set_table(jurisdiction: str, text: str, *, actor_id: int | None, now: datetime, note: str) -> int:
    """Put a new version of a city's table in force, for the cases that begin from now on; return its number.

    Two who change it at once get two versions, the later one in force.

    Args:
        jurisdiction: Code of the city.
        text: The table as YAML.
        actor_id: Who changes it; None for the system.
        now: By the machine's clock.
        note: What changed, in a sentence.
    Raises:
        BrokenTable, TooLarge, InvalidInput, NotFound: Nothing was written; the table in force stays.
    """
    if len(note) > NOTE_CHARACTERS:
        raise InvalidInput(
            _("The note on what changed is too long."),
            faults=[Fault("note", _("at most %(most)d characters") % {"most": NOTE_CHARACTERS}, note[:80])],
        )
    checked_table(jurisdiction, text)
    with transaction.atomic():
        _wait_in_turn(jurisdiction)
        newest = models.LoopTable.objects.filter(jurisdiction=jurisdiction).aggregate(Max("version"))["version__max"]
        version = int(newest or DEFAULT_VERSION) + 1
        models.LoopTable.objects.create(
            jurisdiction=jurisdiction, version=version, text=text, note=note, created_at=now, created_by=actor_id
        )
    logger.info("table of %s: version %d by %s", jurisdiction, version, actor_id or "system")
    return version


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
        models.LoopTable.objects.create(jurisdiction=NO_CITY, version=version, text=text, created_at=now)
    logger.info("table that comes with CityLoop: edition %d", version)
    return version


def _wait_in_turn(jurisdiction: str) -> None:
    """Let whoever comes second wait, and count on from the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cityloop.cases.table'), hashtext(%s))", [jurisdiction])
