"""The pages of imports: a file is sent, set up, checked, applied or refused, compared, undone."""

import tempfile
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.assets.actions import importing
from cityloop.assets.actions.importing.sending import IMPORT_FILES, run_by
from cityloop.assets.choices import Fate, ImportState
from cityloop.assets.models import ImportRun
from cityloop.assets.queries.compared import KINDS
from cityloop.assets.queries.imports import cities_kept_by, faults_of_run, report_of, run_of, runs_of
from cityloop.assets.queries.imports_page import REASON_ROWS, checked_page, list_page, rows_page, setup_page
from cityloop.assets.rules.imports.mapping import CONSTANT
from cityloop.assets.targets import of_name, targets
from cityloop.geography.files import Asked
from cityloop.kernel.errors import CityError, InvalidInput, NotAllowed
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import sends_files, whole_number
from cityloop.kernel.translation import _
from cityloop.media.granting import Grant
from cityloop.media.pages import granted, sent_for, sent_whole
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAPPED, SAID = "map.", "said."
"""Fields of the form: the column of a field, and what is said for all rows."""

WORKING = frozenset({ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING})


def _keeps_data(viewer: Viewer) -> list[str]:
    homes = cities_kept_by(viewer)
    if not homes:
        raise NotAllowed(_("None of your posts changes the base data of a city. A data administrator does."))
    return homes


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def imports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list of imports, and the form that begins one."""
    homes = _keeps_data(viewer)
    if request.method != "POST":
        return _list(request, viewer, homes)
    try:
        run = _begun(request, viewer, homes)
    except CityError as exc:
        return _list(request, viewer, homes, refused=exc, status=exc.http_status)
    importing.first_look(run, city(run.jurisdiction).today())
    target = request.POST.get("target", "")
    return HttpResponseRedirect(f"{reverse('desk-import', args=[run.id])}?target={target}")


def _list(request: HttpRequest, viewer: Viewer, homes: list[str], status: int = 200, **more: Any) -> HttpResponse:
    page = list_page(runs_of(viewer), homes, before=request.GET.get("before", ""))
    titles = {one.name: one.title for one in targets()}
    shown = [(run, titles.get(run.target, "")) for run in page["runs"]]
    return render(request, "assets/imports/list.html", {**page, "runs_shown": shown, **more}, status=status)


def _begun(request: HttpRequest, viewer: Viewer, homes: list[str]) -> ImportRun:
    home = home_asked(set(homes), request.POST.get("city") or homes[0])
    name = request.POST.get("files_name", "")
    for receipt in request.POST.getlist("files"):
        run = run_by(receipt.partition(":")[2], viewer.user_id)
        if run is not None and sent_for(run.jurisdiction, home):
            if name:
                ImportRun.objects.filter(pk=run.pk).update(file_name=name[:255])
            return run
    with sent_whole(request, "files.layer") as (path, name):
        return importing.begin(path, jurisdiction=home, name=name, actor_id=viewer.user_id)


@require_POST
@at_desk
def grant(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Grant a data administrator the upload of one file of ``bytes`` bytes to ``city``."""

    def give(size: int) -> Grant:
        homes = _keeps_data(viewer)
        return IMPORT_FILES.grant(viewer.user_id, home_asked(homes, request.POST.get("city") or homes[0]), size)

    return granted(request, give)


