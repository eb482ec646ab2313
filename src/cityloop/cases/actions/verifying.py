"""Runs of ``verify`` that are remembered: a whole one when somebody asks, and one over what is new every hour."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from uuid import UUID

from cityloop.cases import models
from cityloop.cases.actions.anchoring import anchor
from cityloop.cases.queries.verifying import Verified, verify, verify_following, verify_new

TOLD = 1000
"""Findings of one run that are kept in words; their number is kept whole."""

ROUND = 20_000
"""Cases of the round over all of them that a run over what is new looks at besides: a million cases take two days."""

BUDGET_S = 300.0
"""After so long a run begins no further anchor; the next run goes on there."""

FIRST = UUID(int=0)


def verify_all(*, now: datetime, progress: Callable[[int], None] | None = None) -> Verified:
    """Anchor what is new, verify everything, and remember what came of it.

    Args:
        now: The machine's time.
        progress: Called with the number of cases looked at so far.
    """
    started = monotonic()
    anchor(now=now)
    last = models.Anchor.objects.order_by("-n").first()
    done = verify(progress=progress)
    _remember(done, now, monotonic() - started, anchor=last.n if last else 0, whole=True)
    return done


def verify_changes(
    *, now: datetime, budget_s: float = BUDGET_S, most: int = ROUND, progress: Callable[[int], None] | None = None
) -> Verified:
    """Anchor what is new, verify the cases to which something has happened since the last run, and go on with the round.

    The round takes the next ``most`` cases by id, whatever happened to them, and begins anew behind the last: so what
    somebody changes in an old case without an event is found too, if not within the hour.

    Args:
        now: The machine's time.
        budget_s: After so many seconds no further anchor is begun.
        most: Cases of the round.
        progress: Called with the number of cases looked at so far.
    """
    started = monotonic()
    anchor(now=now)
    before = models.Verification.objects.order_by("-id").first()
    since, came_to = (before.anchor, before.last_case or FIRST) if before else (0, FIRST)
    reached = since
    done = Verified(0, 0, [])
    for n in models.Anchor.objects.filter(n__gt=reached).order_by("n").values_list("n", flat=True):
        done = _added(done, verify_new(since, reached, n, progress=progress))
        reached = n
        if monotonic() - started > budget_s:
            break
    following, last_case = verify_following(came_to, most, since, reached, progress=progress)
    done = _added(done, following)
    _remember(done, now, monotonic() - started, anchor=reached, whole=False, last_case=last_case)
    return done


def _added(one: Verified, other: Verified) -> Verified:
    """Return two runs as one; what both found is told once."""
    findings = list(dict.fromkeys([*one.findings, *other.findings]))
    return Verified(one.cases + other.cases, one.events + other.events, findings)


def _remember(
    done: Verified, now: datetime, seconds: float, *, anchor: int, whole: bool, last_case: UUID | None = None
) -> None:
    models.Verification.objects.create(
        at=now,
        seconds=round(seconds, 3),
        whole=whole,
        anchor=anchor,
        last_case=last_case,
        cases=done.cases,
        events=done.events,
        findings=len(done.findings),
        told="\n".join(finding.line() for finding in done.findings[:TOLD]),
    )
