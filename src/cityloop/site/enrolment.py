"""Where devices learn to trust a city that is its own authority: a page with the steps, and the root certificate.

Both are for everybody: nobody can sign in before the device trusts the door. They are answered over plain HTTP too
(``plain``), where whoever sits on the line could hand out a root of his own; so the page shows the fingerprint, and asks to
compare it with what ``cityloop check`` says on the server.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from cityloop.kernel.addresses import host_name
from cityloop.site.settings import env


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the steps; in which language the address itself may say, since no form is taken over plain HTTP."""
    from cityloop.site.certificates import (
        fingerprint,
    )  # what reads certificates is large, and this page rarely asked for

    root = _root()
    language = request.GET.get("language", "")
    language = language if language in dict(settings.LANGUAGES) else translation.get_language() or ""
    with translation.override(language):
        request.LANGUAGE_CODE = language
        shown = {"fingerprint": fingerprint(root), "address": address(request), "is_english": language == "en"}
        return render(request, "site/enrol.html", shown)


@login_not_required
@require_safe
def root_certificate(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(_root(), content_type="application/x-x509-ca-cert")


@login_not_required
def to_https(request: HttpRequest, path: str = "") -> HttpResponse:
    """Send a reader over to HTTPS. A program is refused instead: sent on in silence it would show its token again and again."""
    if request.method not in {"GET", "HEAD"} or path.startswith("api/"):
        return HttpResponse(f"Ask {address(request)}\n", content_type="text/plain; charset=utf-8", status=403)
    # Not for ever: a browser would keep that, and a city may leave TLS to a proxy one day.
    response = HttpResponse(status=302)
    response["Location"] = address(request).rstrip("/") + request.get_full_path()
    return response


def address(request: HttpRequest) -> str:
    """Return where the city answers over TLS on the machine that was asked."""
    serving: env.Serving = settings.SERVING
    port = "" if serving.port == 443 else f":{serving.port}"
    return f"https://{host_name(request)}{port}/"


def _root() -> bytes:
    from cityloop.site import tls

    given: env.Tls = settings.TLS
    root = tls.root_certificate(settings.DATA) if given.mode == "local" else None
    if root is None:
        raise Http404
    return root
