"""What the worker does from time to time, when the machine's clock is set back.

Procrastinate sets each period off once and remembers it by its time, in its table and in the worker. In an hour that comes
twice nothing would be set off. So the supervisor begins the worker anew, and forgets before what lies in the future now.
"""

import logging
import time

import psycopg

logger = logging.getLogger(__name__)

PATIENCE_S = 5
AHEAD_S = 60
"""Workers on other machines may be ahead by so much, and what they set off stands."""

FORGET = "DELETE FROM procrastinate_periodic_defers WHERE defer_timestamp > %s"


def forget_the_future(database: str) -> int:
    """Let what was set off at a time that is still to come be set off again then; return how much it was.

    Where the database does not answer nothing is forgotten: the worker cannot begin either, and this runs again with it.

    Args:
        database: Its URL. Who asks is the supervisor, which stays small for want of Django's side of the database.
    """
    try:
        with psycopg.connect(database, connect_timeout=PATIENCE_S) as connection:
            return connection.execute(FORGET, [int(time.time()) + AHEAD_S]).rowcount
    except psycopg.Error as exc:
        logger.warning("periods to come were not forgotten: %s", type(exc).__name__)
        return 0
