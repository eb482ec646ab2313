"""What a page says of itself to the site around it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def sends_files(view: View) -> View:
    """Decorate a view whose page sends files: its browser may then reach the upload process, which has an address of its own.

    Where that is, the site knows and puts into the content security policy of this page alone.
    """

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.sends_files = True  # type: ignore[attr-defined] # read by site.middleware
        return response

    return cast("View", marked)
