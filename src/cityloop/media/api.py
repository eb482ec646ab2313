"""Files for programs: send one in one request, look at one's own, learn where larger ones are sent."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _, noop
from cityloop.media import actions, queries, schemas
from cityloop.media.pages import upload_url
from cityloop.media.queries import MediaFile
from cityloop.media.rules import tus
from cityloop.media.rules.formats import MOST_BYTES

MEDIA = "Media"
PATH = "/api/v1/media"
"""Where a body is taken that is no JSON."""

FORM = "multipart/form-data"
LINKS_HOLD = timedelta(hours=1)

router = Router()


class Holder(Protocol):
    jurisdiction: str


class Sender(Protocol):
    """Who asks, as far as this room wants to know."""

    user_id: int | None
    posts: Collection[Any]


def sender_of(request: HttpRequest) -> tuple[int, frozenset[str]]:
    """Return who asks and the codes of the cities in which they hold a post; ``site.api`` found it out before."""
    sender: Sender = request.auth  # type: ignore[attr-defined] # what the authentication returned
    assert sender.user_id is not None
    holders: Iterable[Holder] = sender.posts
    return sender.user_id, frozenset(held.jurisdiction for held in holders)


@router.post(
    "/media",
    response={201: schemas.Media, 200: schemas.Media},
    tags=[MEDIA],
    operation_id="keep_media",
    summary=noop("Send a photo, video or sound recording"),
    description=noop(
        "The file as the body, or as the part “file” of a form; at most 20 MB, larger ones by `GET /api/v1/uploads`. "
        "What it is, is found in its content. Twice is once: 200 where you have sent the same content before. "
        "`alike` tells that an earlier photo looks like this one; nothing is refused for that."
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}},
                        "required": ["file"],
                    }
                },
            },
        }
    },
)
def keep_media(request: HttpRequest, response: HttpResponse, query: Query[schemas.MediaQuery]) -> Status[schemas.Media]:
    owner_id, homes = sender_of(request)
    jurisdiction = home_asked(homes, query.jurisdiction)
    now = machine_now()
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    actions.refuse_over_quota(owner_id, length, now=now)
    kept = actions.keep(_body(request), jurisdiction=jurisdiction, owner_id=owner_id, now=now)
    response["Location"] = f"{PATH}/{kept.file.id}"
    return Status(201 if kept.is_new else 200, media_out(kept.file))


def _body(request: HttpRequest) -> actions.Reader:
    """Return what the file is read from.

    Raises:
        InvalidInput: It is a form without the part “file”.
    """
    if request.content_type != FORM:
        return request
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(
            _("The form has no part “file”. Name it so, with a file name."), faults=[Fault("file", _("is missing"))]
        )
    return file


@router.get(
    "/media/{id}",
    response=schemas.Media,
    tags=[MEDIA],
    operation_id="get_media",
    summary=noop("A file that you sent"),
    description=noop("What was found in it, how far its copies are, and links that hold for an hour."),
)
def get_media(request: HttpRequest, id: UUID) -> schemas.Media:  # noqa: A002
    owner_id, _homes = sender_of(request)
    return media_out(queries.own_file(id, owner_id))


@router.get(
    "/uploads",
    response=schemas.Uploads,
    tags=[MEDIA],
    operation_id="get_uploads",
    summary=noop("Where files are sent in pieces"),
    description=noop(
        "The address for resumable uploads (tus 1.0), with the same token or session as here. An upload broken off goes on where "
        "it stopped. The answer that ends it carries `Media-Id` and `Media-Sha256`. `GET` of that address lists your uploads that "
        "are not complete, each with `url`, `offset`, `length`, `name`, `jurisdiction` and `expires_at`; `DELETE` of its `url` ends one."
    ),
)
def get_uploads(request: HttpRequest) -> schemas.Uploads:
    return schemas.Uploads(
        url=upload_url(request),
        protocol="tus 1.0.0",
        extensions=list(tus.EXTENSIONS),
        most_bytes=MOST_BYTES,
        expires_hours=tus.HOURS,
    )


def media_out(file: MediaFile) -> schemas.Media:
    return schemas.Media(
        id=file.id,
        jurisdiction=file.jurisdiction,
        sha256=file.sha256,
        kind=file.kind,
        type=file.type,
        bytes=file.bytes,
        width=file.width or None,
        height=file.height or None,
        seconds=file.seconds or None,
        location=None
        if file.lon is None or file.lat is None
        else schemas.Point(type="Point", coordinates=(file.lon, file.lat)),
        taken=file.taken.isoformat() if file.taken else None,
        state=file.state,
        why=file.why or None,
        alike=file.alike is not None,
        kept_at=file.kept_at,
        links=queries.links(file, expires_in=LINKS_HOLD),
    )
