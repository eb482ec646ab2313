"""What the addresses behind the map's tools have in common: JSON in, JSON out, refusals as problem bodies."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.translation import _
from cityloop.kernel.versions import one_reading
from cityloop.onemap.rules.areas import MOST_CORNERS
from cityloop.site.problems import refused

Given = ParamSpec("Given")
Answer = Callable[Concatenate[HttpRequest, Given], HttpResponseBase]

MOST_BYTES = 128 * MOST_CORNERS
"""Of what is sent: an area of as many corners as are taken, each of two long numbers."""


def answered(view: Callable[Concatenate[HttpRequest, Given], Any]) -> Answer[Given]:
    """Decorate what answers with a value that becomes JSON, or with a response of its own; what it refuses becomes a problem body."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        try:
            with one_reading():
                told = view(request, *args, **kwargs)
        except CityError as exc:
            return refused(request, exc)
        if isinstance(told, HttpResponseBase):
            return told
        return HttpResponse(orjson.dumps(told, default=str), content_type="application/json")

    return cast("Answer[Given]", answer)


def sent_json(request: HttpRequest) -> dict[str, Any]:
    """Return what was sent.

    Raises:
        InvalidInput: It is too long, or no object of JSON.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise InvalidInput(_("What was sent is too long. Draw the area more simply."))
    try:
        told = orjson.loads(request.body)
    except orjson.JSONDecodeError as exc:
        raise InvalidInput(_("What was sent is no JSON.")) from exc
    if not isinstance(told, dict):
        raise InvalidInput(_("What was sent is no JSON."))
    return told
