"""The list of what one is told."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cityloop.kernel.pages import whole_number
from cityloop.notices.actions import mark_read
from cityloop.notices.queries import inbox, standing
from cityloop.notices.wording import said
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 50


@require_safe
@at_desk
def notices(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What one is told, newest first, a page at a time; what is unread stands out."""
    told = inbox(viewer, limit=SHOWN + 1, before=whole_number(request.GET.get("before"), 18))
    words = said(told[:SHOWN], viewer)
    shown: dict[str, Any] = {
        "viewer": viewer,
        "lines": [(one, words[one.id]) for one in told[:SHOWN]],
        "newest": told[0].id if told and not request.GET.get("before") else None,
        "unread": standing(viewer).unread,
        "following": told[SHOWN - 1].id if len(told) > SHOWN else None,
    }
    return render(request, "notices/notices.html", shown)


@require_POST
@at_desk
def read(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Mark what is there as read, up to the notice that was the newest on the page: what came meanwhile stays unread."""
    upto = whole_number(request.POST.get("upto"), 18)
    mine = inbox(viewer, limit=1)
    if upto is not None and mine and viewer.user_id is not None:
        mark_read(viewer.user_id, min(upto, mine[0].id))
    return HttpResponseRedirect(reverse("desk-notices"))
