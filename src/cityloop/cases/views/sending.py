"""Files of a desk's forms, sent in pieces while the form is still typed: what broke off goes on where it broke."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import bytes_told, refusal
from cityloop.media.granting import grant_own
from cityloop.media.pages import upload_url
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@require_POST
@at_desk
def grant(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Grant whoever is at a desk the upload of one file of ``bytes`` bytes to ``city``, where they hold a post."""
    try:
        city = home_asked({held.jurisdiction for held in viewer.posts}, request.POST.get("city"))
        assert viewer.user_id is not None  # whoever holds a post has an account
        given = grant_own(viewer.user_id, city, bytes_told(request.POST.get("bytes", "")), now=machine_now())
    except CityError as exc:
        return refusal(exc)
    return JsonResponse({"grant": str(given), "to": upload_url(request)}, status=201)
