"""What a page says of itself to the site around it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from django.core import signing
from django.http import HttpRequest, HttpResponseBase, QueryDict

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


KEPT = "typed"
"""Key of the session, and name of the field of the sign-in form, under which is kept what was sent when the session had ended."""

KEPT_S = 3600
KEPT_MOST = 60_000
"""Characters of a kept form at most; what is longer is a file's work, not typing."""

LEFT_OUT = frozenset({"csrfmiddlewaretoken", "key", "seq"})
"""Fields that are the form's own: it is drawn anew with others."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form that was sent without a session: its fields, and the names of its files."""

    fields: QueryDict
    files: list[str]


def keeps_typed(view: View) -> View:
    """Decorate a view whose form comes back with what was typed if the session had ended when it was sent (``typed_before``)."""
    view.keeps_typed = True  # type: ignore[attr-defined] # read by site.middleware
    return view


def sealed(request: HttpRequest) -> str:
    """Return what was sent as a sealed text, which whoever signs in hands over; "" if it is too much. No server keeps it meanwhile."""
    fields = [
        (name, value) for name, values in request.POST.lists() if name not in LEFT_OUT for value in values if value
    ]
    files = [str(file.name) for one in request.FILES for file in request.FILES.getlist(one)]
    text = signing.dumps([request.get_full_path(), fields, files], salt=KEPT, compress=True)
    return text if len(text) <= KEPT_MOST else ""


def take_over(request: HttpRequest) -> None:
    """Keep what came sealed with the sign-in form in the session that now begins; what is forged or old is left aside."""
    try:
        request.session[KEPT] = signing.loads(request.POST.get(KEPT, ""), salt=KEPT, max_age=KEPT_S)
    except signing.BadSignature:
        return


def typed_before(request: HttpRequest) -> Typed | None:
    """Return, once, what was typed into the form at this address before the session ended; None where nothing was."""
    path, fields, files = request.session.get(KEPT) or ("", [], [])
    if path != request.get_full_path():
        return None
    del request.session[KEPT]
    sent = QueryDict(mutable=True)
    for name, value in fields:
        sent.appendlist(name, value)
    return Typed(sent, files)
