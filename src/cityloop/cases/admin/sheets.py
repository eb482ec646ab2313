"""The page of a case, ready to be written: its facts, its clocks with their reasons, its tasks, what happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from cityloop.cases import models
from cityloop.cases.admin.said import flag_words, in_words, kind_of_shot, label_of, labelled, needs_of
from cityloop.cases.admin.wording import Wording, duration
from cityloop.cases.choices import Light, Via
from cityloop.cases.queries.case_detail import CaseDetail, case_detail
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.clock_lines import ClockReason, Extension, clock_reasons
from cityloop.cases.queries.files import ABSENT, CaseFile, Reuse
from cityloop.cases.queries.found import Found, named_by
from cityloop.cases.queries.loop_page import calendar_words
from cityloop.cases.queries.tables import table
from cityloop.cases.queries.timeline import EventLine, timeline
from cityloop.cases.queries.words import Coded, PersonName, Words, names_of
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.kernel.translation import _, listed
from cityloop.media.choices import Kind as Media
from cityloop.media.choices import State as FileState
from cityloop.organisation.rules.staffing import Viewer

READER = Viewer(None, "console")
"""Whom the console shows a case to: nobody in particular, who may not know who reported it."""

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class ClockSheet:
    """A clock and why it is due when it is. ``facts`` are pairs of words; ``spans`` and ``pauses`` rows of words."""

    name: str
    light: str
    facts: list[tuple[str, str]]
    spans: Rows
    pauses: Rows


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be noticed; ``number`` is of the case that it leads to, ``case`` that case's page."""

    words: str
    number: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """A file of a case: ``small`` shows it and ``large`` opens it, ``""`` where there is nothing to show.

    ``title`` says what it is of and which act brought it, ``facts`` what is known of it, ``notes`` what should be noticed.
    """

    small: str
    large: str
    title: str
    act: str
    says: str
    facts: list[str]
    notes: list[Note]
    file: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All about a case in words; ``tasks`` and ``events`` as unfold's tables want them."""

    zone: str
    facts: list[tuple[str, str]]
    shots: list[Shot]
    clocks: list[ClockSheet]
    tasks: dict[str, Any]
    applications: dict[str, Any]
    events: dict[str, Any]


def sheet_of(row: models.Case, viewer: Viewer) -> Sheet:
    """Return the page of a case: personal texts masked, times in the city's zone.

    Args:
        viewer: Who reads: whose cases are named where a photo was used before.
    Raises:
        NotFound: The table or the city that the case belongs to is gone.
    """
    city = loop_city(row.jurisdiction)
    loop = table(row.jurisdiction, row.table_version)
    found = Found(row, loop, city, snapshot_from_json(row.snapshot), city.city.now(), READER, named_by(row))
    tasks = list(models.Task.objects.filter(case=row).order_by("n"))
    wording = Wording(Words(loop, city), names_of({task.person for task in tasks} | {task.done_by for task in tasks}))
    detail = case_detail(found, viewer)
    lines = timeline(found, viewer)
    calendars = calendar_words(row.jurisdiction)
    return Sheet(
        zone=str(city.city.time_zone),
        facts=[(name, words) for name, words in _facts(detail, wording) if words],
        shots=[one for line in lines for one in _shots(line, wording)],
        clocks=[_clock(reason, wording, calendars) for reason in clock_reasons(found, wording.words)],
        tasks=_tasks(tasks, wording),
        applications=_applications(detail),
        events=_events(lines, wording),
    )


