"""What is noted of each request: figures for Prometheus, and with ``CITYLOOP_LOG=json`` a line of the log."""

import logging
from time import monotonic, perf_counter

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from cityloop.kernel.metrics import counter, level, times
from cityloop.site import logs
from cityloop.site.middleware import Answer

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
EVERY_S = 5.0
"""How often a process says how its pool of connections stands."""

REQUESTS = counter(
    "cityloop_requests", "Requests answered, by route, method and status.", ["route", "method", "status"]
)
DURATIONS = times("cityloop_request_seconds", "Seconds until an answer was ready.", ["route", "method"])
CONNECTIONS = level("cityloop_pool_connections", "Database connections of the web processes' pools.", ["state"])
WAITING = level("cityloop_pool_waiting", "Requests that wait for a database connection.")
WAITED = level("cityloop_pool_waited_seconds", "Seconds that requests have waited for a database connection, in all.")

logger = logging.getLogger(__name__)


class Observed:
    """Stands before all other middlewares, so that what they refuse is noted too."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.logs = settings.SERVING.logs_json
        self.next_look = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        mark = logs.id_for(request.META.get("HTTP_X_REQUEST_ID", ""))
        token = logs.request_id.set(mark)
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = mark
            self._note(request, response.status_code, perf_counter() - began)
            return response
        finally:
            logs.request_id.reset(token)

    def _note(self, request: HttpRequest, status: int, seconds: float) -> None:
        route, method = route_of(request), request.method or ""
        if method not in METHODS:
            method = "OTHER"  # anybody can make up methods, and each would be a series of its own
        REQUESTS.labels(route, method, status).inc()
        DURATIONS.labels(route, method).observe(seconds)
        if self.logs:
            facts = {"actor": actor_of(request), "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            logger.info("%s %s: %d", method, route, status, extra={"facts": facts})
        if (now := monotonic()) >= self.next_look:
            self.next_look = now + EVERY_S
            note_pool()


def route_of(request: HttpRequest) -> str:
    """Return the pattern of the address that was asked for: no number of a case, no name, never more of them than there are."""
    match = request.resolver_match
    if match is not None:
        return f"/{match.route}"
    return "/static/" if request.path.startswith("/static/") else "none"


def actor_of(request: HttpRequest) -> int | None:
    """Return the id of who asked, where that became known; nothing is asked for it."""
    viewer = getattr(request, "auth", None)
    user = getattr(request, "_cached_user", None)
    return getattr(viewer, "user_id", None) or getattr(user, "pk", None)


def note_pool() -> None:
    """Set the figures of this process's pool; there is none outside the web."""
    if not (pool := getattr(connection, "pool", None)):
        return
    stats = pool.get_stats()
    idle = stats.get("pool_available", 0)
    CONNECTIONS.labels("idle").set(idle)
    CONNECTIONS.labels("used").set(stats.get("pool_size", 0) - idle)
    WAITING.set(stats.get("requests_waiting", 0))
    WAITED.set(stats.get("requests_wait_ms", 0) / 1000)
