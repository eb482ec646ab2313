"""All about one case, as its reader may know it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s
from typing import Any

from django.db.models import Q, QuerySet

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.clock_lines import ClockLine, clock_lines
from cityloop.cases.queries.files import CaseFile, case_files, files_stand
from cityloop.cases.queries.found import Found, linked
from cityloop.cases.queries.held import names_in, texts_of
from cityloop.cases.queries.lights import case_light, due_of, task_light
from cityloop.cases.queries.privacy import (
    Reporter,
    is_of_the_public,
    masked_name,
    masked_text,
    may_know_reporter,
    own_events,
    was_reported_by_public,
)
from cityloop.cases.queries.words import Coded, PersonName, StateName, Words, names_of, person_name
from cityloop.cases.rules.dues import NEVER, Due, dues, light
from cityloop.cases.rules.permission import levels_of
from cityloop.geography.queries import region_names
from cityloop.kernel.hashing import canonical
from cityloop.kernel.translation import language
from cityloop.media.queries import links_step
from cityloop.organisation.rules.staffing import Viewer

LATEST = ("address", "description", "reporter_name", "reporter_phone")
"""Texts of which the last one said is shown."""

SHOWN_APART = frozenset({
    "source", "category", "condition", "department", "co_departments", "handler", "collector", "part_code", "lon",
    "lat", "unit_grid", "duty_grid", "community", "street", "district", "timing_zone", "external_number", "external_due",
    "master", "reported_at", "closed_at", "reporter_user", "granted", "handler_at_work", "number", "history",
    "split_from", "split_into",
})  # fmt: skip
"""Values that have a place of their own in ``CaseDetail``, or that only the engine needs."""


@dataclass(frozen=True, slots=True)
class FlagLine:
    flag: Coded
    value: bool | int | str


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Somebody must act: a post, perhaps of a department, perhaps one person."""

    n: int
    task: Coded
    post: Coded
    department: Coded | None
    person: PersonName | None
    due_at: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody asks for, and the posts that it waits for."""

    application: Coded
    by: PersonName | None
    post: Coded
    waits_for: list[Coded]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case lies. ``position`` is lon, lat in degrees, WGS 84; each code has its name where one is known."""

    position: tuple[float, float] | None
    address: str | None
    unit_grid: str
    duty_grid: str
    community: Coded | None
    street: Coded | None
    district: Coded | None
    timing_zone: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """All about a case. ``head`` is the hash of its last event; ``values`` what the table keeps besides.

    ``master``, ``split_from`` and ``split_into`` are numbers of cases that the reader may see: the one that it was merged
    into, the one that it was split from, those that were split from it.
    """

    number: str
    jurisdiction: str
    seq: int
    head: str
    table_version: int
    via: str
    state: StateName
    light: Light
    due_at: datetime | None
    reported_at: datetime
    closed_at: datetime | None
    source: Coded
    category: Coded
    condition: Coded | None
    closing: str
    description: str | None
    place: Place
    part_code: str
    department: Coded | None
    co_departments: list[Coded]
    handler: PersonName | None
    collector: PersonName | None
    reported_by: PersonName | None
    reporter: Reporter | None
    external_number: str
    external_due_at: datetime | None
    master: str | None
    split_from: str | None
    split_into: list[str]
    flags: list[FlagLine]
    clocks: list[ClockLine]
    tasks: list[OpenTask]
    applications: list[Application]
    files: list[CaseFile]
    values: dict[str, Any]


def fingerprint(found: Found) -> str:
    """Return what changes whenever the case would read differently to this reader, the seconds left apart.

    The number of the last event, then a digest of the rest: the chain's head, what is configured, the language, what the
    reader may know, the lights, how far its files are and when their links change. It costs no query, one for a case with files.
    """
    running = dues(found.loop, found.snapshot, found.city)
    lights = [case_light(found.row.kind, due_of(found.row), found.now)]  # its deadline may be the outside system's
    lights += [light(due, found.now) for due in running.values()]
    lights += [task_light(Due(task.due), found.now) for task in found.snapshot.tasks.values()]
    parts = (
        bytes(found.row.head).hex(),
        found.city.city.versions,
        found.city.day,
        language(),
        may_know_reporter(found),
        [shines.value for shines in lights],
        [*files_stand(found), links_step()] if found.files else (),
    )
    return f"{found.row.seq}-{blake2s(canonical(parts), digest_size=8).hexdigest()}"


