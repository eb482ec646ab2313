"""``/report/f``: what became of a report, for whoever has its code; and a rating once it is over."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cityloop.intake.actions import defence
from cityloop.intake.actions import public as actions
from cityloop.intake.queries import public as queries
from cityloop.intake.queries.public import Followed
from cityloop.intake.rules.defence import LOOKUPS
from cityloop.intake.rules.follow_up import tidied
from cityloop.intake.views.door import asked, for_everybody, refuse_traps
from cityloop.kernel.errors import CityError, NotFound
from cityloop.kernel.translation import _


@require_safe
@for_everybody
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for a code, and leads to its page."""
    code = request.GET.get("code", "").strip()
    if not code:
        return render(request, "intake/public/ask.html", {"wrong": ""})
    if (known := tidied(code)) == "":
        wrong = _(
            "This is no code: one has 13 letters and digits, for example 7K3M-9PQW-2XCVB. There is no 0, no O, no 1, no I in it."
        )
        return render(request, "intake/public/ask.html", {"wrong": wrong, "code": code[:40]}, status=422)
    return HttpResponseRedirect(reverse("report-follow", args=[known]))


@require_safe
@for_everybody
def follow(request: HttpRequest, typed: str) -> HttpResponse:
    return _shown(request, _followed(request, typed))


@require_POST
@for_everybody
def rate(request: HttpRequest, typed: str) -> HttpResponse:
    """Rates what came of it, once."""
    found = _followed(request, typed)
    sent, words = request.POST.get("satisfaction", ""), request.POST.get("words", "").strip()
    who = asked(request, found.row.jurisdiction)
    try:
        refuse_traps(request)
        defence.take_report(who, "never", "")
        actions.rate(found, sent, words)
    except CityError as exc:
        defence.note_refusal(who)
        return _shown(request, found, wrong=exc.message, words=words, status=exc.http_status)
    return HttpResponseRedirect(f"{reverse('report-follow', args=[tidied(typed)])}?rated=1")


def _followed(request: HttpRequest, typed: str) -> Followed:
    who = asked(request, "")
    defence.take_look(who, LOOKUPS)
    try:
        return queries.followed(typed)
    except NotFound:
        defence.refuse_wrong_code(who)
        raise


def _shown(
    request: HttpRequest, found: Followed, *, wrong: str = "", words: str = "", status: int = 200
) -> HttpResponse:
    code = tidied(request.resolver_match.kwargs["typed"]) if request.resolver_match else ""
    address = reverse("report-follow", args=[code])
    told = {
        "page": found.page,
        "case": found.case,
        "zone": found.page.city.time_zone.key,
        "is_own": found.is_own,
        "is_new": "new" in request.GET,
        "code": code,
        "address": request.build_absolute_uri(address),
        "action": reverse("report-rate", args=[code]),
        "can_rate": found.is_own and found.case.can_rate,
        "wrong": wrong,
        "words": words,
        "has_rated": "rated" in request.GET,
    }
    return render(request, "intake/public/follow.html", told, status=status)
