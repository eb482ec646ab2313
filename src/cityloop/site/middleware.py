"""What every answer of the site carries: a content security policy and a language."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.site.problems import refused

NUL = "%00"
NUL_BYTE = "NUL (0x00)"
"""As psycopg calls it, of Django's values and of its own."""

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    # data: for the small drawings inside Tabler's styles, blob: for a photo just chosen
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

WIDER: Mapping[str, Mapping[str, str]] = {
    # The console is django-unfold: Alpine.js evaluates the expressions in its attributes, and its templates set styles
    # in place.
    "/console/": {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"},
}
"""What a part of the site needs beyond ``POLICY``, by the start of its path, and why. Nothing else is widened, but for the
address of the upload process on pages that send files (``kernel.pages.sends_files``)."""


def policy_for(path: str, uploads: str = "") -> str:
    """Return the header for ``path``; ``uploads`` is the address to which its page sends files."""
    wider = next((rules for start, rules in WIDER.items() if path.startswith(start)), {})
    sending = {"connect-src": f"'self' {origin_of(uploads)}"} if uploads else {}
    return "; ".join(f"{name} {value}" for name, value in ({**POLICY, **wider, **sending}).items())


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class ContentSecurityPolicy:
    """Only what comes from this server runs or is shown: government networks are closed, and a page may carry a stranger's words."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        uploads = ""
        if getattr(response, "sends_files", False):
            # Not above: the command line reads this module before the apps are loaded, and the plain HTTP beside TLS has none.
            from cityloop.media.pages import upload_url

            uploads = upload_url(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path, uploads))
        return response


class NothingHidden:
    """What holds NUL is refused, for no database takes it: an address of a page unread, a text of a form or of JSON where it would be kept."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API and the open data say it in their own way, with the name of the parameter.
        if not request.path.startswith(("/api/", "/ogc/")) and (
            "\0" in request.path or NUL in request.META["QUERY_STRING"]
        ):
            raise BadRequest("NUL in an address")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        """Answer what psycopg refused to send: forms that know their fields have named the field before."""
        if not isinstance(exc, (DataError, ValueError)) or NUL_BYTE not in str(exc):
            return None
        if request.content_type == "application/json":
            return refused(request, InvalidInput(_("A text holds NUL, a character that cannot be kept. Take it out.")))
        raise BadRequest("NUL in a form") from exc


class Language:
    """Chinese first: a page speaks the installation's language until the reader switches.

    A browser's Accept-Language is left aside on pages, since nobody sets it; a client of the API does, and is answered in it,
    also where it fetches a file by a link.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path.startswith(("/api/", "/media/"))
        with translation.override(language_of(request, is_api=is_api)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        if is_api:
            patch_vary_headers(response, ["Accept-Language"])
        return response


def language_of(request: HttpRequest, *, is_api: bool) -> str:
    """Return the code of the language to answer in: the switch, for the API what it asks for, else the installation's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        return chosen
    if is_api and request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return settings.LANGUAGE_CODE
