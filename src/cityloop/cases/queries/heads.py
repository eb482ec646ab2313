"""One digest over the ends of all chains: two databases that give the same one hold the same history."""

import hashlib
from dataclasses import dataclass

import psycopg

BLOCK = 20_000

HEADS = """
-- 16 bytes of id and 32 of the last event's hash, case by case.
SELECT uuid_send(id) || head FROM cases_case ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Heads:
    """How many cases and events there are, and the SHA-256 (hexadecimal) over the heads of all cases by their ids."""

    cases: int
    events: int
    digest: str


def heads(database: "psycopg.Connection[tuple[object, ...]]") -> Heads:
    """Read the heads within a transaction of ``database``, which is not Django's own where a backup is tried beside it.

    A schema of any age will do: nothing is read but ids and heads. Without tables there are no cases.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT to_regclass('cases_case') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return Heads(0, 0, hashlib.sha256().hexdigest())
    digest, cases = hashlib.sha256(), 0
    with psycopg.ServerCursor(database, "heads") as rows:
        rows.itersize = BLOCK
        rows.execute(HEADS)
        for (row,) in rows:
            assert isinstance(row, bytes)
            digest.update(row)
            cases += 1
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_caseevent")
        (events,) = cursor.fetchone() or (0,)
    assert isinstance(events, int)
    return Heads(cases, events, digest.hexdigest())
