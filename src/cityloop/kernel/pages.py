"""What a page says of itself to the site around it, and what all pages read of a request in one way."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, JsonResponse, QueryDict
from django.utils.http import parse_etags

from cityloop.kernel.errors import CityError

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def sends_files(view: View) -> View:
    """Decorate a view whose page sends files: its browser may then reach the upload process, which has an address of its own.

    Where that is, the site knows and puts into the content security policy of this page alone.
    """

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.sends_files = True  # type: ignore[attr-defined] # read by site.middleware
        return response

    return cast("View", marked)


def refusal(exc: CityError) -> JsonResponse:
    """Return what a script of a page is told of a refusal: words in ``detail``, to be shown as they are."""
    body = {"detail": exc.message, "code": exc.code}
    return JsonResponse(body, status=exc.http_status, json_dumps_params={"ensure_ascii": False})


def whole_number(text: str | None, digits: int = 9) -> int | None:
    """Return a whole number that came in an address or a form; None where it is none, or has more than ``digits`` digits."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


def bytes_told(text: str) -> int:
    """Return how many bytes a page says that a file has; 0 for what is no such number."""
    return whole_number(text, digits=12) or 0


def form_key(request: HttpRequest) -> UUID | None:
    """Return the key that a form was drawn with, by which sent twice is done once; None where it is none."""
    with suppress(ValueError):
        return UUID(request.POST.get("key", ""))
    return None


def is_held(request: HttpRequest, etag: str) -> bool:
    """Return whether whoever asks holds what ``etag`` stands for already; a weak tag counts, since proxies that compress make it so."""
    held = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return etag in {one.removeprefix("W/") for one in held} or "*" in held


def told_when_changed(request: HttpRequest, mark: str) -> HttpResponse:
    """Return a mark that changes whenever a page does, or 304 where it is what the page knows."""
    etag = f'"{mark}"'
    if is_held(request, etag):
        return HttpResponseNotModified(headers={"ETag": etag})
    return HttpResponse(etag, content_type="text/plain", headers={"ETag": etag})


KEPT = "typed"
"""Key of the session, and name of the field of the sign-in form, under which is kept what was sent when the session had ended."""

KEPT_S = 3600
KEPT_MOST = 60_000
"""Characters of a kept form at most; what is longer is a file's work, not typing."""

WRITER = "writer"
"""Name of the field of a form that says, signed, for whose eyes it was drawn."""

LEFT_OUT = frozenset({"csrfmiddlewaretoken", "key", "seq", WRITER})
"""Fields that are the form's own: it is drawn anew with others."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form that was sent without a session: its fields, and the names of its files."""

    fields: QueryDict
    files: list[str]


def keeps_typed(view: View) -> View:
    """Decorate a view whose form comes back with what was typed if the session had ended when it was sent (``typed_before``).

    The form has a field ``WRITER`` that holds ``writer_of(request)``; without, nothing of it is kept.
    """
    view.keeps_typed = True  # type: ignore[attr-defined] # read by site.middleware
    return view


def writer_of(request: HttpRequest) -> str:
    """Return, signed, who reads a form and writes into it."""
    return signing.dumps(request.user.pk, salt=WRITER)


def sealed(request: HttpRequest) -> str:
    """Return what was sent as a sealed text, which whoever signs in hands over; "" if it is too much, or if nobody knows who wrote it.

    No server keeps it meanwhile.
    """
    try:
        writer = signing.loads(request.POST.get(WRITER, ""), salt=WRITER)
    except signing.BadSignature:
        return ""
    fields = [
        (name, value) for name, values in request.POST.lists() if name not in LEFT_OUT for value in values if value
    ]
    files = [str(file.name) for one in request.FILES for file in request.FILES.getlist(one)]
    text = signing.dumps([writer, [request.get_full_path(), fields, files]], salt=KEPT, compress=True)
    return text if len(text) <= KEPT_MOST else ""


def take_over(request: HttpRequest) -> None:
    """Keep what came sealed with the sign-in form in the session that now begins; what is forged or old is left aside, and so is
    what somebody else wrote.
    """
    try:
        writer, typed = signing.loads(request.POST.get(KEPT, ""), salt=KEPT, max_age=KEPT_S)
    except (signing.BadSignature, ValueError):  # ValueError: an older version sealed it, without who wrote it
        return
    if writer == request.user.pk:
        request.session[KEPT] = typed


def typed_before(request: HttpRequest) -> Typed | None:
    """Return, once, what was typed into the form at this address before the session ended; None where nothing was."""
    path, fields, files = request.session.get(KEPT) or ("", [], [])
    if path != request.get_full_path():
        return None
    del request.session[KEPT]
    sent = QueryDict(mutable=True)
    for name, value in fields:
        sent.appendlist(name, value)
    return Typed(sent, files)
