"""Acting on several cases in one go: each through the one door with its own key, and the result told line by line."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from cityloop.cases import actions
from cityloop.cases.choices import Via
from cityloop.cases.forms.fields import Given, fields_of
from cityloop.cases.forms.reading import inputs_of
from cityloop.cases.queries.about_act import load_words
from cityloop.cases.queries.batches import batch_lines, found_many, offered, possible
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.suggestions import loads
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.batch import MOST, asked_once, is_batchable
from cityloop.cases.rules.routing_facts import DEPARTMENT, is_routed
from cityloop.cases.rules.table import Action
from cityloop.cases.views.desk import is_part, shell
from cityloop.kernel.errors import CityError
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case of a batch."""

    number: str
    is_done: bool
    words: str


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def batch(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose what to do with the cases named, say with what, and do it."""
    numbers = (request.POST if request.method == "POST" else request.GET).getlist("number")
    cases = found_many(numbers, viewer)
    context: dict[str, Any] = {"batching": True, "most": MOST, "left_out": max(0, len(set(numbers)) - len(cases))}
    code = request.POST.get("action") or request.GET.get("action") or ""
    chosen = offered(cases)
    if not code and len(chosen) == 1:
        code = chosen[0].code
    if not cases or not code:
        return _show(request, viewer, context | {"offered": chosen, "numbers": [one.row.number for one in cases]})
    action = _action(cases, code)
    if request.method == "POST" and "key" in request.POST:
        key = _key(request)
        results = [_take(one, code, request, key) for one in cases] if key else []
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
    seq = request.POST.get(f"seq:{number}", "")
    try:
        done = actions.perform(
            number,
            code,
            {name: value for name, value in typed.items() if value not in ("", [])},
            actor=found.viewer,
            key=uuid5(key, number),
            via=Via.DESK,
            expected_seq=int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 10 else None,
        )
    except CityError as exc:
        return Result(number, is_done=False, words=exc.message)
    said = _("The case is now: %(state)s.") % {"state": words.state(done.state).name}
    if is_routed(one.action) and (named := words.department(typed[DEPARTMENT])):
        said = f"{named.name} · {said}"
    return Result(number, is_done=True, words=said)


def _key(request: HttpRequest) -> UUID | None:
    with suppress(ValueError):
        return UUID(request.POST.get("key", ""))
    return None


def _show(request: HttpRequest, viewer: Viewer, context: dict[str, Any]) -> HttpResponse:
    if is_part(request):
        return render(request, "cases/desk/batch.html", context)
    return render(request, "cases/desk/batch_page.html", shell(request, viewer) | context)
