"""Changing the rules by which a city dispatches: drafts that are edited, and a draft put in force, never changed afterwards."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q

from cityloop.cases import models
from cityloop.cases.actions.tables import MOST_VERSIONS, NOTE_CHARACTERS, checked_beginning
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.routing import routing_in_force
from cityloop.cases.queries.routing_checks import findings_of, told_grave
from cityloop.cases.queries.routing_words import why_malformed
from cityloop.cases.rules.routing import Rule, rule_from_json
from cityloop.cases.rules.routing_checks import malformed
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, Outdated
from cityloop.kernel.translation import _

logger = logging.getLogger(__name__)

MOST_RULES = 2000
"""Of one version."""


def new_draft(
    jurisdiction: str, *, actor_id: int | None, now: datetime, note: str = "", rules: Sequence[Rule] | None = None
) -> int:
    """Make a draft and return its number: a copy of the version in force, unless rules are given.

    Args:
        now: By the machine's clock.
        note: What is to change, in a sentence.
        rules: Those of a file; they keep their numbers.
    Raises:
        InvalidInput: The note is too long, or there are too many rules.
    """
    if len(note) > NOTE_CHARACTERS:
        raise InvalidInput(
            _("The note on what changed is too long."),
            faults=[Fault("note", _("at most %(most)d characters") % {"most": NOTE_CHARACTERS}, note[:80])],
        )
    city = loop_city(jurisdiction).city
    with transaction.atomic():
        _wait_in_turn(jurisdiction)
        own = models.RoutingVersion.objects.filter(jurisdiction=jurisdiction)
        newest = own.aggregate(version=Max("version"), number=Max("next_number"))
        held = own.filter(version=routing_in_force(city)).first()
        lines = [one.to_json() for one in rules] if rules is not None else (held.rules if held else [])
        _check_count(lines)
        highest = max((line["n"] for line in lines), default=0)
        row = models.RoutingVersion.objects.create(
            jurisdiction=jurisdiction,
            version=int(newest["version"] or 0) + 1,
            rules=_in_order(lines),
            next_number=max(highest + 1, newest["number"] or 1),
            based_on=held.version if held and rules is None else None,
            note=note,
            created_at=now,
            created_by=actor_id,
        )
    logger.info("routing of %s: draft %d by %s", jurisdiction, row.version, actor_id or "system")
    return int(row.version)


def write_rule(jurisdiction: str, version: int, rule: Rule, *, actor_id: int | None, edited: int | None = None) -> int:
    """Write a rule into a draft, in place of the one with its number; number 0 makes a new one. Return its number.

    Args:
        edited: With it, refuse if somebody else has changed the draft since this state of it.
    Raises:
        InvalidInput: It says what cannot be; each fault names its field.
        NotFound, Conflict, Outdated: There is no such draft or rule, or it has moved on.
    """
    if found := [one for one in malformed([replace(rule, n=rule.n or 1)]) if one.what != "n"]:
        faults = [Fault(one.what, why_malformed(one.why)) for one in found]
        raise InvalidInput(
            _("The rule cannot be kept: %(first)s") % {"first": faults[0].told()},
            faults=faults,
        )

    def change(row: models.RoutingVersion) -> int:
        number = rule.n
        if not number:
            number = row.next_number
            row.next_number = number + 1
        elif not any(line["n"] == number for line in row.rules):
            raise NotFound(_("There is no rule %(n)d in this draft.") % {"n": number})
        lines = [line for line in row.rules if line["n"] != number]
        row.rules = _in_order([*lines, replace(rule, n=number).to_json()])
        _check_count(row.rules)
        return number

    number = _edit(jurisdiction, version, change, edited)
    logger.info("routing of %s: rule %d of draft %d by %s", jurisdiction, number, version, actor_id or "system")
    return number


def drop_rule(jurisdiction: str, version: int, number: int, *, actor_id: int | None, edited: int | None = None) -> None:
    """Take a rule out of a draft; its number is not given again.

    Raises:
        NotFound, Conflict, Outdated: As for ``write_rule``.
    """

    def change(row: models.RoutingVersion) -> int:
        left = [line for line in row.rules if line["n"] != number]
        if len(left) == len(row.rules):
            raise NotFound(_("There is no rule %(n)d in this draft.") % {"n": number})
        row.rules = left
        return number

    _edit(jurisdiction, version, change, edited)
    logger.info("routing of %s: rule %d left draft %d by %s", jurisdiction, number, version, actor_id or "system")


def put_routing_in_force(
    jurisdiction: str, version: int, *, actor_id: int | None, now: datetime, effective_from: datetime | None = None
) -> None:
    """Let a draft hold, from now or a later instant on, until the next version does.

    It is checked as it stands now: with conflicts, or naming what is gone, it is refused, each rule and reason named.

    Args:
        now: By the machine's clock.
        effective_from: By the city's clock; None for now.
    Raises:
        NotFound: There is no such version.
        Conflict: It holds, or has held, already.
        InvalidInput: It may not hold; one fault for each reason, its field ``rule 12``.
    """
    with transaction.atomic():
        row = _locked(jurisdiction, version)
        if faults := told_grave(findings_of(loop_city(jurisdiction), map(rule_from_json, row.rules))):
            raise InvalidInput(
                _("Version %(version)d may not take force: %(first)s")
                % {"version": version, "first": faults[0].told()},
                faults=faults,
            )
        begins = checked_beginning(jurisdiction, effective_from, now)
        waiting = Q(effective_from=None) | Q(effective_from__gt=checked_beginning(jurisdiction, None, now))
        held = models.RoutingVersion.objects.filter(waiting, pk=row.pk)
        if not held.update(effective_from=begins, put_by=actor_id):
            raise Conflict(_("Version %(version)d has taken force already. Make a new draft.") % {"version": version})
    logger.info("routing of %s: version %d from %s by %s", jurisdiction, version, begins, actor_id or "system")


def withdraw_routing(jurisdiction: str, version: int, *, actor_id: int | None, now: datetime) -> None:
    """Make a planned version a draft again, before it takes force.

    Raises:
        NotFound: There is no such version.
        Conflict: It is a draft, or has taken force.
    """
    at = checked_beginning(jurisdiction, None, now)
    row = _locked_by_version(jurisdiction, version)
    planned = models.RoutingVersion.objects.filter(pk=row.pk, effective_from__gt=at)
    if not planned.update(effective_from=None, put_by=None):
        raise Conflict(_("Version %(version)d is not waiting to take force.") % {"version": version})
    logger.info("routing of %s: version %d withdrawn by %s", jurisdiction, version, actor_id or "system")


def drop_draft(jurisdiction: str, version: int, *, actor_id: int | None) -> None:
    """Throw a draft away, its trials with it.

    Raises:
        NotFound: There is no such version.
        Conflict: It is no draft.
    """
    with transaction.atomic():
        _locked(jurisdiction, version, to_edit=True).delete()
    logger.info("routing of %s: draft %d dropped by %s", jurisdiction, version, actor_id or "system")


def _edit(jurisdiction: str, version: int, change: Callable[[models.RoutingVersion], int], edited: int | None) -> int:
    with transaction.atomic():
        row = _locked(jurisdiction, version, to_edit=True)
        if edited is not None and row.edited != edited:
            raise Outdated(_("Somebody else has changed this draft meanwhile. Look again, and send it once more."))
        number = change(row)
        row.edited += 1
        row.save(update_fields=["rules", "next_number", "edited"])
    return number


def _locked(jurisdiction: str, version: int, *, to_edit: bool = False) -> models.RoutingVersion:
    row = _locked_by_version(jurisdiction, version, lock=True)
    if to_edit and row.effective_from is not None:
        raise Conflict(
            _("Version %(version)d is no draft: dispatches may refer to it. Make a new draft.") % {"version": version}
        )
    return row


def _locked_by_version(jurisdiction: str, version: int, *, lock: bool = False) -> models.RoutingVersion:
    rows = models.RoutingVersion.objects.filter(
        jurisdiction=loop_city(jurisdiction).code, version=min(max(version, 0), MOST_VERSIONS)
    )
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise NotFound(
            _("There is no version %(version)d of the routing rules of “%(city)s”.")
            % {"version": version, "city": jurisdiction}
        )
    return row


def _in_order(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: line["n"])


def _check_count(lines: Sequence[Any]) -> None:
    if len(lines) > MOST_RULES:
        raise InvalidInput(_("A version has at most %(most)d rules.") % {"most": MOST_RULES})


def _wait_in_turn(jurisdiction: str) -> None:
    """Let whoever comes second wait, and count on from the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cityloop.cases.routing'), hashtext(%s))", [jurisdiction])
