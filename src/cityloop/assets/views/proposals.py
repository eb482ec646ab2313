"""What the field proposes: sent by a form, decided by a data manager, several at once."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.assets.actions.proposing import Proposed, decide, propose
from cityloop.assets.choices import ChangeKind, Decision
from cityloop.assets.forms.parts import degrees_of, photos_sent, position_sent, values_sent, wrong_by_field
from cityloop.assets.queries.histories import part_row
from cityloop.assets.queries.proposals import proposal_page
from cityloop.assets.queries.rights import is_manager
from cityloop.assets.queries.values import values_of
from cityloop.assets.queries.words import PartWords, classes_of
from cityloop.assets.views.listing import HOME, home_of
from cityloop.assets.views.parts import NAMES, form_context, kept_along
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import form_key, keeps_typed, sends_files, typed_before
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import bounds_of, city
from cityloop.organisation.rules.staffing import Viewer

KEPT = ("case", "survey")
"""What the address of a form tells of where the proposal comes from."""


@require_safe
@at_desk
def proposals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits, or what became of it."""
    return _list(request, viewer)


@require_POST
@at_desk
def decided(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Accept or send back the proposals that are ticked; what could not be done is named, with the reason."""
    ids = []
    for one in request.POST.getlist("id"):
        with suppress(ValueError):
            ids.append(UUID(one))
    accepts, reason = request.POST.get("do") == "accept", request.POST.get("reason", "")
    context: dict[str, Any] = {"reason": reason, "ticked": {str(one) for one in ids}}
    if not ids:
        return _list(request, viewer, context | {"wrong": _("Tick the proposals that you decide on.")}, status=422)
    try:
        done = decide(
            viewer, ids, accepts=accepts, reason=reason, at=machine_now(), anyway=bool(request.POST.get("anyway"))
        )
    except InvalidInput as exc:
        return _list(request, viewer, context | {"wrong": exc.message}, status=422)
    well = sum(not one.why for one in done)
    context |= {
        "said": (_("%(count)d accepted.") if accepts else _("%(count)d sent back.")) % {"count": well} if well else "",
        "not_done": [one for one in done if one.why],
        "reason": "",
        "ticked": {str(one.id) for one in done if one.why},
    }
    return _list(request, viewer, context)


def _list(
    request: HttpRequest, viewer: Viewer, more: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    home = home_of(request, viewer)
    state, mine = request.GET.get("state", Decision.WAITING.value), bool(request.GET.get("mine"))
    state = state if state in Decision.values else Decision.WAITING.value
    page = proposal_page(viewer, home, state=state, mine=mine, cursor=request.GET.get("cursor", ""))
    asked = {HOME: request.GET.get(HOME, ""), "state": state, "mine": "1" if mine else ""}

    def address(**changed: str) -> str:
        return urlencode({name: value for name, value in (asked | changed).items() if value})

    context = {
        "home": home,
        "page": page,
        "ways": [(str(one.label), address(state=one.value), one.value == state) for one in Decision],
        "mine": mine,
        "mine_query": address(mine="" if mine else "1"),
        "following": address(cursor=page.next) if page.next else "",
        "query": address(),
        "may_decide": is_manager(viewer, home.code) and state == Decision.WAITING,
        "bounds": bounds_of([home.code]),
        "time_zone": home.time_zone,
        **(more or {}),
    }
    return render(request, "assets/proposals.html", context, status=status)


@keeps_typed
@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def propose_change(request: HttpRequest, viewer: Viewer, code: str) -> HttpResponse:
    """The form by which the field says that a part is otherwise, elsewhere or gone, and sending it."""
    row = part_row(viewer, code)
    home, now = city(row.jurisdiction), values_of(row)
    words = PartWords(home)
    sent = request.POST if request.method == "POST" else (before.fields if (before := typed_before(request)) else None)
    values, position, wrong = now, now["position"], dict[str, str]()
    is_point = row.geometry.geom_type == "Point"
    if sent is not None:
        values = now | values_sent(sent, row.scheme)
        position = (position_sent(sent) if is_point else "") or now["position"]
    if request.method == "POST":
        is_gone = request.POST.get("do") == "gone"
        moved = is_point and not is_gone and degrees_of(position) != degrees_of(now["position"])
        kind = ChangeKind.GONE if is_gone else ChangeKind.MOVED if moved else ChangeKind.CHANGED
        try:
            told = _told(
                request, viewer, home.code, kind, code=row.code, position=position if moved else "",
                values={} if is_gone else values_sent(request.POST, row.scheme),
            )  # fmt: skip
            propose(viewer, home.code, told, machine_now())
            return HttpResponseRedirect(_after(request, row.code))
        except CityError as exc:
            wrong = wrong_by_field(exc, _known(request, home, row.scheme))
    context = form_context(request, home, row.scheme, values, position, wrong) | {
        "title": _("Propose a change of %(part)s") % {"part": row.name or words.class_name(row.scheme, row.class_code)},
        "code": row.code,
        "asks_place": is_point,
        "proposes": True,
        "words": request.POST.get("words", ""),
        "does": _("Propose the change"),
        "back": reverse("desk-part", args=[row.code]),
    }
    return render(request, "assets/form.html", context, status=422 if wrong else 200)


@keeps_typed
@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def propose_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form by which the field says that there is a part which the registry does not know, and sending it."""
    home = home_of(request, viewer)
    sent = request.POST if request.method == "POST" else (before.fields if (before := typed_before(request)) else None)
    values: dict[str, Any] = {"state": "intact"}
    position, class_code, wrong = "", request.GET.get("class_code", "")[:5], dict[str, str]()
    if sent is not None:
        values, position, class_code = (
            values_sent(sent, home.scheme),
            position_sent(sent),
            sent.get("class_code", "")[:5],
        )
    if request.method == "POST":
        try:
            told = _told(
                request, viewer, home.code, ChangeKind.NEW, class_code=class_code, position=position, values=values
            )
            propose(viewer, home.code, told, machine_now())
            return HttpResponseRedirect(f"{reverse('desk-proposals')}?mine=1")
        except CityError as exc:
            wrong = wrong_by_field(exc, _known(request, home, home.scheme))
    context = form_context(request, home, home.scheme, values, position, wrong) | {
        "title": _("Propose a new part"),
        "classes": classes_of(home),
        "class_code": class_code,
        "asks_place": True,
        "proposes": True,
        "words": request.POST.get("words", ""),
        "does": _("Propose the part"),
        "back": reverse("desk-parts"),
    }
    return render(request, "assets/form.html", context, status=422 if wrong else 200)


def _told(request: HttpRequest, viewer: Viewer, city_code: str, kind: ChangeKind, **more: Any) -> Proposed:
    survey = None
    with suppress(ValueError):
        survey = UUID(request.GET.get("survey", ""))
    return Proposed(
        kind, form_key(request) or uuid7(), words=request.POST.get("words", ""), case_number=request.GET.get("case", "")[:19],
        survey=survey, photos=[*photos_sent(request.POST), *kept_along(request, city_code, viewer)], **more,
    )  # fmt: skip


def _known(request: HttpRequest, home: Any, scheme: str) -> list[str]:
    return [*NAMES, *(one.name for one in form_context(request, home, scheme, {}, "", {})["fields"])]


def _after(request: HttpRequest, code: str) -> str:
    if survey := request.GET.get("survey", ""):
        with suppress(ValueError):
            return reverse("desk-survey", args=[UUID(survey)])
    if request.GET.get("case", ""):
        return f"{reverse('desk-part', args=[code])}#waiting"
    return reverse("desk-part", args=[code])
