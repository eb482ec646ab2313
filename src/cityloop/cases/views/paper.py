"""A case on paper: a page to print, and a PDF. Whoever sees there who reported it leaves the same trace as at the desk."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cityloop.cases.queries.case_paper import paper_of, pdf_of
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import find_whole
from cityloop.cases.views.desk import case_context
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@require_safe
@at_desk
def sheet(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """A clean page of A4, for the browser to print."""
    _found, paper = _paper(number, viewer)
    return render(request, "cases/desk/print.html", {"paper": paper, "number": number})


@require_safe
@at_desk
def pdf(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:  # noqa: ARG001
    """The same as a PDF."""
    found, paper = _paper(number, viewer)
    headers = {"Content-Disposition": f'inline; filename="{found.row.number}.pdf"'}
    return HttpResponse(pdf_of(found, paper), content_type="application/pdf", headers=headers)


def _paper(number: str, viewer: Viewer) -> tuple[Found, dict[str, Any]]:
    found = find_whole(number, viewer)
    return found, paper_of(found, case_context(found, on_paper=True)["case"])
