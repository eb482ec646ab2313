"""``/p/CODE``: what a part's label opens on a phone: what it is, who keeps it, and a report about it."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cityloop.intake.actions import defence
from cityloop.intake.queries import parts as queries
from cityloop.intake.rules.defence import LOOKS
from cityloop.intake.views.door import asked, for_everybody
from cityloop.organisation.pages import reader


@require_safe
@for_everybody
def labelled(request: HttpRequest, code: str) -> HttpResponse:
    """A part as everybody may know it; whoever works there is also shown the way to its own page."""
    defence.take_look(asked(request, ""), LOOKS)
    found = queries.labelled_part(code)
    is_staff = request.user.is_authenticated and found.jurisdiction in reader(request).works_in
    told = {
        "page": found.page,
        "part": found,
        "report": f"{reverse('report-city', args=[found.jurisdiction])}?{urlencode({'part': found.code})}"
        if found.page
        else "",
        "is_staff": is_staff,
    }
    return render(request, "intake/public/part.html", told)
