"""How every answer of the open data leaves: in the form that was asked for, with its mark, packed, open to other sites where it is
public; and every refusal as a problem body that says what to change.
"""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.pages import is_held
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.onemap.rules.documents import HTML, JSON
from cityloop.site.problems import failed, problem, refused, unavailable

View = Callable[..., HttpResponse]

WORTH_PACKING = 1_400
"""Bytes that fit into one packet are not packed."""

OPEN = {"Access-Control-Allow-Origin": "*"}
PREFLIGHT = {
    **OPEN, "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS", "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}  # fmt: skip


class NotAcceptable(CityError):
    code = "not_acceptable"
    http_status = 406


def open_data(view: View) -> View:
    """Return a view of the open data: everybody may ask, and whatever it refuses leaves as a problem body."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=PREFLIGHT)
        if request.method not in {"GET", "HEAD"}:
            detail = _("This address takes: %(methods)s.") % {"methods": PREFLIGHT["Allow"]}
            return problem(request, 405, "wrong_method", detail, headers={"Allow": PREFLIGHT["Allow"]})
        response = _answer(view, request, args, kwargs)
        if is_open(request):
            response["Access-Control-Allow-Origin"] = "*"
        patch_vary_headers(response, ["Accept", "Accept-Encoding", "Authorization", "Cookie"])
        if request.method == "HEAD":
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return login_not_required(answered)


def is_open(request: HttpRequest) -> bool:
    """Return whether a script of any other site may read the answer: only what is told to everybody anyway."""
    return "HTTP_AUTHORIZATION" not in request.META and not request.user.is_authenticated


def _answer(view: View, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
    try:
        with one_reading():
            return view(request, *args, **kwargs)
    except InvalidInput as exc:
        # The standard wants 400 and these two members; the others are those of every problem here.
        return problem(request, 400, "InvalidParameterValue", exc.message, faults=exc.faults, description=exc.message)
    except CityError as exc:
        response = refused(request, exc)
        if exc.http_status == 401:
            response.headers["WWW-Authenticate"] += ', Basic realm="cityloop", charset="UTF-8"'
        return response
    except Http404:
        return problem(request, 404, "not_found", _("There is no such address. See /ogc for those there are."))
    except (OperationalError, InterfaceError) as exc:
        return unavailable(request, exc)
    except Exception as exc:  # noqa: BLE001  # a program cannot read the page that would say so
        return failed(request, exc)


def wants_page(request: HttpRequest) -> bool:
    """Return whether a page for people is asked for: by ``f=html``, or by a browser, which names HTML before everything else.

    Raises:
        InvalidInput: ``f`` is none of the forms there are.
        NotAcceptable: Neither form is taken.
    """
    form = request.GET.get("f", "")
    if form:
        if form not in {"json", "html"}:
            raise InvalidInput(_("f: there are json and html"))
        return form == "html"
    for kind in _kinds(request.META.get("HTTP_ACCEPT", "") or "*/*"):
        if kind in {HTML, "text/*", "application/xhtml+xml"}:
            return True
        if kind in {"*/*", "application/*"} or "json" in kind:
            return False
    raise NotAcceptable(_("There are JSON and HTML here: Accept: application/json"))


def _kinds(header: str) -> list[str]:
    """Return the kinds of an Accept header, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header.lower().split(","):
        kind, *marks = (one.strip() for one in part.split(";"))
        weight = next((one[2:] for one in marks if one.startswith("q=")), "1")
        try:
            wanted.append((float(weight), kind))
        except ValueError:
            continue
    return [kind for weight, kind in sorted(wanted, key=lambda one: -one[0]) if weight > 0]


def document(request: HttpRequest, body: Mapping[str, Any], kind: str = JSON) -> HttpResponse:
    """Return a JSON document."""
    return sent(request, orjson.dumps(body), kind)


def sent(request: HttpRequest, body: bytes, kind: str, mark: bytes | None = None) -> HttpResponse:
    """Return a body, packed where that is worth it, or 304 where who asks holds it.

    Args:
        mark: What stands for the body where a part of it changes by the second; the body itself without.
    """
    etag = f'"{hashlib.blake2b(body if mark is None else mark, digest_size=12).hexdigest()}"'
    if is_held(request, etag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        packs = len(body) > WORTH_PACKING and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
        response = HttpResponse(gzip.compress(body, 1, mtime=0) if packs else body, content_type=kind)
        if packs:
            response["Content-Encoding"] = "gzip"
            etag = f"W/{etag}"
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def base_of(request: HttpRequest) -> str:
    """Return the address of the landing page, as who asks knows this site."""
    return request.build_absolute_uri("/ogc")
