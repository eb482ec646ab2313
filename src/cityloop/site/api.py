"""The one API object: who asks, what answers look like, and how every refusal leaves. Each room brings its router."""

from copy import copy
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern, URLResolver
from django.utils import translation
from ninja import NinjaAPI, Swagger
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf
from typing_extensions import override

from cityloop.assets.api import router as parts_router
from cityloop.cases.api import router as cases_router
from cityloop.cases.duplicates_api import router as duplicates_router
from cityloop.cases.table_api import router as table_router
from cityloop.exchange.api import router as exchange_router
from cityloop.geography.queries import point_inside
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Fault, NotAllowed, NotSignedIn, TooMany
from cityloop.kernel.translation import _, language
from cityloop.media.api import router as media_router
from cityloop.organisation import actions, queries
from cityloop.organisation.choices import TokenScope
from cityloop.organisation.rules.staffing import Viewer
from cityloop.site.faults import fault_of
from cityloop.site.openapi import finished, placed
from cityloop.site.parameters import knowing_parameters
from cityloop.site.problems import failed, problem, refused, unavailable

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


# --- who asks


class StaleForm(NotAllowed):
    code = "csrf"


class PasswordToChange(NotAllowed):
    code = "password_to_change"


class WrongScope(NotAllowed):
    code = "scope"


class Token(HttpBearer):
    """A program with ``Authorization: Bearer cl_…``."""

    @override
    def __call__(self, request: HttpRequest) -> Viewer | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        kind, _space, token = header.partition(" ")
        if kind.lower() != "bearer":
            raise NotSignedIn(_("Only tokens are taken here: Authorization: Bearer cl_…"))
        return self.authenticate(request, token.strip())

    @override
    def authenticate(self, request: HttpRequest, token: str) -> Viewer:
        now = machine_now()
        bearer = queries.user_by_token(token, now)
        if bearer is None:
            raise NotSignedIn(_("This token is unknown, has expired or was revoked. Ask for a new one."))
        scope = TokenScope.READ if request.method in SAFE else TokenScope.WRITE
        if not bearer.may(scope):
            raise WrongScope(
                _("This token may not be used for that: it needs the scope “%(scope)s”.") % {"scope": scope}
            )
        if bearer.last_used_on != now.date():
            actions.note_token_use(bearer.token_id, now.date())
        return queries.viewer_now(bearer.user.pk)


class Session(APIKeyCookie):
    """A person signed in by a browser; what changes anything needs the CSRF token in the header ``X-CSRFToken``."""

    param_name = settings.SESSION_COOKIE_NAME

    @override
    def __call__(self, request: HttpRequest) -> Viewer | None:
        return self.authenticate(request, None)

    @override
    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        user = request.user
        if not user.is_authenticated:
            return None
        if request.method not in SAFE and check_csrf(request) is not None:
            raise StaleForm(_("Send your CSRF token in the header X-CSRFToken, or use an API token."))
        if user.must_change_password:
            raise PasswordToChange(_("Change your first password before anything else: it was seen by somebody."))
        return queries.viewer_now(user.pk)


# --- what comes in and goes out


class StrictParser(Parser):
    """JSON by the letter: no NaN, no half characters, no endless nesting."""

    @override
    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


class Renderer(BaseRenderer):
    media_type = "application/json"

    @override
    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS, default=str)


class CityAPI(NinjaAPI):
    """django-ninja's object, whose answers are not cached unasked and whose faults keep the value that was wrong."""

    @override
    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        response["Cache-Control"] = "private, no-cache"
        return response

    @override
    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        return ValidationError(
            [
                {"type": error["type"], "loc": error["loc"], "ctx": error.get("ctx", {}), "input": error["input"]}
                for context in error_contexts
                for error in context.pydantic_validation_error.errors(include_url=False)
            ]
        )

    @override
    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        written = document(language(), machine_now().date())
        point = example_point()
        if point is None:
            return written
        there = copy(written)
        there.update(placed(dict(written), *point))
        return there


