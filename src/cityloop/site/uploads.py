"""The upload process (ASGI): who may send, and the shape of its refusals, the same as at the API's door."""

import io
import os
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import django

# Not a default: the command line that started us has named its own settings in the environment, which have no pool.
os.environ["DJANGO_SETTINGS_MODULE"] = "cityloop.site.settings.web"
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 # all below asks for settings
from django.contrib.auth import get_user  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.db import InterfaceError, OperationalError  # noqa: E402
from django.utils import translation  # noqa: E402

from cityloop.assets.actions.importing.sending import IMPORT_FILES  # noqa: E402 # all below asks for settings
from cityloop.intake.actions.sending import OF_THE_PUBLIC, PUBLIC  # noqa: E402
from cityloop.kernel.errors import CityError, NotSignedIn  # noqa: E402
from cityloop.kernel.translation import _  # noqa: E402
from cityloop.media.granting import ACCOUNT, OF_ACCOUNTS, Grant, Grantor  # noqa: E402
from cityloop.media.uploads import Answer, GrantedUpload, Resting, Scope, Sender, UploadApp, headers_of, method_of  # noqa: E402
from cityloop.places.ground_files import GROUND_FILES  # noqa: E402
from cityloop.places.streetview.sending import STREET_FILES  # noqa: E402
from cityloop.site import problems  # noqa: E402
from cityloop.site.api import Session, Token  # noqa: E402
from cityloop.site.middleware import language_of  # noqa: E402

ROOT = urlsplit(settings.UPLOAD_URL).path or "/uploads"

TAKEN = "Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, Upload-Checksum, X-CSRFToken"
GIVEN = (
    "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length,"
    " Upload-Expires, Upload-Metadata, Media-Id, Media-Sha256, Media-Receipt, Retry-After"
)

GRANTORS: Mapping[str, Grantor] = {
    ACCOUNT: OF_ACCOUNTS,
    PUBLIC: OF_THE_PUBLIC,
    **{files.room: files.grantor for files in (IMPORT_FILES, STREET_FILES, GROUND_FILES)},
}
"""What becomes of a file, by the room that granted its upload."""

ASKED_ELSEWHERE = frozenset({b"origin", b"referer", b"x-forwarded-proto"})


def admit(scope: Scope) -> Sender:
    """Return who sends, by the same token or session as at the API, or by a grant that a page gave.

    Raises:
        NotSignedIn, NotAllowed: As there.
    """
    scheme, _blank, text = headers_of(scope).get("authorization", "").partition(" ")
    if scheme.lower() == "grant":
        grant = Grant.read(text.strip())
        if (grantor := GRANTORS.get(grant.room)) is None:
            raise NotSignedIn(_("The grant for this upload is over. Choose the file again."))
        upload = _granted(grant, grantor)
        return Sender(upload.owner_id, frozenset({grant.city}), upload)
    request = request_of(scope)
    viewer = Token()(request) or Session()(request)
    if viewer is None or viewer.user_id is None:
        raise NotSignedIn(_("Sign in, or send a token: Authorization: Bearer cl_…"))
    return Sender(viewer.user_id, frozenset(held.jurisdiction for held in viewer.posts))


def _granted(grant: Grant, grantor: Grantor) -> GrantedUpload:
    account = grant.owner_id if grantor.is_account else None
    return GrantedUpload(
        grant.name, grant.bytes, partial(grantor.keep, grant), partial(grantor.receipt, grant), account
    )


def request_of(scope: Scope) -> ASGIRequest:
    """Return the head of a request as the API's door reads it.

    Every method but HEAD and GET, which tell of uploads of one's own, counts as one that changes something: it needs the
    scope ``write``, and the CSRF token with a session.
    From where a page may send has been asked by ``dress``, which answers for another port too; Django knows one alone.
    """
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in ASKED_ELSEWHERE]
    head = {
        **scope,
        "method": "GET" if method_of(scope) in {"HEAD", "GET"} else "PATCH",
        "headers": headers,
        "scheme": "http",
    }
    if not is_our_page(scope):
        head["headers"] = [(name, value) for name, value in headers if name.lower() != b"cookie"]
    request: Any = ASGIRequest(head, io.BytesIO())
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return request  # type: ignore[no-any-return]


def refuse(scope: Scope, exc: Exception) -> Answer:
    """Return the problem body of a refusal, or of a failure of ours, in the sender's language."""
    request: Any = ASGIRequest(scope, io.BytesIO())
    with translation.override(language_of(request, is_api=True)):
        if isinstance(exc, CityError):
            response = problems.refused(request, exc)
        elif isinstance(exc, (OperationalError, InterfaceError)):
            response = problems.unavailable(request, exc)
        else:
            response = problems.failed(request, exc)
    return Answer(response.status_code, dict(response.items()), response.content)


def dress(scope: Scope, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``headers`` with those by which a browser lets a page of ours, from another port, read the answer."""
    origin = headers_of(scope).get("origin", "")
    safe = {"X-Content-Type-Options": "nosniff", "Vary": "Origin"}
    if not origin or not is_our_page(scope):
        return {**headers, **safe}
    return {
        **headers,
        **safe,
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET, POST, HEAD, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": TAKEN,
        "Access-Control-Expose-Headers": GIVEN,
        "Access-Control-Max-Age": "3600",
    }


def is_our_page(scope: Scope) -> bool:
    """Whether no page sends, or one of ours: from the same host, whatever its port, or from a trusted origin."""
    headers = headers_of(scope)
    origin = headers.get("origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        return (
            bool(urlsplit(origin).hostname) and urlsplit(origin).hostname == urlsplit(f"//{headers['host']}").hostname
        )
    except (KeyError, ValueError):
        return False


async def application(scope: Scope, receive: Any, send: Any) -> None:
    """The door that Granian serves."""
    request_language = _language(scope)
    with translation.override(request_language):
        await _app(scope, receive, send)


def _language(scope: Scope) -> str:
    if scope["type"] != "http":
        return str(settings.LANGUAGE_CODE)
    return language_of(ASGIRequest(scope, io.BytesIO()), is_api=True)


_app = UploadApp(Resting(settings.DATA / "uploads"), ROOT, admit, refuse, dress)