def _facts(detail: CaseDetail, wording: Wording) -> Iterator[tuple[str, str]]:
    place = detail.place
    yield _("State"), f"{detail.state.name} · {detail.state.kind.label}"
    yield _("Traffic light"), _shining(detail.light)
    yield _("Due"), wording.when(detail.due_at)
    yield _("Class"), _coded(detail.category)
    yield _("Filing condition"), _coded(detail.condition)
    yield _("Closing condition"), detail.closing
    yield _("Description"), detail.description or ""
    yield _("Address"), place.address or ""
    yield _("Position"), "" if place.position is None else "{:.7f}, {:.7f}".format(*place.position)
    yield _("Grids"), " · ".join(code for code in (place.unit_grid, place.duty_grid) if code)
    yield _("Area"), " · ".join(one.name for one in (place.district, place.street, place.community) if one)
    yield _("Part"), detail.part_code
    yield _("Source"), detail.source.name
    yield _("Reported"), wording.when(detail.reported_at)
    yield _("Reported by"), _person(detail.reported_by)
    yield _("Reporter (masked)"), " ".join(
        part for part in (detail.reporter.name, detail.reporter.phone) if part
    ) if detail.reporter else ""  # fmt: skip
    yield _("Department"), _coded(detail.department)
    yield _("Co-handlers"), listed(_coded(one) for one in detail.co_departments)
    yield _("Handler"), _person(detail.handler)
    yield _("Collector"), _person(detail.collector)
    yield _("External number"), detail.external_number
    yield _("Merged into"), detail.master or ""
    yield _("Split from"), detail.split_from or ""
    yield _("Split into"), listed(detail.split_into)
    yield _("Closed"), wording.when(detail.closed_at)
    yield _("Flags"), listed(_flag(line.flag, line.value, wording) for line in detail.flags)
    yield _("Other values"), listed(_kept(detail, wording))
    yield _("Last event"), f"{detail.seq} · {detail.head}"


def _shots(line: EventLine, wording: Wording) -> Iterator[Shot]:
    act = f"{line.seq} · {line.action.name} · {wording.when(line.at)}"
    for one in line.files:
        links = one.links or {}
        yield Shot(
            small=links.get("small", ""),
            large=links.get("large" if one.media == Media.PHOTO else "public", ""),
            title=kind_of_shot(one.kind),
            act=act,
            says=_standing(one),
            facts=[fact for fact in _known_of(one) if fact],
            notes=[_reused(one.alike)] if one.alike else [],
            file=reverse("admin:media_file_change", args=[one.id]) if one.id else "",
        )


def _standing(file: CaseFile) -> str:
    """Return why there is nothing to be seen, or what there is to be heard; nothing where a picture is shown."""
    if file.state == ABSENT:
        return _("Not here")
    if file.erased_at is not None:
        return _("Erased: %(why)s") % {"why": file.why}
    if file.why:
        return _("Cannot be shown: %(why)s") % {"why": file.why}
    if file.state == FileState.WAITING:
        return str(FileState.WAITING.label)
    return str(Media.SOUND.label) if file.media == Media.SOUND else ""


def _known_of(file: CaseFile) -> Iterator[str]:
    if file.media and file.media != Media.PHOTO:
        yield str(Media(file.media).label)
    if file.width:
        yield f"{file.width} × {file.height}"
    if file.seconds:
        yield duration(file.seconds)
    if file.bytes:
        yield filesizeformat(file.bytes)
    if file.taken:
        yield _("Taken: %(time)s") % {"time": file.taken.replace("T", " ")}
    if file.position:
        yield "{:.6f}, {:.6f}".format(*file.position)


def _reused(alike: Reuse) -> Note:
    if alike.same:
        words = _("This very file was used before") if alike.number else _("This very file was used before in the city")
    else:
        words = (
            _("Looks like a photo of an earlier case") if alike.number else _("Looks like an earlier photo of the city")
        )
    link = f"{reverse('admin:cases_case_changelist')}?q={alike.number}" if alike.number else ""
    return Note(words, alike.number or "", link)


def _kept(detail: CaseDetail, wording: Wording) -> list[str]:
    needs = needs_of(wording.words.loop)
    return [in_words(name, value, needs.get(name), wording) for name, value in detail.values.items()]


def _shining(light: Light) -> str:
    """Return the light in a word; nothing where no clock runs: no light is no light of its own."""
    return "" if light is Light.NONE else str(light.label)


def _coded(coded: Coded | None) -> str:
    return f"{coded.name} ({coded.code})" if coded else ""


def _person(person: PersonName | None) -> str:
    return person.name or f"#{person.id}" if person else ""


def _flag(flag: Coded, value: Any, wording: Wording) -> str:
    return flag.name if value is True else labelled(flag.name, flag_words(flag.code, value, wording))


