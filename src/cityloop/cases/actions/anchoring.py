"""The periodic anchor over the events of all cities."""

import logging
from datetime import datetime

from django.db import connection, transaction

from cityloop.cases import models
from cityloop.cases.events import EVENTS
from cityloop.cases.rules.anchors import MOST_EVENTS, anchored
from cityloop.kernel.hashing import NO_HASH
from cityloop.kernel.listening import PATIENCE_S, settled

logger = logging.getLogger(__name__)

TOLD = """
-- The next events: the number of the last, how many, the digest over their hashes.
SELECT max(id), count(*), sha256(string_agg(hash, ''::bytea ORDER BY id))
FROM (SELECT id, hash FROM cases_caseevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS e
"""


def anchor(*, now: datetime, patience_s: float = PATIENCE_S, most: int = MOST_EVENTS) -> list[models.Anchor]:
    """Anchor all events that are settled and not anchored yet; return the new anchors, none where nothing happened.

    An event whose number is settled is committed or will never be: so no event slips in behind an anchor. Each anchor goes
    to the log too, which is a witness where logs are kept on another machine.

    Args:
        now: The machine's time.
        patience_s: How long running transactions are waited for; what is not settled by then is left to the next call.
        most: Events of one anchor.
    """
    end = settled(EVENTS.sequence, patience_s=patience_s)
    made: list[models.Anchor] = []
    while end is not None and (new := _next(end, now, most)) is not None:
        made.append(new)
        logger.info("anchor %d: %s (%d events up to %d)", new.n, bytes(new.hash).hex(), new.events, new.position)
    return made


@transaction.atomic
def _next(end: int, now: datetime, most: int) -> models.Anchor | None:
    """Add one anchor; None where there is nothing to anchor, or another worker is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('cityloop.cases'), hashtext('anchor'))")
        [is_alone] = cursor.fetchone()
        if not is_alone:
            return None
        last = models.Anchor.objects.order_by("-n").first()
        n, position, previous = (last.n, last.position, bytes(last.hash)) if last else (0, 0, NO_HASH)
        cursor.execute(TOLD, [position, end, most])
        upto, events, told = cursor.fetchone()
    if not events:
        return None
    digest = anchored(previous, n + 1, upto, events, now, bytes(told))
    return models.Anchor.objects.create(n=n + 1, position=upto, events=events, at=now, hash=digest)
