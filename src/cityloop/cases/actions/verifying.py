"""Runs of ``verify`` that are remembered: a whole one when somebody asks, and one over what is new every hour."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from time import monotonic, sleep
from uuid import UUID

from cityloop.cases import models
from cityloop.cases.actions.anchoring import anchor
from cityloop.cases.queries.finding import Finding
from cityloop.cases.queries.originals import differing, found_before
from cityloop.cases.queries.verifying import Verified, verify, verify_following, verify_new
from cityloop.kernel.errors import Unavailable
from cityloop.media import queries as media
from cityloop.media.queries import Place

logger = logging.getLogger(__name__)

TOLD = 1000
"""Findings of one run that are kept in words; their number is kept whole."""

ROUND = 20_000
"""Cases of the round over all of them that a run over what is new looks at besides: a million cases take two days."""

BUDGET_S = 300.0
"""After so long a run begins no further anchor; the next run goes on there."""

FILES_S = 300.0
"""So long a run reads originals, from where the last one came to; all of them are read in time."""

PACE = 8_000_000
"""Bytes of originals a second, so that the disk is there for people: 2.4 GB an hour, a terabyte in two and a half weeks."""

FIRST = UUID(int=0)


def verify_all(*, now: datetime, with_files: bool = False, progress: Callable[[int], None] | None = None) -> Verified:
    """Anchor what is new, verify everything, and remember what came of it.

    Args:
        now: The machine's time.
        with_files: Read all originals in the store too; else only those of which something was found before.
        progress: Called with the number of cases looked at so far.
    """
    started = monotonic()
    anchor(now=now)
    last = models.Anchor.objects.order_by("-n").first()
    done = verify(progress=progress)
    done = added(done, verify_files() if with_files else verify_files(places=found_before()))
    last_file = None if with_files else _last_file()
    _remember(done, now, monotonic() - started, anchor=last.n if last else 0, whole=True, last_file=last_file)
    return done


def verify_files(jurisdiction: str = "", *, places: Collection[Place] | None = None) -> Verified:
    """Compare the originals in the store with the digests that are their names.

    Args:
        jurisdiction: Only this city's.
        places: Only these.
    Raises:
        Unavailable: The store does not answer.
    """
    files, findings = 0, list[Finding]()
    for one in media.originals(jurisdiction=jurisdiction, places=places):
        files += 1
        findings += differing([one])
    return Verified(0, 0, findings, files)


def _last_file() -> UUID | None:
    row = models.Verification.objects.order_by("-id").first()
    return row.last_file if row else None


def verify_changes(
    *,
    now: datetime,
    budget_s: float = BUDGET_S,
    most: int = ROUND,
    files_s: float = 0.0,
    progress: Callable[[int], None] | None = None,
) -> Verified:
    """Anchor what is new, verify the cases to which something has happened since the last run, and go on with the round.

    The round takes the next ``most`` cases by id, whatever happened to them, and begins anew behind the last: so what
    somebody changes in an old case without an event is found too, if not within the hour.

    Args:
        now: The machine's time.
        budget_s: After so many seconds no further anchor is begun.
        most: Cases of the round.
        files_s: So many seconds are given to a round of its own over the originals in the store; 0 leaves them out.
        progress: Called with the number of cases looked at so far.
    """
    started = monotonic()
    anchor(now=now)
    before = models.Verification.objects.order_by("-id").first()
    since, came_to = (before.anchor, before.last_case or FIRST) if before else (0, FIRST)
    reached = since
    done = Verified(0, 0, [])
    for n in models.Anchor.objects.filter(n__gt=reached).order_by("n").values_list("n", flat=True):
        done = added(done, verify_new(since, reached, n, progress=progress))
        reached = n
        if monotonic() - started > budget_s:
            break
    following, last_case = verify_following(came_to, most, since, reached, progress=progress)
    done = added(done, following)
    last_file = _last_file()
    if files_s:
        files, last_file = _following_files(last_file, files_s)
        done = added(done, files)
    took = monotonic() - started
    _remember(done, now, took, anchor=reached, whole=False, last_case=last_case, last_file=last_file)
    return done


def _following_files(after: UUID | None, budget_s: float) -> tuple[Verified, UUID | None]:
    """Compare the next originals, no more than ``PACE``; return also the id of the last, None where none follows."""
    started, files, size = monotonic(), 0, 0
    findings: list[Finding] = []
    try:
        for one in media.originals(after=after):
            findings += differing([one])
            files, size, after = files + 1, size + one.bytes, one.id
            if max(size / PACE, monotonic() - started) >= budget_s:
                return Verified(0, 0, findings, files), after
            sleep(max(0.0, size / PACE - (monotonic() - started)))
    except Unavailable:
        logger.warning("the store of files does not answer; the next run goes on there")
        return Verified(0, 0, findings, files), after
    return Verified(0, 0, findings, files), None


def added(one: Verified, other: Verified) -> Verified:
    """Return two runs as one; what both found is told once."""
    findings = list(dict.fromkeys([*one.findings, *other.findings]))
    return Verified(one.cases + other.cases, one.events + other.events, findings, one.files + other.files)


def _remember(
    done: Verified,
    now: datetime,
    seconds: float,
    *,
    anchor: int,
    whole: bool,
    last_case: UUID | None = None,
    last_file: UUID | None = None,
) -> None:
    models.Verification.objects.create(
        at=now,
        seconds=round(seconds, 3),
        whole=whole,
        anchor=anchor,
        last_case=last_case,
        last_file=last_file,
        cases=done.cases,
        events=done.events,
        files=done.files,
        findings=len(done.findings),
        told="\n".join(finding.line() for finding in done.findings[:TOLD]),
    )
