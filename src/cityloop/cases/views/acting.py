"""Taking an action from a page: its form, drawn from the table, and what came of it."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cityloop.assets.queries import part_spot
from cityloop.cases import actions
from cityloop.cases.actions.looking import goes_on, look_at_reporter
from cityloop.cases.choices import Via
from cityloop.cases.forms.fields import Field, Given, as_called, as_found, fields_of
from cityloop.cases.forms.reading import faults_by_input, inputs_of, kept_files
from cityloop.cases.queries import loop_city
from cityloop.cases.queries.about_act import (
    AboutAct,
    about_act,
    caller_lines,
    calls_back,
    follows_for,
    suggested_inputs,
)
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.favourites import favourite_classes
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import find_whole
from cityloop.cases.queries.menus import category_lines, zone_at
from cityloop.cases.queries.of_parts import category_for
from cityloop.cases.queries.phrases import PhraseLine, phrases_for
from cityloop.cases.queries.possible import Possible, possible_actions
from cityloop.cases.queries.privacy import works_nowhere
from cityloop.cases.queries.suggestions import returned_by
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.permission import sources_for
from cityloop.cases.rules.table import Action, Table
from cityloop.cases.views.desk import case_context, is_part, shell
from cityloop.cases.views.hinting import hints_for
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, InvalidInput
from cityloop.kernel.homes import home_asked
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import form_key, keeps_typed, sends_files, typed_before, whole_number, writer_of
from cityloop.kernel.rooms import led_to
from cityloop.kernel.translation import _, listed
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

KNOWN = ("category", "condition", "department", "address", "part_code")
"""Inputs that a form shows as the case has them."""


@keeps_typed
@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def act(request: HttpRequest, viewer: Viewer, number: str, action: str) -> HttpResponse:
    """The form of an action on a case, and taking it."""
    found = find_whole(number, viewer)
    possible = _possible(found, viewer, action)
    words = Words(found.loop, found.city)
    zone = found.city.city.time_zone
    if request.method != "POST":
        given, told = _told_before(found, possible, None)
        given, lost = _given_back(request, given, possible.action, zone)
        around = {**_around(request, found, possible), "told": told, "to_choose_again": lost, "found": found}
        return _form(request, viewer, words, possible.action, given, around)
    sent = inputs_of(possible.action, request.POST, zone)
    typed = sent | dict.fromkeys(possible.only_with, True)
    try:
        typed |= _files(request, possible.action, found.row.jurisdiction, viewer, typed)
        done = actions.perform(
            number, action, typed, actor=viewer, key=_key(request), via=Via.DESK, expected_seq=_seq(request)
        )
    except CityError as exc:
        given, told = _told_before(found, possible, sent)
        again = replace(given, typed=typed, wrong=faults_by_input(exc, possible.action))
        around = {**_around(request, found, possible, anew=isinstance(exc, Conflict)), "told": told, "found": found}
        return _form(request, viewer, words, possible.action, again, around, status=exc.http_status)
    facts = {"action": words.label(possible.action), "state": words.state(done.state).name}
    if possible.action.opens is not None and done.state == found.snapshot.state:
        said = _("Applied for: %(action)s. It waits for a decision; the case is still: %(state)s.") % facts
    else:
        said = _("Done: %(action)s. The case is now: %(state)s.") % facts
    return _after(request, viewer, number, said)


def _told_before(found: Found, possible: Possible, sent: dict[str, Any] | None) -> tuple[Given, AboutAct]:
    """Return what a form of an act knows, and what stands above it: for a form that is shown, since who called is written down.

    Args:
        sent: What was typed, where the form comes back.
    """
    known, holder = _known(found, possible.action), ""
    if any(need.below for need in possible.action.needs.values()):
        holder = known.pop("department", "")  # that has it already: it is handed on to somebody else
    required = [*possible.required, *possible.only_with]
    given = Given(required=required, known=known, holder=holder, me=found.viewer.user_id)
    told = about_act(found, possible.action, sent)
    if calls_back(found.loop, possible.action):
        told = replace(told, asked=[*told.asked, *caller_lines(found, look_at_reporter(found, Via.DESK))])
    if told.suggestion is not None:
        if known.get("department") == returned_by(found):
            known.pop("department", None)  # that had it and gave it back: somebody chooses
        given = replace(given, known={**given.known, **suggested_inputs(told.suggestion)}, notes=told.loads)
    return given, told


@require_safe
@at_desk
def follows(request: HttpRequest, viewer: Viewer, number: str, action: str) -> HttpResponse:
    """What would follow of an act that sends a case to ``department``: a form shows it while its department is chosen."""
    found = find_whole(number, viewer)
    possible = _possible(found, viewer, action)
    told = follows_for(found, possible.action, request.GET.get("department", "")[:40])
    return render(request, "cases/desk/follows.html", {"told": told})


@keeps_typed
@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def report(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form in which a case is made: a call, a find, an order from above. A citizen has the public page for that."""
    if request.method != "POST" and works_nowhere(viewer) and (place := led_to("desk-report")):
        return HttpResponseRedirect(place)
    code = home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction"))
    city = loop_city(code)
    loop = table(code, version_in_force(code, city.city.versions))
    words = Words(loop, city)
    posts = {held.post for held in viewer.posts if held.jurisdiction == code}
    action = _creating(loop, request.GET.get("action", ""), posts)
    sources = sources_for(loop, action, posts)
    known = _of_part(viewer, city, request.GET.get("part", "")) | ({"source": sources[0]} if sources else {})
    given = Given(sources=sources, known=known)
    merging = {
        "reporting": True,
        # Whose usual source is no citizen's stands before what they report, mostly with a phone.
        "is_found": bool(sources) and not loop.sources[sources[0]].public,
        "ways": _ways(request, loop, viewer, words, action),
        "hints": hints_for(viewer, code),
        "into": request.POST.get("merge_into", ""),
    }
    if request.method != "POST":
        given, lost = _given_back(request, given, action, city.city.time_zone)
        return _form(request, viewer, words, action, given, merging | {"to_choose_again": lost})
    typed = inputs_of(action, request.POST, city.city.time_zone)
    try:
        typed |= _files(request, action, code, viewer, typed)
        done = actions.report(code, typed, actor=viewer, key=_key(request), via=Via.DESK, action=action.code)
    except CityError as exc:
        again = replace(given, typed=typed, wrong=faults_by_input(exc, action))
        return _form(request, viewer, words, action, again, merging, status=exc.http_status)
    said = _("Reported under the number %(number)s.") % {"number": done.number}
    if merging["into"]:
        said = f"{said} {_merged(viewer, loop, done.number, str(merging['into']), _key(request))}"
    return _after(request, viewer, done.number, said)


