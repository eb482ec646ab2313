"""What a case is to the public: where it stands, what was answered, what may be seen of it; whoever holds its follow-up code asks.

The face has found out which case that is. Nothing comes of it but what the case's table lets the public see
(``public_sees``), whoever asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.queries.found import Found, Named, find
from cityloop.cases.queries.said import label_of, needs_of, value_words
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Coded, StateName, Words
from cityloop.cases.rules.public_steps import Standing, public_steps, standings
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Action, Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.sql import prepared_cursor
from cityloop.media import queries as media
from cityloop.organisation.queries import system_viewer

MERGES_FOLLOWED = 5
"""So often a case that was merged is followed to the one that goes on; a chain of more is none that people made."""

SHOWN_OF_A_REPORT = 1
"""The event by which a case was reported: its photos are its reporter's own."""


@dataclass(frozen=True, slots=True)
class PublicStep:
    """A step of the process: when the case last came to it, None where it never did."""

    name: str
    standing: Standing
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """What somebody answered the public, and when."""

    label: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PublicPhoto:
    """Signed paths that expire; ``small`` is "" while the copies are made."""

    small: str
    large: str
    at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case as the public sees it.

    Args:
        reported_at: Of the case that was asked for; the rest is of the one that it was merged into, if it was.
        is_shared: It was merged: what stands here is how the common case goes on.
        is_over: Nobody has to act any more.
        is_refused: It ended without having been dealt with.
        due_at: When the case is due at the latest, None where it is over or has no clock.
        supporters: How many others say so too; None where the table does not show it.
        rating: What it was rated as, in the table's words, "" where it was not.
        can_rate: The table takes a rating, the time for it is not over, and there is none yet.
        rates_by: The action that takes it, and the input that says how content they are; empty where the table has none.
        ratings: Code and words of what it can be rated as, in the table's order.
    """

    number: str
    jurisdiction: str
    category: Coded
    state: StateName
    reported_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    steps: list[PublicStep]
    answers: list[PublicAnswer]
    photos: list[PublicPhoto]
    supporters: int | None
    rating: str
    can_rate: bool
    rates_by: tuple[str, str]
    ratings: list[Coded]
    is_shared: bool
    is_over: bool
    is_refused: bool


def public_case(number: str, jurisdiction: str, *, own_photos: bool) -> PublicCase:
    """Return what the public sees of a case: at most six queries, however long its history.

    Args:
        jurisdiction: Code of the city that the case was reported in.
        own_photos: Whoever asks reported it: the photos of the report are shown them.
    Raises:
        NotFound: There is no such case.
    """
    asked = find(number, system_viewer("public", jurisdiction))
    found = _goes_on_as(asked)
    words = Words(found.loop, found.city)
    rows = list(
        models.CaseEvent.objects.filter(case_id=found.row.id)
        .order_by("seq")
        .values_list("seq", "at", "to_state", "body")
    )
    when = {seq: at for seq, at, _state, _body in rows}
    state = words.state(found.row.state)
    is_shared = found is not asked
    flags, loop, rates = found.snapshot.flags, found.loop, found.loop.act("rates")
    rating, supporters = str(flags.get(loop.flag("satisfaction"), "")), loop.flag("supporters")
    return PublicCase(
        number=found.row.number,
        jurisdiction=found.row.jurisdiction,
        category=words.category(found.row.category),
        state=state,
        reported_at=asked.row.reported_at,
        closed_at=found.row.closed_at,
        due_at=found.row.due_at if state.kind in OPEN_KINDS else None,
        steps=_steps(found, words, [(to_state, at) for _seq, at, to_state, _body in rows]),
        answers=_answers(found, words, rows, when),
        photos=_photos(asked, when, own=own_photos) if not is_shared else _photos(found, when, own=False),
        supporters=int(flags.get(supporters, 0)) if supporters in loop.public_sees.flags else None,
        rating=rating_words(words, rating) if flags.get(loop.flag("rated")) else "",
        can_rate=not rating and rates is not None and takes_rating(found, rates),
        rates_by=(rates.code, rates.rating.name) if rates and rates.rating else ("", ""),
        ratings=_ratings(found.loop, words),
        is_shared=is_shared,
        is_over=state.kind not in OPEN_KINDS,
        is_refused=state.kind is Kind.VOID,
    )


def supported_by(number: str, jurisdiction: str) -> str:
    """Return the action by which somebody else says so too, "" where the case's table has none or it is not possible now."""
    try:
        found = find(number, system_viewer("public", jurisdiction))
    except NotFound:
        return ""
    action = found.loop.act("supports")
    return action.code if action is not None and _takes(found, action) else ""


def _takes(found: Found, action: Action) -> bool:
    return action.by_system and found.row.state in action.from_states


def takes_rating(found: Found, action: Action) -> bool:
    """Return whether a rating would be taken now: guards that look at how long ago it was closed are asked too."""
    if action.rating is None or not _takes(found, action):
        return False
    settings = found.loop.settings_names
    spans = [guard.argument for guard in action.guards if guard.name == "within_days"]
    return all(_is_within(found.snapshot, span["since"], settings[span["days"]], found.now) for span in spans)