def _clock(reason: ClockReason, wording: Wording, calendars: Mapping[str, str]) -> ClockSheet:
    line, told = reason.line, reason.explanation
    status = {"running": _("running"), "paused": _("standing still"), "stopped": _("stopped")}[line.status]
    unknown = {"paused": _("not known while it stands still"), "stopped": _("stopped before it was due")}
    calendar = _("round the clock")
    if told["calendar"]:
        name = calendars.get(told["calendar"], told["calendar"])
        calendar = _("%(calendar)s, version %(version)d") % {"calendar": name, "version": told["calendar_version"]}
    if told["earlier_versions"]:
        before = listed(str(version) for version in told["earlier_versions"])
        calendar = _("%(calendar)s (before: %(versions)s)") % {"calendar": calendar, "versions": before}
    facts = [
        (_("Now"), status),
        (_("Rule"), _rule(line.clock.code, told, wording.words)),
        (_("Calendar"), calendar),
        (_("Limit"), duration(told["limit_s"]) if told["until"] is None else ""),
        (_("Approved on top"), duration(told["extra_s"]) if told["extra_s"] else ""),
        (_("Approved by"), "; ".join(_extension(one, wording) for one in reason.extensions)),
        (_("Used"), duration(line.used_s)),
        (_("Left"), "" if line.left_s is None else duration(line.left_s)),
        (_("Due"), wording.when(told["due"]) or unknown.get(line.status, "")),
    ]
    return ClockSheet(
        line.clock.name,
        _shining(line.light),
        [(name, words) for name, words in facts if words],
        [_interval(start, end, wording) for start, end in told["spans"]],
        [_interval(start, end, wording) for start, end in told["pauses"]],
    )


def _extension(one: Extension, wording: Wording) -> str:
    who = " · ".join(part for part in (_person(one.by), one.post.name) if part)
    return f"{duration(one.seconds)} · {who} · {wording.when(one.at)}"


def _rule(stage: str, told: Any, words: Words) -> str:
    """Return where the limit comes from: the stage's own in the table, or a filing condition's."""
    basis: str = told["basis"]
    if basis == stage:
        return _("the stage's own limit, from the table")
    condition, times, factor = basis.partition(" × ")
    named = words.condition(condition)
    parts = [f"{_coded(named)}{times}{factor}" if named and named.name != named.code else basis, told["text"]]
    return " · ".join(part for part in parts if part)


def _interval(start: Any, end: Any, wording: Wording) -> list[str]:
    length = duration((end - start).total_seconds()) if end else ""
    return [wording.when(start), wording.when(end) or "…", length]


def _tasks(tasks: list[models.Task], wording: Wording) -> dict[str, Any]:
    words = wording.words
    return {
        "headers": [_("No."), _("Task"), _("Post"), _("Department"), _("Person"), _("Opened"), _("Due"), _("Done")],
        "rows": [
            [
                str(task.n),
                words.task(task.kind).name,
                words.post(task.post).name,
                _unit(words, task.department_id),
                wording.names.get(task.person or 0, ""),
                wording.when(task.opened_at),
                wording.when(task.due_at),
                wording.when(task.done_at),
            ]
            for task in tasks
        ],
    }


def _unit(words: Words, department_id: int | None) -> str:
    unit = words.department_of(department_id)
    return unit.name if unit else ""


def _applications(detail: CaseDetail) -> dict[str, Any]:
    return {
        "headers": [_("Application"), _("By"), _("Waits for")],
        "rows": [
            [one.application.name, _person(one.by) or one.post.name, listed(post.name for post in one.waits_for)]
            for one in detail.applications
        ],
    }


def _events(lines: list[EventLine], wording: Wording) -> dict[str, Any]:
    return {
        "headers": [_("No."), _("Time"), _("Action"), _("By"), _("From"), _("To"), _("What was said")],
        "rows": [
            [
                str(line.seq),
                wording.when(line.at),
                line.action.name,
                _actor(line),
                line.from_state.name if line.from_state else "",
                line.to_state.name,
                _said(line, wording),
            ]
            for line in lines
        ],
    }


def _actor(line: EventLine) -> str:
    parts = [_person(line.by), line.post.name, str(Via(line.via).label)]
    if line.deputy_for:
        parts.insert(1, _("for %(name)s") % {"name": _person(line.deputy_for)})
    return " · ".join(part for part in parts if part)


def _said(line: EventLine, wording: Wording) -> str:
    action = wording.words.loop.actions.get(line.action.code)
    needs = action.needs if action else {}
    inputs = [in_words(name, value, needs.get(name), wording) for name, value in line.inputs.items()]
    texts = [labelled(label_of(name), _("erased") if text is None else text) for name, text in line.texts.items()]
    return "; ".join([line.why] * bool(line.why) + inputs + texts)
