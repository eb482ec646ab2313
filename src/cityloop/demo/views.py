"""The controls of a demo city, and its open door. Elsewhere there is nothing at these addresses."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cityloop.demo import models
from cityloop.demo.actions import pacing
from cityloop.demo.actions.accounts import demo_password
from cityloop.demo.actions.door import come_on_duty
from cityloop.demo.panels import DESKS, bar_of, lived_in
from cityloop.demo.queries import demo_city, offered_accounts
from cityloop.demo.rules.pace import SPEEDS
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, TooMany
from cityloop.kernel.pages import take_over
from cityloop.kernel.translation import _
from cityloop.organisation.pages import reader

NUMBER_DIGITS = 19
MOST_IN_HAND = 101
"""A case, and a batch of a hundred beside it."""

Control = Callable[[HttpRequest, str], None]


def control(change: Control) -> Callable[[HttpRequest], HttpResponse]:
    """Decorate what changes how a demo city lives: for people who hold a post there, and for nobody else anywhere."""

    @require_POST
    @never_cache
    @wraps(change)
    def view(request: HttpRequest) -> HttpResponse:
        code = lived_in(reader(request))
        if not code:
            raise Http404
        try:
            change(request, code)
        except CityError as exc:
            told = {"status": exc.http_status, "title": _("This cannot be done"), "words": exc.message}
            return render(request, "site/failure.html", told, status=exc.http_status)
        return _answered(request, code)

    return view


def _answered(request: HttpRequest, code: str) -> HttpResponse:
    """Return the bar anew to a page that asks for it, else lead back to where the form was."""
    if request.headers.get("X-Requested-With") == "demo-bar":
        return render(request, "demo/_bar.html", bar_of(models.Pace.objects.get(pk=code), _here(request)))
    return HttpResponseRedirect(_here(request))


def _here(request: HttpRequest, otherwise: str = "desk") -> str:
    """Return where a form leads: to a page of ours that it names, else to the one of the name ``otherwise``."""
    wanted = request.POST.get("next", "")
    # The start page is what the printed address asks for: nobody wished for it.
    is_ours = (
        wanted != reverse("home")
        and wanted.startswith("/")
        and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    )
    return wanted if is_ours else reverse(otherwise)


@control
def pace(request: HttpRequest, code: str) -> None:
    """Set speed, pause and what the city waits for: what the form names."""
    given, notch = request.POST, request.POST.get("notch", "")
    wishes = pacing.Wishes(
        speed=_speed(notch) if notch else None,
        is_paused=_yes(given.get("is_paused")),
        waits_for_people=_yes(given.get("waits_for_people")),
        nights_are_short=_yes(given.get("nights_are_short")),
    )
    pacing.change_pace(code, wishes, now=machine_now())


def _speed(notch: str) -> int:
    """Return the speed of a notch; none of the slider's where it is none, which is refused."""
    return SPEEDS[int(notch)] if notch.isascii() and notch.isdigit() and int(notch[:3]) < len(SPEEDS) else 0


def _yes(text: str | None) -> bool | None:
    return {"1": True, "0": False}.get(text or "")


@control
def morning(_request: HttpRequest, code: str) -> None:
    """Go to the end of the night that is or comes."""
    pacing.go_to_morning(code, now=machine_now())


@control
def storm(_request: HttpRequest, code: str) -> None:
    """Let a storm come."""
    pacing.make_storm(code, now=machine_now())


@control
def watch(request: HttpRequest, code: str) -> None:
    """Hear which cases somebody has in hand on a page, and tell it what time it is."""
    numbers = [one for one in request.POST.getlist("number") if one.isascii() and one.isdigit()]
    assert request.user.pk is not None  # LoginRequiredMiddleware
    watched = frozenset(one for one in numbers if len(one) == NUMBER_DIGITS)
    pacing.watch(code, request.user.pk, *sorted(watched)[:MOST_IN_HAND], now=machine_now())


@login_not_required
@require_POST
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Let somebody in as the holder of a post, without a password: at a demo, and only as one of its own accounts.

    They are on duty from then on, and come to where they wanted to go, else to where the work of their post lies.
    It is the sheet's password that opens, at the door that all accounts have: one whose password is another by now, one that
    is barred and one of a real city stay shut.
    """
    code = demo_city()
    offered = {one.key: one for one in offered_accounts(code)} if code else {}
    account = offered.get(request.POST.get("post", ""))
    if account is None:
        raise Http404
    try:
        user = authenticate(request, username=account.username, password=demo_password(code))
    except TooMany as exc:
        told = {"status": exc.http_status, "title": _("This cannot be done"), "words": exc.message}
        return render(request, "site/failure.html", told, status=exc.http_status)
    if user is None:
        raise Http404
    login(request, user)
    take_over(request)
    come_on_duty(code, account.user_id)
    return HttpResponseRedirect(_here(request, DESKS.get(account.post, "desk")))
