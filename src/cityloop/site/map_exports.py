"""Rows of the map's layers as files: asked for, looked after, fetched."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _, language
from cityloop.media.handouts import handing_out, handout
from cityloop.media.pages import handed_out
from cityloop.onemap import actions, within
from cityloop.onemap.choices import FileForm
from cityloop.onemap.export.writing import ENDINGS
from cityloop.onemap.queries import named
from cityloop.onemap.rules.areas import drawn_area
from cityloop.organisation.pages import WORN
from cityloop.organisation.queries import viewer_now
from cityloop.site.map_answers import answered, sent_json
from cityloop.site.map_work import work_layers
from cityloop.site.maps import day_asked, look_at, look_of, look_on


@require_POST
@answered
def ask(request: HttpRequest) -> Any:
    """Have rows of layers written: ``{"form": "gpkg", "layers": [], "area": GeoJSON, "buffer_m": 0, "only": {layer: {property: value}}}``.

    Without an area all of them; with ``?day=`` as they were on that day.
    """
    assert request.user.pk is not None  # LoginRequiredMiddleware
    sent, look = sent_json(request), look_of(request, day_asked(request))
    asking = actions.Asking(
        form=_form(sent.get("form")),
        layers=_names(sent.get("layers"), {layer.name for layer in work_layers(look)}),
        area=within.area_of(drawn_area(sent["area"], sent.get("buffer_m"))) if sent.get("area") else None,
        only=_only(sent.get("only")),
        day=day_asked(request),
    )
    post = request.session.get(WORN, "")
    made = actions.ask_export(request.user.pk, post, look, asking, _begin, now=machine_now())
    return {"id": str(made), "address": reverse("map-export", args=[made])}


def _begin(export_id: UUID) -> None:
    from cityloop.site.tasks import export_map

    export_map.defer(export_id=str(export_id))


def _form(given: Any) -> FileForm:
    if given not in FileForm.values:
        raise InvalidInput(_("Choose GeoJSON, GeoPackage or Excel."))
    return FileForm(given)


def _names(given: Any, known: set[str]) -> list[str]:
    names = [str(one) for one in given] if isinstance(given, list) else []
    if unknown := [name for name in names if name not in known]:
        raise NotFound(_("There is no layer “%(names)s”.") % {"names": unknown[0][:40]})
    return names


def _only(given: Any) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(given, dict):
        return {}
    return {
        str(layer): {str(name): str(value) for name, value in values.items() if value != ""}
        for layer, values in given.items()
        if isinstance(values, dict)
    }


@require_safe
@answered
def told(request: HttpRequest, export_id: UUID) -> Any:
    """How far an export of one's own is, and where its file is once it is whole."""
    row = actions.export_of(request.user.pk or 0, export_id, now=machine_now())
    is_done = row.finished_at is not None and not row.failure
    return {
        "rows": row.rows,
        "total": row.total,
        "is_over": row.finished_at is not None,
        "failure": row.why,
        "file": reverse("map-export-file", args=[row.id]) if is_done else "",
    }


@require_safe
@answered
def file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file of an export of one's own."""
    owner, now = request.user.pk or 0, machine_now()
    row = actions.export_of(owner, export_id, now=now)
    one = handout(export_id, owner, now=now)
    first = str(named(row.layers[:1])[0].title)
    name = first if len(row.layers) == 1 else _("%(first)s and more") % {"first": first}
    return handed_out(one, f"{name}.{ENDINGS[one.type]}")


def run_export(export_id: UUID) -> None:
    """Write an export: what its owner may see when it is written."""

    def write(row: Any) -> dict[str, Any]:
        expires = row.asked_at + actions.KEPT
        kind = actions.type_of_export(row)
        with handing_out(row.id, owner_id=row.owner, type=kind, expires_at=expires) as path, override(row.language):
            look = look_on(look_at(viewer_now(row.owner).wearing(row.post), language()), row.day)
            return actions.write_export(row, path, look)

    actions.run_export(export_id, write, clock=machine_now)
