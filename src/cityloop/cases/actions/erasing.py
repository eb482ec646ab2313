"""Who reported a case is forgotten when its time has come; the event keeps a salted digest, so the chain holds."""

import logging
from datetime import datetime, timedelta

from django.db import connection

from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import canonical
from cityloop.organisation import queries as organisation

logger = logging.getLogger(__name__)

ERASE = """
-- Of the cases of one city that are over: the reporter's own texts, where the last act on the case lies before the instant
-- that holds for its source. The index text_due begins with city and last act, so that no text is looked at which no source
-- could let go yet. The salt goes with the text: without it the event's digest tells nobody anything.
UPDATE cases_casetext SET text = NULL, salt = NULL, erased_at = %(at)s
WHERE id IN (
    SELECT t.id FROM cases_casetext AS t
    JOIN cases_case AS c ON c.id = t.case_id
    LEFT JOIN jsonb_to_recordset(%(sources)s::jsonb) AS s(source text, latest timestamptz) ON s.source = c.source
    WHERE t.personal AND t.erased_at IS NULL AND t.over_in = %(jurisdiction)s AND t.over_at < %(last)s
        AND t.over_at < coalesce(s.latest, %(latest)s)
    LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED
)
"""


def erase_reporters(*, now: datetime | None = None, most: int = 20_000) -> int:
    """Erase who reported cases that have been over for longer than their source's period; return how many texts went.

    The period is the one of the table in force today, also for cases that run under an older one: how long a person's
    data may be kept is no part of a case's process. One statement a city, safe to run twice and beside itself.

    Args:
        now: The time in all cities; None asks each city's clock.
        most: Texts of one city at most; the rest is left to the next call.
    """
    return sum(_erase_or_say(code, now, most) for code in organisation.jurisdictions())


def _erase_or_say(jurisdiction: str, now: datetime | None, most: int) -> int:
    """A city that cannot be asked keeps no other one waiting."""
    try:
        return _erase(jurisdiction, now, most)
    except CityError as exc:
        logger.warning("reporters in %s were not erased: %s", jurisdiction, exc.message)
        return 0


def _erase(jurisdiction: str, now: datetime | None, most: int) -> int:
    city = loop_city(jurisdiction)
    at = now or city.city.now()
    loop = table_in_force(jurisdiction)
    latest = at - timedelta(days=loop.settings.reporter_days)
    own = {
        code: at - timedelta(days=source.reporter_days)
        for code, source in loop.sources.items()
        if source.reporter_days is not None
    }
    with connection.cursor() as cursor:
        cursor.execute(
            ERASE,
            {
                "at": machine_now(),
                "sources": canonical([{"source": code, "latest": day} for code, day in own.items()]).decode(),
                "jurisdiction": jurisdiction,
                "latest": latest,
                "last": max([latest, *own.values()]),
                "most": most,
            },
        )
        erased = int(cursor.rowcount)
    if erased:
        logger.info("erased %d texts of reporters in %s", erased, jurisdiction)
    return erased