def _of_part(viewer: Viewer, city: LoopCity, code: str) -> dict[str, Any]:
    """Return what a form knows of the part for which it was opened: its class, its place, its code."""
    part = part_spot(viewer, code) if code else None
    if part is None or part.jurisdiction != city.code:
        return {}
    point = {"lon": round(part.lon, 6), "lat": round(part.lat, 6)}
    return {"category": category_for(city, part.class_code), "point": point, "part_code": part.code}


def _merged(viewer: Viewer, loop: Table, number: str, master: str, key: UUID) -> str:
    """Merge what was just reported into the earlier case that it is one more report of; return what came of it, in words.

    The report stands whatever becomes of this: who called is called back by either case.
    """
    merging = loop.act("merges")
    if merging is None:
        return _("It was not merged: the city's process has no action for that.")
    try:
        actions.perform(
            number, merging.code, {"master": master}, actor=viewer, key=uuid5(key, merging.code), via=Via.DESK
        )
    except CityError as exc:
        return _("It was not merged: %(why)s") % {"why": exc.message}
    return _("It is merged into %(number)s.") % {"number": master}


def _possible(found: Found, viewer: Viewer, code: str) -> Possible:
    for one in possible_actions(found, viewer, found.now, others=True):
        if one.action.code == code:
            return one
    raise Http404(code)


def _creating(loop: Table, code: str, posts: Collection[str]) -> Action:
    """Return the action that makes a case: the one asked for, else the first that somebody in ``posts`` may take, or anybody."""
    creating = {action.code: action for action in loop.actions.values() if action.creates}
    action = creating.get(code) if code else loop.reporting(posts) or next(iter(creating.values()), None)
    if action is None:
        raise Http404(code)
    return action


def _ways(
    request: HttpRequest, loop: Table, viewer: Viewer, words: Words, chosen: Action
) -> list[tuple[str, str, bool]]:
    """Return address and name of every action by which the reader may make a case, and whether it is the chosen one; none where
    there is one alone.
    """
    posts = {held.post for held in viewer.posts if held.jurisdiction == words.city.code}
    ways = []
    for action in loop.actions.values():
        if action.creates and posts & {permit.post for permit in action.by}:
            query = request.GET.copy()
            query["action"] = action.code
            ways.append((f"{request.path}?{query.urlencode()}", words.label(action), action is chosen))
    return ways if len(ways) > 1 else []


def _known(found: Found, action: Action) -> dict[str, Any]:
    values = {name: getattr(found.row, name, "") or found.snapshot.values.get(name, "") for name in KNOWN}
    for name in action.assigns:  # whom the loop itself would send: who is on duty where the case lies
        person = found.city.on_duty(action.needs[name].post, found.now, found.row.duty_grid)
        values[name] = person or ""
    return {name: value for name, value in values.items() if value}


def _given_back(request: HttpRequest, given: Given, action: Action, zone: tzinfo) -> tuple[Given, str]:
    """Return what a form is filled with, and the names of the files to choose again, where the session had ended when it was sent."""
    before = typed_before(request)
    if before is None:
        return given, ""
    return replace(given, typed=inputs_of(action, before.fields, zone)), listed(before.files)


