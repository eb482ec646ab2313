"""What every public page begins with: nobody has to be signed in, and whatever is refused is said in words that help."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from cityloop.cases.queries.own_reports import as_citizen
from cityloop.intake.actions.defence import Asked, note_refusal
from cityloop.intake.queries.public import PublicPage
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.organisation.queries import viewer_now
from cityloop.organisation.rules.staffing import Viewer

Given = ParamSpec("Given")
Page = Callable[Concatenate[HttpRequest, Given], HttpResponse]

HONEYPOT = "website"
"""A field that people do not see. Programs fill it."""


def for_everybody(view: Page[Given]) -> Page[Given]:
    """Decorate a public page: open to all, kept by no cache, its address told to nobody, listed by no search engine."""
    return login_not_required(for_reporters(view))


def for_reporters(view: Page[Given]) -> Page[Given]:
    """Decorate a page of somebody's own reports: as ``for_everybody``, for those alone who are signed in."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        try:
            with one_reading():
                response = view(request, *args, **kwargs)
        except CityError as exc:
            response = refused(request, exc)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return cast("Page[Given]", page)


def refused(request: HttpRequest, exc: CityError, page: PublicPage | None = None) -> HttpResponse:
    told = {"title": _("This did not work"), "words": exc.message, "page": page, "status": exc.http_status}
    response = render(request, "intake/public/refused.html", told, status=exc.http_status)
    if "retry_after_seconds" in exc.details:
        response["Retry-After"] = str(exc.details["retry_after_seconds"])
    return response


def asked(request: HttpRequest, code: str) -> Asked:
    """Return who asks: by the address that ``site.senders`` has found behind the proxies."""
    return Asked(request.META.get("REMOTE_ADDR", ""), code, machine_now())


def note(request: HttpRequest, code: str) -> None:
    note_refusal(asked(request, code))


def citizen_of(request: HttpRequest, page: PublicPage) -> Viewer | None:
    """Return who is signed in as one of the public, in that post of this city alone; None for everybody else.

    Somebody of the staff who uses the page does so as one of the public without an account: their desk has a form of its own.
    """
    if not request.user.is_authenticated or request.user.pk is None:
        return None
    return as_citizen(viewer_now(request.user.pk), page.code)


def refuse_traps(request: HttpRequest) -> None:
    """Refuse whoever has filled in the field that people do not see.

    Raises:
        InvalidInput: They have.
    """
    if request.POST.get(HONEYPOT, ""):
        raise InvalidInput(
            _(
                "A field was filled in that people do not see. If a program fills in forms for you, switch it off and send again."
            )
        )


def typed(request: HttpRequest, name: str) -> str:
    """Return one field as it was typed, without the blanks around it."""
    sent: Any = request.POST if request.method == "POST" else request.GET
    return str(sent.get(name, "")).strip()
