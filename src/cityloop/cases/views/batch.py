"""Acting on several cases in one go: each through the one door with its own key, and the result told line by line."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cityloop.cases import actions
from cityloop.cases.choices import Via
from cityloop.cases.forms.fields import Given, fields_of
from cityloop.cases.forms.reading import inputs_of
from cityloop.cases.queries.about_act import load_words
from cityloop.cases.queries.batches import batch_lines, found_many, offered, possible, who_acted_first
from cityloop.cases.queries.found import NUMBER_DIGITS, Found
from cityloop.cases.queries.suggestions import loads
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.batch import MOST, asked_once, is_batchable
from cityloop.cases.rules.routing_facts import DEPARTMENT, is_routed
from cityloop.cases.rules.table import Action
from cityloop.cases.views.desk import is_part, shell
from cityloop.kernel.errors import CityError, Outdated
from cityloop.kernel.ids import uuid7
from cityloop.kernel.pages import form_key, sends_files, whole_number
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer

WALL = "desk-wall"
"""What a form says that comes from the wall of red lights, not from a desk's list."""

LONGEST_LIST = 600


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case of a batch. ``seen`` is the event up to which it was seen, where somebody acted on it after that."""

    number: str
    is_done: bool
    words: str
    seen: int | None = None


@sends_files
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def batch(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose what to do with the cases named, say with what, and do it."""
    numbers = (request.POST if request.method == "POST" else request.GET).getlist("number")
    cases = found_many(numbers, viewer)
    context: dict[str, Any] = {"batching": True, **_back(request)}
    code = request.POST.get("action") or request.GET.get("action") or ""
    chosen = offered(cases)
    if not code and len(chosen) == 1:
        code = chosen[0].code
    gone = _gone(numbers, cases)
    is_sent = request.method == "POST" and "key" in request.POST
    if is_sent and not cases and gone:
        told = {"title": _("Several cases"), "results": gone, "done": 0, "refused": len(gone)}
        return _show(request, viewer, context | told)
    if not cases or not code:
        return _show(request, viewer, context | {"offered": chosen, "numbers": [one.row.number for one in cases]})
    action = _action(cases, code)
    if is_sent:
        key = form_key(request)
        results = [*_all_taken(cases, code, request, key), *gone] if key else []
        done = sum(one.is_done for one in results)
        words = Words(cases[0].loop, cases[0].city)
        context |= {"results": results, "done": done, "refused": len(results) - done, "title": words.label(action)}
        response = _show(request, viewer, context)
        response["HX-Trigger"] = "acted"
        return response
    return _show(request, viewer, context | _form(cases, action))


def _action(cases: list[Found], code: str) -> Action:
    """Return an action by the table of the first case that has it."""
    for found in cases:
        one = possible(found, code)
        if one is not None and is_batchable(one.action):
            return one.action
    raise Http404(code)


def _form(cases: list[Found], action: Action) -> dict[str, Any]:
    first = cases[0]
    words = Words(first.loop, first.city)
    known = [one for one in (possible(found, action.code) for found in cases) if one is not None and not one.why_not]
    required = {name for one in known for name in (*one.required, *one.only_with)}
    once = {need.name for need in asked_once(action)}
    fields = [one for one in fields_of(action, words, Given(required=[*required])) if one.name in once]
    departments: list[tuple[str, str]] = []
    if is_routed(action):
        lying = loads(first.city)
        departments = [
            (one.code, " · ".join(filter(None, (one.name, load_words(lying[one.code]) if one.code in lying else ""))))
            for one in sorted(first.city.city.departments.values(), key=lambda unit: unit.path)
            if one.is_active
        ]
    lines = batch_lines(cases, action)
    return {
        "title": words.label(action),
        "action": action.code,
        "fields": fields,
        "lines": lines,
        "possible": sum(not one.why_not for one in lines),
        "departments": departments,
        "key": uuid7(),
    }


def _all_taken(cases: list[Found], code: str, request: HttpRequest, key: UUID) -> list[Result]:
    """Act on each case; where somebody was faster it is said who, and what they did."""
    results = [_take(one, code, request, key) for one in cases]
    slower = [(found, one.seen) for found, one in zip(cases, results, strict=True) if one.seen is not None]
    told = who_acted_first(slower)
    return [replace(one, words=told.get(one.number, one.words)) for one in results]


def _gone(numbers: list[str], cases: list[Found]) -> list[Result]:
    """Return a line for each case named that the reader does not see any more: what somebody did took it from them, maybe they themselves."""
    there = {one.row.number for one in cases}
    wanted = [one for one in dict.fromkeys(numbers) if one.isascii() and one.isdigit() and len(one) == NUMBER_DIGITS]
    words = _("It lies on your desk no more: it has been acted on.")
    return [Result(one, is_done=False, words=words) for one in wanted[:MOST] if one not in there]


def _back(request: HttpRequest) -> dict[str, str]:
    """Return what leads back to the list from which the cases come: its page, how it was narrowed there, its address."""
    given = request.POST if request.method == "POST" else request.GET
    page = WALL if given.get("from") == WALL else "desk"
    sides = _list(request).urlencode()
    return {"came_from": page, "list": sides, "back": f"{reverse(page)}?{sides}" if sides else reverse(page)}


def _list(request: HttpRequest) -> QueryDict:
    """Return how the list was narrowed from which the cases come."""
    given = request.POST if request.method == "POST" else request.GET
    return QueryDict(given.get("list", "")[:LONGEST_LIST])


def _take(found: Found, code: str, request: HttpRequest, key: UUID) -> Result:
    """Act on one case; what is refused is told in words and stops nothing."""
    number = found.row.number
    one = possible(found, code)
    words = Words(found.loop, found.city)
    if one is None:
        return Result(number, is_done=False, words=_("Its table has no such action."))
    typed = inputs_of(one.action, request.POST, found.city.city.time_zone) | dict.fromkeys(one.only_with, True)
    if is_routed(one.action):
        typed[DEPARTMENT] = request.POST.get(f"{DEPARTMENT}:{number}", "")
    seen = whole_number(request.POST.get(f"seq:{number}"))
    try:
        done = actions.perform(
            number,
            code,
            {name: value for name, value in typed.items() if value not in ("", [])},
            actor=found.viewer,
            key=uuid5(key, number),
            via=Via.DESK,
            expected_seq=seen,
        )
    except Outdated as exc:
        return Result(number, is_done=False, words=exc.message, seen=seen)
    except CityError as exc:
        return Result(number, is_done=False, words=exc.message)
    said = _("The case is now: %(state)s.") % {"state": words.state(done.state).name}
    if is_routed(one.action) and (named := words.department(typed[DEPARTMENT])):
        said = f"{named.name} · {said}"
    return Result(number, is_done=True, words=said)


def _show(request: HttpRequest, viewer: Viewer, context: dict[str, Any]) -> HttpResponse:
    if is_part(request):
        return render(request, "cases/desk/batch.html", context)
    around = QueryDict() if context["came_from"] == WALL else _list(request)
    return render(request, "cases/desk/batch_page.html", shell(request, viewer, around) | context)
