"""Following a case by its star, and the list of what one follows."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from cityloop.cases.actions.following import follow
from cityloop.cases.queries.following import followed
from cityloop.cases.views.desk import is_part
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@require_safe
@at_desk
def follows(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What one follows: what is open, or what is over."""
    closed = request.GET.get("over") == "1"
    page = followed(viewer, closed=closed, cursor=request.GET.get("cursor", ""))
    shown = {"viewer": viewer, "rows": page.items, "following": page.next, "closed": closed}
    return render(request, "cases/followed/page.html", shown)


@require_POST
@at_desk
def star(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Follow a case, or no more; a page that is there gets its star anew."""
    on = request.POST.get("on") == "1"
    follow(number, viewer=viewer, on=on)
    if is_part(request):
        return render(request, "cases/followed/star.html", {"number": number, "is_followed": on})
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("desk-case", args=[number])
    return HttpResponseRedirect(back)
