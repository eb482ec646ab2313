"""Taking an action from a page: its form, drawn from the table, and what came of it."""

from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from typing import Any
from uuid import UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cityloop.cases import actions
from cityloop.cases.actions.looking import look_at_reporter
from cityloop.cases.choices import Via
from cityloop.cases.forms.fields import Given, as_called, fields_of
from cityloop.cases.forms.reading import faults_by_input, inputs_of, kept_files
from cityloop.cases.queries import loop_city
from cityloop.cases.queries.about_act import about_act, caller_lines, calls_back, suggested_inputs
from cityloop.cases.queries.favourites import favourite_classes
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import find_whole
from cityloop.cases.queries.menus import category_lines
from cityloop.cases.queries.phrases import PhraseLine, phrases_for
from cityloop.cases.queries.possible import Possible, possible_actions
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.table import Action, Table
from cityloop.cases.views.desk import case_context, is_part, shell
from cityloop.cases.views.hinting import hints_for
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, InvalidInput
from cityloop.kernel.homes import home_asked
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import keeps_typed, sends_files, typed_before
from cityloop.kernel.translation import _, listed
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

MERGE = "merge"
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
    given = Given(required=[*possible.required, *possible.only_with], known=_known(found))
    told = about_act(found, possible.action)
    if calls_back(possible.action):
        told = replace(told, asked=[*told.asked, *caller_lines(found, look_at_reporter(found, Via.DESK))])
    if told.suggestion is not None:
        given = replace(given, known={**given.known, **suggested_inputs(told.suggestion)}, notes=told.loads)
    if request.method != "POST":
        given, lost = _given_back(request, given, possible.action, found.city.city.time_zone)
        around = {**_around(request, found, possible), "told": told, "to_choose_again": lost, "found": found}
        return _form(request, viewer, words, possible.action, given, around)
    typed = inputs_of(possible.action, request.POST, found.city.city.time_zone)
    typed |= dict.fromkeys(possible.only_with, True)
    try:
        typed |= _files(request, possible.action, found.row.jurisdiction, viewer, typed)
        done = actions.perform(
            number, action, typed, actor=viewer, key=_key(request), via=Via.DESK, expected_seq=_seq(request)
        )
    except CityError as exc:
        again = replace(given, typed=typed, wrong=faults_by_input(exc, possible.action))
        around = {**_around(request, found, possible, anew=isinstance(exc, Conflict)), "told": told, "found": found}
        return _form(request, viewer, words, possible.action, again, around, status=exc.http_status)
    said = _("Done: %(action)s. The case is now: %(state)s.") % {
        "action": words.label(possible.action),
        "state": words.state(done.state).name,
    }
    return _after(request, viewer, number, said)


@keeps_typed
@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def report(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form in which a case is made: a call, a find, an order from above."""
    code = home_asked({held.jurisdiction for held in viewer.posts}, request.GET.get("jurisdiction"))
    city = loop_city(code)
    loop = table(code, version_in_force(code, city.city.versions))
    words = Words(loop, city)
    action = _creating(loop, request.GET.get("action", "report"))
    given = Given(sources=_sources(loop, viewer, code))
    merging = {"reporting": True, "hints": hints_for(viewer, code), "into": request.POST.get("merge_into", "")}
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
        said = f"{said} {_merged(viewer, done.number, str(merging['into']), _key(request))}"
    return _after(request, viewer, done.number, said)


def _merged(viewer: Viewer, number: str, master: str, key: UUID) -> str:
    """Merge what was just reported into the earlier case that it is one more report of; return what came of it, in words.

    The report stands whatever becomes of this: who called is called back by either case.
    """
    try:
        actions.perform(number, MERGE, {"master": master}, actor=viewer, key=uuid5(key, MERGE), via=Via.DESK)
    except CityError as exc:
        return _("It was not merged: %(why)s") % {"why": exc.message}
    return _("It is merged into %(number)s.") % {"number": master}


def _possible(found: Found, viewer: Viewer, code: str) -> Possible:
    for one in possible_actions(found, viewer, found.now, others=True):
        if one.action.code == code:
            return one
    raise Http404(code)


def _creating(loop: Table, code: str) -> Action:
    action = loop.actions.get(code)
    if action is None or not action.creates:
        raise Http404(code)
    return action


def _sources(loop: Table, viewer: Viewer, code: str) -> list[str]:
    posts = {held.post for held in viewer.posts if held.jurisdiction == code}
    return [source for source in loop.sources if any(loop.may_name(post, source) for post in posts)]


def _known(found: Found) -> dict[str, Any]:
    values = {name: getattr(found.row, name, "") or found.snapshot.values.get(name, "") for name in KNOWN}
    if (person := _collector_of(found)) is not None:
        values["collector"] = person
    return {name: value for name, value in values.items() if value}


def _collector_of(found: Found) -> int | None:
    """Return whom a form offers to send: the collector on duty in the duty grid in which the case lies."""
    return found.city.on_duty("collector", found.now, found.row.duty_grid)


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
        found = find_whole(found.row.number, found.viewer)
        possible = _possible(found, found.viewer, possible.action.code)
    around = {"why_not": possible.why_not, "seq": found.row.seq, "number": found.row.number, "acting": True}
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
    if key := _known_key(request):
        return key
    raise InvalidInput(_("The form had lost its key and has a new one. Look at what you typed, and send it again."))


def _known_key(request: HttpRequest) -> UUID | None:
    with suppress(ValueError):
        return UUID(request.POST.get("key", ""))
    return None


def _seq(request: HttpRequest) -> int | None:
    text = request.POST.get("seq", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


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
    fields, classes = fields_of(action, words, given), _classes(action, words, around.pop("found", None))
    context: dict[str, Any] = {
        "title": words.label(action),
        "fields": fields,
        "parts": as_called(fields) if action.creates else [fields] * bool(fields),
        "wrong": given.wrong,
        "classes": classes,
        "favourites": favourite_classes(viewer) if classes else (),
        "phrases": _phrases(action, words, viewer),
        "key": _known_key(request) or uuid7(),
        "to": request.get_full_path(),
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


def _phrases(action: Action, words: Words, viewer: Viewer) -> list[PhraseLine]:
    """Return the phrases to choose from, where the action has a long text that is no part of the report itself."""
    if action.creates or not any(need.type == "text" for need in action.needs.values()):
        return []
    return phrases_for(viewer, words.city.code, action.code)


def _classes(action: Action, words: Words, found: Found | None) -> list[Any]:
    """Return the classes to choose from, where the action asks for one, with the limits that hold where the case lies."""
    if not any(need.type in {"category", "condition"} for need in action.needs.values()):
        return []
    return list(category_lines(words.city, found.snapshot.values.get("timing_zone", "") if found else ""))


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
