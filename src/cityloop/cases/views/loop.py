"""The loop of a city, drawn from its table."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cityloop.cases.queries.loop_page import loop_drawing, loop_page
from cityloop.kernel.errors import NotFound
from cityloop.organisation.queries import viewer_now


@never_cache
@require_safe
def loop(request: HttpRequest) -> HttpResponse:
    """The loop of one of the reader's cities."""
    viewer = viewer_now(request.user.pk)
    try:
        page = loop_page(viewer, request.GET.get("jurisdiction", ""))
    except NotFound as exc:
        raise Http404(exc.message) from exc
    drawing = mark_safe(page.drawing)  # noqa: S308  # drawn by us, every name of the table in it escaped
    return render(request, "cases/loop.html", {"page": page, "drawing": drawing})


@never_cache
@require_safe
def loop_svg(request: HttpRequest) -> HttpResponse:
    """The drawing alone, as a file."""
    viewer = viewer_now(request.user.pk)
    try:
        drawing, name = loop_drawing(viewer, request.GET.get("jurisdiction", ""))
    except NotFound as exc:
        raise Http404(exc.message) from exc
    way = "attachment" if "download" in request.GET else "inline"
    return HttpResponse(
        drawing,
        content_type="image/svg+xml; charset=utf-8",
        headers={"Content-Disposition": f'{way}; filename="{name}"'},
    )