def _files(request: HttpRequest, action: Action, code: str, viewer: Viewer, typed: dict[str, Any]) -> dict[str, Any]:
    """Return the files of the form, those of before with those sent now."""
    if not request.FILES or viewer.user_id is None:
        return {}
    sent = kept_files(action, request.FILES, jurisdiction=code, owner_id=viewer.user_id, now=machine_now())
    return {name: [*typed.get(name, ()), *files] for name, files in sent.items()}


def _around(request: HttpRequest, found: Found, possible: Possible, *, anew: bool = False) -> dict[str, Any]:
    """Return what stands around the form of an act: the case, where the whole page is shown or somebody was faster.

    Args:
        anew: Somebody acted meanwhile: the case is shown as it stands now, and the form is of that.
    """
    if anew:
        before, found = found, find_whole(found.row.number, found.viewer)
        goes_on(found, before)
        possible = _possible(found, found.viewer, possible.action.code)
    around = {"why_not": possible.why_not, "seq": found.row.seq, "number": found.row.number, "acting": True}
    around["act"] = possible.action.code
    if not anew and is_part(request):
        return around
    context = case_context(found)
    known = _seq(request)
    if anew and known is not None:
        around["meanwhile"] = [knot for knot in context["case"].knots if knot.seq > known]
    return around | context


def _key(request: HttpRequest) -> UUID:
    """Return the key that the form was drawn with: sent twice it is done once.

    Raises:
        InvalidInput: It is none.
    """
    if key := form_key(request):
        return key
    raise InvalidInput(_("The form had lost its key and has a new one. Look at what you typed, and send it again."))


def _seq(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("seq"))


def _form(
    request: HttpRequest,
    viewer: Viewer,
    words: Words,
    action: Action,
    given: Given,
    around: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Show a form: alone where the page asks for a part of itself, else within what is ``around`` it.

    One that was refused comes back to its own place, and the case stays below it.
    """
    fields, zone = fields_of(action, words, given), _zone(words, given, around.pop("found", None))
    classes = _classes(action, words, zone)
    context: dict[str, Any] = {
        "title": words.label(action),
        "fields": fields,
        "parts": _parts(action, fields, is_found=around.get("is_found", False)),
        "wrong": given.wrong,
        "classes": classes,
        "limits": _limits(action, words, zone) if classes else "",
        "favourites": favourite_classes(viewer) if classes else (),
        "phrases": _phrases(action, words, viewer),
        "key": form_key(request) or uuid7(),
        "files_to": words.city.code,
        "to": request.get_full_path(),
        "writer": writer_of(request),
        **around,
    }
    if not is_part(request):
        return render(request, "cases/desk/page.html", shell(request, viewer) | context, status=status)
    if "case" in around:
        return render(request, "cases/desk/case.html", context, status=status)
    response = render(request, "cases/desk/act.html", context, status=status)
    if request.method == "POST":
        response["HX-Retarget"] = "#main" if "reporting" in around else "#act"
    return response


def _parts(action: Action, fields: list[Field], *, is_found: bool) -> list[list[Field]]:
    if not action.creates:
        return [fields] * bool(fields)
    return as_found(fields) if is_found else as_called(fields)


def _phrases(action: Action, words: Words, viewer: Viewer) -> list[PhraseLine]:
    """Return the phrases to choose from, where the action has a long text that is no part of the report itself."""
    if action.creates or not any(need.type == "text" for need in action.needs.values()):
        return []
    return phrases_for(viewer, words.city.code, action.code)


def _zone(words: Words, given: Given, found: Found | None) -> str:
    """Return the timing zone whose limits a form tells: of the place that was typed, else of the case's own."""
    point = given.typed.get("point")
    if isinstance(point, dict) and isinstance(point.get("lon"), float) and isinstance(point.get("lat"), float):
        with suppress(InvalidInput):
            return zone_at(words.city, point["lon"], point["lat"])
    return str(found.snapshot.values.get("timing_zone", "")) if found else ""


def _limits(action: Action, words: Words, zone: str) -> str:
    """Return where a form asks for the limits of the place that is being set; "" where it asks for no place."""
    if not any(need.type == "point" for need in action.needs.values()):
        return ""
    return f"{reverse('desk-report-limits')}?{urlencode({'jurisdiction': words.city.code, 'zone': zone})}"


def _classes(action: Action, words: Words, zone: str) -> list[Any]:
    """Return the classes to choose from, where the action asks for one, with the limits that hold in a timing zone."""
    if not any(need.type in {"category", "condition"} for need in action.needs.values()):
        return []
    return list(category_lines(words.city, zone))


def _after(request: HttpRequest, viewer: Viewer, number: str, said: str) -> HttpResponse:
    """Show the case as it stands now, with what was done; a reader who sees it no more goes back to the list."""
    address = reverse("desk-case", args=[number])
    if not is_part(request):
        return HttpResponseRedirect(address)
    try:
        found = find_whole(number, viewer)
    except CityError:
        response = render(request, "cases/desk/gone.html", {"said": said, "number": number})
        response["HX-Trigger"] = "acted"
        return response
    response = render(request, "cases/desk/case.html", case_context(found) | {"said": said})
    response["HX-Trigger"] = "acted"
    response["HX-Push-Url"] = address
    return response
