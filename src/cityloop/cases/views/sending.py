"""Files of a desk's forms, sent in pieces while the form is still typed: what broke off goes on where it broke."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from cityloop.kernel.clock import machine_now
from cityloop.kernel.homes import home_asked
from cityloop.media.granting import Grant, grant_own
from cityloop.media.pages import granted
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@require_POST
@at_desk
def grant(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Grant whoever is at a desk the upload of one file of ``bytes`` bytes to ``city``, where they hold a post."""

    def give(size: int) -> Grant:
        city = home_asked({held.jurisdiction for held in viewer.posts}, request.POST.get("city"))
        assert viewer.user_id is not None  # whoever holds a post has an account
        return grant_own(viewer.user_id, city, size, now=machine_now())

    return granted(request, give)
