"""``perform``: the one door. Every change to a case, from whatever channel, goes through it.

One transaction: lock the row, ask the rule, append one event with its hash, bring the projections to it, open what
follows. Readable in the same instant; safe to send twice.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from psycopg.errors import DeadlockDetected

from cityloop.cases import models
from cityloop.cases.actions import statements
from cityloop.cases.actions.facts import files_of, gather, gather_for_new
from cityloop.cases.choices import HISTORIES, Via
from cityloop.cases.projections import (
    REPORTER,
    SEARCHED,
    attached_by,
    case_columns,
    event_of,
    is_personal,
    stored_snapshot,
    texts_of,
    words_of_case,
    written_tasks,
)
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.routing import told_at_dispatch
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.rules.bigrams import grams
from cityloop.cases.rules.contradictions import REPORT
from cityloop.cases.rules.dues import Due, dues
from cityloop.cases.rules.engine import Outcome, perform_pure
from cityloop.cases.rules.history import chained, signed
from cityloop.cases.rules.routing_facts import is_routed
from cityloop.cases.rules.snapshot import EMPTY, Snapshot, snapshot_from_json
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError, Conflict, InvalidInput, KeyReused, NotFound, Outdated
from cityloop.kernel.hashing import NO_HASH, canonical
from cityloop.kernel.ids import uuid7
from cityloop.kernel.metrics import counter
from cityloop.kernel.sql import prepared_cursor
from cityloop.kernel.translation import _
from cityloop.notices.actions import Party, tell
from cityloop.organisation.queries import system_viewer
from cityloop.organisation.rules.staffing import Viewer

logger = logging.getLogger(__name__)

CARRIED = ("address", "reporter_name", "reporter_phone")
"""Texts that the second case of a split has too."""

ACTS = counter("cityloop_acts", "Acts on cases, by action of the table and by the way they came.", ["action", "via"])


@dataclass(frozen=True, slots=True)
class Performed:
    """What became of an act: the case's number, its event, and the state it is in now.

    ``repeated`` says that the same request had been done before; nothing was written this time. ``after`` is the case as the act
    left it, for whoever goes on with it; None where it was repeated.
    """

    number: str
    case: UUID
    seq: int
    action: str
    state: str
    at: datetime
    repeated: bool = False
    child: str = ""  # number of the case that a split made
    after: Snapshot | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to act: what is to be done with what, by whom, through which door, and what tells it from others.

    ``now`` is the city's time, None where the city's clock is to be asked; ``request`` the digest of what was sent.
    """

    action: str
    inputs: Mapping[str, Any]
    actor: Viewer
    key: UUID
    via: str
    now: datetime | None
    request: bytes


def report(
    jurisdiction: str,
    inputs: Mapping[str, Any],
    *,
    actor: Viewer,
    key: UUID,
    via: str,
    now: datetime | None = None,
    action: str = "report",
) -> Performed:
    """Make a case.

    Args:
        jurisdiction: Code of the actor's jurisdiction; the case goes to the innermost one that contains the point.
        inputs: What the table's action needs.
        actor: Who reports.
        key: Idempotency key, unique for an actor; the same key with another body is refused.
        via: The door it comes through (``choices.Via``).
        now: The city's time; None asks the city's clock.
        action: An action of the table that creates a case.
    Raises:
        InvalidInput, NotAllowed, Conflict, KeyReused: Nothing was written.
    """
    asked = _Asked(action, inputs, actor, key, via, now, _digest(action, jurisdiction, inputs))
    try:
        with transaction.atomic():
            return _create(jurisdiction, asked)
    except IntegrityError as exc:
        return _again(exc, asked)
    except CityError:
        # A point that was free yesterday may be restricted today: a request done before is answered as before.
        if before := _done_before(asked):
            return before
        raise