@require_safe
@at_desk
def one(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse:
    """One import, at whatever step it stands."""
    return _page(request, viewer, run_of(viewer, run_id))


def _page(
    request: HttpRequest,
    viewer: Viewer,
    run: ImportRun,
    *,
    refused: CityError | None = None,
    form: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    told: dict[str, Any] = {
        "run": run,
        "refused": refused,
        "state": ImportState(run.state),
        "runs": runs_of(viewer)[:30],
    }
    if run.state in {ImportState.CHOOSING, ImportState.FAILED}:
        asked = form or request.GET
        told |= setup_page(run, asked.get("target") or run.target or "parts", _reading(asked, run), _typed(asked))
        return render(request, "assets/imports/setup.html", told, status=status)
    told |= checked_page(run, request.GET.get("reason", ""), whole_number(request.GET.get("after")) or 0)
    return render(request, "assets/imports/run.html", told | {"is_working": run.state in WORKING}, status=status)


def _reading(form: Mapping[str, Any], run: ImportRun) -> Asked:
    kept = run.reading
    return Asked(
        layer=str(form.get("layer", kept.get("layer", "")))[:200],
        crs=str(form.get("crs", kept.get("crs", ""))).strip()[:80],
        x=str(form.get("x", kept.get("x", "")))[:200],
        y=str(form.get("y", kept.get("y", "")))[:200],
        wkt=str(form.get("wkt", kept.get("wkt", "")))[:200],
        swap=bool(form.get("swap")),
    )


def _typed(form: QueryDict | Mapping[str, Any]) -> dict[str, str]:
    """Return the mapping that was typed: what is said for all rows goes before a column."""
    typed = {name.removeprefix(MAPPED): str(form.get(name, "")) for name in form if name.startswith(MAPPED)}
    for name in form:
        if name.startswith(SAID) and (words := str(form.get(name, "")).strip()):
            typed[name.removeprefix(SAID)] = CONSTANT + words[:200]
    return typed


@require_POST
@at_desk
def act(request: HttpRequest, viewer: Viewer, run_id: UUID, what: str) -> HttpResponse:
    """Check, apply, refuse, set up anew or undo an import."""
    run = run_of(viewer, run_id)
    me = viewer.user_id
    try:
        match what:
            case "check":
                _check(request, run, me)
            case "apply":
                importing.ask_to(run, ImportState.APPLYING, actor_id=me, all_or_none=request.POST.get("take") == "all")
            case "drop":
                importing.drop(run)
            case "anew":
                importing.reopen(run)
            case "undo":
                importing.ask_to(run, ImportState.UNDOING, actor_id=me, partly=bool(request.POST.get("partly")))
            case _:
                raise InvalidInput(_("There is nothing of this name to do."))
    except CityError as exc:
        run.refresh_from_db()
        return _page(request, viewer, run, refused=exc, form=request.POST, status=exc.http_status)
    return HttpResponseRedirect(reverse("desk-import", args=[run.id]))


def _check(request: HttpRequest, run: ImportRun, actor_id: int | None) -> None:
    target = of_name(request.POST.get("target", ""))
    reading = _reading(request.POST, run)
    on = city(run.jurisdiction).today()
    looked = importing.look_into(run, reading, on)
    names = ("valid_from", "scheme", "level", "tolerance_m", "road_m", "replace")
    options = {name: request.POST.get(name, "") for name in names}
    mapping = {name: recipe for name, recipe in _typed(request.POST).items() if recipe}
    importing.set_up(run, target=target.name, reading=reading, mapping=mapping, options=options, looked=looked)
    run.refresh_from_db()
    importing.ask_to(run, ImportState.CHECKING, actor_id=actor_id)


@require_safe
@at_desk
def compared_rows(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse:
    """The rows of an import that are new, become otherwise, or are gone: each with its fields before and after, and on the map."""
    run = run_of(viewer, run_id)
    asked = request.GET.get("kind", "")
    kind = Fate(asked) if asked in KINDS else Fate.CHANGED
    told = rows_page(run, kind, whole_number(request.GET.get("after")) or 0)
    return render(request, "assets/imports/rows.html", told | {"run": run, "runs": runs_of(viewer)[:30]})


@require_safe
@at_desk
def report(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse | FileResponse:  # noqa: ARG001
    """All that was found, as a workbook."""
    run = run_of(viewer, run_id)
    out = tempfile.TemporaryFile()  # noqa: SIM115 # the response closes it
    report_of(run, out)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{run.file_name}.xlsx", content_type=XLSX)


@require_safe
@at_desk
def bad_rows(request: HttpRequest, viewer: Viewer, run_id: UUID) -> HttpResponse:  # noqa: ARG001
    """Where the bad rows lie, as GeoJSON: the first ``REASON_ROWS`` that lie anywhere."""
    run = run_of(viewer, run_id)
    rows = faults_of_run(run, notes=False).filter(lon__isnull=False)[:REASON_ROWS]
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
            "properties": {"row": row.number, "reason": row.reason},
        }
        for row in rows
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})
