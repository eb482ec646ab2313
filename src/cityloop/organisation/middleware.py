"""Nobody works with a password that somebody else has seen."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

API = "/api/"
Answer = Callable[[HttpRequest], HttpResponse]


class FirstPassword:
    """Leads whoever still has a first password to the page that changes it, whatever page they ask for.

    A program with a token comes without a session and is not touched; the API answers for itself, and never with a page.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        is_held = user.is_authenticated and user.must_change_password
        if is_held and request.path not in ways_on() and not request.path.startswith((str(settings.STATIC_URL), API)):
            return HttpResponseRedirect(reverse("password"))
        return self.get_response(request)


def ways_on() -> frozenset[str]:
    """Return the paths that stay open with a first password: changing it, leaving, and the language."""
    return frozenset(reverse(name) for name in ("password", "sign-out", "language"))
