"""A part: its page, and what a data administrator changes of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.assets.actions.changing import Wanted, cause_of, change_part, create_part, undo_change
from cityloop.assets.actions.photos import add_photos, take_photo_off
from cityloop.assets.forms.parts import (
    MOST_PHOTOS,
    degrees_of,
    fields_of,
    photos_sent,
    position_sent,
    values_sent,
    wrong_by_field,
)
from cityloop.assets.queries.histories import part_on, part_row
from cityloop.assets.queries.labels import address_of, qr_svg
from cityloop.assets.queries.part_page import part_detail
from cityloop.assets.queries.rights import refuse_unless_manager
from cityloop.assets.queries.told import told_values
from cityloop.assets.queries.values import values_of
from cityloop.assets.queries.words import PartWords, classes_of
from cityloop.assets.views.listing import home_of
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import form_key, keeps_typed, sends_files, typed_before, whole_number, writer_of
from cityloop.kernel.translation import _
from cityloop.media.actions import keep, refuse_over_quota
from cityloop.media.choices import Kind
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import City, bounds_of, city
from cityloop.organisation.rules.staffing import Viewer

NAMES = ("class_code", "position", "photos", "note", "words", "reason")


@require_safe
@at_desk
def part(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """A part with its place, photos, cases and past; with ``on`` also what it was on a day."""
    detail = part_detail(viewer, code)
    home = city(detail.jurisdiction)
    context: dict[str, Any] = {
        "part": detail,
        "viewer": viewer,
        "bounds": bounds_of([home.code]),
        "time_zone": home.time_zone,
    }
    asked = request.GET.get("on", "")
    if asked:
        context |= _as_of(viewer, detail.code, detail.scheme, asked, home)
    return render(request, "assets/part.html", context)


def _as_of(viewer: Viewer, code: str, scheme: str, asked: str, home: City) -> dict[str, Any]:
    try:
        day = parse_date(asked)
    except ValueError:
        day = None
    if day is None:
        return {"on": asked[:10], "on_wrong": _("Type a day of the calendar, for example 2026-07-01.")}
    was = part_on(viewer, code, day)
    if was is None:
        return {"on": day.isoformat(), "on_wrong": _("It did not stand there on that day.")}
    words = PartWords(home, {was["street"], was["community"]})
    return {"on": day.isoformat(), "on_that_day": told_values(words, scheme, {}, was)}


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form of a new part, and writing it: its place is a click on the map."""
    home = home_of(request, viewer)
    refuse_unless_manager(viewer, home.code)
    sent: QueryDict | None = None
    values: dict[str, Any] = {"state": "intact"}
    position, class_code = "", request.GET.get("class_code", "")[:5]
    wrong: dict[str, str] = {}
    if request.method == "POST":
        sent = request.POST
    elif before := typed_before(request):
        sent = before.fields
    if sent is not None:
        values, position, class_code = (
            values_sent(sent, home.scheme),
            position_sent(sent),
            sent.get("class_code", "")[:5],
        )
    if request.method == "POST":
        key = form_key(request) or uuid7()
        try:
            cause = cause_of(
                viewer, home.code, machine_now(), ref=f"form {key}", note=request.POST.get("note", "").strip()
            )
            made = create_part(viewer, home.code, class_code, position, values, cause)
            return HttpResponseRedirect(reverse("desk-part", args=[made]))
        except InvalidInput as exc:
            wrong = _wrong(exc, home, home.scheme)
    context = form_context(request, home, home.scheme, values, position, wrong) | {
        "title": _("New part"),
        "classes": classes_of(home),
        "class_code": class_code,
        "asks_place": True,
        "asks_note": True,
        "does": _("Enter the part"),
        "back": reverse("desk-parts"),
    }
    return render(request, "assets/form.html", context, status=422 if wrong else 200)


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def edit(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """The form of a part as it is now, and changing it."""
    row = part_row(viewer, code)
    refuse_unless_manager(viewer, row.jurisdiction)
    home, now = city(row.jurisdiction), values_of(row)
    is_point = row.geometry.geom_type == "Point"
    values, position, wrong = now, now["position"], dict[str, str]()
    sent = request.POST if request.method == "POST" else (before.fields if (before := typed_before(request)) else None)
    if sent is not None:
        values = now | values_sent(sent, row.scheme)
        position = (position_sent(sent) if is_point else "") or now["position"]
    if request.method == "POST":
        # A form rounds degrees: the same digits mean the same place.
        moved = is_point and degrees_of(position) != degrees_of(now["position"])
        wanted = values_sent(request.POST, row.scheme) | ({"position": position} if moved else {})
        try:
            cause = cause_of(viewer, home.code, machine_now(), note=request.POST.get("note", "").strip())
            revision = whole_number(request.POST.get("revision"))
            change_part(viewer, home.code, Wanted(row.code, wanted, revision=revision), cause)
            return HttpResponseRedirect(reverse("desk-part", args=[row.code]))
        except CityError as exc:
            wrong = _wrong(exc, home, row.scheme)
    words = PartWords(home)
    context = form_context(request, home, row.scheme, values, position, wrong) | {
        "title": _("Change %(part)s") % {"part": row.name or words.class_name(row.scheme, row.class_code)},
        "code": row.code,
        "revision": row.revision,
        "asks_place": is_point,
        "asks_note": True,
        "does": _("Keep the change"),
        "back": reverse("desk-part", args=[row.code]),
    }
    return render(request, "assets/form.html", context, status=422 if wrong else 200)


@require_POST
@at_desk
def gone(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """Take a part out of the registry, with a reason: its row and its code stay, with the day."""
    row = part_row(viewer, code)
    note = request.POST.get("note", "").strip()
    refuse_unless_manager(viewer, row.jurisdiction)
    if not note:
        raise InvalidInput(_("Say why the part is taken out: the reason stays in its history."))
    change_part(
        viewer,
        row.jurisdiction,
        Wanted(row.code, is_gone=True),
        cause_of(viewer, row.jurisdiction, machine_now(), note=note),
    )
    return HttpResponseRedirect(reverse("desk-part", args=[row.code]))


@require_POST
@at_desk
def undo(request: HttpRequest, viewer: Viewer, code: str, change_id: int) -> HttpResponse:  # noqa: ARG001
    """Take one change of a part back."""
    row = part_row(viewer, code)
    undo_change(viewer, row.jurisdiction, change_id, machine_now())
    return HttpResponseRedirect(f"{reverse('desk-part', args=[row.code])}#past")


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def photos(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """Add photos to a part, or take one off."""
    row = part_row(viewer, code)
    refuse_unless_manager(viewer, row.jurisdiction)
    wrong = ""
    if request.method == "POST":
        try:
            if taken := whole_number(request.POST.get("take_off"), 18):
                take_photo_off(viewer, row.jurisdiction, row.code, taken)
            else:
                digests = [*photos_sent(request.POST), *kept_along(request, row.jurisdiction, viewer)]
                add_photos(viewer, row.jurisdiction, row.code, digests, machine_now())
            return HttpResponseRedirect(reverse("desk-part", args=[row.code]))
        except InvalidInput as exc:
            wrong = exc.message
    context = {
        "part": part_detail(viewer, row.code), "wrong": wrong, "files_to": row.jurisdiction, "bounds": bounds_of([row.jurisdiction]),
    }  # fmt: skip
    return render(request, "assets/photos.html", context, status=422 if wrong else 200)


@require_safe
@at_desk
def code_picture(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """The QR code of one part, as its label has it."""
    row = part_row(viewer, code)
    return HttpResponse(qr_svg(address_of(request.build_absolute_uri("/"), row.code)), content_type="image/svg+xml")


# --- what the forms of this room share


def form_context(
    request: HttpRequest, home: City, scheme: str, values: dict[str, Any], position: str, wrong: dict[str, str]
) -> dict[str, Any]:
    """Return what the form of a part is drawn from."""
    lon, lat = degrees_of(position) if position else ("", "")
    return {
        "home": home,
        "fields": fields_of(home, scheme, values, wrong),
        "lon": lon,
        "lat": lat,
        "spot": f"{lon},{lat}" if lon and lat and "position" not in wrong else "",
        "wrong": wrong,
        "key": form_key(request) or uuid7(),
        "writer": writer_of(request),
        "bounds": bounds_of([home.code]),
        "files_to": home.code,
        "most_photos": MOST_PHOTOS,
        "note": request.POST.get("note", ""),
        "to": request.get_full_path(),
    }


def _wrong(exc: CityError, home: City, scheme: str) -> dict[str, str]:
    return wrong_by_field(exc, [*NAMES, *(one.name for one in fields_of(home, scheme, {}, {}))])


def kept_along(request: HttpRequest, jurisdiction: str, viewer: Viewer) -> list[str]:
    """Keep the photos that came with a form itself, as a browser without scripts sends them; return their digests.

    Raises:
        InvalidInput: One of them cannot be taken, or they are more than one person may send in a day.
    """
    digests = []
    for file in request.FILES.getlist("photos.part")[:MOST_PHOTOS]:
        try:
            owner, now = viewer.user_id or 0, machine_now()
            refuse_over_quota(owner, file.size or 0, now=now)
            kept = keep(file, jurisdiction=jurisdiction, owner_id=owner, now=now, kinds=[Kind.PHOTO])
        except CityError as exc:
            raise InvalidInput(f"{file.name}: {exc.message}") from exc
        digests.append(kept.file.sha256)
    return digests
