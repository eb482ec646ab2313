"""What is supervised: who asked for an answer by when, and what was answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.case_rows import OPINION, CaseRow, case_rows, for_table
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.lights import due_of, task_light
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wall import watched
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import names_of, words_of
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 100
LOOKED_BACK = timedelta(days=7)
"""How far back answers are looked for."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wrote with an act: who, when as people say it, the words."""

    who: str
    near: str
    text: str


@dataclass(frozen=True, slots=True)
class Supervised:
    """A case that somebody supervises. ``answer`` is None while it is waited for; ``light`` and ``due_at`` are the answer's."""

    row: CaseRow
    light: Light
    due_at: datetime | None
    due: str
    asked: Act | None
    answer: Act | None


def waiting(viewer: Viewer, codes: Collection[str]) -> list[Supervised]:
    """Return the supervisions that wait for an answer, the first due on top: four queries."""
    kinds = {kind for code in codes for kind in table_in_force(code).ordered_kinds}
    tasks = list(
        models.Task.objects.open()
        .filter(models.seen_by(viewer, "case__"), jurisdiction__in=codes, kind__in=sorted(kinds))
        .order_by("due_at", "id")[:SHOWN]
    )
    return _told(viewer, codes, [(task.case_id, task, task.opened_seq, None) for task in tasks])


def answered(viewer: Viewer, codes: Collection[str]) -> list[Supervised]:
    """Return what was answered in the last days, the newest first: as many queries."""
    finishing = {one.code for code in codes for one in table_in_force(code).actions.values() if one.finishes}
    since = min(loop_city(code).city.now() for code in codes) - LOOKED_BACK
    events = models.CaseEvent.objects.filter(
        models.seen_by(viewer, "case__"), jurisdiction__in=codes, at__gte=since, action__in=sorted(finishing)
    )
    found = list(events.order_by("-at", "-id").values_list("case_id", "seq")[:SHOWN])
    done = models.Task.objects.filter(_pairs(found, "case_id", "done_seq")) if found else models.Task.objects.none()
    tasks = {(task.case_id, task.done_seq): task for task in done.order_by("id") if task.due_at is not None}
    return _told(
        viewer,
        codes,
        [(case, tasks[case, seq], tasks[case, seq].opened_seq, seq) for case, seq in found if (case, seq) in tasks],
    )


Found = tuple[UUID, models.Task, int, int | None]


def _told(viewer: Viewer, codes: Collection[str], found: list[Found]) -> list[Supervised]:
    if not found:
        return []
    rows = list(for_table(watched(viewer, codes).filter(pk__in=[one[0] for one in found]), viewer).order_by("id"))
    shown = dict(zip([row.id for row in rows], case_rows(rows, viewer), strict=True))
    wanted = [(case, seq) for case, _task, *seqs in found for seq in seqs if seq is not None]
    events = models.CaseEvent.objects.filter(_pairs(wanted, "case_id", "seq")).order_by("id")
    texts = models.CaseText.objects.filter(_pairs(wanted, "case_id", "seq"), field=OPINION, personal=False)
    said = {(one.case_id, one.seq): one.text or "" for one in texts.order_by("case_id", "seq")}
    known = {(one.case_id, one.seq): one for one in events}
    names = names_of({one.person for one in known.values()})
    by_id = {row.id: row for row in rows}
    told = []
    for case, task, opened, answer in found:
        if case not in shown:
            continue
        row = by_id[case]
        wording = Wording(words_of(row.jurisdiction, row.table_version), names)
        now = wording.words.now
        told.append(
            Supervised(
                shown[case],
                task_light(due_of(task), task.done_at or now),
                task.due_at,
                near(task.due_at, wording, now) if task.due_at else "",
                _act(known.get((case, opened)), said, wording),
                _act(known.get((case, answer)), said, wording) if answer is not None else None,
            )
        )
    return told


def _act(event: models.CaseEvent | None, said: Mapping[Any, str], wording: Wording) -> Act | None:
    if event is None:
        return None
    return Act(
        wording.by(event.post, event.person),
        near(event.at, wording, wording.words.now),
        said.get((event.case_id, event.seq), ""),
    )


def _pairs(wanted: Collection[tuple[UUID, int]], case: str, seq: str) -> Q:
    found = Q(pk__in=())
    for one, number in wanted:
        found |= Q(**{case: one, seq: number})
    return found
