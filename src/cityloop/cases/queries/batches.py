"""Several cases that somebody wants to act on in one go: what they may do with them, and where each should go."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.possible import Possible, possible_actions
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.routing import rulings_now
from cityloop.cases.queries.routing_words import RuleWords
from cityloop.cases.queries.suggestions import returned_by
from cityloop.cases.queries.tables import table
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Words, names_of
from cityloop.cases.rules.batch import MOST, is_batchable
from cityloop.cases.rules.routing_facts import is_routed
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.cases.rules.table import Action
from cityloop.geography.queries import region_names
from cityloop.kernel.translation import _, listed
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class Offered:
    """An action that some of the cases allow: how many."""

    code: str
    name: str
    count: int


ACTS_NAMED = 2
"""So many of the acts that came first are named."""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One case of a batch: where it stands, why the action is not possible, where it should go and why."""

    number: str
    seq: int
    category: str
    place: str
    state: str
    why_not: str
    suggested: str
    reason: str


def found_many(numbers: Sequence[str], viewer: Viewer) -> list[Found]:
    """Return the cases with these numbers that ``viewer`` may see, in the order of the numbers: one query."""
    wanted = [one for one in dict.fromkeys(numbers) if one.isascii() and one.isdigit()][:MOST]
    rows = {
        row.number: row for row in models.Case.objects.visible_to(viewer).filter(number__in=wanted).defer("location")
    }
    found = []
    for number in wanted:
        if (row := rows.get(number)) is None:
            continue
        city = loop_city(row.jurisdiction)
        loop = table(row.jurisdiction, row.table_version)
        found.append(Found(row, loop, city, snapshot_from_json(row.snapshot), city.city.now(), viewer, ()))
    return found


def offered(cases: Sequence[Found]) -> list[Offered]:
    """Return the actions that may be taken on several cases in one go; asks no database.

    First those that lead a case on, then marks and notes; of each kind those that most of the cases allow.
    """
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for found in cases:
        words = Words(found.loop, found.city)
        for one in possible_actions(found, found.viewer, found.now):
            if not one.why_not and is_batchable(one.action):
                names.setdefault(one.action.code, words.label(one.action))
                counts[one.action.code] = counts.get(one.action.code, 0) + 1
    order = {code: place for found in reversed(cases) for place, code in enumerate(found.loop.actions)}
    leads_on = {action.code for found in cases for action in found.loop.actions.values() if action.to or action.decides}
    found_all = (Offered(code, name, counts[code]) for code, name in names.items())
    return sorted(found_all, key=lambda one: (one.code not in leads_on, -one.count, order[one.code]))


def possible(found: Found, code: str) -> Possible | None:
    """Return an action of the case's own table, with why it is not possible now; None where the table has none."""
    return next(
        (one for one in possible_actions(found, found.viewer, found.now, others=True) if one.action.code == code), None
    )


def who_acted_first(outdated: Sequence[tuple[Found, int]]) -> dict[str, str]:
    """Return in words what was done with cases since somebody saw them, by number: one query for all, one for the names of people.

    Args:
        outdated: Cases, each with the event up to which it was seen.
    """
    if not outdated:
        return {}
    since = reduce(or_, (Q(case_id=found.row.id, seq__gt=seen) for found, seen in outdated))
    rows = models.CaseEvent.objects.filter(since).order_by("case_id", "seq")
    events: dict[UUID, list[models.CaseEvent]] = {}
    for row in rows.only("case_id", "seq", "action", "at", "person", "post"):
        events.setdefault(row.case_id, []).append(row)
    names = names_of({row.person for found_rows in events.values() for row in found_rows})
    told = {}
    for found, _seen in outdated:
        is_public = reads_as_public(found.loop, found.row.jurisdiction, found.viewer)
        wording = Wording(Words(found.loop, found.city), {} if is_public else names)
        acts = [_act_in_words(row, wording, found) for row in events.get(found.row.id, [])[-ACTS_NAMED:]]
        if acts:
            told[found.row.number] = _("Somebody acted first: %(acts)s") % {"acts": listed(acts)}
    return told


def _act_in_words(row: models.CaseEvent, wording: Wording, found: Found) -> str:
    who = wording.by(row.post, row.person)
    return f"{near(row.at, wording, found.now)} {wording.words.action(row.action).name} · {who}"


def batch_lines(cases: Sequence[Found], action: Action) -> list[BatchLine]:
    """Return a batch line by line: at most one query for the names of places, and those of ``rulings_now`` for a dispatch."""
    codes = {code for found in cases for code in (found.row.community, found.row.street) if code}
    day = max((found.city.day for found in cases), default=None)
    places = region_names(codes, day, version=cases[0].city.city.versions[0]) if day else {}
    given = rulings_now([found.row for found in cases]) if is_routed(action) else {}
    lines = []
    for found in cases:
        row, words = found.row, Words(found.loop, found.city)
        one = possible(found, action.code)
        category, place = words.category(row.category).name, places.get(row.community) or places.get(row.street) or ""
        suggested = reason = ""
        if row.id in given:
            ruling, _version = given[row.id]
            suggested = ruling.department
            reason = RuleWords(words, places).reason(ruling, {"category": category, "area": place})
            if suggested and suggested == returned_by(found):  # it goes there again by somebody's choice alone
                named, suggested = words.department(suggested), ""
                reason = _("%(name)s has returned this case before.") % {
                    "name": named.name if named else ruling.department
                }
        lines.append(
            BatchLine(
                row.number, row.seq, category, place, words.state(row.state).name,
                "" if one is None else one.why_not, suggested, reason,
            )
        )  # fmt: skip
    return lines
