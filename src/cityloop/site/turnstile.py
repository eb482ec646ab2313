"""Who comes in when too many come: a few are served, some wait a moment, the rest are told at once when to come again."""

import threading

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cityloop.kernel.translation import _
from cityloop.site.middleware import Answer, language_of
from cityloop.site.problems import API, problem

OPEN = ("/healthz", "/static/", "/metrics")
"""Paths that ask no database: always answered."""

WAITING_PER_SEAT = 6
"""Requests that may wait for each one that is served: about a quarter of a second of work."""

THREADS_PER_SEAT = 1 + WAITING_PER_SEAT + 1
"""What the web server must have for each one that is served: those that wait, and one more to refuse with."""

PATIENCE_S = 5.0
RETRY_AFTER_S = 1


class Turnstile:
    """The first of all middlewares. A process serves as many requests as it has connections to the database.

    Without it those that wait would hold threads and pile up until each of them is too late; so a flood is refused with
    429 and ``Retry-After`` in a fraction of the time that serving takes, and whoever was let in is served as on a calm day.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self._seats = threading.BoundedSemaphore(settings.SERVING.threads)
        self._room = settings.SERVING.threads * (1 + WAITING_PER_SEAT)
        self._inside = 0
        self._counting = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN):
            return self.get_response(request)
        if not self._enter():
            return too_many(request)
        try:
            if not self._seats.acquire(timeout=PATIENCE_S):
                return too_many(request)
            try:
                return self.get_response(request)
            finally:
                self._seats.release()
        finally:
            self._leave()

    def _enter(self) -> bool:
        with self._counting:
            if self._inside >= self._room:
                return False
            self._inside += 1
            return True

    def _leave(self) -> None:
        with self._counting:
            self._inside -= 1


def too_many(request: HttpRequest) -> HttpResponse:
    """Return the refusal of a request for which there is no room now; nothing of it has been read."""
    is_api = request.path.startswith(API)
    with translation.override(language_of(request, is_api=is_api)):
        words = _("Too many requests at this moment. Send it again in %(seconds)d s, with the same key.")
        detail = words % {"seconds": RETRY_AFTER_S}
        if is_api:
            response = problem(request, 429, "too_many", detail)
        else:
            response = HttpResponse(detail, status=429, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
