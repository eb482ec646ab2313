"""What every public page begins with: nobody has to be signed in, and whatever is refused is said in words that help."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from cityloop.cases.queries.tables import table_in_force
from cityloop.intake.actions.defence import Asked, note_refusal
from cityloop.intake.queries.public import PublicPage
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
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

    @login_not_required
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
    """Return who is signed in as one of the public of this city, in that post alone; None for everybody else.

    Somebody of the staff who uses the page does so as one of the public without an account: their desk has a form of its own.
    """
    if not request.user.is_authenticated or request.user.pk is None:
        return None
    viewer = viewer_now(request.user.pk)
    loop = table_in_force(page.code)
    held = [one for one in viewer.posts if one.jurisdiction == page.code and one.post in loop.posts]
    public = next((one for one in held if loop.is_public(one.post)), None)
    return viewer.wearing(public.key) if public else None


def is_a_trap(request: HttpRequest) -> bool:
    return bool(request.POST.get(HONEYPOT, ""))


def typed(request: HttpRequest, name: str) -> str:
    """Return one field as it was typed, without the blanks around it."""
    sent: Any = request.POST if request.method == "POST" else request.GET
    return str(sent.get(name, "")).strip()
