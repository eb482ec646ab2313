"""What every page for the staff begins with: who reads, in which of their posts, and what they may not see is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from cityloop.kernel.errors import CityError, NotAllowed, NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.organisation.queries import viewer_now
from cityloop.organisation.rules.staffing import Viewer

Given = ParamSpec("Given")
Page = Callable[Concatenate[HttpRequest, Viewer, Given], HttpResponseBase]

WORN = "post"
"""Key of the session under which stands in which of several posts somebody works now."""


def reader(request: HttpRequest) -> Viewer:
    """Return who reads: the account's person, in all their posts or in the one that they have chosen to work in."""
    # Kept with the request: the page, its frame and what stands in it all ask.
    key, kept = (request.user.pk, request.session.get(WORN, "")), getattr(request, "_reader", None)
    if kept is None or kept[0] != key:
        kept = (key, viewer_now(request.user.pk).wearing(key[1]))
        request._reader = kept  # type: ignore[attr-defined]  # noqa: SLF001
    viewer: Viewer = kept[1]
    return viewer


def at_desk(view: Page[Given]) -> Callable[Concatenate[HttpRequest, Given], HttpResponseBase]:
    """Decorate a page of a desk: it is given who reads, and what they may not see is not there."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        try:
            with one_reading():
                return view(request, reader(request), *args, **kwargs)
        except NotFound as exc:
            raise Http404(exc.message) from exc
        except NotAllowed as exc:
            raise PermissionDenied(exc.message) from exc
        except CityError as exc:
            told = {"status": exc.http_status, "title": _("This cannot be shown"), "words": exc.message}
            return render(request, "site/failure.html", told, status=exc.http_status)

    return cast("Callable[Concatenate[HttpRequest, Given], HttpResponseBase]", page)
