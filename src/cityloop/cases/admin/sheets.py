"""The page of a case, ready to be written: its facts, its clocks with their reasons, its tasks, what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cityloop.cases import models
from cityloop.cases.queries.case_detail import CaseDetail, case_detail
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.clock_lines import clock_reasons
from cityloop.cases.queries.files import Reuse
from cityloop.cases.queries.found import Found, named_by
from cityloop.cases.queries.loop_page import calendar_words
from cityloop.cases.queries.said import in_words, needs_of
from cityloop.cases.queries.tables import table
from cityloop.cases.queries.timeline import EventLine, timeline
from cityloop.cases.queries.told import (
    ClockSheet,
    actor_words,
    clock_sheet,
    coded_words,
    flag_line,
    known_of,
    light_words,
    person_words,
    said_words,
    standing_words,
)
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Words, names_of
from cityloop.cases.rules.files import kind_of_shot
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.kernel.translation import _, listed
from cityloop.media.choices import Kind as Media
from cityloop.organisation.rules.staffing import Viewer

READER = Viewer(None, "console")
"""Whom the console shows a case to: nobody in particular, who may not know who reported it."""


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
        clocks=[clock_sheet(reason, wording, calendars) for reason in clock_reasons(found, wording.words)],
        tasks=_tasks(tasks, wording),
        applications=_applications(detail),
        events=_events(lines, wording),
    )


def _facts(detail: CaseDetail, wording: Wording) -> Iterator[tuple[str, str]]:
    place = detail.place
    yield _("State"), f"{detail.state.name} · {detail.state.kind.label}"
    yield _("Traffic light"), light_words(detail.light)
    yield _("Due"), wording.when(detail.due_at)
    yield _("Class"), coded_words(detail.category)
    yield _("Filing condition"), coded_words(detail.condition)
    yield _("Closing condition"), detail.closing
    yield _("Description"), detail.description or ""
    yield _("Address"), place.address or ""
    yield _("Position"), "" if place.position is None else "{:.7f}, {:.7f}".format(*place.position)
    yield _("Grids"), " · ".join(code for code in (place.unit_grid, place.duty_grid) if code)
    yield _("Area"), " · ".join(one.name for one in (place.district, place.street, place.community) if one)
    yield _("Part"), detail.part_code
    yield _("Source"), detail.source.name
    yield _("Reported"), wording.when(detail.reported_at)
    yield _("Reported by"), person_words(detail.reported_by)
    yield _("Reporter (masked)"), " ".join(
        part for part in (detail.reporter.name, detail.reporter.phone) if part
    ) if detail.reporter else ""  # fmt: skip
    yield _("Department"), coded_words(detail.department)
    yield _("Co-handlers"), listed(coded_words(one) for one in detail.co_departments)
    yield _("Handler"), person_words(detail.handler)
    yield _("Collector"), person_words(detail.collector)
    yield _("External number"), detail.external_number
    yield _("Merged into"), detail.master or ""
    yield _("Split from"), detail.split_from or ""
    yield _("Split into"), listed(detail.split_into)
    yield _("Closed"), wording.when(detail.closed_at)
    yield _("Flags"), listed(flag_line(line.flag, line.value, wording) for line in detail.flags)
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
            says=standing_words(one),
            facts=[fact for fact in known_of(one) if fact],
            notes=[_reused(one.alike)] if one.alike else [],
            file=reverse("admin:media_file_change", args=[one.id]) if one.id else "",
        )


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
            [one.application.name, person_words(one.by) or one.post.name, listed(post.name for post in one.waits_for)]
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
                actor_words(line),
                line.from_state.name if line.from_state else "",
                line.to_state.name,
                said_words(line, wording),
            ]
            for line in lines
        ],
    }