def _is_within(snapshot: Snapshot, since: str, days: int, now: datetime) -> bool:
    at = snapshot.values.get(since)
    return at is not None and now <= at + timedelta(days=days)


def _ratings(loop: Table, words: Words) -> list[Coded]:
    action = loop.act("rates")
    need = action.rating if action else None
    return [Coded(code, words.label(label)) for code, label in loop.lists[need.of].items()] if need else []


def rating_words(words: Words, code: str) -> str:
    """Return what a rating says in the table's words."""
    return next((one.name for one in _ratings(words.loop, words) if one.code == code), code)


def _goes_on_as(found: Found) -> Found:
    """Return the case that goes on for one that was merged, itself where it was not: a query for each that is followed."""
    for _step in range(MERGES_FOLLOWED):
        master = found.snapshot.values.get("master")
        if not master:
            break
        number = models.Case.objects.filter(pk=master).values_list("number", flat=True).first()
        if number is None:
            break
        found = find(number, found.viewer)
    return found


def _steps(found: Found, words: Words, reached: Iterable[tuple[str, datetime]]) -> list[PublicStep]:
    loop = found.loop
    last: dict[str, datetime] = {}
    before = ""
    for state, at in reached:  # an urge or a note moves no case: a step is told by when it was entered
        step = loop.states[state].step if state in loop.states else before
        if step != before:
            last[step] = at
        before = step
    order = public_steps(loop)
    stands = standings(loop, found.row.state, frozenset(last))
    return [
        PublicStep(words.label(loop.steps[code]), standing, last.get(code) if standing is not Standing.AHEAD else None)
        for code, standing in zip(order, stands, strict=True)
    ]


def _answers(
    found: Found, words: Words, rows: Iterable[tuple[int, datetime, str, str]], when: Mapping[int, datetime]
) -> list[PublicAnswer]:
    """Return what was answered by the inputs that the table shows the public, the last of each kind at the end."""
    shown = set(found.loop.public_sees.inputs)
    if not shown:
        return []
    needs, wording = needs_of(found.loop), Wording(words, {})
    told: list[tuple[int, str, str]] = [
        (seq, name, value_words(value, needs.get(name), wording))
        for seq, _at, _state, body in rows
        for name, value in orjson.loads(body).get("in", {}).items()
        if name in shown and seq != SHOWN_OF_A_REPORT
    ]
    texts = models.CaseText.objects.filter(case_id=found.row.id, field__in=shown, personal=False, text__isnull=False)
    kept = texts.exclude(seq=SHOWN_OF_A_REPORT).order_by("seq").values_list("seq", "field", "text")
    told += [(seq, name, text or "") for seq, name, text in kept]
    return [PublicAnswer(label_of(name), text, when[seq]) for seq, name, text in sorted(told)]


def _photos(found: Found, when: Mapping[int, datetime], *, own: bool) -> list[PublicPhoto]:
    """Return the photos that the table shows, and the report's own for whoever sent them: one query, none without any."""
    kinds = found.loop.public_sees.photos
    shown = [one for one in found.files if one.kind in kinds or (own and one.seq == SHOWN_OF_A_REPORT)]
    known = media.files_at({(one.lies_in, one.sha256) for one in shown})
    return [
        PublicPhoto(
            links.get("small", ""), links.get("large", ""), when.get(one.seq, found.row.reported_at), _is_own(one)
        )
        for one in shown
        for file, _is_sent in [known.get((one.lies_in, one.sha256), (None, False))]
        if file is not None and file.erased_at is None
        for links in [media.links(file, originals=False)]
    ]


def _is_own(one: Named) -> bool:
    return one.seq == SHOWN_OF_A_REPORT


# --- what the page offers before anything is reported

COMMON = """
-- Which classes a city's public reported most often of late: of its newest reports by these sources, so that an index ends it.
SELECT category, count(*) AS reports FROM (
    SELECT category FROM cases_case
    WHERE jurisdiction = %(jurisdiction)s AND reported_at >= %(since)s AND source = ANY(%(sources)s)
    ORDER BY reported_at DESC LIMIT %(looked_at)s
) AS newest GROUP BY category ORDER BY reports DESC, category LIMIT %(most)s
"""

SEASON = timedelta(days=45)
LOOKED_AT = 3000


def most_reported(jurisdiction: str, *, sources: Iterable[str], at: datetime, most: int = 30) -> list[str]:
    """Return the keys of the classes that were reported most often through ``sources`` in the last weeks: one query."""
    named: dict[str, Any] = {
        "jurisdiction": jurisdiction,
        "since": at - SEASON,
        "sources": list(sources),
        "looked_at": LOOKED_AT,
        "most": most,
    }
    with prepared_cursor() as cursor:
        cursor.execute(COMMON, named)
        return [category for category, _reports in cursor.fetchall()]