def perform(
    number: str,
    action: str,
    inputs: Mapping[str, Any],
    *,
    actor: Viewer,
    key: UUID,
    via: str,
    now: datetime | None = None,
    expected_seq: int | None = None,
) -> Performed:
    """Take one action on a case and record it.

    The row is locked first: of two dispatchers who press at once one gets the case and the other a ``Conflict``.

    Args:
        number: The case's number.
        action: Code of an action of the table that the case runs under.
        inputs: What the action needs.
        actor: Who acts; a stranger to the case gets ``NotFound``.
        key: Idempotency key, unique for an actor.
        via: The door it comes through (``choices.Via``).
        now: The city's time; None asks the city's clock.
        expected_seq: With it, refuse if the case has moved on from this event.
    Raises:
        NotFound, InvalidInput, NotAllowed, Conflict, KeyReused: Nothing was written.
        Outdated: The case does not stand at ``expected_seq`` any more.
    """
    asked = _Asked(action, inputs, actor, key, via, now, _digest(action, number, inputs))
    try:
        with _somebody_faster(), transaction.atomic():
            done = _act(number, asked, seen=expected_seq)
    except IntegrityError as exc:  # the same key at the same moment, on another case
        return _again(exc, asked)
    except NotFound:
        # An act may take the case out of its actor's sight: sent again it is answered as before.
        if before := _done_before(asked):
            return before
        raise
    if not done.repeated:
        _log(done.number, asked)
    return done


# --- writing


def _act(number: str, asked: _Asked, *, seen: int | None) -> Performed:
    row = _locked(number, asked.actor)
    if before := _done_before(asked):
        return before
    if seen is not None and row.seq != seen and _is_stale(row, seen):
        raise Outdated(
            _("Somebody acted on this case first: you saw event %(seen)d, it stands at %(now)d. Look again.")
            % {"seen": seen, "now": row.seq},
            seq=row.seq,
        )
    action, inputs, actor = asked.action, asked.inputs, asked.actor
    city = loop_city(row.jurisdiction)
    at = _not_before(row, asked.now or city.city.now())
    loop = table(row.jurisdiction, row.table_version)
    snapshot = snapshot_from_json(row.snapshot)
    known = loop.actions.get(action)
    facts = gather(row, loop, snapshot, known, inputs, actor, city)
    facts = facts._replace(files=files_of(known, inputs, actor, city.code, asked.via, row.id))
    if known is not None and is_routed(known) and asked.via != Via.REPLAYED:  # to history nothing was suggested
        facts = facts._replace(routing=told_at_dispatch(row, at))
    outcome = perform_pure(loop, snapshot, action, inputs, actor=actor, city=city, now=at, facts=facts)
    child = ""
    if outcome.spawned is not None:
        child = _spawn(row, outcome, asked.key, at)
        # The event names the second case, whose number is known only now.
        made = {"split_into": [*snapshot.values.get("split_into", ()), child]}
        facts = facts._replace(extra={**(facts.extra or {}), **made})
        outcome = perform_pure(loop, snapshot, action, inputs, actor=actor, city=city, now=at, facts=facts)
    _append(row, outcome, loop, city, asked, at)
    after = outcome.after
    return Performed(row.number, row.id, after.seq, action, after.state, at, child=child, after=after)


def _is_stale(row: models.Case, seen: int) -> bool:
    """Return whether a case is another one than at event ``seen``: an urge that the clock has sent meanwhile changes nothing for a person."""
    moved = ~Q(person=None) | ~Q(from_state=F("to_state"))
    return seen > row.seq or models.CaseEvent.objects.filter(moved, case=row.id, seq__gt=seen).exists()


def _create(jurisdiction: str, asked: _Asked, extra: Mapping[str, Any] | None = None) -> Performed:
    action, inputs, actor = asked.action, asked.inputs, asked.actor
    facts, city, at = gather_for_new(jurisdiction, inputs, actor, asked.now, extra)
    version = version_in_force(city.code, city.city.versions, at)
    loop = table(city.code, version)
    if (known := loop.actions.get(action)) is None or not known.creates:
        raise Conflict(_("“%(action)s” does not make a case.") % {"action": action}, action=action)
    facts = facts._replace(files=files_of(known, inputs, actor, city.code, asked.via))
    if version:  # the events tell under which table they were written
        facts = facts._replace(extra={**(facts.extra or {}), "table_version": version})
    if asked.via in HISTORIES and actor.is_system:
        facts = facts._replace(extra={**(facts.extra or {}), "history": True})
    with _told_where(jurisdiction, city):
        outcome = perform_pure(loop, EMPTY, action, inputs, actor=actor, city=city, now=at, facts=facts)
    case = uuid7()
    texts = texts_of(outcome)
    event = event_of(str(case), outcome, actor.user_id, asked.via, at, texts)
    running = dues(loop, outcome.after, city)
    day = city.city.day_of(at)
    parameters = {
        **_common(case, outcome, loop, city, running, asked, at),
        "body": event.body,
        "day": day,
        "prefix": f"{city.code}{day:%Y%m%d}",
        "preimage": NO_HASH + signed(event),
        "said": (
            said := words_of_case(dict(row[:2] for row in texts), outcome.after.values.get("external_number", ""))
        ),
        "grams": grams(said),
        "tasks": _json([row._asdict() for row in written_tasks(outcome.changes, outcome.after, city, running)]),
        "texts": _json([{**row._asdict(), "salt": row.salt.hex()} for row in texts]),
    }
    with prepared_cursor() as cursor:
        cursor.execute(statements.CREATE_WITH_FILES if "files" in parameters else statements.CREATE, parameters)
        number, _head = cursor.fetchone()
    _log(number, asked)
    return Performed(number, case, 1, action, outcome.after.state, at, after=outcome.after)