def case_detail(found: Found, viewer: Viewer | None = None) -> CaseDetail:
    """Return all about a case: one query each for its texts, the names of people and those of regions, and those for files.

    One of the public gets where it stands, what they said themselves, and what the table shows them.

    Args:
        viewer: See ``case_files``.
    """
    if is_of_the_public(found):
        return _for_the_public(found, viewer)
    row, snapshot, values = found.row, found.snapshot, found.snapshot.values
    words = Words(found.loop, found.city)
    running = dues(found.loop, snapshot, found.city)
    names = names_in(found, _people_in(found))
    texts = {text.field: text.text for text in texts_of(found) if text.field in LATEST}
    master, parent, children = _linked(found, viewer)
    return CaseDetail(
        number=row.number,
        jurisdiction=row.jurisdiction,
        seq=row.seq,
        head=bytes(row.head).hex(),
        table_version=row.table_version,
        via=row.via,
        state=words.state(row.state),
        light=case_light(row.kind, due_of(row), found.now),
        due_at=row.due_at,
        reported_at=row.reported_at,
        closed_at=row.closed_at,
        source=words.source(row.source),
        category=words.category(row.category),
        condition=words.condition(row.condition),
        closing=words.closing(row.condition),
        description=texts.get("description"),
        place=_place(found, texts.get("address")),
        part_code=row.part_code,
        department=words.department(row.department),
        co_departments=[coded for code in values.get("co_departments", ()) if (coded := words.department(code))],
        handler=person_name(values.get("handler"), names),
        collector=person_name(values.get("collector"), names),
        reported_by=_reported_by(found, names),
        reporter=_reporter(found, texts),
        external_number=row.external_number,
        external_due_at=values.get("external_due"),
        master=master,
        split_from=parent,
        split_into=children,
        flags=[FlagLine(words.flag(code), value) for code, value in snapshot.flags.items()],
        clocks=clock_lines(found, words),
        tasks=_tasks(found, words, running, names),
        applications=_applications(found, words, names),
        files=case_files(found, viewer),
        values={name: value for name, value in values.items() if name not in SHOWN_APART},
    )


def _for_the_public(found: Found, viewer: Viewer | None) -> CaseDetail:
    """Return what one of the public sees of a case: nothing of the staff's work on it but its state."""
    row, words, shown = found.row, Words(found.loop, found.city), found.loop.public_sees
    said = models.CaseText.objects.filter(case_id=row.id)
    texts = latest_texts(said.filter(Q(seq__in=own_events(found)) | Q(field__in=shown.inputs, personal=False)))
    place = _place(found, texts.get("address"))
    _master, parent, children = _linked(found, viewer)
    return CaseDetail(
        number=row.number,
        jurisdiction=row.jurisdiction,
        seq=row.seq,
        head="",
        table_version=row.table_version,
        via=row.via,
        state=words.state(row.state),
        light=Light.NONE,
        due_at=None,
        reported_at=row.reported_at,
        closed_at=row.closed_at,
        source=words.source(row.source),
        category=words.category(row.category),
        condition=None,
        closing="",
        description=texts.get("description"),
        place=replace(place, duty_grid="", timing_zone=""),
        part_code="",
        department=None,
        co_departments=[],
        handler=None,
        collector=None,
        reported_by=person_name(row.reporter_user, names_of({row.reporter_user})),
        reporter=_reporter(found, texts),
        external_number="",
        external_due_at=None,
        master=None,
        split_from=parent,
        split_into=children,
        flags=[
            FlagLine(words.flag(code), value) for code, value in found.snapshot.flags.items() if code in shown.flags
        ],
        clocks=[],
        tasks=[],
        applications=[],
        files=case_files(found, viewer),
        values={},
    )


