"""What pages that send files, or hand them out, ask of this room."""

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from cityloop.kernel.addresses import host_name
from cityloop.media.handouts import Handout, content_of


def upload_url(request: HttpRequest) -> str:
    """Return the address of the upload process: the one that is set, or its own port on the machine that was asked."""
    if settings.UPLOAD_URL:
        return f"{settings.UPLOAD_URL}/"
    return f"{request.scheme}://{host_name(request)}:{settings.SERVING.upload_port}/uploads/"


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