def _append(row: models.Case, outcome: Outcome, loop: Table, city: LoopCity, asked: _Asked, at: datetime) -> None:
    texts = texts_of(outcome)
    event = event_of(str(row.id), outcome, asked.actor.user_id, asked.via, at, texts)
    running = dues(loop, outcome.after, city)
    parameters = {
        **_common(row.id, outcome, loop, city, running, asked, at),
        "body": event.body,
        "from_state": outcome.before.state,
        "head": chained(event, bytes(row.head), row.number),
        "tasks": _json([task._asdict() for task in written_tasks(outcome.changes, outcome.after, city, running)]),
        "done": list(outcome.changes.done),
        "texts": _json([{**text._asdict(), "salt": text.salt.hex()} for text in texts]),
    }
    with prepared_cursor() as cursor:
        cursor.execute(statements.ACT_WITH_FILES if "files" in parameters else statements.ACT, parameters)
    if outcome.changes.values.keys() & {"external_number"} or any(text.field in SEARCHED for text in texts):
        _write_words(row.id, outcome.after.values.get("external_number", ""))
    parties = {_party(task.post, task.department, task.person, city) for task in outcome.told}
    if parties:
        tell(city.code, outcome.action.code, row.number, parties, at=at)


def _write_words(case: UUID, external_number: str) -> None:
    """Bring the words by which a case is found to what was said last; few acts change them."""
    rows = models.CaseText.objects.filter(case_id=case, field__in=SEARCHED, text__isnull=False).order_by("seq")
    said = words_of_case({field: text or "" for field, text in rows.values_list("field", "text")}, external_number)
    models.CaseWords.objects.update_or_create(case_id=case, defaults={"said": said, "grams": grams(said)})


def _common(
    case: UUID,
    outcome: Outcome,
    loop: Table,
    city: LoopCity,
    running: Mapping[str, Due],
    asked: _Asked,
    at: datetime,
) -> dict[str, Any]:
    values = outcome.after.values
    files = attached_by(outcome, city.code)
    return {
        **({"files": _json([file._asdict() for file in files])} if files else {}),
        **case_columns(loop, outcome.after, city, running),
        "snapshot": stored_snapshot(outcome.after),
        "id": case,
        "jurisdiction": city.code,
        "action": outcome.action.code,
        "person": asked.actor.user_id,
        "post": outcome.post,
        "via": asked.via,
        "now": at,
        "key": asked.key,
        "request": asked.request,
        "lon": values.get("lon"),
        "lat": values.get("lat"),
    }


def _spawn(row: models.Case, outcome: Outcome, key: UUID, now: datetime) -> str:
    """Make the second case of a split, at the same place and of the same reporter, in the same transaction; return its number."""
    assert outcome.spawned is not None
    values = outcome.after.values
    inputs = {**_words_for_child(row, now), **outcome.spawned, "source": values["source"]}
    if "lon" in values:
        inputs["point"] = {"lon": values["lon"], "lat": values["lat"], "system": "cgcs2000"}
    extra = {"split_from": row.number}
    if "reporter_user" in values:
        extra["reporter_user"] = values["reporter_user"]
    asked = _Asked(
        REPORT,
        inputs,
        system_viewer("split", row.jurisdiction),
        _child_key(row.number, outcome.after.seq, key),
        Via.SYSTEM,
        now,
        request=b"",
    )
    return _create(row.jurisdiction, asked, extra).number


def _words_for_child(row: models.Case, now: datetime) -> dict[str, Any]:
    """Return the address and the reporter of a case as they were last said, as far as a report asks for them now.

    They are written anew, with salts of their own: erased here they are still to be erased there, and each for itself.
    """
    version = version_in_force(row.jurisdiction, None, now)
    needs = table(row.jurisdiction, version).actions[REPORT].needs
    said = models.CaseText.objects.filter(case_id=row.id, field__in=CARRIED, text__isnull=False)
    latest: dict[str, Any] = dict(said.order_by("field", "-seq").distinct("field").values_list("field", "text"))
    inputs: dict[str, Any] = {}
    if "address" in latest and "address" in needs:
        inputs["address"] = latest["address"][: needs["address"].max]
    reporter = {field.removeprefix(REPORTER): text for field, text in latest.items() if is_personal(field)}
    if reporter and "reporter" in needs:
        inputs["reporter"] = reporter
    return inputs


