"""What monitors and load balancers ask: ``/healthz`` (the process lives) and ``/readyz`` (it can do its work)."""

from dataclasses import asdict, dataclass
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

LATE_S = 60
"""A worker says that it lives every ten seconds; after this many of silence it is late."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """``database``: "ok", "down", "behind" (migrations wait). ``worker``: "ok", "late", "unknown".

    A late worker does not make the web unready: people go on working, and what follows from it waits in the queue.
    """

    database: str
    worker: str

    @property
    def is_ready(self) -> bool:
        return self.database == "ok"


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    readiness = read()
    body = {"ready": readiness.is_ready, **asdict(readiness)}
    return JsonResponse(body, status=200 if readiness.is_ready else 503)


def read() -> Readiness:
    """Ask the database: one small query, and once in a process the list of migrations."""
    try:
        if not _is_up_to_date():
            return Readiness("behind", "unknown")
        return Readiness("ok", _worker())
    except DatabaseError:
        return Readiness("down", "unknown")


def _worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(last_heartbeat) > now() - make_interval(secs => %s) FROM procrastinate_workers", [LATE_S]
        )
        (is_alive,) = cursor.fetchone() or (None,)
    return "ok" if is_alive else "late"


def _is_up_to_date() -> bool:
    try:
        return _once_up_to_date()
    except NotYetError:
        return False


class NotYetError(Exception):
    """Raised so that a "no" is not remembered."""


@cache
def _once_up_to_date() -> bool:
    """Return ``True``, which a running process then believes for good: its own migrations cannot grow."""
    from cityloop.site.management.commands.prepare import pending_migrations

    if pending_migrations():
        raise NotYetError
    return True
