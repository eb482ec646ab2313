"""The page of one's own phrases: made, changed, taken away; the city's stand below them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cityloop.cases.actions.phrases import LONGEST, keep_phrase, take_phrase_away
from cityloop.cases.queries.phrases import phrases_for
from cityloop.kernel.errors import CityError
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import whole_number
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def phrases(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's own phrases and the city's; a form for each of one's own."""
    code = home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction"))
    if request.method != "POST":
        return _page(request, viewer, code, {})
    text, phrase = request.POST.get("text", ""), whole_number(request.POST.get("phrase"), 18)
    try:
        if "away" in request.POST and phrase is not None:
            take_phrase_away(viewer, phrase)
        else:
            keep_phrase(viewer, code, text, phrase=phrase)
    except CityError as exc:
        return _page(request, viewer, code, {"wrong": exc.message, "typed": text, "of": phrase}, exc.http_status)
    return HttpResponseRedirect(f"{reverse('desk-phrases')}?jurisdiction={code}")


def _page(request: HttpRequest, viewer: Viewer, code: str, said: dict[str, Any], status: int = 200) -> HttpResponse:
    lines = phrases_for(viewer, code)
    own = [one for one in lines if one.is_own]
    context = {"own": own, "of_city": [one for one in lines if not one.is_own], "longest": LONGEST, "code": code}
    return render(request, "cases/desk/phrases.html", context | said, status=status)
