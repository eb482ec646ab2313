"""Who may come in without a session, and what becomes of whoever has none any more."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from typing_extensions import override


class SignedIn(LoginRequiredMiddleware):
    """Whoever has no session is sent to the door, and comes back to where they were with what they had typed."""

    @override
    def handle_no_permission(  # type: ignore[override] # whoever calls it takes any answer
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        keeps = request.method == "POST" and getattr(view_func, "keeps_typed", False)
        if request.headers.get("HX-Request") == "true":
            # A redirect would be followed behind the page, and the door drawn in the middle of it. The browser has what was typed.
            here = request.get_full_path() if keeps else _asking_page(request)
            return HttpResponse(
                status=401, headers={"HX-Redirect": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': here})}"}
            )
        if keeps:
            # Not above: the command line reads this module before the apps are loaded.
            from cityloop.site.views import sign_in_again

            return sign_in_again(request)
        return super().handle_no_permission(request, view_func)


def _asking_page(request: HttpRequest) -> str:
    """Return the address of the page that asks for a part of itself: path and query alone, of this site."""
    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))
