"""``/report/mine``: what a citizen with an account has reported, each with where it stands, the reply and a rating."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cityloop.cases.queries.own_reports import OwnCase, as_citizen, own_case, own_reports, public_posts_of
from cityloop.cases.queries.privacy import works_nowhere
from cityloop.cases.queries.public_view import PublicCase, public_case
from cityloop.intake.actions import defence
from cityloop.intake.actions import public as actions
from cityloop.intake.queries.public import page_of
from cityloop.intake.views.door import asked, for_reporters, refuse_traps
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.organisation.pages import reader


@require_safe
@for_reporters
def mine(request: HttpRequest) -> HttpResponse:
    """The list. Whoever works here and is no citizen has a desk instead."""
    viewer = reader(request)
    # Whom the desk sends here stays, also in a post that the city's table does not know: else the two would send them to and fro.
    held = public_posts_of(viewer) or (viewer.posts if works_nowhere(viewer) else ())
    if not held:
        return HttpResponseRedirect(reverse("desk"))
    cursor = request.GET.get("cursor", "")
    try:
        found = own_reports(viewer, cursor=cursor)
    except InvalidInput:  # a cursor of another list: it begins anew
        found, cursor = own_reports(viewer), ""
    told = {
        "page": page_of(held[0].jurisdiction),
        "reports": found.items,
        "cities": len({one.jurisdiction for one in found.items}),
        "following": urlencode({"cursor": found.next}) if found.next else "",
        "is_first": not cursor,
        "own_list": True,
    }
    return render(request, "intake/public/mine.html", told)


@require_safe
@for_reporters
def own(request: HttpRequest, number: str) -> HttpResponse:
    return _shown(request, *_known(request, number))


@require_POST
@for_reporters
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """Rates what came of it, once."""
    known, case = _known(request, number)
    sent, words = request.POST.get("satisfaction", ""), request.POST.get("words", "").strip()
    who, citizen = asked(request, known.jurisdiction), as_citizen(reader(request), known.jurisdiction)
    try:
        refuse_traps(request)
        defence.take_report(who, "never", "")
        actions.rate_own(case, known.number, citizen or reader(request), sent, words)
    except CityError as exc:
        defence.note_refusal(who)
        return _shown(request, known, case, wrong=exc.message, words=words, status=exc.http_status)
    return HttpResponseRedirect(f"{reverse('report-own', args=[known.number])}?rated=1")


def _known(request: HttpRequest, number: str) -> tuple[OwnCase, PublicCase]:
    known = own_case(number, reader(request))
    return known, public_case(known.number, known.jurisdiction, own_photos=True)


def _shown(
    request: HttpRequest, known: OwnCase, case: PublicCase, *, wrong: str = "", words: str = "", status: int = 200
) -> HttpResponse:
    page = page_of(known.jurisdiction)
    told = {
        "page": page,
        "case": case,
        "zone": page.city.time_zone.key,
        "is_own": True,
        "by_account": True,
        "doing": known.doing,
        "own_number": known.number,
        "action": reverse("report-own-rate", args=[known.number]),
        "can_rate": case.can_rate,
        "wrong": wrong,
        "words": words,
        "has_rated": "rated" in request.GET,
    }
    return render(request, "intake/public/follow.html", told, status=status)