def _linked(found: Found, viewer: Viewer | None) -> tuple[str | None, str | None, list[str]]:
    """Return the numbers of the master, the parent and the children, as far as they may be named: one query or none."""
    master, values = found.row.master, found.snapshot.values
    parent, children = values.get("split_from"), values.get("split_into", [])
    if master is None and parent is None and not children:
        return None, None, []
    seen = linked(found, viewer, Q(id=master) | Q(number__in=[parent, *children] if parent else children))
    numbers = {one.number for one in seen}
    return (
        next((one.number for one in seen if one.id == master), None),
        parent if parent in numbers else None,
        [number for number in children if number in numbers],
    )


def _people_in(found: Found) -> set[int | None]:
    values = found.snapshot.values
    return {
        values.get("handler"),
        values.get("collector"),
        found.row.reporter_user,
        *(task.person for task in found.snapshot.tasks.values()),
        *(row["by"] for row in found.snapshot.applications.values()),
    }


def latest_texts(texts: QuerySet[models.CaseText]) -> dict[str, str | None]:
    """Return the last text of each kind by field; None where it has been erased."""
    rows = texts.filter(field__in=LATEST).order_by("field", "-seq").distinct("field")
    return dict(rows.values_list("field", "text"))


def _place(found: Found, address: str | None) -> Place:
    row, values = found.row, found.snapshot.values
    codes, city = [code for code in (row.community, row.street, row.district) if code], found.city
    names = region_names(codes, city.day, version=city.city.versions[0])

    def region(code: str) -> Coded | None:
        return Coded(code, names.get(code, code)) if code else None

    return Place(
        position=(values["lon"], values["lat"]) if "lon" in values else None,
        address=address,
        unit_grid=row.unit_grid,
        duty_grid=row.duty_grid,
        community=region(row.community),
        street=region(row.street),
        district=region(row.district),
        timing_zone=values.get("timing_zone", ""),
    )


def _reported_by(found: Found, names: Mapping[int, str]) -> PersonName | None:
    """Return the account that reported; one more query where the reader may not know it if it is one of the public."""
    person, knows = found.row.reporter_user, may_know_reporter(found)
    if person is None or knows:
        return person_name(person, names)
    if was_reported_by_public(found):
        return PersonName(None, masked_name(names.get(person, "")))
    return person_name(person, names)


def _reporter(found: Found, texts: Mapping[str, str | None]) -> Reporter | None:
    if not {"reporter_name", "reporter_phone"} & set(texts):
        return None
    name, phone = texts.get("reporter_name"), texts.get("reporter_phone")
    if may_know_reporter(found):
        return Reporter(name, phone, masked=False)
    return Reporter(
        None if name is None else masked_text("reporter_name", name),
        None if phone is None else masked_text("reporter_phone", phone),
        masked=True,
    )


def _tasks(found: Found, words: Words, running: Mapping[str, Due], names: Mapping[int, str]) -> list[OpenTask]:
    tasks = []
    for number, task in sorted(found.snapshot.tasks.items()):
        due = running.get(task.clock, NEVER) if task.due is None else Due(task.due)
        tasks.append(
            OpenTask(
                number,
                words.task(task.kind),
                words.post(task.post),
                words.department(task.department),
                person_name(task.person, names),
                due.due,
                task_light(due, found.now),
            )
        )
    return tasks


def _applications(found: Found, words: Words, names: Mapping[int, str]) -> list[Application]:
    return [
        Application(
            words.application(code),
            person_name(row["by"], names),
            words.post(row["post"]),
            [words.post(post) for post in levels_of(found.loop, code, row)[row["level"]].by],
        )
        for code, row in found.snapshot.applications.items()
    ]
