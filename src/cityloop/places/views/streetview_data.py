"""The pages on which a data administrator brings street view in: a zip is sent, checked, taken or refused, taken out again."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.assets.queries.imports import cities_kept_by
from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput, NotAllowed
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import sends_files, whole_number
from cityloop.kernel.translation import _
from cityloop.media.granting import Grant
from cityloop.media.pages import granted, sent_for, sent_whole
from cityloop.onemap.actions.streetview import call
from cityloop.onemap.choices import StreetState
from cityloop.onemap.queries.streetview import StreetRun, run_of
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer
from cityloop.places import streetview
from cityloop.places.rules.street_pictures import REASONS
from cityloop.places.streetview.page import list_page, report_of, run_page
from cityloop.places.streetview.running import checked_system, defer
from cityloop.places.streetview.sending import STREET_FILES, run_by

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ASKED = {
    "apply": StreetState.APPLYING, "undo": StreetState.UNDOING, "drop": StreetState.DROPPED, "check": StreetState.CHECKING,
}  # fmt: skip


def _keeps_data(viewer: Viewer) -> list[str]:
    homes = cities_kept_by(viewer)
    if not homes:
        raise NotAllowed(_("None of your posts changes the base data of a city. A data administrator does."))
    return homes


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def runs(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list of imports, and the form that begins one."""
    homes = _keeps_data(viewer)
    if request.method != "POST":
        return render(request, "places/streetview/list.html", list_page(homes))
    try:
        run = _begun(request, viewer, homes)
    except CityError as exc:
        told = {**list_page(homes), "refused": exc}
        return render(request, "places/streetview/list.html", told, status=exc.http_status)
    return HttpResponseRedirect(reverse("desk-streetview-run", args=[run.id]))


def _begun(request: HttpRequest, viewer: Viewer, homes: list[str]) -> StreetRun:
    home = home_asked(set(homes), request.POST.get("city") or homes[0])
    system = checked_system(request.POST.get("system") or CoordinateSystem.WGS84)
    for receipt in request.POST.getlist("files"):
        run = run_by(receipt.partition(":")[2], viewer.user_id)
        if run is not None and sent_for(run.jurisdiction, home):
            if call(run, name=request.POST.get("files_name", ""), system=system, now=machine_now()):
                defer(run.id)
            return run
    with sent_whole(request, "files.zip") as (path, name):
        run = streetview.begin_zip(path, jurisdiction=home, name=name, actor_id=viewer.user_id, system=system)
    defer(run.id)
    return run


@require_POST
@at_desk
def grant(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Grant a data administrator the upload of one zip of ``bytes`` bytes to ``city``."""

    def give(size: int) -> Grant:
        homes = _keeps_data(viewer)
        return STREET_FILES.grant(viewer.user_id, home_asked(homes, request.POST.get("city") or homes[0]), size)

    return granted(request, give)


@require_safe
@at_desk
def run(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse:
    """One import, at whatever step it stands."""
    homes = _keeps_data(viewer)
    return _page(request, homes, run_of(run_id, homes))


def _page(request: HttpRequest, homes: list[str], run: StreetRun, status: int = 200, **more: Any) -> HttpResponse:
    reason = request.GET.get("reason", "")
    told = run_page(run, homes, reason if reason in REASONS else "", whole_number(request.GET.get("after")) or 0)
    return render(request, "places/streetview/run.html", {**told, **more}, status=status)


@require_POST
@at_desk
def act(request: HttpRequest, viewer: Viewer, run_id: UUID, what: str) -> HttpResponse:
    """Take, refuse, check again or undo an import."""
    homes = _keeps_data(viewer)
    found = run_of(run_id, homes)
    try:
        if what not in ASKED:
            raise InvalidInput(_("There is nothing of this name to do."))
        streetview.ask_to(found, ASKED[what], actor_id=viewer.user_id)
    except CityError as exc:
        found.refresh_from_db()
        return _page(request, homes, found, exc.http_status, refused=exc)
    return HttpResponseRedirect(reverse("desk-streetview-run", args=[found.id]))


@require_safe
@at_desk
def report(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse:  # noqa: ARG001
    """All that was found, as a workbook."""
    found = run_of(run_id, _keeps_data(viewer))
    response = HttpResponse(report_of(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="streetview-{found.id}.xlsx"'
    return response
