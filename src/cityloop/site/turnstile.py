"""Who comes in when too many come: a few are served, some wait a moment, the rest are told at once when to come again."""

import logging
import threading
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cityloop.kernel.translation import _
from cityloop.site.middleware import Answer, language_of
from cityloop.site.problems import API, problem
from cityloop.site.settings.env import WAITING_PER_SEAT

OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by machines that watch: a flood must not look like a death."""

PATIENCE_S = 5.0
RETRY_AFTER_S = 1
LOG_EVERY_S = 1.0

logger = logging.getLogger(__name__)


class Places:
    """How many requests are inside this process, of those that there is room for."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = 0
        self._counting = threading.Lock()

    @property
    def are_full(self) -> bool:
        return self.taken >= self.room

    def take(self) -> bool:
        """Take one where there is one; return whether there was."""
        with self._counting:
            if self.are_full:
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        with self._counting:
            self.taken -= 1


PLACES = Places(settings.SERVING.threads * (1 + WAITING_PER_SEAT))
"""Those of this process: whoever reads a body looks here before, for nobody waits for one that cannot come in."""


class Turnstile:
    """The first of all middlewares. A process serves as many requests as it has connections to the database.

    Without it those that wait would hold threads and pile up until each of them is too late; so a flood is refused with
    429 and ``Retry-After`` in a fraction of the time that serving takes, and whoever was let in is served as on a calm day.
    """

    def __init__(self, get_response: Answer, places: Places = PLACES) -> None:
        self.get_response = get_response
        self.places = places
        self._seats = threading.BoundedSemaphore(settings.SERVING.threads)
        self._refused = 0
        self._said = float("-inf")
        self._counting = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in OPEN:
            # Machines that watch ask a node by its address, and nothing here is made of the name that they used.
            request.get_host = request._get_raw_host  # type: ignore[method-assign,attr-defined] # noqa: SLF001
            return self.get_response(request)
        if not self.places.take():
            self._say()
            return too_many(request)
        try:
            if not self._seats.acquire(timeout=PATIENCE_S):
                self._say()
                return too_many(request)
            try:
                return self.get_response(request)
            finally:
                self._seats.release()
        finally:
            self.places.leave()

    def _say(self) -> None:
        """Log a flood once a second, not once a request."""
        with self._counting:
            self._refused += 1
            now = time.monotonic()
            if now - self._said < LOG_EVERY_S:
                return
            refused, self._refused, self._said = self._refused, 0, now
        logger.warning("too many requests: %d refused in the last moments, %d inside", refused, self.places.taken)


def too_many(request: HttpRequest) -> HttpResponse:
    """Return the refusal of a request for which there is no room now; none of it was done."""
    is_api = request.path.startswith(API)
    with translation.override(language_of(request, is_api=is_api)):
        if is_api:
            words = _("Too many requests at this moment. Send it again in %(seconds)d s, with the same key.")
            response = problem(request, 429, "too_many", words % {"seconds": RETRY_AFTER_S})
        else:
            # Plain, since a page asks the database who reads it. Back in the browser what was typed is still there.
            words = _("Too many people are working here at this moment. Go back and try again: what you typed is kept.")
            response = HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
