"""Cases as a table shows them: light and time, who holds it, how often it was urged, what was said last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import JSONObject

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.models import CaseQuerySet
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.lights import case_light, due_of
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Coded, StateName, names_of, words_of
from cityloop.geography.queries import region_names
from cityloop.kernel.translation import listed
from cityloop.organisation.rules.staffing import Viewer

OPINION = "opinion"


@dataclass(frozen=True, slots=True)
class LastSaid:
    """What one of the staff wrote last: the words, with which act, who, when as people say it."""

    text: str
    action: str
    who: str
    near: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a table.

    Args:
        place: Street and community.
        holders: Who has to act now: posts with departments and people.
        urged: How often.
        supervised: The level; 0 where nobody supervises it.
    """

    number: str
    jurisdiction: str
    light: Light
    due_at: datetime | None
    state: StateName
    category: Coded
    place: str
    source: Coded
    is_public: bool
    department: Coded | None
    holders: str
    urged: int
    supervised: int
    reply_due: bool
    said: LastSaid | None
    is_followed: bool
    reported: str
    seq: int


def for_table(rows: CaseQuerySet, viewer: Viewer) -> Any:
    """Return cases with what ``case_rows`` shows of them, in the same statement."""
    event = models.CaseEvent.objects.filter(case_id=OuterRef("case_id"), seq=OuterRef("seq"))
    act = JSONObject(action="action", at="at", person="person", post="post")
    said = models.CaseText.objects.filter(
        case_id=OuterRef("pk"), field=OPINION, personal=False, text__isnull=False
    ).order_by("-seq")
    tasks = models.Task.objects.open().filter(case_id=OuterRef("pk")).order_by("n")
    columns = JSONObject(kind="kind", post="post", department_id="department_id", person="person")
    return rows.defer("snapshot", "location").annotate(
        flags=KeyTransform("flags", "snapshot"),
        holding=ArraySubquery(tasks.values(json=columns)),
        last_said=ArraySubquery(
            said.values(json=JSONObject(text="text", act=Subquery(event.values(json=act)[:1])))[:1]
        ),
        is_followed=Exists(models.Following.objects.filter(case_id=OuterRef("pk"), person=viewer.user_id or 0)),
    )


def case_rows(rows: Sequence[Any], viewer: Viewer) -> list[CaseRow]:
    """Return rows of ``for_table`` in words: one query for the names of people, one for those of places not yet known."""
    people = {task["person"] for row in rows for task in row.holding}
    people |= {said["act"]["person"] for row in rows for said in row.last_said if said["act"]}
    names, places = names_of(people), places_of(rows)
    words = cache(words_of)
    return [_row(row, Wording(words(row.jurisdiction, row.table_version), names), places, viewer) for row in rows]


def places_of(rows: Iterable[Any]) -> Mapping[str, str]:
    """Return the names of streets and communities of cases by code: one query for those that nobody has asked for."""
    codes = {code for row in rows for code in (row.street, row.community) if code}
    if not codes:
        return {}
    cities = [loop_city(code) for code in {row.jurisdiction for row in rows}]
    return region_names(codes, max(home.day for home in cities), version=cities[0].city.versions[0])


def _row(row: Any, wording: Wording, places: Mapping[str, str], viewer: Viewer) -> CaseRow:
    words, flags = wording.words, row.flags or {}
    hidden = reads_as_public(words.loop, row.jurisdiction, viewer)
    source = words.loop.sources.get(row.source)
    return CaseRow(
        number=row.number,
        jurisdiction=row.jurisdiction,
        light=Light.NONE if hidden else case_light(row.kind, due_of(row), words.now),
        due_at=None if hidden else row.due_at,
        state=words.state(row.state),
        category=words.category(row.category),
        place=" ".join(name for code in (row.street, row.community) if (name := places.get(code))),
        source=words.source(row.source),
        is_public=bool(source and source.public),
        department=None if hidden else words.department(row.department),
        holders="" if hidden else listed(dict.fromkeys(_holder(task, wording) for task in row.holding)),
        urged=0 if hidden else int(flags.get(words.loop.flag("urged")) or 0),
        supervised=0 if hidden else int(flags.get(words.loop.flag("supervised")) or 0),
        reply_due=not hidden and bool(flags.get(words.loop.flag("reply_due"))),
        said=None if hidden else _said(row.last_said, wording),
        is_followed=row.is_followed,
        reported=near(row.reported_at, wording, words.now),
        seq=row.seq,
    )


def _holder(task: Mapping[str, Any], wording: Wording) -> str:
    """Return who a task is given to: the person where one is named, else the department, else the post."""
    words = wording.words
    department = words.department_of(task["department_id"])
    place = department.name if department else words.post(task["post"]).name
    person = wording.names.get(task["person"], "")
    return f"{place} {person}" if person else place


def _said(held: Sequence[Mapping[str, Any]], wording: Wording) -> LastSaid | None:
    if not held or not held[0]["act"]:
        return None
    [said], words = held, wording.words
    act = said["act"]
    who = wording.names.get(act["person"], "") or words.post(act["post"]).name
    at = near(datetime.fromisoformat(act["at"]), wording, words.now)
    return LastSaid(said["text"], words.action(act["action"]).name, who, at)
