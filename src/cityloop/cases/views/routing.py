"""The page of the routing rules: read and drafted by dispatchers, put in force by whoever answers for it."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityloop.cases.actions import routing as acts
from cityloop.cases.actions.routing_trying import ask_for_routing_trial
from cityloop.cases.forms.routing import Typed, rule_of, texts_of, wrong_of
from cityloop.cases.models import RoutingVersion
from cityloop.cases.queries.rights import held_with
from cityloop.cases.queries.routing import held_until, routing_in_force
from cityloop.cases.queries.routing_page import (
    RoutingCity,
    changes,
    findings,
    history,
    order_words,
    rule_lines,
    rules_of,
    trial_of,
    trial_told,
    trials_of,
    version_row,
    version_rows,
    with_base,
)
from cityloop.cases.queries.routing_wanted import Wanted, rule_page
from cityloop.cases.queries.routing_words import DAYS
from cityloop.cases.queries.tables import Standing, standing
from cityloop.cases.rules.roles import Right
from cityloop.cases.rules.routing import Rule
from cityloop.cases.rules.routing_sheet import SHEET, read_rules, sheet_of
from cityloop.cases.views.desk import is_part
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, InvalidInput, NotAllowed, NotFound, TooLarge
from cityloop.kernel.homes import home_asked
from cityloop.kernel.pages import sends_files, whole_number
from cityloop.kernel.sheets import RowFault, read_csv, read_sheets, write_csv, write_sheets
from cityloop.kernel.translation import _
from cityloop.organisation.pages import at_desk
from cityloop.organisation.queries import bounds_of
from cityloop.organisation.rules.staffing import Viewer

MOST_BYTES = 5_000_000
FAULTS_SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def city_of(request: HttpRequest, viewer: Viewer, *rights: Right) -> RoutingCity:
    """Return the city whose rules are looked at, of those where the viewer has one of these rights."""
    homes = {held.jurisdiction for held in held_with(viewer, *rights)}
    if not homes:
        raise NotAllowed(_("None of your posts keeps the routing rules of a city."))
    wanted = request.GET.get("city") or request.POST.get("city") or ""
    return RoutingCity(home_asked(homes, wanted or min(homes)))


@require_safe
@at_desk
def rules(request: HttpRequest, viewer: Viewer, version: int | None = None, trial: int | None = None) -> HttpResponse:
    """A version of the rules: the one asked for, else the one in force, else the newest; with a trial of it, the last if none is named."""
    city = city_of(request, viewer, "routing")
    return _page(request, viewer, city, version, trial=trial)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def rule(request: HttpRequest, viewer: Viewer, version: int, number: int) -> HttpResponse:
    """The form of one rule of a draft, and keeping it; number 0 makes a new one."""
    city = city_of(request, viewer, "routing")
    row = version_row(city.city.code, version)
    held = next((one for one in rules_of(row) if one.n == number), None)
    if held is None and number:
        raise NotFound(_("There is no rule %(n)d in this draft.") % {"n": number})
    if request.method != "POST":
        shown = held or Rule(0, "", classes=tuple(request.GET.getlist("class")))
        return _rule_form(request, viewer, city, row, Typed(shown, texts_of(shown), {}))
    typed = rule_of(request.POST, number)
    if typed.wrong:
        return _rule_form(request, viewer, city, row, typed, status=422)
    try:
        kept = acts.write_rule(
            city.city.code,
            version,
            typed.rule,
            actor_id=viewer.user_id,
            edited=whole_number(request.POST.get("edited")),
        )
    except CityError as exc:
        again = Typed(typed.rule, typed.texts, wrong_of(exc))
        return _rule_form(request, viewer, city, row, again, status=exc.http_status)
    return _back(city, version, rule=kept)


@require_POST
@at_desk
def act(request: HttpRequest, viewer: Viewer, version: int, what: str) -> HttpResponse:
    """Do something with a version: make a draft of what holds, try it, put it in force, withdraw it, throw it away."""
    deciding = what in {"put", "withdraw"}
    city = city_of(request, viewer, "put_routing" if deciding else "routing")
    code, me, now = city.city.code, viewer.user_id, machine_now()
    try:
        match what:
            case "draft":
                version = acts.new_draft(code, actor_id=me, now=now, note=request.POST.get("note", "").strip())
            case "try":
                trial = ask_for_routing_trial(code, version, actor_id=me, now=now)
                return _to(reverse("desk-routing-trial", args=[version, trial]), city, "#trial")
            case "put":
                begins = _begins(request, city)
                acts.put_routing_in_force(code, version, actor_id=me, now=now, effective_from=begins)
            case "withdraw":
                acts.withdraw_routing(code, version, actor_id=me, now=now)
            case "drop":
                acts.drop_draft(code, version, actor_id=me)
                return _back(city, None)
            case "drop-rule":
                number = whole_number(request.POST.get("rule")) or 0
                acts.drop_rule(code, version, number, actor_id=me, edited=whole_number(request.POST.get("edited")))
            case _:
                raise NotFound(_("There is nothing of this name to do."))
    except CityError as exc:
        if isinstance(exc, NotFound):
            raise
        return _page(request, viewer, city, version or None, refused=exc, status=exc.http_status)
    return _back(city, version)


@sends_files
@require_POST
@at_desk
def take_file(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a draft of the rules in a file: all of them or, where that was chosen, those that can be read."""
    city = city_of(request, viewer, "routing")
    sent = request.FILES.get("file")
    faults: list[RowFault] = []
    try:
        if sent is None:
            raise InvalidInput(_("Choose a file first: an Excel workbook, or CSV."))
        if sent.size is None or sent.size > MOST_BYTES:
            raise TooLarge(_("The file is larger than %(most)d MB.") % {"most": MOST_BYTES // 1_000_000})
        data = sent.read()
        rows = read_csv(data) if str(sent.name).lower().endswith(".csv") else next(iter(_sheets(data)), [])
        found, faults = read_rules(rows, city.names)
        if (faults and not request.POST.get("skip")) or not found:
            raise InvalidInput(
                _("Nothing was taken: %(count)d cells cannot be read.") % {"count": len(faults)}
                if faults
                else _("There is no rule in this file.")
            )
        note = _("from the file %(name)s") % {"name": str(sent.name)[:80]}
        version = acts.new_draft(city.city.code, actor_id=viewer.user_id, now=machine_now(), note=note, rules=found)
    except CityError as exc:
        return _page(request, viewer, city, None, refused=exc, faults=faults, status=exc.http_status)
    if faults:
        return _page(request, viewer, city, version, faults=faults)
    return _back(city, version)


def _sheets(data: bytes) -> list[Any]:
    found = read_sheets(data)
    return [found[SHEET]] if SHEET in found else list(found.values())


@require_safe
@at_desk
def give_file(request: HttpRequest, viewer: Viewer, version: int, kind: str) -> HttpResponse:
    """A version as an Excel workbook or as CSV."""
    city = city_of(request, viewer, "routing")
    sheet = sheet_of(rules_of(version_row(city.city.code, version)), city.names)
    data = write_csv(sheet) if kind == "csv" else write_sheets([sheet])
    response = HttpResponse(data, content_type="text/csv; charset=utf-8" if kind == "csv" else XLSX)
    response["Content-Disposition"] = f'attachment; filename="routing-{city.city.code}-{version}.{kind}"'
    return response


# --- what the pages show


def _page(
    request: HttpRequest,
    viewer: Viewer,
    city: RoutingCity,
    version: int | None,
    *,
    trial: int | None = None,
    refused: CityError | None = None,
    faults: list[RowFault] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = version_rows(city.city)
    shown = version or routing_in_force(city.city.city) or (rows[0].version if rows else 0)
    context: dict[str, Any] = _around(viewer, city) | {
        "versions": history(city.city, rows),
        "refused": refused,
        "faults": (faults or [])[:FAULTS_SHOWN],
        "more_faults": max(0, len(faults or ()) - FAULTS_SHOWN),
    }
    if shown:
        context |= _version(request, city, shown, trial)
    template = "cases/routing/version.html" if is_part(request) and shown else "cases/routing/page.html"
    return render(request, template, context, status=status)


def _around(viewer: Viewer, city: RoutingCity) -> dict[str, Any]:
    code = city.city.code
    return {
        "city": city.city.city,
        "time_zone": city.city.city.time_zone,
        "may_put": any(held.jurisdiction == code for held in held_with(viewer, "put_routing")),
        "order": order_words(),
    }


def _version(request: HttpRequest, city: RoutingCity, version: int, asked: int | None) -> dict[str, Any]:
    [row, *held] = with_base(city.city, version)
    all_rules, wanted, found = rules_of(row), _wanted(request), findings(city, row)
    trials, loop = trials_of(row), city.city.city
    trial = trial_of(row, trials, asked)
    now_is = standing(row.version, row.effective_from, routing_in_force(loop), loop.now())
    shown = rule_page(all_rules, wanted, city.say)
    return {
        "row": row,
        "standing": now_is,
        "is_draft": row.effective_from is None,
        "is_planned": now_is is Standing.PLANNED,
        "count": len(all_rules),
        "wanted": wanted,
        "shown": shown,
        "chosen": urlencode({"city": loop.code, **wanted.chosen}),
        "lines": rule_lines(city, shown.rules, found, trial),
        "grave": [one for one in found if one.is_grave],
        "light": [one for one in found if not one.is_grave],
        "changes": changes(city, row, held[0] if held else None),
        "trial": trial_told(city, row, trial),
        "trials": trials,
        "ended": held_until(loop, row.version) if now_is is Standing.PAST else None,
        "departments": city.departments.items(),
        "areas": city.areas,
        "classes": city.classes,
    }


def _wanted(request: HttpRequest) -> Wanted:
    given = {name: request.GET.get(name, "").strip()[:64] for name in ("text", "department", "category", "area")}
    page, rule = (whole_number(request.GET.get(name)) or 0 for name in ("page", "rule"))
    return Wanted(**given, page=page, rule=rule)


def _rule_form(
    request: HttpRequest, viewer: Viewer, city: RoutingCity, row: RoutingVersion, typed: Typed, *, status: int = 200
) -> HttpResponse:
    names = city.names
    context = _around(viewer, city) | {
        "row": row,
        "is_draft": row.effective_from is None,
        "rule": typed.rule,
        "texts": typed.texts,
        "wrong": typed.wrong,
        "in_words": city.say.rule(typed.rule) if typed.rule.n else "",
        "departments": names.departments.items(),
        "classes": city.classes,
        "streets": names.areas["street"].items(),
        "communities": names.areas["community"].items(),
        "grids": names.areas["grid"].items(),
        "sources": names.sources.items(),
        "days": list(enumerate(DAYS, start=1)),
        "bounds": bounds_of({city.city.code}),
    }
    return render(request, "cases/routing/rule.html", context, status=status)


def _begins(request: HttpRequest, city: RoutingCity) -> datetime | None:
    text = request.POST.get("effective_from", "").strip()
    if not text:
        return None
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=city.city.city.time_zone)
    raise InvalidInput(_("This is no date with a time of day."))


def _back(city: RoutingCity, version: int | None, *, rule: int | None = None) -> HttpResponse:
    address = reverse("desk-routing-version", args=[version]) if version else reverse("desk-routing")
    return _to(address, city, f"#rule-{rule}" if rule else "", rule=rule)


def _to(address: str, city: RoutingCity, place: str, *, rule: int | None = None) -> HttpResponse:
    asked = {"city": city.city.code} | ({"rule": rule} if rule else {})
    return HttpResponseRedirect(f"{address}?{urlencode(asked)}{place}")
