"""The pages that belong to no room: the door, the home page, and what is said when something fails."""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView
from django.views.i18n import set_language
from typing_extensions import override

from cityloop.cases.queries.my_tasks import task_count, task_page
from cityloop.cases.queries.privacy import works_nowhere
from cityloop.intake.queries.public import is_any_on
from cityloop.kernel.pages import KEPT, sealed, take_over
from cityloop.kernel.rooms import Room, led_to, rooms_for
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.organisation import queries
from cityloop.organisation.queries.posts import held_posts, post_lines
from cityloop.organisation.rules.staffing import Viewer
from cityloop.site.forms import SignInForm
from cityloop.site.problems import API, unavailable

# ---- The door ----


class SignIn(LoginView):
    template_name = "site/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the public page too, where a city has one; what was typed into a form that had lost its session goes along."""
        more = {"takes_reports": is_any_on(), KEPT: self.request.POST.get(KEPT, "")}
        return super().get_context_data(**kwargs) | more

    @override
    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override] # ours is the only form here
        """Let the person in, in their own language unless this browser was told another."""
        response = super().form_valid(form)
        take_over(self.request)
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            language = getattr(form.get_user(), "language", settings.LANGUAGE_CODE)
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
        return response

    @override
    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override] # ours is the only form here
        """Show the form again, as the 4xx that it is: whoever watches the server can count refusals."""
        status = 429 if form.is_locked_out else 422
        return self.render_to_response(self.get_context_data(form=form), status=status)


sign_in = SignIn.as_view()


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """The door for whoever sent a form without a session: behind it the form comes back with what was typed."""
    form, address = SignInForm(request), request.get_full_path()
    context = {"form": form, "next": address, "again": True, "takes_reports": is_any_on(), KEPT: sealed(request)}
    response = render(request, SignIn.template_name, context, status=401)
    add_never_cache_headers(response)
    return response


class SignOut(LogoutView):
    """Signing out takes a form, so that no foreign page can do it; whoever types the address gets that form."""

    http_method_names = ["get", "head", "post", "options"]  # as Django declares it

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return render(request, "site/sign_out.html")


sign_out = SignOut.as_view()
switch_language = login_not_required(set_language)
to_the_door = RedirectView.as_view(pattern_name="sign-in", query_string=True)


@login_not_required
def console_door(request: HttpRequest) -> HttpResponseBase:
    """Answer whom the console did not let in. It has no door of its own: the one at /sign-in counts failures.

    Raises:
        PermissionDenied: They are signed in; the door would send them straight back here, for ever.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    return to_the_door(request)


# ---- Home ----


CONSOLE = "admin:index"


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    room: Room


@dataclass(frozen=True, slots=True)
class CityTime:
    """What time it is in a city that has a clock of its own, in words."""

    city: str
    time: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An open task as the home page names it; ``due`` in words of its city's time, "" where nothing is due."""

    number: str
    task: str
    category: str
    due: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody: how many open tasks, and the soonest of them."""

    count: int
    soonest: list[TaskLine]


TASKS_SHOWN = 5
MINUTES = "%Y-%m-%d %H:%M"


def links(posts: Collection[tuple[str, str]], *, to_console: bool) -> list[Link]:
    """Return the rooms that are offered to a holder of ``posts`` (jurisdiction and post), the console only to those it lets in."""
    return [Link(url, room) for room, url in rooms_for(posts) if room.words and (room.address != CONSOLE or to_console)]


def city_times(viewer: Viewer, *, english: bool) -> list[CityTime]:
    """Return the time of each of the viewer's cities that lives by a clock of its own: a demonstration."""
    cities = [queries.city(code) for code in sorted({held.jurisdiction for held in viewer.posts})]
    return [
        CityTime((english and city.name_en) or city.name, f"{city.now().astimezone(city.time_zone):{MINUTES}}")
        for city in cities
        if city.clock
    ]


def waiting(viewer: Viewer) -> Waiting:
    """Return what waits for ``viewer``."""
    lines = []
    for one in task_page(viewer, limit=TASKS_SHOWN).items:
        zone = queries.city(one.jurisdiction).time_zone
        due = f"{one.due_at.astimezone(zone):{MINUTES}}" if one.due_at else ""
        lines.append(TaskLine(one.number, one.task.name, one.category.name, due))
    return Waiting(task_count(viewer), lines)


@never_cache
@one_reading()  # which rooms are offered is asked of the table of each city where a post is held
def home(request: HttpRequest) -> HttpResponse:
    assert request.user.pk is not None  # LoginRequiredMiddleware
    viewer = queries.viewer_now(request.user.pk)
    if works_nowhere(viewer) and (place := led_to("home")):
        return HttpResponseRedirect(place)
    english = get_language() == "en"
    shown = {
        "person": viewer.name,
        "posts": post_lines(viewer, english=english),
        "times": city_times(viewer, english=english),
        "waiting": waiting(viewer),
        "links": links(held_posts(viewer), to_console=admin.site.has_permission(request)),
    }
    return render(request, "site/home.html", shown)


# ---- What is said when something fails ----


@login_not_required
def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        words = _(
            "This installation does not answer under this name. Whoever runs it lists its names in CITYLOOP_HOSTS."
        )
    else:
        words = _("The address or the form holds something that no page of ours sends. Go back and try again.")
    return _failure(request, 400, _("The request cannot be read"), words)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 # Django's signature
    words = _("The address may be mistyped, or what stood here is gone.")
    return _failure(request, 404, _("There is nothing here"), words)


@login_not_required
def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 # Django's signature
    words = _("Your posts do not open this page. Ask your system administrator if they should.")
    return _failure(request, 403, _("Not allowed"), words)


@login_not_required
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 # Django's signature
    words = _(
        "The form was open too long, or cookies are off in this browser. Go back, load the page again and send it once more."
    )
    return _failure(request, 403, _("This form can no longer be sent"), words)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """Say that something failed: a database that does not answer is told apart, since trying again can help.

    Django gives no exception along; this is called while it is handled. Who is signed in is not asked: that may be what
    fails, and then the reader would get no page at all.
    """
    exc = sys.exception()
    if isinstance(exc, (OperationalError, InterfaceError)):
        return _without_database(request, exc)
    words = _("The fault is ours and has been logged. Try again; if it stays, tell your system administrator the time.")
    return _failure(request, 500, _("Something went wrong here"), words, user=AnonymousUser())


def _without_database(request: HttpRequest, exc: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return unavailable(request, exc)
    words = _("The database does not answer. Load the page again in a moment; what you had typed is not saved yet.")
    response = _failure(request, 503, _("Not available now"), words, user=AnonymousUser())
    response["Retry-After"] = "5"
    response["Cache-Control"] = "no-store"
    return response


def _failure(request: HttpRequest, status: int, title: str, words: str, **more: object) -> HttpResponse:
    shown = {"status": status, "title": title, "words": words, **more}
    return render(request, "site/failure.html", shown, status=status)
