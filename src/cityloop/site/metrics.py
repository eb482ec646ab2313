"""``/metrics``: what this installation does, for Prometheus. For a machine's own monitor, or with a token."""

import threading
from collections.abc import Iterator
from ipaddress import ip_address
from time import monotonic

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

import cityloop
from cityloop.cases.queries.anchors import evidence
from cityloop.cases.queries.open_cases import open_by_light
from cityloop.kernel import metrics
from cityloop.kernel.translation import _

KEPT_S = 30.0
"""How long what the database was asked for is told again."""

OF_A_PROXY = (
    "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP",
)  # fmt: skip
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

JOBS = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"

TICK = """
-- When the worker last set off what moves by itself; nothing where it never has.
SELECT extract(epoch FROM now())::float - max(defer_timestamp) FROM procrastinate_periodic_defers WHERE task_name = 'cases.tick'
"""

SESSIONS = """
SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1 ORDER BY 1
"""


@login_not_required
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        words = _("Send the token of CITYLOOP_METRICS_TOKEN: Authorization: Bearer …")
        response = HttpResponse(f"{words}\n", status=401, content_type="text/plain; charset=utf-8")
        response["WWW-Authenticate"] = 'Bearer realm="cityloop metrics"'
        return response
    return HttpResponse(metrics.text(asked), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Whether the token was sent, or a program of this machine asks directly."""
    kind, _space, sent = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if sent:
        token: str = settings.METRICS_TOKEN
        return bool(token) and kind.lower() == "bearer" and constant_time_compare(sent.strip(), token)
    return is_from_here(request)


def is_from_here(request: HttpRequest) -> bool:
    """Whether the request comes from this machine and from nobody further away.

    A proxy on this machine comes from here as well, and brings the public with it. So nothing counts where proxies or outer
    origins are configured, without which no page works behind one; nor what a proxy has touched, nor another name.
    """
    if settings.PROXIES or settings.CSRF_TRUSTED_ORIGINS or any(name in request.META for name in OF_A_PROXY):
        return False
    host = request.META.get("HTTP_HOST", "")
    if (host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host) not in LOOPBACK_NAMES:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class Asked(Collector):
    """What only the database knows, asked at most twice a minute however many monitors there are."""

    def __init__(self) -> None:
        self.found: list[GaugeMetricFamily] = []
        self.until = 0.0
        self.asking = threading.Lock()

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self.asking:
            if monotonic() >= self.until:
                self.found = ask()
                self.until = monotonic() + KEPT_S
            yield from self.found

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # else the registry would collect once to learn the names


asked = Asked()


def ask() -> list[GaugeMetricFamily]:
    version = family("cityloop_info", "The version that runs.", ["version"])
    version.add_metric([cityloop.__version__], 1)
    answers = family("cityloop_database_up", "1 while the database answers.")
    try:
        found = [*_asked()]
    except DatabaseError:
        answers.add_metric([], 0)
        return [version, answers]
    answers.add_metric([], 1)
    return [version, answers, *found]


def _asked() -> Iterator[GaugeMetricFamily]:
    open_cases = family("cityloop_open_cases", "Open cases, by city and light.", ["jurisdiction", "light"])
    for row in open_by_light():
        open_cases.add_metric([row.jurisdiction, row.light], row.count)
    yield open_cases
    jobs = family(
        "cityloop_jobs", "Jobs of the queue; one that failed stays until somebody looks.", ["queue", "status"]
    )
    sessions = family("cityloop_database_sessions", "Sessions of everybody in the database, by state.", ["state"])
    for each, question in ((jobs, JOBS), (sessions, SESSIONS)):
        with connection.cursor() as cursor:
            cursor.execute(question)
            for *labels, count in cursor.fetchall():
                each.add_metric(labels, count)
        yield each
    age = family("cityloop_tick_age_seconds", "Seconds since the worker set off what moves by itself.")
    with connection.cursor() as cursor:
        cursor.execute(TICK)
        (seconds,) = cursor.fetchone()
    if seconds is not None:
        age.add_metric([], seconds)
    yield age
    yield from _evidence()


def _evidence() -> Iterator[GaugeMetricFamily]:
    """Yield what tells whether history is whole; nothing where no run has been remembered yet."""
    stands = evidence()
    if stands is None:
        return
    named = (
        ("cityloop_verify_findings", "What verify found since the last run over everything began.", stands.findings),
        ("cityloop_verify_age_seconds", "Seconds since the last run of verify.", stands.verify_age_s),
        ("cityloop_anchor_number", "Number of the last anchor.", stands.anchor),
    )
    for name, told, value in named:
        figure = family(name, told)
        figure.add_metric([], value)
        yield figure


def family(name: str, told: str, labels: list[str] | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, labels=labels or [])
