"""Whether the anchors still hold: over what is in the database, and beside what somebody noted elsewhere."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from cityloop.cases import models
from cityloop.cases.queries.finding import Finding, said
from cityloop.cases.rules.anchors import Note, anchored
from cityloop.kernel.hashing import NO_HASH

RETOLD = """
-- Each anchor after the n-th with what there is between the one before and itself: number, hash and position of the one
-- before, how many events, the digest over their hashes.
SELECT a.n, a.position, a.events, a.at, a.hash, a.n_before, a.hash_before, e."left", e.told
FROM (
    SELECT *, lag(n, 1, 0) OVER w AS n_before, lag(hash) OVER w AS hash_before, lag(position, 1, 0::bigint) OVER w AS position_before
    FROM cases_anchor WINDOW w AS (ORDER BY n)
) AS a
CROSS JOIN LATERAL (
    -- In the order of the index: an aggregate that orders for itself would sort them all again.
    SELECT count(*) AS "left", sha256(coalesce(string_agg(hash, ''::bytea), '')) AS told
    FROM (SELECT hash FROM cases_caseevent WHERE id > a.position_before AND id <= a.position ORDER BY id) AS between_them
) AS e
WHERE a.n > %s AND a.n <= %s ORDER BY a.n
"""


LAST = 2**31 - 1


class _Retold(NamedTuple):
    n: int
    position: int
    events: int
    at: datetime
    hash: bytes
    n_before: int
    hash_before: bytes | None
    left: int
    told: bytes


def check_anchors(after: int = 0, upto: int = LAST) -> Iterator[Finding]:
    """Yield each anchor that does not hold any more, of those after the number ``after`` and up to the number ``upto``."""
    with connection.cursor() as cursor:
        cursor.execute(RETOLD, [after, upto])
        rows = [_Retold(*row) for row in cursor]
    for row in rows:
        yield from _check(row)


def _check(row: _Retold) -> Iterator[Finding]:
    subject = said("anchor %(n)d", n=row.n)
    if row.n != row.n_before + 1:
        yield Finding(subject, said("number"), said("the anchor before it is missing"))
    if row.left != row.events:
        what = said(
            "anchored were %(events)d events up to number %(position)d (%(at)s), there are %(left)d",
            events=row.events, position=row.position, at=row.at.isoformat(), left=row.left,
        )  # fmt: skip
        yield Finding(subject, said("events"), what)
        return
    previous = NO_HASH if row.hash_before is None else bytes(row.hash_before)
    if anchored(previous, row.n, row.position, row.events, row.at, bytes(row.told)) != bytes(row.hash):
        yield Finding(subject, said("hash"), said("is not the hash of the anchor before and of the events since"))


def check_notes(notes: Iterable[Note]) -> Iterator[Finding]:
    """Yield each noted anchor that is not there as it was noted."""
    stored = {anchor.n: bytes(anchor.hash) for anchor in models.Anchor.objects.order_by("n")}
    for note in notes:
        subject = said("anchor %(n)d", n=note.n)
        if note.n not in stored:
            yield Finding(
                subject,
                said("note"),
                said("was noted elsewhere and is missing here (after a restore only notes of before the backup hold)"),
            )
        elif stored[note.n] != note.hash:
            yield Finding(
                subject,
                said("note"),
                said("differs from what was noted elsewhere (after a restore only notes of before the backup hold)"),
            )


class AnchorLine(NamedTuple):
    """An anchor as it is noted elsewhere."""

    n: int
    at: datetime
    events: int
    position: int
    hash: str


def anchor_lines(most: int | None = None) -> list[AnchorLine]:
    """Return the anchors, the newest ``most`` of them, in their order."""
    newest = models.Anchor.objects.order_by("-n")[:most]
    return [AnchorLine(one.n, one.at, one.events, one.position, bytes(one.hash).hex()) for one in reversed(newest)]


class Evidence(NamedTuple):
    """How history stands: how many findings there are since the last run of ``verify`` over everything began, each counted
    once however many runs came to it; how old the last run is.
    """

    findings: int
    verify_age_s: float
    anchor: int


EVIDENCE = """
-- What stands of the last run over everything and all runs after it (each line once; a run that found more than it tells
-- counts with its number); the age of the last run; the last anchor.
WITH since AS (
    SELECT * FROM cases_verification WHERE id >= coalesce((SELECT max(id) FROM cases_verification WHERE whole), 0)
)
SELECT greatest(
        max(findings), (SELECT count(DISTINCT line) FROM since, regexp_split_to_table(told, '\n') AS line WHERE line <> '')
    ),
    extract(epoch FROM now() - max(at))::float8, (SELECT coalesce(max(n), 0) FROM cases_anchor)
FROM since HAVING count(*) > 0
"""


def evidence() -> Evidence | None:
    """Return how history stands; None where no run of ``verify`` has been remembered."""
    with connection.cursor() as cursor:
        cursor.execute(EVIDENCE)
        row = cursor.fetchone()
    return Evidence(int(row[0]), row[1], row[2]) if row else None