def example_point() -> tuple[float, float] | None:
    """Return a point inside the first city that has unit grids: lon, lat in degrees; None where none can be asked."""
    try:
        for code in queries.jurisdictions():
            if point := point_inside(code, queries.city(code).today()):
                return point
    except DatabaseFailure:  # the document is shown without its database too
        pass
    return None


@lru_cache(maxsize=4)
def document(code: str, on: date) -> OpenAPISchema:
    """Return the OpenAPI document in a language, with examples of the day ``on``; it is the same all day."""
    with translation.override(code):
        written = OpenAPISchema(api, "api/")
        for name, value in finished(written, on).items():
            written[name] = value
        return written


api = CityAPI(
    title="CityLoop 城环",
    version="1",
    urls_namespace="api-1",
    docs=Swagger({"validatorUrl": None, "docExpansion": "list", "defaultModelsExpandDepth": 0, "filter": True}),
    docs_decorator=login_not_required,
    auth=[Token(), Session()],
    parser=StrictParser(),
    renderer=Renderer(),
)
api.add_decorator(knowing_parameters, mode="operation")
api.add_router("/v1", cases_router)
api.add_router("/v1", duplicates_router)
api.add_router("/v1", table_router)
api.add_router("/v1", parts_router)
api.add_router("/v1", media_router)
api.add_router("/v1", exchange_router)


def urls() -> tuple[list[URLPattern | URLResolver], str, str]:
    """Return the API's addresses, open to all: the API refuses by itself and sends nobody to the sign-in page."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        login_not_required(pattern.callback)
    return patterns, app, namespace


# --- refusals


def refuse(request: HttpRequest, exc: CityError) -> HttpResponse:
    return refused(request, exc)


def refuse_stranger(request: HttpRequest, _exc: AuthenticationError) -> HttpResponse:
    return refused(request, NotSignedIn(_("Sign in, or send a token: Authorization: Bearer cl_…")))


def refuse_haste(request: HttpRequest, exc: Throttled) -> HttpResponse:
    seconds = exc.wait or 1
    message = _("Too many requests. Try again in %(seconds)d seconds.") % {"seconds": seconds}
    return refused(request, TooMany(message, retry_after_seconds=seconds))


def refuse_unreadable(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """The body is no JSON: django-ninja says so by this alone."""
    cause = exc.__cause__
    where = ""
    if isinstance(cause, orjson.JSONDecodeError):
        where = _("line %(line)d, column %(column)d") % {"line": cause.lineno, "column": cause.colno}
    detail = _("The body is not JSON (%(where)s).") % {"where": where or "–"}
    return problem(request, exc.status_code, "unreadable", detail, faults=[Fault("body", where)])


def refuse_broken(request: HttpRequest, _exc: Exception) -> HttpResponse:
    detail = _("The request cannot be read. See /api/docs for what is expected.")
    return problem(request, 400, "unreadable", detail)


def refuse_missing(request: HttpRequest, _exc: Http404) -> HttpResponse:
    return problem(request, 404, "not_found", _("There is no such address. See /api/docs for those there are."))


def refuse_input(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    faults = [fault_of(error) for error in exc.errors]
    detail = _("What was sent cannot be used: %(first)s") % {"first": faults[0].told()}
    return problem(request, 422, "invalid", detail, faults=faults)


HANDLERS: tuple[tuple[type[Exception], Any], ...] = (
    (CityError, refuse),
    (AuthenticationError, refuse_stranger),
    (Throttled, refuse_haste),
    (HttpError, refuse_unreadable),
    (ValidationError, refuse_input),
    (SuspiciousOperation, refuse_broken),
    (UnreadablePostError, refuse_broken),
    (MultiPartParserError, refuse_broken),
    (Http404, refuse_missing),
    (OperationalError, unavailable),
    (InterfaceError, unavailable),
    (Exception, failed),
)
for exc_class, handler in HANDLERS:
    api.add_exception_handler(exc_class, handler)
