"""What happened to a case: its events in order, in words."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.choices import Via
from cityloop.cases.queries.files import CaseFile, by_event, case_files
from cityloop.cases.queries.found import Found, linked
from cityloop.cases.queries.held import events_of, names_in, texts_of
from cityloop.cases.queries.privacy import actor_name, is_of_the_public, masked_text, may_know_reporter, own_events
from cityloop.cases.queries.routing_words import said_at_dispatch
from cityloop.cases.queries.words import Coded, PersonName, StateName, Words, person_name
from cityloop.cases.rules.clocks import used
from cityloop.cases.rules.history import Changes, apply, changes_from_json
from cityloop.cases.rules.routing_facts import DEPARTMENT, ROUTING
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import PublicView
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

Texts = Mapping[int, dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class Spent:
    """Open time that a clock had used when something happened, and what it may use. ``limit_s`` is null for a date."""

    clock: Coded
    used_s: int
    limit_s: int | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One act. ``stayed_s`` is how long the case had been in the state before; ``texts`` are null where erased.

    ``why`` says what made the system act by a clock: a share of its limit, a changed calendar; of a dispatch what the routing
    rules suggested. ``cases`` are the numbers of
    those that the act made, or that it made this case from.
    """

    seq: int
    action: Coded
    at: datetime
    by: PersonName | None
    post: Coded
    deputy_for: PersonName | None
    via: str
    from_state: StateName | None
    to_state: StateName
    stayed_s: int | None
    spent: list[Spent]
    why: str
    inputs: dict[str, Any]
    texts: dict[str, str | None]
    files: list[CaseFile]
    cases: list[str]


def timeline(found: Found, viewer: Viewer | None = None) -> list[EventLine]:
    """Return the case's events in order: one query each for the events, their texts and the names of people, and those for files.

    One of the public gets those that they did themselves, that brought the case into another state, or by which somebody
    answered them; of the staff no more than the post, and of what was given what the table shows them.

    Args:
        viewer: See ``case_files``.
    """
    rows = events_of(found)
    bodies = [orjson.loads(row.body) for row in rows]
    names = names_in(found, {row.person for row in rows} | {body.get("for") for body in bodies})
    texts = _texts(found)
    made = {number for body in bodies for number in _cases_of(body)}
    seen = {one.number for one in linked(found, viewer, Q(number__in=made))} if made else set()
    lines = _lines(found, rows, bodies, names, texts, by_event(case_files(found, viewer)), seen)
    if not is_of_the_public(found):
        return list(lines)
    own = own_events(found)
    shown = [line if line.seq in own else _for_the_public(line, found.loop.public_sees) for line in lines]
    return [line for line in shown if line.seq in own or _tells_the_public(line)]


def _for_the_public(line: EventLine, shown: PublicView) -> EventLine:
    """Return what one of the public sees of what somebody else did."""
    return replace(
        line,
        by=None,
        deputy_for=None,
        spent=[],
        why="",
        inputs={name: value for name, value in line.inputs.items() if name in shown.inputs},
        texts={name: text for name, text in line.texts.items() if name in shown.inputs},
        files=[file for file in line.files if file.kind in shown.photos],
    )


def _tells_the_public(line: EventLine) -> bool:
    moved = line.from_state is None or line.from_state.code != line.to_state.code
    return bool(moved or line.inputs or line.texts or line.files)


def _lines(
    found: Found,
    rows: list[models.CaseEvent],
    bodies: list[dict[str, Any]],
    names: Mapping[int, str],
    texts: Texts,
    files: Mapping[int, list[CaseFile]],
    seen: AbstractSet[str],
) -> Iterator[EventLine]:
    words, knows = Words(found.loop, found.city), may_know_reporter(found)
    snapshot, entered = EMPTY, rows[0].at
    for row, body in zip(rows, bodies, strict=True):
        changes = changes_from_json(row.to_state, body)
        yield EventLine(
            seq=row.seq,
            action=words.action(row.action),
            at=row.at,
            by=actor_name(found.loop, row.post, row.person, names, knows=knows),
            post=words.post(row.post),
            deputy_for=person_name(body.get("for"), names),
            via=row.via,
            from_state=words.state(row.from_state) if row.from_state else None,
            to_state=words.state(row.to_state),
            stayed_s=int((row.at - entered).total_seconds()) if row.from_state else None,
            spent=_spent(found, snapshot, row.at, words),
            why=_why(found, snapshot, changes, words) if row.via == Via.SYSTEM else _routed(body, words),
            inputs=body.get("in", {}),
            texts=texts.get(row.seq, {}),
            files=files.get(row.seq, []),
            cases=[number for number in _new_cases(body, snapshot) if number in seen],
        )
        restores = row.action in found.loop.restoring
        snapshot = apply(snapshot, changes, row.action, row.person, row.at, restores=restores)
        if row.from_state != row.to_state:
            entered = row.at


def _cases_of(body: Mapping[str, Any]) -> list[str]:
    """Return the numbers of the cases from or into which an event split a case, earlier ones among them."""
    values = body.get("set", {})
    parent = values.get("split_from")
    return [*([parent] if parent else []), *(values.get("split_into") or ())]


def _new_cases(body: Mapping[str, Any], before: Snapshot) -> list[str]:
    earlier = before.values.get("split_into", ())
    return [number for number in _cases_of(body) if number not in earlier]


def _spent(found: Found, snapshot: Snapshot, at: datetime, words: Words) -> list[Spent]:
    """Return the clocks that ran until ``at``, with what each had used by then, earlier stays in its stage included."""
    return [
        Spent(
            words.clock(stage),
            int(used(clock, found.city.calendar(clock.calendar, clock.version), at).total_seconds()),
            None if clock.until else int(clock.total.total_seconds()),
        )
        for stage, clock in snapshot.clocks.items()
        if clock.since is not None
    ]


def _why(found: Found, before: Snapshot, changes: Changes, words: Words) -> str:
    """Return why the system acted by a clock, or ""."""
    said = []
    shares = found.loop.urge_shares
    for stage, clock in changes.clocks.items():
        held = before.clocks.get(stage)
        if clock is None or held is None or clock.began != held.began:
            continue
        named = {"clock": words.clock(stage).name}
        if held.urged < clock.urged <= len(shares):
            share = f"{shares[clock.urged - 1] * 100:g}"
            said.append(_("%(share)s %% of the limit of “%(clock)s” are used up.") % {**named, "share": share})
        if clock.version != held.version and clock.calendar == held.calendar:
            said.append(
                _(
                    "“%(clock)s” is counted by version %(now)d of the calendar “%(calendar)s”, until now by version %(before)d."
                )
                % {**named, "calendar": clock.calendar, "now": clock.version, "before": held.version}
            )
    return " ".join(said)


def _routed(body: Mapping[str, Any], words: Words) -> str:
    """Return what the routing rules suggested when the case was dispatched, or ""."""
    fact = body.get(ROUTING)
    return said_at_dispatch(fact, body.get("in", {}).get(DEPARTMENT, ""), words) if fact else ""


def _texts(found: Found) -> Texts:
    """Return the texts by event and field: null where erased, and of a reporter no more than the reader may know."""
    knows = may_know_reporter(found)
    texts: dict[int, dict[str, str | None]] = {}
    for text in texts_of(found):
        said = text.text
        if text.personal and not knows and said is not None:
            said = masked_text(text.field, said)
        texts.setdefault(text.seq, {})[text.field] = said
    return texts
