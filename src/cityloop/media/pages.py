"""What pages that send files, or hand them out, ask of this room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from cityloop.kernel.addresses import host_name
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.pages import bytes_told, refusal
from cityloop.kernel.translation import _
from cityloop.media.granting import Grant
from cityloop.media.handouts import Handout, content_of


def upload_url(request: HttpRequest) -> str:
    """Return the address of the upload process: the one that is set, or its own port on the machine that was asked."""
    if settings.UPLOAD_URL:
        return f"{settings.UPLOAD_URL}/"
    return f"{request.scheme}://{host_name(request)}:{settings.SERVING.upload_port}/uploads/"


def granted(request: HttpRequest, give: Callable[[int], Grant]) -> JsonResponse:
    """Answer a page's script that asks to send a file of ``bytes`` bytes: with the grant and where to send it, or why not."""
    try:
        grant = give(bytes_told(request.POST.get("bytes", "")))
    except CityError as exc:
        return refusal(exc)
    return JsonResponse({"grant": str(grant), "to": upload_url(request)}, status=201)


def sent_for(city: str, wanted: str) -> bool:
    """Return that a file was sent for the city that its form names now.

    Raises:
        InvalidInput: It was sent for another.
    """
    if city != wanted:
        raise InvalidInput(_("The file was sent for another city. Choose it once more."))
    return True


@contextmanager
def sent_whole(request: HttpRequest, name: str) -> Iterator[tuple[Path, str]]:
    """Give the file that a form sent in its field ``name`` as one of this machine, and how its sender calls it.

    Raises:
        InvalidInput: None was chosen.
    """
    sent = request.FILES.get(name)
    if sent is None:
        raise InvalidInput(_("Choose a file first."))
    with NamedTemporaryFile() as file:
        for chunk in sent.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name), str(sent.name)


def handed_out(one: Handout, filename: str) -> StreamingHttpResponse:
    """Return a file that was made for whoever asks, to be saved as ``filename``; no cache keeps it.

    Raises:
        NotFound: It is not there any more.
        Unavailable: The store does not answer.
    """
    headers = {
        "Content-Length": str(one.bytes),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=filename) or "attachment",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(content_of(one), content_type=one.type, headers=headers)
