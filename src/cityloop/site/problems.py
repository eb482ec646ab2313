"""Refusals of the API as RFC 9457 problem bodies, whoever refuses: an action, a schema, Django, or the door itself."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from cityloop.kernel.errors import CityError, Fault, Unavailable
from cityloop.kernel.translation import _, lazy
from cityloop.kernel.versions import one_reading
from cityloop.media.rules.formats import MB, MOST_BYTES_AT_ONCE

logger = logging.getLogger(__name__)

API = "/api/"
MOST_BYTES = 256 * 1024
"""No request that makes sense is longer: texts end at some thousand characters, photos are sent elsewhere."""

FILES = frozenset({"/api/v1/media"})
"""Where a body is a file, or a form around it; it is not read into memory."""

MOST_BYTES_OF_A_FORM = MOST_BYTES_AT_ONCE + 64 * 1024

PROBLEM = "application/problem+json"
Answer = Callable[[HttpRequest], HttpResponse]

TITLES = {
    400: lazy("The request cannot be read"),
    401: lazy("Not signed in"),
    403: lazy("Not allowed"),
    404: lazy("There is nothing here"),
    405: lazy("This address does not take this method"),
    408: lazy("Too slow"),
    409: lazy("Not possible now"),
    411: lazy("Length needed"),
    412: lazy("Changed meanwhile"),
    413: lazy("Too large"),
    415: lazy("Not JSON"),
    422: lazy("This input cannot be used"),
    429: lazy("Too many requests"),
    500: lazy("Something went wrong here"),
    503: lazy("Not available now"),
}
TITLES_OF_CODES = {
    "wrong_version": lazy("Another version of the protocol"),
    "wrong_type": lazy("Another Content-Type is needed"),
    "wrong_checksum": lazy("The bytes do not match"),
    "expired": lazy("Gone"),
}
"""Titles of refusals that need other words than their status has elsewhere: those of resumable uploads."""

CODES = {400: "unreadable", 404: "not_found", 403: "not_allowed", 405: "wrong_method"}
"""Codes of the refusals that carry no ``CityError``."""

RESERVED = frozenset({"type", "title", "status", "detail", "code", "faults", "instance"})


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    **details: Any,
) -> HttpResponse:
    """Return a problem body.

    Args:
        code: For machines; also the end of ``type``.
        detail: For people: what is so and what to change.
        faults: What is wrong with what was sent, place by place.
        details: Further members, such as ``seq``.
    """
    body = {
        "type": f"urn:cityloop:problem:{code}",
        "title": str(TITLES_OF_CODES.get(code) or TITLES.get(status, TITLES[500 if status >= 500 else 400])),
        "status": status,
        "detail": detail,
        "code": code,
        "faults": [fault.as_json() for fault in faults],
        "instance": request.path,
        **{name: value for name, value in details.items() if name not in RESERVED},
    }
    response = HttpResponse(orjson.dumps(body, default=str), status=status, content_type=PROBLEM)
    response["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def refused(request: HttpRequest, exc: CityError) -> HttpResponse:
    """Return the problem body of a refusal."""
    headers = {}
    if exc.http_status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="cityloop"'
    if (seconds := exc.details.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(seconds)
    return problem(
        request, exc.http_status, exc.code, exc.message, faults=exc.faults, headers=headers, **dict(exc.details)
    )


def failed(request: HttpRequest, exc: BaseException | None = None) -> HttpResponse:
    """Return the problem body of a fault of ours: an id that the log has too, and nothing of the inside."""
    mark = secrets.token_hex(6)
    logger.error("%s %s failed: %s", request.method, request.path, mark, exc_info=exc)
    detail = _(
        "The fault is ours and has been logged as %(id)s. Try again; if it stays, tell your administrator this id."
    )
    return problem(request, 500, "failed", detail % {"id": mark}, id=mark)


def unavailable(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Return the problem body of a database that does not answer: trying again can help."""
    logger.warning("%s %s: the database does not answer", request.method, request.path, exc_info=exc)
    message = _("The database does not answer. Send the request again in a moment, with the same key.")
    return refused(request, Unavailable(message, retry_after_seconds=2))


class Problems:
    """Stands before the API: what is too long or no JSON is refused unread, and every refusal leaves as a problem body.

    Within one request of the API the city's configuration is that of one moment (``kernel.versions``).
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        if refusal := unreadable(request):
            return refusal
        if request.method == "HEAD":
            return self._headers_alone(request)
        return self._answer(request)

    def _headers_alone(self, request: HttpRequest) -> HttpResponse:
        """Answer HEAD as GET, whose calls know nothing of it; all headers stay, the length of the body among them."""
        request.method = "GET"
        try:
            response = self._answer(request)
        finally:
            request.method = "HEAD"
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            with one_reading():
                response = self.get_response(request)
        except (OperationalError, InterfaceError) as exc:
            return unavailable(request, exc)
        except Exception as exc:  # noqa: BLE001  # even the page that says so may fail, and a program cannot read it
            return failed(request, exc)
        if response.status_code >= 400 and response["Content-Type"] != PROBLEM:
            return _in_words(request, response)
        return response


def unreadable(request: HttpRequest) -> HttpResponse | None:
    """Return why a body is not read at all, going by its headers alone; None where it may be."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length:
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return problem(request, 411, "length_needed", _("Send the body with a Content-Length, not in chunks."))
        return None
    if not (length.isascii() and length.isdigit()):
        return problem(request, 400, "unreadable", _("Content-Length is not a number."))
    if request.path in FILES:
        return _too_large_a_file(request, int(length)) if int(length) > MOST_BYTES_OF_A_FORM else None
    if int(length) > MOST_BYTES:
        detail = _(
            "The body has %(length)s bytes; at most %(most)d are taken. Shorten the texts and send photos apart."
        )
        return problem(request, 413, "too_large", detail % {"length": length[:20], "most": MOST_BYTES})
    if int(length) and request.content_type != "application/json":
        detail = _("The body must be JSON, and its Content-Type must say so: application/json.")
        return problem(request, 415, "not_json", detail)
    return None


def _too_large_a_file(request: HttpRequest, length: int) -> HttpResponse:
    detail = _(
        "The body has %(length)s bytes; at most %(most)d MB are taken in one request. GET /api/v1/uploads tells where"
        " to send it in pieces."
    )
    facts = {"length": str(length)[:20], "most": MOST_BYTES_AT_ONCE // MB}
    return problem(request, 413, "too_large", detail % facts)


def _in_words(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a refusal that Django made as a problem body; ``Allow`` stays."""
    if response.status_code >= 500:
        return failed(request)
    allowed = response.headers.get("Allow", "")
    if "GET" in allowed and "HEAD" not in allowed:
        response["Allow"] = allowed = f"{allowed}, HEAD"
    words = {
        404: _("There is no such address. See /api/docs for those there are."),
        405: _("This address takes: %(methods)s.") % {"methods": allowed},
    }
    detail = words.get(response.status_code) or _("The request cannot be read. See /api/docs for what is expected.")
    headers = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    code = CODES.get(response.status_code, "unreadable")
    return problem(request, response.status_code, code, detail, headers=headers)