def _log(number: str, asked: _Asked) -> None:
    """Write the line of an act, and count it, once it is committed: what was rolled back did not happen."""
    who = asked.actor.user_id or asked.actor.name
    transaction.on_commit(partial(logger.info, "case %s: %s by %s", number, asked.action, who))
    transaction.on_commit(ACTS.labels(asked.action, asked.via).inc)


def _party(post: str, department: str, person: int | None, city: LoopCity) -> Party:
    unit = city.department(department) if department else None
    return Party(post, unit.id if unit else None, person)


# --- reading


@contextmanager
def _somebody_faster() -> Iterator[None]:
    """Answer with a conflict where two acts wait for each other's cases and PostgreSQL lets one of them go."""
    try:
        yield
    except OperationalError as exc:
        if isinstance(exc.__cause__, DeadlockDetected):
            raise Conflict(_("Somebody acts on that case at this very moment. Look again.")) from exc
        raise


@contextmanager
def _told_where(asked: str, city: LoopCity) -> Iterator[None]:
    """Say of a report that goes to another city than its sender named whose city refuses it, and why."""
    try:
        yield
    except CityError as exc:
        if city.code == asked:
            raise
        where = _("This point lies in “%(city)s”, and there: %(why)s") % {"city": city.city.name, "why": exc.message}
        raise type(exc)(where, faults=exc.faults, **exc.details) from exc


def _locked(number: str, actor: Viewer) -> models.Case:
    row = None
    if number.isalnum():  # PostgreSQL cannot even be asked for a NUL
        row = (
            models.Case.objects.visible_to(actor)
            .select_for_update(of=("self",))
            .filter(number=number)
            .defer("location")
            .first()
        )
    if row is None:
        raise NotFound(_("There is no case “%(number)s” that you may see.") % {"number": number[:40]})
    return row


def _not_before(row: models.Case, now: datetime) -> datetime:
    """A machine whose clock was set back must not write history backwards: events of a case never go back in time."""
    return max(now, datetime.fromisoformat(row.snapshot["at"]))


def _done_before(asked: _Asked) -> Performed | None:
    event = (
        models.CaseEvent.objects.filter(person=asked.actor.user_id, key=asked.key)
        .select_related("case")
        .defer("case__location")
        .first()
    )
    if event is None:
        return None
    if bytes(event.request) != asked.request:
        raise KeyReused(
            _("This idempotency key was used for another request. Take a new key for a new act."), key=str(asked.key)
        )
    child = ""
    if table(event.case.jurisdiction, event.case.table_version).actions[event.action].spawns:
        child = (
            models.CaseEvent.objects.filter(person=None, key=_child_key(event.case.number, event.seq, asked.key))
            .values_list("case__number", flat=True)
            .first()
            or ""
        )
    return Performed(
        event.case.number, event.case_id, event.seq, event.action, event.to_state, event.at, repeated=True, child=child
    )


def _child_key(number: str, seq: int, key: UUID) -> UUID:
    """Return the key under which the system makes a split's second case.

    A key is unique for an actor, and the system is one for all: so the event that splits is in it.
    """
    return uuid5(key, f"split {number} {seq}")


def _again(exc: IntegrityError, asked: _Asked) -> Performed:
    """Answer a request whose write met a constraint: done before, or the day's numbers are used up."""
    if before := _done_before(asked):
        return before
    if "counter_has_five_digits" in str(exc):
        raise Conflict(_("All 99,999 case numbers of this day are given.")) from exc
    raise exc


def _digest(action: str, subject: str, inputs: Mapping[str, Any]) -> bytes:
    """Return what tells one request from another; keyed, so that nobody can guess a phone number back from it."""
    try:
        told = canonical([action, subject, inputs])
    except TypeError as exc:  # half of a surrogate pair, a number of more than 64 bits, a nesting without end
        raise InvalidInput(_("What was sent holds a value that cannot be stored.")) from exc
    return salted_hmac("cityloop.cases.request", told, algorithm="sha256").digest()


def _json(value: Any) -> str:
    return canonical(value).decode()
