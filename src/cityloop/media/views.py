"""Files as they are fetched: by a signed link alone, whole or in parts."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Unavailable
from cityloop.kernel.pages import is_held
from cityloop.kernel.translation import _
from cityloop.media import queries, store
from cityloop.media.choices import Variant
from cityloop.media.queries import MediaFile, Stored
from cityloop.media.rules.formats import FORMATS, MB
from cityloop.media.rules.ranges import NotWithin, Part, part_of

MOST_AT_ONCE = 4 * MB
"""Bytes of one answer to an open range. A player asks again for the rest; so that no slow phone holds a thread for minutes."""

EXTENSIONS = {one.type: one.extension for one in FORMATS.values()}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Nothing in a file runs, should a browser take it for a page. Browsers style the bare page that shows a picture or a video."""


@login_not_required
@require_safe
def fetch(request: HttpRequest, id: UUID, variant: str) -> HttpResponseBase:  # noqa: A002
    """Answer with one variant of a file, to whoever holds a link that is signed and has not expired."""
    until = request.GET.get("until", "")
    if not (until.isascii() and until.isdigit() and len(until) < 12):
        return _refusal(404, _("There is no such file."))
    if not queries.is_signed(id, variant, int(until), request.GET.get("signature", "")):
        return _refusal(404, _("There is no such file."))
    left_s = int(until) - int(machine_now().timestamp())
    if left_s <= 0:
        return _refusal(410, _("This link has expired. Open the page again that it stood on."))
    file = queries.media_file(id)
    if file is not None and file.erased_at is not None:
        return _refusal(410, _("This file was erased."))
    stored = file.variants.get(variant) if file else None
    if file is None or stored is None:
        return _refusal(404, _("There is no such file."))
    try:
        response = _answer(request, file, variant, stored)
    except Unavailable as exc:
        return _refusal(503, exc.message, {"Retry-After": str(exc.details["retry_after_seconds"])})
    response["Cache-Control"] = f"private, max-age={left_s}, immutable"
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _answer(request: HttpRequest, file: MediaFile, variant: str, stored: Stored) -> HttpResponseBase:
    etag = f'"{file.sha256[:32]}-{variant}"'
    if is_held(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Disposition": _disposition(file, variant, stored)}
    try:
        part = _part(request, etag, stored.bytes)
    except NotWithin:
        headers["Content-Range"] = f"bytes */{stored.bytes}"
        return HttpResponse(status=416, content_type="text/plain", headers=headers)
    status = 200 if part is None else 206
    if part is None:
        part = Part(0, stored.bytes - 1)
    else:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{stored.bytes}"
    headers["Content-Length"] = str(part.length)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=stored.type, headers=headers)
    body: Iterator[bytes] = store.blocks(store.key_of(file.jurisdiction, file.sha256, variant), part)
    return StreamingHttpResponse(body, status=status, content_type=stored.type, headers=headers)


def _part(request: HttpRequest, etag: str, size: int) -> Part | None:
    """Return the part asked for; None for the whole file, also where ``If-Range`` names another one.

    Raises:
        NotWithin: It lies behind the end.
    """
    header = request.META.get("HTTP_RANGE", "")
    if not header or request.META.get("HTTP_IF_RANGE", etag).strip() != etag:
        return None
    part = part_of(header, size)
    if part is not None and part.length > MOST_AT_ONCE and header.rstrip().endswith("-"):
        return Part(part.first, part.first + MOST_AT_ONCE - 1)
    return part


def _disposition(file: MediaFile, variant: str, stored: Stored) -> str:
    """Return how a browser takes it: an original is as some camera or program made it, so it is saved, not shown."""
    how = "attachment" if variant == Variant.ORIGINAL else "inline"
    return f'{how}; filename="{file.id}-{variant}.{EXTENSIONS.get(stored.type, "bin")}"'


def _refusal(status: int, words: str, headers: dict[str, str] | None = None) -> HttpResponse:
    more = {"Cache-Control": "no-store"} | (headers or {})
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8", headers=more)
