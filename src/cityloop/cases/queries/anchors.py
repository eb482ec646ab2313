"""Whether the anchors still hold: over what is in the database, and beside what somebody noted elsewhere."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from cityloop.cases import models
from cityloop.cases.queries.finding import Finding
from cityloop.cases.rules.anchors import Note, anchored
from cityloop.kernel.hashing import NO_HASH
from cityloop.kernel.translation import _

RETOLD = """
-- Each anchor after the n-th with what there is between the one before and itself: number, hash and position of the one
-- before, how many events, the digest over their hashes.
SELECT a.n, a.position, a.events, a.at, a.hash, a.n_before, a.hash_before, e."left", e.told
FROM (
    SELECT *, lag(n, 1, 0) OVER w AS n_before, lag(hash) OVER w AS hash_before, lag(position, 1, 0::bigint) OVER w AS position_before
    FROM cases_anchor WINDOW w AS (ORDER BY n)
) AS a
CROSS JOIN LATERAL (
    SELECT count(*) AS "left", sha256(coalesce(string_agg(hash, ''::bytea ORDER BY id), '')) AS told
    FROM cases_caseevent WHERE id > a.position_before AND id <= a.position
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
    subject = _("anchor %(n)d") % {"n": row.n}
    if row.n != row.n_before + 1:
        yield Finding(subject, _("number"), _("the anchor before it is missing"))
    if row.left != row.events:
        named = {"events": row.events, "left": row.left, "position": row.position, "at": row.at.isoformat()}
        what = _("anchored were %(events)d events up to number %(position)d (%(at)s), there are %(left)d")
        yield Finding(subject, _("events"), what % named)
        return
    previous = NO_HASH if row.hash_before is None else bytes(row.hash_before)
    if anchored(previous, row.n, row.position, row.events, row.at, bytes(row.told)) != bytes(row.hash):
        yield Finding(subject, _("hash"), _("is not the hash of the anchor before and of the events since"))


def check_notes(notes: Iterable[Note]) -> Iterator[Finding]:
    """Yield each noted anchor that is not there as it was noted."""
    stored = {anchor.n: bytes(anchor.hash) for anchor in models.Anchor.objects.order_by("n")}
    for note in notes:
        subject = _("anchor %(n)d") % {"n": note.n}
        if note.n not in stored:
            yield Finding(subject, _("note"), _("was noted elsewhere and is missing here"))
        elif stored[note.n] != note.hash:
            yield Finding(subject, _("note"), _("differs from what was noted elsewhere"))


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
    """How history stands: what was found since the last run of ``verify`` over everything began, how old the last run is."""

    findings: int
    verify_age_s: float
    anchor: int


EVIDENCE = """
-- What was found by the last run over everything and by all runs after it; the age of the last run; the last anchor.
SELECT coalesce(sum(findings), 0), extract(epoch FROM now() - max(at))::float8, (SELECT coalesce(max(n), 0) FROM cases_anchor)
FROM cases_verification
WHERE id >= coalesce((SELECT max(id) FROM cases_verification WHERE whole), 0)
HAVING count(*) > 0
"""


def evidence() -> Evidence | None:
    """Return how history stands; None where no run of ``verify`` has been remembered."""
    with connection.cursor() as cursor:
        cursor.execute(EVIDENCE)
        row = cursor.fetchone()
    return Evidence(int(row[0]), row[1], row[2]) if row else None
